//! Product and service specifications, compiled for planning.

use serde_json::Value;

use super::characteristic::Characteristic;
use super::read::{Reference, Relation, members, owned, references, relations};
use crate::domain::value::{is_spelled, items, text};

/// What products are like (TMF620 `ProductSpecification`).
#[derive(Clone, Debug)]
pub struct ProductSpecification {
    pub id: String,
    pub name: Option<String>,
    pub version: Option<String>,
    pub characteristics: Vec<Characteristic>,
    /// Services that realize a product.
    pub services: Vec<Reference>,
    /// Resources that realize it.
    pub resources: Vec<Reference>,
    /// Specifications that it is made of.
    pub bundled: Vec<Reference>,
    pub categories: Vec<Reference>,
    pub relations: Vec<Relation>,
}

impl ProductSpecification {
    /// Reads a stored document.
    pub fn compile(id: &str, doc: &Value) -> Self {
        let object = members(doc);
        ProductSpecification {
            id: id.to_owned(),
            name: owned(object, "name"),
            version: owned(object, "version"),
            characteristics: Characteristic::compile_all(object, "productSpecCharacteristic"),
            services: references(object, "serviceSpecification"),
            resources: references(object, "resourceSpecification"),
            bundled: references(object, "bundledProductSpecification"),
            categories: references(object, "category"),
            relations: relations(object, "productSpecificationRelationship"),
        }
    }

    /// The characteristic of a name.
    pub fn characteristic(&self, name: &str) -> Option<&Characteristic> {
        self.characteristics.iter().find(|own| own.name == name)
    }

    /// The name, or the id where there is none.
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// What services are like (TMF633 `ServiceSpecification`).
#[derive(Clone, Debug)]
pub struct ServiceSpecification {
    pub id: String,
    pub name: Option<String>,
    pub version: Option<String>,
    /// Whether customers see the service (CFS), or the network only (RFS). None where the document
    /// does not say.
    pub customer_facing: Option<bool>,
    pub characteristics: Vec<Characteristic>,
    /// Other services, with the type of relation as it is written.
    pub relations: Vec<Relation>,
    pub resources: Vec<Reference>,
}

impl ServiceSpecification {
    /// Reads a stored document: of v4, or of v5 in which the characteristics have another name.
    pub fn compile(id: &str, doc: &Value) -> Self {
        let object = members(doc);
        let characteristics = ["specCharacteristic", "serviceSpecCharacteristic"]
            .into_iter()
            .find(|list| !items(object, list).is_empty())
            .map(|list| {
                let list = items(object, list).iter();
                list.filter_map(Characteristic::compile).collect()
            });
        ServiceSpecification {
            id: id.to_owned(),
            name: owned(object, "name"),
            version: owned(object, "version"),
            customer_facing: ["@type", "@baseType"]
                .into_iter()
                .find_map(|name| facing(text(object, name)?)),
            characteristics: characteristics.unwrap_or_default(),
            relations: relations(object, "serviceSpecRelationship"),
            resources: references(object, "resourceSpecification"),
        }
    }

    /// The characteristic of a name.
    pub fn characteristic(&self, name: &str) -> Option<&Characteristic> {
        self.characteristics.iter().find(|own| own.name == name)
    }
}

fn facing(class: &str) -> Option<bool> {
    let is_one_of = |names: [&str; 2]| names.iter().any(|name| is_spelled(class, name));
    if is_one_of([
        "customerfacingservicespecification",
        "customerfacingservice",
    ]) {
        return Some(true);
    }
    is_one_of([
        "resourcefacingservicespecification",
        "resourcefacingservice",
    ])
    .then_some(false)
}
