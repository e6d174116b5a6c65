//! The complete model: inheritance merged, texts found, every reference checked. The emitters read
//! only this.

use std::collections::BTreeMap;

use crate::domain::descriptor::{Answer, ApiVersion, Change, Scalar, Verb};

/// Every API version, in the order of the manifest.
#[derive(Debug)]
pub struct Model {
    pub apis: Vec<Api>,
}

impl Model {
    /// The API of that number in that version.
    pub fn api(&self, id: &str, version: ApiVersion) -> Option<&Api> {
        self.apis
            .iter()
            .find(|a| a.id == id && a.version == version)
    }
}

/// One API version. Fields mean what those of the descriptor of the same name mean.
#[derive(Debug)]
pub struct Api {
    pub id: String,
    pub version: ApiVersion,
    pub edition: String,
    pub title: String,
    pub about: String,
    pub base_paths: Vec<String>,
    pub resources: Vec<Resource>,
    pub entities: BTreeMap<String, Entity>,
    pub enums: BTreeMap<String, Enum>,
    pub hub: Hub,
    pub listeners: Vec<Listener>,
}

#[derive(Debug)]
pub struct Hub {
    pub entity: String,
    pub create: String,
    pub listener_status: u16,
    pub operations: Vec<Operation>,
}

#[derive(Debug)]
pub struct Listener {
    pub path: String,
    pub entity: String,
}

#[derive(Debug)]
pub struct Resource {
    pub path: String,
    pub kind: String,
    pub label: String,
    pub entity: String,
    pub operations: Vec<Operation>,
    pub versioned: bool,
    pub state: Option<String>,
    pub created_stamp: Option<String>,
    pub updated_stamp: Option<String>,
    pub indexes: Vec<Index>,
    pub search: Vec<String>,
    pub loose: Vec<String>,
    pub events: Vec<Event>,
}

#[derive(Clone, Debug)]
pub struct Operation {
    pub verb: Verb,
    pub id: String,
    pub summary: String,
    pub query: Vec<String>,
    pub media: Vec<String>,
    pub ok: Vec<(u16, Answer)>,
    pub errors: Vec<String>,
}

#[derive(Debug)]
pub struct Index {
    pub path: String,
    pub scalar: Scalar,
    pub tallied: bool,
    pub targets: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub change: Change,
    pub event_type: String,
}

#[derive(Clone, Debug)]
pub struct Enum {
    pub about: String,
    pub values: Vec<String>,
    /// Values that the newer version spells differently: the value here, the newer one.
    pub stored: Vec<(String, String)>,
    /// The standard does not have it.
    pub extension: bool,
}

#[derive(Clone, Debug)]
pub struct Entity {
    pub name: String,
    pub about: String,
    pub extends: Vec<String>,
    pub attributes: Vec<Attribute>,
    pub subtypes: Vec<String>,
    pub unmapped_subtypes: Vec<String>,
    pub union: bool,
    /// Stands for any JSON value.
    pub any: bool,
    pub typed: bool,
    pub canonical: Option<String>,
    pub array_of: Option<String>,
    pub create_form: bool,
    pub patch_form: bool,
    /// An event or its payload, which clients never send.
    pub event: bool,
    /// The standard does not have it.
    pub extension: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    pub name: String,
    pub about: String,
    pub kind: Kind,
    pub many: bool,
    pub required: bool,
    pub required_on_create: bool,
    pub required_on_patch: bool,
    pub settable: bool,
    pub patchable: bool,
    pub server_supplied: bool,
    pub server_owned: bool,
    pub default: Option<String>,
    pub canonical: Option<String>,
    pub personal: bool,
    /// The standard does not have it.
    pub extension: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Scalar(Scalar),
    /// An enum of the API by name.
    Enum(String),
    /// Values written at the attribute.
    InlineEnum(Vec<String>),
    Entity(String),
    Any,
    Object,
    Map,
}

impl Entity {
    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }
}
