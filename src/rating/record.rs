//! Reading a usage record (TMF635 `Usage` of v4, `ProductUsage` of v5) as an event.
//!
//! What is measured stands in `usageCharacteristic`, under the names in [`field`]; all other
//! characteristics are what prices may demand something of.

use std::borrow::Cow;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::datum::{Characteristic, Datum, find};
use super::event::{Event, Partial, Quantities};
use super::fault::Fault;
use super::unit::Unit;
use crate::domain::clock::Micros;
use crate::domain::money::{Currency, Money, MoneyError};
use crate::domain::usage_said::Said;

/// Names of characteristics that say what was measured. Quantities are whole numbers of the base
/// unit, or `{"amount", "units"}`.
pub mod field {
    /// When it began, where the usage has no `usageDate`.
    pub const START: &str = "startTime";
    /// Seconds.
    pub const DURATION: &str = "duration";
    /// Bytes.
    pub const OCTETS: &str = "octets";
    pub const MESSAGES: &str = "messages";
    pub const UNITS: &str = "units";
    /// What something sold through the network costs by itself: money.
    pub const AMOUNT: &str = "amount";
    /// Counts the parts of a session, ascending.
    pub const SEQUENCE: &str = "partialSequence";
    /// True for the last part of a session.
    pub const LAST: &str = "lastPartial";
    /// The name of the record, or of the session that it is a part of, at its source.
    pub const RECORD: &str = "recordId";
}

const QUANTITIES: [(&str, Unit); 4] = [
    (field::DURATION, Unit::Second),
    (field::OCTETS, Unit::Byte),
    (field::MESSAGES, Unit::Message),
    (field::UNITS, Unit::Unit),
];

/// A record that has been read; the event borrows from it.
#[derive(Clone, Debug)]
pub struct Record<'d> {
    kind: &'d str,
    start: Micros,
    quantities: Quantities,
    value: Option<(Decimal, &'static Currency)>,
    characteristics: Vec<Characteristic<'d>>,
    partial: Option<Partial>,
}

impl<'d> Record<'d> {
    /// Reads a usage of either version.
    ///
    /// # Errors
    /// Everything that keeps it from being rated, with pointers into the document.
    pub fn read(usage: &'d Value) -> Result<Self, Vec<Fault>> {
        let mut reading = Reading::default();
        let kind = reading.kind(usage);
        let list = usage.get("usageCharacteristic").and_then(Value::as_array);
        for (place, entry) in list.into_iter().flatten().enumerate() {
            reading.entry(place, entry);
        }
        reading.end(kind, usage.get("usageDate").map(Said::from))
    }

    /// Reads a usage of which it is known what it says: of which kind it is, when it began, and its
    /// characteristics.
    ///
    /// # Errors
    /// As [`Record::read`].
    pub fn of(
        kind: &'d str,
        date: &'d str,
        characteristics: impl Iterator<Item = (&'d str, Said<'d>)>,
    ) -> Result<Self, Vec<Fault>> {
        let mut reading = Reading::default();
        for (place, (name, value)) in characteristics.enumerate() {
            reading.characteristic(place, name, value);
        }
        reading.end(kind, Some(Said::Text(date)))
    }
}

impl<'d> Reading<'d> {
    fn end(mut self, kind: &'d str, date: Option<Said<'d>>) -> Result<Record<'d>, Vec<Fault>> {
        let start = self.start(date);
        if !self.faults.is_empty() {
            return Err(self.faults);
        }
        Ok(Record {
            kind,
            start,
            partial: self.partial(),
            quantities: self.quantities,
            value: self.value,
            characteristics: self.characteristics,
        })
    }
}

impl Record<'_> {
    /// What is to be rated.
    pub fn event(&self) -> Event<'_> {
        Event {
            kind: self.kind,
            start: self.start,
            quantities: self.quantities,
            value: self.value,
            characteristics: &self.characteristics,
            partial: self.partial,
        }
    }

    /// The name of the record at its source; that of the session, where it is a part of one.
    pub fn name(&self) -> Option<&str> {
        find(&self.characteristics, field::RECORD)?.as_text()
    }
}

