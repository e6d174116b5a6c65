//! Rules by which a value of a usage is made from a row: taken from somewhere, changed as text, and read as
//! what it is.

mod instant;
mod kind;
mod number;
mod step;
mod take;

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::{Number, Value};

pub use instant::{Fold, Format, Instant};
pub use kind::{Kind, Round, Span, Truth, Whole, number};
pub use number::{Bare, Numbers};
pub use step::{Lookup, Step};
pub use take::{Part, Take, first};

use super::row::{Row, Slot};
use crate::domain::clock::Micros;
use crate::domain::money::{Currency, number_of};

/// A value as it stands in a usage. Borrows from the row or from the mapping.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'r> {
    Text(Cow<'r, str>),
    Whole(i64),
    Decimal(Decimal),
    Truth(bool),
    Instant(Micros),
    Money(Decimal, &'static Currency),
}

/// Why there is no value: what is wrong, and with which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub slot: Option<Slot>,
    pub message: Cow<'static, str>,
}

impl Wrong {
    pub fn at(slot: Slot, message: impl Into<Cow<'static, str>>) -> Self {
        Wrong {
            slot: Some(slot),
            message: message.into(),
        }
    }

    /// Says which column it is about, unless that is known.
    fn or_at(mut self, slot: Option<Slot>) -> Self {
        self.slot = self.slot.or(slot);
        self
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Wrong {
    fn from(message: T) -> Self {
        Wrong {
            slot: None,
            message: message.into(),
        }
    }
}

/// How a value is made.
#[derive(Clone, Debug)]
pub struct Rule {
    pub take: Take,
    pub steps: Vec<Step>,
    pub kind: Kind,
    /// Where nothing is found: another rule, else a text, else nothing.
    pub or: Option<Box<Rule>>,
    pub default: Option<String>,
    /// Nothing is a fault of the row.
    pub required: bool,
}

impl Rule {
    /// The value for a row; none where there is nothing and needs not to be.
    ///
    /// # Errors
    /// What is wrong with the row.
    pub fn cell<'r>(&'r self, row: &Row<'r>) -> Result<Option<Cell<'r>>, Wrong> {
        let found = self
            .found(row)
            .map_err(|wrong| wrong.or_at(self.take.slot()))?;
        if found.is_some() || !self.required {
            return Ok(found);
        }
        Err(Wrong::from("is missing").or_at(self.take.slot()))
    }

    fn found<'r>(&'r self, row: &Row<'r>) -> Result<Option<Cell<'r>>, Wrong> {
        let own = match &self.take {
            Take::Sum(slots) => self.kind.sum(slots, row)?,
            Take::Between { start, end, format } => self.kind.between(*start, *end, format, row)?,
            _ => self.read(row)?,
        };
        let found = match (own, &self.or) {
            (None, Some(or)) => or.cell(row)?,
            (own, _) => own,
        };
        match (found, &self.default) {
            (None, Some(text)) => self.kind.read(Cow::Borrowed(text.as_str())).map(Some),
            (found, _) => Ok(found),
        }
    }

    fn read<'r>(&'r self, row: &Row<'r>) -> Result<Option<Cell<'r>>, Wrong> {
        let mut text = self.take.text(row)?;
        for step in &self.steps {
            if text.is_empty() {
                return Ok(None);
            }
            text = step.apply(text)?;
        }
        if text.is_empty() {
            return Ok(None);
        }
        self.kind.read(text).map(Some)
    }
}

impl Cell<'_> {
    /// As JSON.
    pub fn to_value(&self) -> Value {
        match self {
            Cell::Text(text) => Value::from(text.as_ref()),
            Cell::Whole(whole) => Value::from(*whole),
            Cell::Decimal(decimal) => Value::Number(number_of(*decimal)),
            Cell::Truth(truth) => Value::from(*truth),
            Cell::Instant(instant) => Value::from(instant.to_rfc3339()),
            Cell::Money(amount, currency) => money(number_of(*amount), currency),
        }
    }

    /// The text of a value that is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub fn as_quantity(&self) -> Option<u64> {
        match self {
            Cell::Whole(whole) => u64::try_from(*whole).ok(),
            _ => None,
        }
    }
}

fn money(amount: Number, currency: &Currency) -> Value {
    let mut money = serde_json::Map::with_capacity(2);
    money.insert("unit".to_owned(), Value::from(currency.code));
    money.insert("value".to_owned(), Value::Number(amount));
    Value::Object(money)
}
