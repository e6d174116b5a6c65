//! What a bucket holds, as clients read it.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::purse::{Purse, Reading};
use crate::behaviour::document;
use crate::behaviour::rating::prices::PRICE;
use crate::charging::owner::Held;
use crate::domain::adapt::href::reference;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::rating::unit::Unit;

/// The kind of TMF654 buckets.
pub const KIND: &str = "bucket";

const MULTIPLES: [(&str, u64); 4] = [
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
];

/// What the price of an allowance says about its buckets.
#[derive(Clone, Debug)]
pub struct Label {
    pub name: String,
    pub unit: Unit,
}

/// Labels of prices, each read once.
#[derive(Default)]
pub struct Labels(HashMap<String, Label>);

impl Labels {
    /// Reads those of all buckets of some owners.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn load(&mut self, reading: &mut Reading<'_>, purses: &[Purse]) -> Outcome<()> {
        let held = purses.iter().flat_map(|own| own.owner.buckets.iter());
        let prices: HashSet<&str> = held.map(|held| &*held.price).collect();
        let missing = prices.into_iter().filter(|own| !self.0.contains_key(*own));
        let missing: Vec<String> = missing.map(str::to_owned).collect();
        if missing.is_empty() {
            return Ok(());
        }
        for row in reading
            .session
            .versions_of(reading.tenant, PRICE, &missing)?
        {
            if !row.current {
                continue;
            }
            let doc = document(&row)?;
            let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str);
            let unit = text("/unitOfMeasure/units").and_then(Unit::parse);
            let label = Label {
                name: text("/name").unwrap_or(&row.id).to_owned(),
                unit: unit.map_or(Unit::Unit, |(unit, _)| unit),
            };
            self.0.insert(row.id, label);
        }
        Ok(())
    }

    /// The label of a price; of one that is gone only the id is known.
    pub fn of(&self, price: &str) -> Label {
        self.0.get(price).cloned().unwrap_or_else(|| Label {
            name: price.to_owned(),
            unit: Unit::Unit,
        })
    }
}

/// `UsageType` of a unit.
pub const fn usage_type(unit: Unit) -> &'static str {
    match unit {
        Unit::Second => "voice",
        Unit::Byte => "data",
        Unit::Message => "sms",
        Unit::Event | Unit::Unit => "other",
    }
}

/// A quantity in base units.
pub fn quantity(amount: u64, unit: Unit) -> Value {
    json!({ "amount": amount, "units": unit.name() })
}

/// A quantity as people read it; never more than it is.
pub fn shown(amount: u64, unit: Unit) -> String {
    match unit {
        Unit::Second => {
            let (hours, minutes, seconds) = (amount / 3_600, amount / 60 % 60, amount % 60);
            let parts = [(hours, "h"), (minutes, "min"), (seconds, "s")];
            let parts = parts.iter().filter(|(n, _)| *n > 0);
            let text: Vec<String> = parts.map(|(n, unit)| format!("{n} {unit}")).collect();
            if text.is_empty() {
                "0 s".to_owned()
            } else {
                text.join(" ")
            }
        }
        Unit::Byte => {
            let Some((name, size)) = MULTIPLES.iter().find(|(_, size)| amount >= *size) else {
                return format!("{amount} B");
            };
            let text = format!(
                "{}.{:02}",
                amount / size,
                amount % size / (size / 100).max(1)
            );
            let text = text.trim_end_matches('0').trim_end_matches('.');
            format!("{text} {name}")
        }
        Unit::Message => format!("{amount} messages"),
        Unit::Event => format!("{amount} events"),
        Unit::Unit => amount.to_string(),
    }
}

/// A period as `TimePeriod`.
pub fn period(held: &Held) -> Map<String, Value> {
    let mut period = Map::new();
    let mut add = |name: &str, at: Option<i64>| {
        if let Some(at) = at {
            period.insert(name.to_owned(), Value::from(Micros(at).to_rfc3339()));
        }
    };
    add("startDateTime", held.from);
    add("endDateTime", held.to);
    period
}

/// Whether a bucket can be used, in the words of `BucketStatusType`.
pub fn status(purse: &Purse, held: &Held, now: Micros) -> &'static str {
    match held.to {
        Some(end) if end <= now.0 => "expired",
        _ if purse.is_suspended => "suspended",
        _ => "active",
    }
}

/// What both APIs say of a bucket. References are those of TMF654; `kinds` are their types.
pub fn describe(purse: &Purse, held: &Held, label: &Label, now: Micros) -> Map<String, Value> {
    let left = held.left();
    let mut doc = Map::new();
    let mut set = |name: &str, value: Value| doc.insert(name.to_owned(), value);
    set("@type", Value::from("Bucket"));
    set("name", Value::from(label.name.clone()));
    set("usageType", Value::from(usage_type(label.unit)));
    set("isShared", Value::from(purse.is_shared()));
    set("status", Value::from(status(purse, held, now)));
    set("remainingValue", quantity(left, label.unit));
    set("remainingValueName", Value::from(shown(left, label.unit)));
    set("reservedValue", quantity(0, label.unit));
    set("validFor", Value::Object(period(held)));
    let products = purse.products(Some(&held.price));
    let products: Vec<Value> = products.into_iter().map(product).collect();
    if !products.is_empty() {
        set("product", Value::Array(products));
    }
    if let Some(account) = purse.account() {
        set(
            "partyAccount",
            json!({ "@type": "PartyAccountRef", "id": account }),
        );
    }
    doc
}

/// A reference to a product.
pub fn product(id: &str) -> Value {
    reference("ProductRef", crate::charging::payer::PRODUCT, "Product", id)
}

#[cfg(test)]
mod tests {
    use super::{Unit, shown};

    #[test]
    fn quantities_read_well_and_promise_nothing() {
        let cases = [
            (0, Unit::Second, "0 s"),
            (3_725, Unit::Second, "1 h 2 min 5 s"),
            (120, Unit::Second, "2 min"),
            (999, Unit::Byte, "999 B"),
            (1_500_000_000, Unit::Byte, "1.5 GB"),
            (1_999_999_999, Unit::Byte, "1.99 GB"),
            (2_000, Unit::Byte, "2 kB"),
            (7, Unit::Message, "7 messages"),
        ];
        for (amount, unit, text) in cases {
            assert_eq!(shown(amount, unit), text);
        }
    }
}
