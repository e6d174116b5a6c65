//! The products that a customer has: what changes are compared with and what rules between products
//! look at.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::order::{self, Characteristic, Place};
use crate::domain::value::{Object, items, text};

/// A service that realizes a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Realizing {
    /// Id of the service in the service inventory.
    pub id: String,
    pub specification: Option<String>,
    /// The node that made it, see [`super::plan::Node::key`].
    pub node: Option<String>,
    /// Where it lives.
    pub target: Option<String>,
    pub characteristics: Vec<Characteristic>,
}

/// An installed product (TMF637).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    pub id: String,
    pub name: Option<String>,
    /// `status`.
    pub status: String,
    pub offering: Option<String>,
    pub specification: Option<String>,
    pub characteristics: Vec<Characteristic>,
    pub places: Vec<Place>,
    /// Type of relation and id of the other product; parts of a bundle are `contains`.
    pub relationships: Vec<(String, String)>,
    pub services: Vec<Realizing>,
}

/// Products by id: those that the order names with their parts, and the others of the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    pub products: HashMap<String, Installed>,
}

impl Installed {
    /// Reads a product from its stored form (TMF637 v5). What is not as it should be is left out:
    /// the inventory is ours, and what others wrote into it must not stop an order.
    ///
    /// `specification`, `node`, `target` and `characteristic` of a realizing service are no
    /// attributes of its reference in the standard; they are read where whoever wrote the product
    /// put them.
    pub fn read(id: &str, doc: &Value) -> Self {
        let mut installed = Installed {
            id: id.to_owned(),
            ..Installed::default()
        };
        let Some(object) = doc.as_object() else {
            return installed;
        };
        installed.name = owned(object, "name");
        installed.status = owned(object, "status").unwrap_or_default();
        installed.offering = member_id(object, "productOffering");
        installed.specification = member_id(object, "productSpecification");
        installed.characteristics = merged(order::characteristics(object, "productCharacteristic"));
        installed.places = order::places(object);
        installed.relationships = order::relationships(object, "productRelationship");
        let parts = items(object, "product").iter();
        let parts = parts.filter_map(|part| owned(part.as_object()?, "id"));
        installed
            .relationships
            .extend(parts.map(|id| ("bundles".to_owned(), id)));
        installed.services = items(object, "realizingService")
            .iter()
            .filter_map(Realizing::read)
            .collect();
        installed
    }

    /// Ids of the products that it consists of. TMF637 has `bundles` and `brings`; `contains` is
    /// common in v4 inventories.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        let all = self.relationships.iter();
        all.filter(|(kind, _)| matches!(kind.as_str(), "bundles" | "brings" | "contains"))
            .map(|(_, id)| id.as_str())
    }

    /// Ids of the products that it is a part of.
    pub fn wholes(&self) -> impl Iterator<Item = &str> {
        let all = self.relationships.iter();
        all.filter(|(kind, _)| kind == "bundledBy")
            .map(|(_, id)| id.as_str())
    }

    /// The value of a characteristic.
    pub fn characteristic(&self, name: &str) -> Option<&Value> {
        let mut all = self.characteristics.iter();
        all.find(|own| own.name == name).map(|own| &own.value)
    }

    /// True for a product that the customer has or is getting, and keeps.
    pub fn is_live(&self) -> bool {
        // The standard's own list spells one of them with a blank behind it.
        !matches!(
            self.status.trim(),
            "terminated" | "pendingTerminate" | "cancelled" | "aborted"
        )
    }
}

impl Realizing {
    fn read(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        Some(Realizing {
            id: owned(object, "id")?,
            specification: member_id(object, "serviceSpecification")
                .or_else(|| owned(object, "specification")),
            node: owned(object, "node"),
            target: owned(object, "target"),
            characteristics: merged(order::characteristics(object, "characteristic")),
        })
    }
}

/// Characteristics that stand several times become one with a list of values.
fn merged(all: Vec<Characteristic>) -> Vec<Characteristic> {
    let mut merged: Vec<Characteristic> = Vec::with_capacity(all.len());
    for next in all {
        let Some(known) = merged.iter_mut().find(|known| known.name == next.name) else {
            merged.push(next);
            continue;
        };
        match &mut known.value {
            Value::Array(values) => values.push(next.value),
            first => *first = Value::Array(vec![first.take(), next.value]),
        }
    }
    merged
}

fn owned(object: &Object, name: &str) -> Option<String> {
    text(object, name).map(str::to_owned)
}

fn member_id(object: &Object, name: &str) -> Option<String> {
    owned(object.get(name)?.as_object()?, "id")
}
