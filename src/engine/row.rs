//! From a document to its row: what the columns and the index hold of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::label;
use crate::domain::descriptor::Resource;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::query::{index_key, index_values};
use crate::domain::text;
use crate::store::{Attributes, IndexValues, Keys, number_of};

/// Words of one resource that are searched for: no document may fill the index.
const MOST_WORDS: usize = 256;

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
        version: version(resource, doc),
        label: label::of(resource.kind, doc),
        state: resource.state.and_then(text),
    }
}

/// The version that a document is of; empty for kinds without versions.
pub(super) fn version(resource: &Resource, doc: &Value) -> String {
    if !resource.versioned {
        return String::new();
    }
    let version = doc.get("version").and_then(Value::as_str);
    version.unwrap_or_default().to_owned()
}

/// What a document is found by.
pub(super) fn keys(resource: &Resource, attributes: &Attributes, doc: &Value) -> Keys {
    Keys {
        index: index(resource, attributes, doc),
        words: words(resource, doc),
        alone: !resource.versioned,
    }
}

/// The words that text search finds a document by, each once.
fn words(resource: &Resource, doc: &Value) -> String {
    let mut found = BTreeSet::new();
    for path in resource.search {
        index_values(path, doc, |value| match value {
            Value::String(text) => text::words_of(text, &mut found),
            Value::Number(number) => text::words_of(&number.to_string(), &mut found),
            _ => {}
        });
    }
    let found: Vec<String> = found.into_iter().take(MOST_WORDS).collect();
    found.join(" ")
}

/// The values of the indexed attributes.
fn index(resource: &Resource, attributes: &Attributes, doc: &Value) -> IndexValues {
    let mut values = Vec::with_capacity(resource.indexes.len() + 2);
    let known = attributes.of_kind(resource.kind);
    for index in resource.indexes {
        let Some(number) = number_of(known, index.path) else {
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

/// A document as the text the store keeps.
pub(super) fn written(doc: &Value) -> Outcome<String> {
    serde_json::to_string(doc).map_err(Problem::internal)
}

/// Reads a document back from the text the store keeps.
pub(super) fn parse(text: &str) -> Outcome<Value> {
    serde_json::from_str(text)
        .map_err(|error| Problem::internal(format!("a stored document does not parse: {error}")))
}
