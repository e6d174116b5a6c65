//! Values that expressions work with: those of JSON, numbers as exact decimals, texts borrowed from
//! the order wherever possible.

use std::borrow::Cow;
use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde_json::Value;

use crate::domain::money::{decimal_of, number_of};

/// A value in the course of an evaluation.
#[derive(Clone, Debug)]
pub enum Datum<'a> {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(Cow<'a, str>),
    /// An array or an object, or a number beyond what a decimal holds: can be passed on and
    /// compared, nothing else.
    Other(Cow<'a, Value>),
}

impl<'a> Datum<'a> {
    /// A value of a document.
    pub fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Datum::Null,
            Value::Bool(truth) => Datum::Bool(*truth),
            Value::String(text) => Datum::Text(Cow::Borrowed(text)),
            Value::Number(number) => match decimal_of(number) {
                Some(decimal) => Datum::Number(decimal),
                None => Datum::Other(Cow::Borrowed(value)),
            },
            Value::Array(_) | Value::Object(_) => Datum::Other(Cow::Borrowed(value)),
        }
    }

    /// A text, or null where there is none.
    pub fn text(text: Option<&'a str>) -> Self {
        text.map_or(Datum::Null, |text| Datum::Text(Cow::Borrowed(text)))
    }

    /// The same, independent of what it was read from.
    pub fn owned(self) -> Datum<'static> {
        match self {
            Datum::Null => Datum::Null,
            Datum::Bool(truth) => Datum::Bool(truth),
            Datum::Number(number) => Datum::Number(number),
            Datum::Text(text) => Datum::Text(Cow::Owned(text.into_owned())),
            Datum::Other(value) => Datum::Other(Cow::Owned(value.into_owned())),
        }
    }

    /// As a document holds it.
    pub fn into_value(self) -> Value {
        match self {
            Datum::Null => Value::Null,
            Datum::Bool(truth) => Value::Bool(truth),
            Datum::Number(number) => Value::Number(number_of(number)),
            Datum::Text(text) => Value::String(text.into_owned()),
            Datum::Other(value) => value.into_owned(),
        }
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Datum::Null)
    }

    /// The key of a lookup table, and what `concat` writes: texts as they are, numbers without
    /// needless zeros, `true`, `false`. None for null and for what has no short form.
    pub fn key(&self) -> Option<Cow<'_, str>> {
        match self {
            Datum::Text(text) => Some(Cow::Borrowed(text)),
            Datum::Number(number) => Some(Cow::Owned(number.normalize().to_string())),
            Datum::Bool(true) => Some(Cow::Borrowed("true")),
            Datum::Bool(false) => Some(Cow::Borrowed("false")),
            Datum::Null | Datum::Other(_) => None,
        }
    }

    /// How two numbers or two texts compare; nothing else has an order.
    pub fn order(&self, other: &Datum<'_>) -> Option<Ordering> {
        match (self, other) {
            (Datum::Number(a), Datum::Number(b)) => Some(a.cmp(b)),
            (Datum::Text(a), Datum::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// What a message calls it.
    pub fn kind(&self) -> &'static str {
        match self {
            Datum::Null => "nothing",
            Datum::Bool(_) => "a truth value",
            Datum::Number(_) => "a number",
            Datum::Text(_) => "a text",
            Datum::Other(_) => "a structured value",
        }
    }
}

/// Numbers are equal when their values are: 1.50 is 1.5.
impl PartialEq<Datum<'_>> for Datum<'_> {
    fn eq(&self, other: &Datum<'_>) -> bool {
        match (self, other) {
            (Datum::Null, Datum::Null) => true,
            (Datum::Bool(a), Datum::Bool(b)) => a == b,
            (Datum::Number(a), Datum::Number(b)) => a == b,
            (Datum::Text(a), Datum::Text(b)) => a == b,
            (Datum::Other(a), Datum::Other(b)) => same(a, b),
            _ => false,
        }
    }
}

/// Whether two JSON values mean the same: numbers by value, arrays in order, objects in any order.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            x == y
                || decimal_of(x)
                    .zip(decimal_of(y))
                    .is_some_and(|(x, y)| x == y)
        }
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y))
        }
        (Value::Object(x), Value::Object(y)) => {
            let twin = |(key, value): (&String, &Value)| y.get(key).is_some_and(|v| same(value, v));
            x.len() == y.len() && x.iter().all(twin)
        }
        _ => a == b,
    }
}
