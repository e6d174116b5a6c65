//! Reading a table that stands in a document.

use serde_json::Value;

use super::{Key, RowSource, TableSource};
use crate::rating::fault::Fault;
use crate::rating::read::Reader;

const TABLE: &[&str] = &["id", "href", "name", "version", "key", "currency", "row"];
const ROW: &[&str] = &[
    "destination",
    "origin",
    "servingNetwork",
    "zone",
    "price",
    "setupFee",
    "firstStep",
    "nextStep",
    "validFor",
];

/// Reads `{"id", "version", "key": ["destination"], "currency": "EUR", "row": [{"destination": "49",
/// "zone": "DE", "price": 0.05, "setupFee": 0.01, "firstStep": 60, "nextStep": 1, "validFor": {}}]}`.
///
/// # Errors
/// What is wrong, with pointers into the document.
pub fn read(document: &Value) -> Result<TableSource, Vec<Fault>> {
    let mut faults = Vec::new();
    let table = Reader::new(document, String::new(), &mut faults).and_then(|mut reader| {
        reader.only(TABLE);
        table(&mut reader)
    });
    match table {
        Some(table) if faults.is_empty() => Ok(table),
        _ => Err(faults),
    }
}

fn table(reader: &mut Reader<'_, '_>) -> Option<TableSource> {
    let keys = keys(reader);
    let list = reader.list("row");
    let mut rows = Vec::with_capacity(list.len());
    for (number, value) in list.iter().enumerate() {
        let read = reader.child(&format!("row/{number}"), value);
        rows.extend(read.and_then(|mut reader| row(&mut reader, &keys)));
    }
    Some(TableSource {
        id: reader.required_text("id")?.into(),
        version: reader.text("version").map(Box::from),
        keys,
        currency: reader.currency("currency"),
        rows,
    })
}

/// The destination alone, unless said otherwise.
fn keys(reader: &mut Reader<'_, '_>) -> Vec<Key> {
    if !reader.has("key") {
        return vec![Key::Destination];
    }
    let mut keys = Vec::new();
    for (place, text) in reader.texts("key").iter().enumerate() {
        match Key::NAMES.iter().find(|(name, _)| *name == &**text) {
            Some((_, key)) => keys.push(*key),
            None => reader.fault(
                &format!("key/{place}"),
                "must be one of destination, origin, servingNetwork",
            ),
        }
    }
    keys
}

fn row(reader: &mut Reader<'_, '_>, keys: &[Key]) -> Option<RowSource> {
    reader.only(ROW);
    for (name, key) in Key::NAMES {
        if reader.has(name) && !keys.contains(key) {
            reader.fault(name, "is not among the keys of the table");
        }
    }
    let prefixes = keys.iter().map(|key| {
        let text = reader.value(key.attribute()).and_then(Value::as_str);
        text.unwrap_or_default().into()
    });
    let prefixes: Vec<Box<str>> = prefixes.collect();
    for key in keys {
        let value = reader.value(key.attribute());
        if value.is_some_and(|value| !value.is_string()) {
            reader.fault(key.attribute(), "must be a text");
        }
    }
    Some(RowSource {
        prefixes,
        zone: reader.text("zone").map(Box::from),
        price: reader.amount("price"),
        setup: reader.amount("setupFee"),
        steps: steps(reader),
        valid: reader.valid_for(),
    })
}

/// Both steps or none; a next step that is missing is the first one.
fn steps(reader: &mut Reader<'_, '_>) -> Option<(u64, u64)> {
    let (first, next) = (reader.whole("firstStep"), reader.whole("nextStep"));
    if first.is_none() && next.is_some() {
        reader.fault("firstStep", "is missing");
    }
    first.map(|first| (first, next.unwrap_or(first)))
}
