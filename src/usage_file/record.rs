//! A row that has been read: a usage of TMF635.

use std::borrow::Cow;
use std::io::Write;

use serde_json::{Map, Value};

use super::value::Cell;
use crate::domain::clock::Micros;
use crate::rating::record::field;

/// Characteristic that names the system that a record is from.
pub const SOURCE: &str = "source";

/// A usage. Borrows from the row and the mapping, so that rows can be read without copying what nobody keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<'r> {
    /// In which the row begins, counted from 1.
    pub line: u64,
    /// Id and name of the usage specification.
    pub specification: Cow<'r, str>,
    /// When the usage began.
    pub date: Micros,
    pub usage_type: Option<Cow<'r, str>>,
    pub description: Option<Cow<'r, str>>,
    /// Names and values, in the order of the mapping; those of the record's identity come first.
    pub characteristics: Vec<(&'r str, Cell<'r>)>,
}

impl Record<'_> {
    /// The value of a characteristic.
    pub fn find(&self, name: &str) -> Option<&Cell<'_>> {
        let mut found = self
            .characteristics
            .iter()
            .filter(|(known, _)| *known == name);
        found.next().map(|(_, cell)| cell)
    }

    /// The system that it is from.
    pub fn source(&self) -> &str {
        self.find(SOURCE)
            .and_then(Cell::as_text)
            .unwrap_or_default()
    }

    /// The name of the record, or of its session, at its source.
    pub fn record_id(&self) -> &str {
        self.find(field::RECORD)
            .and_then(Cell::as_text)
            .unwrap_or_default()
    }

    /// Which part of a session it is.
    pub fn partial_sequence(&self) -> Option<u64> {
        self.find(field::SEQUENCE).and_then(Cell::as_quantity)
    }

    /// The usage as a client of TMF635 v4 would post it.
    pub fn to_value(&self) -> Value {
        let mut usage = Map::with_capacity(5);
        usage.insert("usageDate".to_owned(), Value::from(self.date.to_rfc3339()));
        for (name, text) in [
            ("usageType", &self.usage_type),
            ("description", &self.description),
        ] {
            if let Some(text) = text {
                usage.insert(name.to_owned(), Value::from(text.as_ref()));
            }
        }
        let specification = [
            ("id", Value::from(self.specification.as_ref())),
            ("name", Value::from(self.specification.as_ref())),
        ];
        usage.insert("usageSpecification".to_owned(), object(specification));
        let characteristics = self
            .characteristics
            .iter()
            .map(|(name, cell)| object([("name", Value::from(*name)), ("value", cell.to_value())]));
        usage.insert("usageCharacteristic".to_owned(), characteristics.collect());
        Value::Object(usage)
    }

    /// Appends the same as JSON text: several times as fast, where text is all that is needed.
    pub fn write(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(b"{\"usageDate\":\"");
        text.extend_from_slice(self.date.to_rfc3339().as_bytes());
        text.push(b'"');
        for (name, value) in [
            ("usageType", &self.usage_type),
            ("description", &self.description),
        ] {
            if let Some(value) = value {
                text.push(b',');
                write_text(text, name);
                text.push(b':');
                write_text(text, value);
            }
        }
        text.extend_from_slice(b",\"usageSpecification\":{\"id\":");
        write_text(text, &self.specification);
        text.extend_from_slice(b",\"name\":");
        write_text(text, &self.specification);
        text.extend_from_slice(b"},\"usageCharacteristic\":[");
        for (place, (name, cell)) in self.characteristics.iter().enumerate() {
            if place > 0 {
                text.push(b',');
            }
            text.extend_from_slice(b"{\"name\":");
            write_text(text, name);
            text.extend_from_slice(b",\"value\":");
            write_cell(text, cell);
            text.push(b'}');
        }
        text.extend_from_slice(b"]}");
    }
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    let mut object = Map::with_capacity(N);
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    Value::Object(object)
}

fn write_cell(text: &mut Vec<u8>, cell: &Cell<'_>) {
    match cell {
        Cell::Text(value) => write_text(text, value),
        Cell::Whole(whole) => written(write!(text, "{whole}")),
        Cell::Decimal(decimal) => written(write!(text, "{decimal}")),
        Cell::Truth(truth) => written(write!(text, "{truth}")),
        Cell::Instant(instant) => write_text(text, &instant.to_rfc3339()),
        Cell::Money(amount, currency) => {
            written(write!(
                text,
                "{{\"unit\":\"{}\",\"value\":{amount}}}",
                currency.code
            ));
        }
    }
}

fn write_text(text: &mut Vec<u8>, value: &str) {
    written(serde_json::to_writer(text, value).map_err(Into::into));
}

/// Writing to memory does not fail.
fn written(done: std::io::Result<()>) {
    debug_assert!(done.is_ok(), "memory takes what is written");
}
