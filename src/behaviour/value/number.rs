//! Numbers of a document, compared exactly.

use std::cmp::Ordering;

use serde_json::Value;

use super::Object;
use crate::domain::json::number::Decimal;

/// The number in a member; none when it is missing or something else.
pub fn of<'o>(object: &'o Object, name: &str) -> Option<Decimal<'o>> {
    read(object.get(name)?)
}

/// A JSON number.
pub fn read(value: &Value) -> Option<Decimal<'_>> {
    match value {
        Value::Number(number) => Decimal::parse(number.as_str()),
        _ => None,
    }
}

/// True when the left number is smaller.
pub fn less(left: &Decimal<'_>, right: &Decimal<'_>) -> bool {
    left.compare(right) == Ordering::Less
}

/// Compares with a small whole number.
pub fn against(number: &Decimal<'_>, whole: i32) -> Ordering {
    let text = whole.to_string();
    Decimal::parse(&text).map_or(Ordering::Equal, |whole| number.compare(&whole))
}

/// True for a number below a small whole one.
pub fn below(number: &Decimal<'_>, whole: i32) -> bool {
    against(number, whole) == Ordering::Less
}

/// True for a number above a small whole one.
pub fn above(number: &Decimal<'_>, whole: i32) -> bool {
    against(number, whole) == Ordering::Greater
}

/// A number of things; none when it is negative, not whole or beyond any sensible count.
pub fn count(object: &Object, name: &str) -> Option<u64> {
    object.get(name)?.as_u64()
}