#[derive(Default)]
struct Reading<'d> {
    quantities: Quantities,
    value: Option<(Decimal, &'static Currency)>,
    characteristics: Vec<Characteristic<'d>>,
    /// Where and what, of a characteristic that says when it began.
    began: Option<(String, Said<'d>)>,
    sequence: Option<u32>,
    last: bool,
    faults: Vec<Fault>,
}

impl<'d> Reading<'d> {
    fn kind(&mut self, usage: &'d Value) -> &'d str {
        kind_of(usage).unwrap_or_else(|| {
            self.fail("/usageSpecification", "is needed, with the name of one");
            ""
        })
    }

    fn start(&mut self, date: Option<Said<'d>>) -> Micros {
        let (pointer, value) = match (date, self.began.take()) {
            (Some(value), _) => ("/usageDate".to_owned(), value),
            (None, Some(began)) => began,
            (None, None) => {
                let message = format!("is needed, or a characteristic '{}'", field::START);
                self.fail("/usageDate", &message);
                return Micros(0);
            }
        };
        let instant = value.as_text().and_then(Micros::parse);
        instant.unwrap_or_else(|| {
            self.fail(&pointer, "must be a date and time with its offset");
            Micros(0)
        })
    }

    fn entry(&mut self, place: usize, entry: &'d Value) {
        let Some(name) = entry.get("name").and_then(Value::as_str) else {
            let pointer = format!("/usageCharacteristic/{place}/name");
            self.fail(&pointer, "must be a text");
            return;
        };
        let Some(value) = entry.get("value") else {
            self.fail(&value_at(place), "is needed");
            return;
        };
        self.characteristic(place, name, value.into());
    }

    fn characteristic(&mut self, place: usize, name: &'d str, value: Said<'d>) {
        if let Some((_, unit)) = QUANTITIES.iter().find(|(known, _)| *known == name) {
            match quantity(value, *unit) {
                Ok(quantity) => self.quantities.set(*unit, quantity),
                Err(message) => self.fail(&value_at(place), &message),
            }
            return;
        }
        match name {
            field::START => self.began = Some((value_at(place), value)),
            field::AMOUNT => match money(value) {
                Ok(money) => self.value = Some((money.value, money.currency)),
                Err(error) => self.fail(&value_at(place), &error.to_string()),
            },
            field::SEQUENCE => match whole(value).and_then(|number| u32::try_from(number).ok()) {
                Some(sequence) => self.sequence = Some(sequence),
                None => self.fail(&value_at(place), "must be a whole number"),
            },
            field::LAST => match truth(value) {
                Some(last) => self.last = last,
                None => self.fail(&value_at(place), "must be true or false"),
            },
            _ => self.other(name, value),
        }
    }

    /// Lists and objects are nothing that a price could demand something of.
    fn other(&mut self, name: &'d str, value: Said<'d>) {
        if let Some(value) = Datum::of(value) {
            self.characteristics.push(Characteristic {
                name: Cow::Borrowed(name),
                value,
            });
        }
    }

    fn partial(&self) -> Option<Partial> {
        let sequence = self.sequence?;
        Some(Partial {
            sequence,
            last: self.last,
        })
    }

    fn fail(&mut self, pointer: &str, message: &str) {
        self.faults.push(Fault::new(pointer, message));
    }
}

/// The name of the usage specification, else what the usage calls itself.
pub fn kind_of(usage: &Value) -> Option<&str> {
    let specification = usage.get("usageSpecification");
    let specified = |name| specification?.get(name)?.as_str();
    let named = specified("name").or_else(|| usage.get("usageType")?.as_str());
    named.or_else(|| specified("id"))
}

fn value_at(place: usize) -> String {
    format!("/usageCharacteristic/{place}/value")
}

fn money(value: Said<'_>) -> Result<Money, MoneyError> {
    match value {
        Said::Other(value) => Money::read(value),
        _ => Err(MoneyError::NotAnObject),
    }
}

/// Base units of a quantity.
fn quantity(value: Said<'_>, unit: Unit) -> Result<u64, String> {
    let wrong = || {
        format!(
            "must be a whole number of {}, or of a multiple",
            unit.name()
        )
    };
    let object = match value {
        Said::Other(Value::Object(object)) => object,
        _ => return whole(value).ok_or_else(wrong),
    };
    let units = object.get("units").and_then(Value::as_str);
    let amount = object.get("amount").and_then(Datum::read);
    let (Some(units), Some(amount)) = (units, amount.and_then(|amount| amount.number())) else {
        return Err(wrong());
    };
    let (base, factor) = Unit::parse(units).ok_or_else(wrong)?;
    if base != unit {
        return Err(wrong());
    }
    let amount = amount
        .checked_mul(Decimal::from(factor))
        .ok_or_else(wrong)?;
    as_whole(amount).ok_or_else(wrong)
}

/// A whole number, or a text that reads as one.
fn whole(value: Said<'_>) -> Option<u64> {
    as_whole(Datum::of(value)?.number()?)
}

fn as_whole(number: Decimal) -> Option<u64> {
    number.is_integer().then(|| number.to_u64()).flatten()
}

fn truth(value: Said<'_>) -> Option<bool> {
    match value {
        Said::Truth(truth) => Some(truth),
        Said::Text(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Record;
    use crate::domain::clock::Micros;

    fn call(characteristics: Value) -> Value {
        json!({
            "usageDate": "2026-03-02T09:00:00Z",
            "usageSpecification": { "id": "voice-1", "name": "voice" },
            "usageCharacteristic": characteristics,
        })
    }

    #[test]
    fn quantities_are_read_in_base_units() {
        let usage = call(json!([
            { "name": "duration", "value": { "amount": 1.5, "units": "min" } },
            { "name": "octets", "value": "1200" },
            { "name": "messages", "value": 2 },
            { "name": "calledNumber", "value": "4917" },
            { "name": "amount", "value": { "unit": "EUR", "value": 2.99 } },
            { "name": "partialSequence", "value": 3 },
            { "name": "lastPartial", "value": "true" },
        ]));
        let record = Record::read(&usage).expect("a record");
        let event = record.event();
        assert_eq!(event.kind, "voice");
        assert_eq!(Some(event.start), Micros::parse("2026-03-02T09:00:00Z"));
        assert_eq!(event.quantities.seconds, Some(90));
        assert_eq!(event.quantities.bytes, Some(1200));
        assert_eq!(event.quantities.messages, Some(2));
        assert_eq!(event.text("calledNumber"), Some("4917"));
        assert!(event.value.is_some_and(|(value, currency)| {
            value.to_string() == "2.99" && currency.code == "EUR"
        }));
        assert!(
            event
                .partial
                .is_some_and(|part| part.sequence == 3 && part.last)
        );
    }

    #[test]
    fn the_start_may_be_a_characteristic() {
        let mut usage =
            call(json!([{ "name": "startTime", "value": "2026-03-02T10:00:00+01:00" }]));
        usage
            .as_object_mut()
            .expect("an object")
            .remove("usageDate");
        let record = Record::read(&usage).expect("a record");
        assert_eq!(
            Some(record.event().start),
            Micros::parse("2026-03-02T09:00:00Z")
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let usage = json!({
            "usageDate": "yesterday",
            "usageCharacteristic": [
                { "name": "duration", "value": -1 },
                { "name": "duration", "value": 1.5 },
                { "name": "octets", "value": { "amount": 1, "units": "min" } },
                { "value": 1 },
                { "name": "partialSequence", "value": "x" },
                { "name": "note" },
            ],
        });
        let faults = Record::read(&usage).expect_err("faults");
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/usageSpecification",
                "/usageCharacteristic/0/value",
                "/usageCharacteristic/1/value",
                "/usageCharacteristic/2/value",
                "/usageCharacteristic/3/name",
                "/usageCharacteristic/4/value",
                "/usageCharacteristic/5/value",
                "/usageDate",
            ]
        );
    }
}
