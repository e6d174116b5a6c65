//! Reading conditions: `prodSpecCharValueUse`.

use serde_json::Value;

use super::card::Conditions;
use super::condition::{Condition, Interval, Test};
use super::datum::Datum;
use super::library::Library;
use super::read::Reader;
use crate::domain::value::pattern;

const USE: &str = "prodSpecCharValueUse";
const VALUES: &str = "productSpecCharacteristicValue";

/// The conditions of a price, on events and on products.
pub(super) fn conditions(reader: &mut Reader<'_, '_>, library: &Library) -> Conditions {
    let (mut event, mut product) = (Vec::new(), Vec::new());
    let uses = reader.list(USE);
    for (place, value) in uses.iter().enumerate() {
        let read = reader.child(&format!("{USE}/{place}"), value);
        let Some(condition) = read.and_then(|mut reader| condition(&mut reader)) else {
            continue;
        };
        match library.is_of_event(&condition.name) {
            true => event.push(condition),
            false => product.push(condition),
        }
    }
    Conditions {
        event: event.into_boxed_slice(),
        product: product.into_boxed_slice(),
    }
}

/// One condition: a name and the values that are allowed.
pub(super) fn condition(reader: &mut Reader<'_, '_>) -> Option<Condition> {
    if reader.has("validFor") {
        reader.fault(
            "validFor",
            "is not understood here: the price is valid or not as a whole",
        );
    }
    let name = reader.required_text("name")?;
    let values = reader.list(VALUES);
    let mut tests = Vec::new();
    for (place, value) in values.iter().enumerate() {
        if let Some(mut reader) = reader.child(&format!("{VALUES}/{place}"), value) {
            tests.extend(test(&mut reader));
        }
    }
    Some(Condition {
        name: name.into(),
        tests: tests.into_boxed_slice(),
    })
}

/// One value, range or pattern; nothing for an entry that says nothing, which many clients write.
fn test(reader: &mut Reader<'_, '_>) -> Option<Test> {
    if let Some(text) = reader.text("regex") {
        return match pattern::compile(text) {
            Ok(regex) => Some(Test::Matches(regex)),
            Err(message) => {
                reader.fault("regex", &message);
                None
            }
        };
    }
    if let Some(range) = range(reader) {
        return Some(Test::Between(range));
    }
    let value = reader.value("value")?;
    let datum = Datum::read(value).map(Datum::into_owned);
    if datum.is_none() {
        reader.fault("value", "must be a text, a number, true or false");
    }
    datum.map(Test::is)
}

const ENDS: &[(&str, (bool, bool))] = &[
    ("closed", (true, true)),
    ("open", (false, false)),
    ("closedBottom", (true, false)),
    ("closedTop", (false, true)),
];

/// A range; from 0 to 0 beside a value is none, for some clients send all attributes they know.
fn range(reader: &mut Reader<'_, '_>) -> Option<Interval> {
    let is_number = |value: Option<&Value>| value.is_some_and(Value::is_number);
    let from = match is_number(reader.value("valueFrom")) {
        true => reader.decimal("valueFrom"),
        false => reader
            .value("valueFrom")
            .and_then(|v| Datum::read(v)?.number()),
    };
    let to = match is_number(reader.value("valueTo")) {
        true => reader.decimal("valueTo"),
        false => reader
            .value("valueTo")
            .and_then(|v| Datum::read(v)?.number()),
    };
    let is_nothing = from.is_none_or(|from| from.is_zero()) && to.is_none_or(|to| to.is_zero());
    if is_nothing && (from.is_some() == to.is_some()) {
        return None;
    }
    let (bottom, top) = match reader.has("rangeInterval") {
        true => reader.one_of("rangeInterval", ENDS)?,
        false => (true, true),
    };
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        reader.fault("valueTo", "must not be less than valueFrom");
    }
    Some(Interval {
        from,
        to,
        bottom,
        top,
    })
}
