//! Values of characteristics, of usage and of products.

use std::borrow::Cow;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::money::decimal_of_digits;
use crate::domain::usage_said::Said;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum<'a> {
    Text(Cow<'a, str>),
    Number(Decimal),
    Truth(bool),
}

/// A named value. Names are those of the usage specification, or of the product specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Characteristic<'a> {
    pub name: Cow<'a, str>,
    pub value: Datum<'a>,
}

impl<'a> Datum<'a> {
    /// A text that is borrowed.
    pub const fn text(text: &'a str) -> Self {
        Datum::Text(Cow::Borrowed(text))
    }

    /// Reads a JSON value; `None` for objects, lists, null, and numbers that cannot be held exactly.
    pub fn read(value: &'a Value) -> Option<Self> {
        Datum::of(value.into())
    }

    /// [`Datum::read`] for a value of a usage.
    pub fn of(value: Said<'a>) -> Option<Self> {
        match value {
            Said::Text(text) => Some(Datum::text(text)),
            Said::Number(digits) => decimal_of_digits(digits).map(Datum::Number),
            Said::Truth(truth) => Some(Datum::Truth(truth)),
            Said::Other(_) => None,
        }
    }

    /// The number that it is or that its text reads as: v4 leaves the JSON type open, and many
    /// clients quote every value.
    pub fn number(&self) -> Option<Decimal> {
        match self {
            Datum::Number(number) => Some(*number),
            Datum::Text(text) => Decimal::from_str_exact(text.trim()).ok(),
            Datum::Truth(_) => None,
        }
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Datum::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Without a borrow.
    pub fn into_owned(self) -> Datum<'static> {
        match self {
            Datum::Text(text) => Datum::Text(Cow::Owned(text.into_owned())),
            Datum::Number(number) => Datum::Number(number),
            Datum::Truth(truth) => Datum::Truth(truth),
        }
    }
}

impl<'a> Characteristic<'a> {
    /// A characteristic that borrows its name.
    pub const fn new(name: &'a str, value: Datum<'a>) -> Self {
        Characteristic {
            name: Cow::Borrowed(name),
            value,
        }
    }

    /// Without a borrow.
    pub fn into_owned(self) -> Characteristic<'static> {
        Characteristic {
            name: Cow::Owned(self.name.into_owned()),
            value: self.value.into_owned(),
        }
    }
}

/// The value of a name. Lists are short, so they are searched from the front.
pub fn find<'l, 'a>(list: &'l [Characteristic<'a>], name: &str) -> Option<&'l Datum<'a>> {
    let mut list = list.iter();
    list.find(|own| own.name == name).map(|own| &own.value)
}
