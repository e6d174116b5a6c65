//! Equality of JSON values where numbers are compared by value, as a JSON Patch `test` demands
//! (RFC 6902, section 4.6): 2.50, 2.5 and 25e-1 are equal, whatever their size and precision.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::domain::json::number::Decimal;

/// Deep equality with numbers by value.
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(x, y))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, x)| b.get(name).is_some_and(|y| same(x, y)))
        }
        _ => left == right,
    }
}

fn same_number(left: &Number, right: &Number) -> bool {
    let (left, right) = (left.as_str(), right.as_str());
    let equal = |(a, b): (Decimal<'_>, Decimal<'_>)| a.compare(&b) == Ordering::Equal;
    left == right
        || Decimal::parse(left)
            .zip(Decimal::parse(right))
            .is_some_and(equal)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_str};

    fn equal(left: &str, right: &str) -> bool {
        let read = |text| from_str::<Value>(text).expect("test data is JSON");
        super::same(&read(left), &read(right))
    }

    #[test]
    fn numbers_are_compared_by_value() {
        for (a, b) in [
            ("2.50", "2.5"),
            ("25e-1", "2.5"),
            ("0", "-0.0"),
            ("100", "1E2"),
            (
                "12345678901234567890123456789.10",
                "12345678901234567890123456789.1",
            ),
            ("[1.0, {\"a\": 2}]", "[1, {\"a\": 2.0}]"),
        ] {
            assert!(equal(a, b), "{a} against {b}");
        }
    }

    #[test]
    fn different_values_differ() {
        for (a, b) in [
            ("2.5", "2.51"),
            ("1", "-1"),
            ("1", "\"1\""),
            ("1e400", "1e401"),
            ("[1,2]", "[2,1]"),
            ("{\"a\":1}", "{\"a\":1,\"b\":null}"),
            ("null", "false"),
        ] {
            assert!(!equal(a, b), "{a} against {b}");
        }
    }
}
