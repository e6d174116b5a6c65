//! Tables as texts and documents again.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::csv::NAMES;
use super::{Key, RowSource, TableSource};
use crate::domain::clock::Micros;
use crate::domain::money::number_of;
use crate::domain::value::Period;

/// The rows of a table as CSV with a line of names.
pub fn csv(source: &TableSource) -> String {
    let mut text = String::with_capacity(64 + source.rows.len() * 48);
    let keys = source.keys.iter().map(|key| key.attribute());
    let names: Vec<&str> = keys.chain(NAMES).collect();
    text.push_str(&names.join(","));
    text.push('\n');
    for row in &source.rows {
        for prefix in &row.prefixes {
            field(&mut text, prefix);
            text.push(',');
        }
        field(&mut text, row.zone.as_deref().unwrap_or_default());
        let amount = |amount: Option<Decimal>| amount.map(|own| own.to_string());
        let step = |step: Option<u64>| step.map(|own| own.to_string());
        let instant = |at: Option<Micros>| at.map(Micros::to_rfc3339);
        let fields = [
            amount(row.price),
            amount(row.setup),
            step(row.steps.map(|(first, _)| first)),
            step(row.steps.map(|(_, next)| next)),
            instant(row.valid.start),
            instant(row.valid.end),
        ];
        for own in fields {
            // Writing to a text cannot fail.
            let _ = write!(text, ",{}", own.unwrap_or_default());
        }
        text.push('\n');
    }
    text
}

fn field(text: &mut String, value: &str) {
    let is_plain = !value.contains([',', ';', '"', '\n', '\r']) && value.trim() == value;
    if is_plain {
        return text.push_str(value);
    }
    text.push('"');
    text.push_str(&value.replace('"', "\"\""));
    text.push('"');
}

/// A row as it stands in a document.
pub fn row_document(keys: &[Key], row: &RowSource) -> Value {
    let mut document = Map::new();
    let mut put = |name: &str, value: Value| {
        document.insert(name.to_owned(), value);
    };
    for (key, prefix) in keys.iter().zip(&row.prefixes) {
        put(key.attribute(), json!(&**prefix));
    }
    if let Some(zone) = &row.zone {
        put("zone", json!(&**zone));
    }
    for (name, amount) in [("price", row.price), ("setupFee", row.setup)] {
        if let Some(amount) = amount {
            put(name, Value::Number(number_of(amount)));
        }
    }
    if let Some((first, next)) = row.steps {
        put("firstStep", json!(first));
        put("nextStep", json!(next));
    }
    if row.valid != Period::ALWAYS {
        let ends = [
            ("startDateTime", row.valid.start),
            ("endDateTime", row.valid.end),
        ];
        let ends = ends
            .into_iter()
            .filter_map(|(name, at)| Some((name.to_owned(), json!(at?.to_rfc3339()))));
        put("validFor", Value::Object(ends.collect()));
    }
    Value::Object(document)
}
