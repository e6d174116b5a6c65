//! From a document to its row: what the columns and the index hold of it.

use serde_json::Value;

use super::label;
use crate::domain::descriptor::Resource;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::query::{index_key, index_values};
use crate::store::{Attributes, IndexValues};

/// The columns that are read off the document.
pub(super) struct Columns {
    pub version: String,
    pub label: Option<String>,
    pub state: Option<String>,
}

/// Reads the columns off a stored-form document.
pub(super) fn columns(resource: &Resource, doc: &Value) -> Columns {
    let text = |name: &str| doc.get(name).and_then(Value::as_str).map(str::to_owned);
    Columns {
        version: if resource.versioned {
            text("version").unwrap_or_default()
        } else {
            String::new()
        },
        label: label::of(resource.kind, doc),
        state: resource.state.and_then(text),
    }
}

/// The values of the indexed attributes.
pub(super) fn index(resource: &Resource, attributes: &Attributes, doc: &Value) -> IndexValues {
    let mut values = Vec::with_capacity(resource.indexes.len() + 2);
    for index in resource.indexes {
        let Some(number) = attributes.number(resource.kind, index.path) else {
            continue;
        };
        index_values(index.path, doc, |value| {
            if let Some(key) = index_key(index.scalar, value) {
                values.push((number, key));
            }
        });
    }
    values
}

/// Reads a document back from the text the store keeps.
pub(super) fn parse(text: &str) -> Outcome<Value> {
    serde_json::from_str(text)
        .map_err(|error| Problem::internal(format!("a stored document does not parse: {error}")))
}
