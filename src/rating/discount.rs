//! Discounts on usage: prices of type `discount` that name the usage prices they reduce.

use rust_decimal::Decimal;
use serde_json::Value;

use super::card::Conditions;
use super::condition_read::conditions;
use super::exact::{Ratio, power_of_ten};
use super::fault::Fault;
use super::library::Library;
use super::read::Reader;
use crate::domain::money::Currency;
use crate::domain::value::{Period, is_spelled};

/// Relations from a discount to what it reduces, in small letters without separators.
const REDUCES: [&str; 5] = ["discount", "discounts", "alters", "appliesto", "reduces"];
/// Relations from a price to its discounts.
const REDUCED_BY: [&str; 4] = ["discount", "discountedby", "alteredby", "isalteredby"];

/// A compiled discount.
#[derive(Clone, Debug)]
pub struct Discount {
    /// Id of the price.
    pub price: Box<str>,
    pub version: Option<Box<str>>,
    pub valid: Period,
    pub off: Off,
    /// The smallest comes first.
    pub priority: u32,
    /// Ids of the prices that it reduces.
    pub reduces: Vec<Box<str>>,
    pub conditions: Conditions,
}

/// What is taken off. Never more than there is.
#[derive(Clone, Copy, Debug)]
pub enum Off {
    /// A share of what the discounts before have left. The factor is what remains.
    Percentage { remains: Ratio },
    /// An amount from each event.
    Amount {
        amount: Ratio,
        currency: &'static Currency,
    },
}

impl Discount {
    /// Compiles a stored price of type `discount`, with `percentage` or `price`, and `priority` (none
    /// comes last).
    ///
    /// # Errors
    /// Everything that is wrong, with pointers into the document.
    pub fn compile(id: &str, document: &Value, library: &Library) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let discount = Reader::new(document, String::new(), &mut faults)
            .and_then(|mut reader| discount(id, &mut reader, document, library));
        match discount {
            Some(discount) if faults.is_empty() => Ok(discount),
            None if faults.is_empty() => Err(vec![Fault::new("", "cannot be compiled")]),
            _ => Err(faults),
        }
    }

    /// Its place among others: percentages first, then by priority, then by id.
    pub(super) fn place(&self) -> (bool, u32, &str) {
        let is_amount = matches!(self.off, Off::Amount { .. });
        (is_amount, self.priority, &self.price)
    }

    /// True where it reduces a price.
    pub fn is_for(&self, price: &str) -> bool {
        self.reduces.iter().any(|own| **own == *price)
    }
}

/// True for a price of type `discount`.
pub fn is_discount(document: &Value) -> bool {
    let word = document.get("priceType").and_then(Value::as_str);
    word.is_some_and(|word| is_spelled(word, "discount"))
}

/// Ids of prices that a document names as what it reduces.
pub(super) fn reduced(document: &Value) -> impl Iterator<Item = &str> {
    related(document, &REDUCES)
}

/// Ids of discounts that a price names.
pub(super) fn reducing(document: &Value) -> impl Iterator<Item = &str> {
    related(document, &REDUCED_BY)
}

fn related<'d>(document: &'d Value, words: &'static [&str]) -> impl Iterator<Item = &'d str> {
    let relations = document.get("popRelationship").and_then(Value::as_array);
    relations.into_iter().flatten().filter_map(|relation| {
        let word = relation.get("relationshipType")?.as_str()?;
        let is_meant = words.iter().any(|known| is_spelled(word, known));
        is_meant.then(|| relation.get("id")?.as_str()).flatten()
    })
}

fn discount(
    id: &str,
    reader: &mut Reader<'_, '_>,
    document: &Value,
    library: &Library,
) -> Option<Discount> {
    if !is_discount(document) {
        reader.fault("priceType", "must be discount");
    }
    if reader.has("applicationDuration") {
        reader.fault(
            "applicationDuration",
            "is not understood for a discount on usage",
        );
    }
    let percentage = reader.amount("percentage");
    let money = reader.money("price");
    let off = match (percentage, money) {
        (Some(_), Some(_)) => {
            reader.fault("price", "cannot stand beside percentage");
            None
        }
        (Some(percentage), None) => {
            let remains = remains(percentage);
            if remains.is_none() {
                reader.fault("percentage", "must be 100 at most");
            }
            remains.map(|remains| Off::Percentage { remains })
        }
        (None, Some(money)) => Ratio::of(money.value).map(|amount| Off::Amount {
            amount,
            currency: money.currency,
        }),
        (None, None) => {
            if !reader.has("percentage") && !reader.has("price") {
                reader.fault("percentage", "is missing; there is no price either");
            }
            None
        }
    };
    let priority = reader.whole("priority");
    Some(Discount {
        price: id.into(),
        version: reader.text("version").map(Box::from),
        valid: reader.valid_for(),
        priority: priority
            .and_then(|own| u32::try_from(own).ok())
            .unwrap_or(u32::MAX),
        reduces: reduced(document).map(Box::from).collect(),
        conditions: conditions(reader, library),
        off: off?,
    })
}

/// The factor that a percentage leaves.
fn remains(percentage: Decimal) -> Option<Ratio> {
    let exact = percentage.normalize();
    let whole = power_of_ten(exact.scale())?.checked_mul(100)?;
    let left = whole.checked_sub(exact.mantissa())?;
    let left = (left >= 0).then_some(left)?;
    Ratio::new(left, whole).map(Ratio::reduced)
}
