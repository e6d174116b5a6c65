//! The normal form in which a facts file and an OpenAPI document are compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Everything that the standard fixes about one API version.
#[derive(Debug, Clone, Default)]
pub struct ApiShape {
    /// API number, for example `TMF620`; empty when the source does not say.
    pub api: String,
    /// Title, for example `Product Catalog Management`.
    pub title: String,
    /// Full version, for example `4.1.0`.
    pub version: String,
    /// Base paths without host; several when the source lists several servers.
    pub base_paths: Vec<String>,
    /// Operations by `METHOD /path`.
    pub operations: BTreeMap<String, Operation>,
    /// Event callbacks, lower camel case.
    pub listeners: BTreeSet<String>,
    /// Enumerations by name.
    pub enums: BTreeMap<String, Vec<String>>,
    /// Entities by name, forms folded in.
    pub entities: BTreeMap<String, Entity>,
    /// Places (see [`place`]) that the source marks as its own additions.
    pub extensions: BTreeSet<String>,
}

/// One operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operation {
    /// Names of query parameters.
    pub query: BTreeSet<String>,
    /// Name of the body's schema, `X[]` for a list.
    pub body: Option<String>,
    /// Media types of the request body, without parameters.
    pub media: BTreeSet<String>,
    /// Success statuses with the entity answered; `-` is no body.
    pub ok: BTreeMap<String, String>,
    /// Declared error statuses.
    pub errors: BTreeSet<String>,
}

/// One entity with its three writable or readable variants.
#[derive(Debug, Clone, Default)]
pub struct Entity {
    /// What is read.
    pub read: Form,
    /// What a client may send on create; `None` when the source has no such form.
    pub create: Option<Form>,
    /// What a client may send on patch.
    pub patch: Option<Form>,
    /// What is answered, where it differs from `read`.
    pub response: Option<Form>,
    /// Names of parents; `None` when the source flattens inheritance.
    pub parents: Option<BTreeSet<String>>,
    /// Values of `@type` that the discriminator knows.
    pub subtypes: BTreeSet<String>,
    /// Alternatives, when the entity is a choice.
    pub one_of: BTreeSet<String>,
    /// Element type, when the entity is a list.
    pub array_of: Option<String>,
}

/// Attributes of one form, inherited ones included.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Form {
    /// Type by attribute, in the notation of the facts files (`string(date-time)`, `X[]`).
    pub attributes: BTreeMap<String, String>,
    /// Mandatory attributes.
    pub required: BTreeSet<String>,
    /// Default values.
    pub defaults: BTreeMap<String, Value>,
}

/// Suffixes by which the standard names the forms of an entity.
const SUFFIXES: [&str; 5] = ["_FVO", "_MVO", "_RES", "_Create", "_Update"];

/// The entity's name without the suffix of its form.
pub fn base_name(name: &str) -> &str {
    SUFFIXES
        .iter()
        .find_map(|suffix| name.strip_suffix(suffix))
        .filter(|base| !base.is_empty())
        .unwrap_or(name)
}

/// Names of places in an API description. Both the comparison and the marking of extensions
/// use them, so that an extension is recognised by the place where it would be reported.
pub mod place {
    /// Query parameter of an operation.
    pub fn query(operation: &str, name: &str) -> String {
        format!("{operation} query {name}")
    }

    /// Media type of an operation's request body.
    pub fn media(operation: &str, media: &str) -> String {
        format!("{operation} media {media}")
    }

    /// Response status of an operation.
    pub fn status(operation: &str, status: &str) -> String {
        format!("{operation} status {status}")
    }

    /// Event listener.
    pub fn listener(name: &str) -> String {
        format!("listener {name}")
    }

    /// Enumeration.
    pub fn enumeration(name: &str) -> String {
        format!("enum {name}")
    }

    /// Entity.
    pub fn entity(name: &str) -> String {
        format!("entity {name}")
    }

    /// Attribute of a form; the form that is read has no name of its own.
    pub fn attribute(entity: &str, form: &str, name: &str) -> String {
        format!("entity {entity}{} attribute {name}", form_part(form))
    }

    /// Membership of an attribute in the required set of a form.
    pub fn required(entity: &str, form: &str, name: &str) -> String {
        format!("entity {entity}{} required {name}", form_part(form))
    }

    /// Default of an attribute.
    pub fn default(entity: &str, form: &str, name: &str) -> String {
        format!("entity {entity}{} default {name}", form_part(form))
    }

    fn form_part(form: &str) -> String {
        if form.is_empty() {
            return String::new();
        }
        format!(" {form}")
    }
}

#[cfg(test)]
mod tests {
    use super::base_name;

    #[test]
    fn forms_share_the_name_of_their_entity() {
        assert_eq!(base_name("Category_FVO"), "Category");
        assert_eq!(base_name("Category_Update"), "Category");
        assert_eq!(
            base_name("EventSubscriptionInput"),
            "EventSubscriptionInput"
        );
        assert_eq!(base_name("_FVO"), "_FVO");
    }
}
