//! The value types of characteristics. `valueType` is free text in the standard; the usual names
//! are understood in any spelling, and values of other types are not judged.

use serde_json::{Number, Value};

use super::is_spelled;
use crate::domain::clock::Micros;
use crate::domain::json::number::Decimal;
use crate::domain::money::decimal_of;

/// What a `valueType` means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueType {
    Text,
    Integer,
    Number,
    Boolean,
    DateTime,
    Object,
    /// A list of values, or a name that is not known.
    Other,
}

/// Names without separators and in small letters.
const NAMES: &[(&str, ValueType)] = &[
    ("string", ValueType::Text),
    ("text", ValueType::Text),
    ("integer", ValueType::Integer),
    ("int", ValueType::Integer),
    ("int32", ValueType::Integer),
    ("int64", ValueType::Integer),
    ("long", ValueType::Integer),
    ("number", ValueType::Number),
    ("numeric", ValueType::Number),
    ("decimal", ValueType::Number),
    ("float", ValueType::Number),
    ("double", ValueType::Number),
    ("boolean", ValueType::Boolean),
    ("bool", ValueType::Boolean),
    ("datetime", ValueType::DateTime),
    ("timestamp", ValueType::DateTime),
    ("object", ValueType::Object),
    ("map", ValueType::Object),
];

impl ValueType {
    /// Reads a name such as `string`, `Integer` or `date-time`.
    pub fn parse(name: &str) -> Self {
        NAMES
            .iter()
            .find(|(known, _)| is_spelled(name, known))
            .map_or(ValueType::Other, |(_, value_type)| *value_type)
    }

    /// The type, or else another one.
    pub fn or(self, other: ValueType) -> ValueType {
        if self == ValueType::Other {
            other
        } else {
            self
        }
    }

    /// True when what is of this type can be of the other one too.
    pub fn fits(self, other: ValueType) -> bool {
        matches!(
            (self, other),
            (ValueType::Other, _)
                | (_, ValueType::Other)
                | (ValueType::Integer, ValueType::Number)
                | (ValueType::DateTime, ValueType::Text)
        ) || self == other
    }

    /// In words.
    pub fn shown(self) -> &'static str {
        match self {
            ValueType::Text => "a text",
            ValueType::Integer => "a whole number",
            ValueType::Number => "a number",
            ValueType::Boolean => "true or false",
            ValueType::DateTime => "a date and time",
            ValueType::Object => "an object",
            ValueType::Other => "a value",
        }
    }

    /// True when a value is of the type. A text that reads as a number or truth value is one too:
    /// v4 leaves the JSON type open and many of its clients quote every value.
    pub fn admits(self, value: &Value) -> bool {
        match (self, value) {
            (ValueType::Other, _) | (_, Value::Null) => true,
            (ValueType::Text, Value::String(_))
            | (ValueType::Boolean, Value::Bool(_))
            | (ValueType::Object, Value::Object(_))
            | (ValueType::Number, Value::Number(_)) => true,
            (ValueType::Integer, Value::Number(number)) => is_whole(number.as_str()),
            (ValueType::Integer, Value::String(text)) => is_whole(text.trim()),
            (ValueType::Number, Value::String(text)) => Decimal::parse(text.trim()).is_some(),
            (ValueType::Boolean, Value::String(text)) => {
                text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
            }
            (ValueType::DateTime, Value::String(text)) => {
                // v4's own samples have times without seconds or offset.
                Micros::parse(text).is_some() || starts_with_date(text)
            }
            _ => false,
        }
    }

    /// True where a range from one value to another makes no sense.
    pub fn has_no_ranges(self) -> bool {
        matches!(self, ValueType::Boolean | ValueType::Object)
    }
}

/// Whole by value: `3`, `3.0` and `3e2` are.
fn is_whole(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let number = serde_json::from_str::<Number>(text).ok();
    number
        .and_then(|number| decimal_of(&number))
        .is_some_and(|value| value.fract().is_zero())
}

fn starts_with_date(text: &str) -> bool {
    let date = text.get(..10).unwrap_or_default();
    chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()
}

/// The number that a value is, or that its text reads as.
pub fn number_of(value: &Value) -> Option<Decimal<'_>> {
    match value {
        Value::Number(number) => Decimal::parse(number.as_str()),
        Value::String(text) => Decimal::parse(text.trim()),
        _ => None,
    }
}
