//! Comparing and picking JSON values the way a TMF client must: numbers by value, instants by
//! moment, objects by what was asked for.

use chrono::DateTime;
use serde_json::{Map, Value};

/// All values at a dotted attribute path; arrays on the way are entered.
pub fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut current = vec![value];
    for segment in path.split('.') {
        current = current
            .into_iter()
            .flat_map(elements)
            .filter_map(|item| item.get(segment))
            .collect();
    }
    current.into_iter().flat_map(elements).collect()
}

fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().flat_map(elements).collect(),
        other => vec![other],
    }
}

/// Whether an attribute path leads to something that is not null. An empty list counts: the
/// attribute itself is there.
pub fn present(value: &Value, path: &str) -> bool {
    match path.rsplit_once('.') {
        None => value.get(path).is_some_and(|found| !found.is_null()),
        Some((parent, last)) => at(value, parent)
            .iter()
            .any(|item| item.get(last).is_some_and(|found| !found.is_null())),
    }
}

/// Checks that `actual` holds everything of `sent`: objects may have more attributes, arrays must
/// have the same elements in the same order.
///
/// # Errors
/// A JSON pointer and what differs there.
pub fn contains(actual: &Value, sent: &Value) -> Result<(), String> {
    contains_at(actual, sent, "")
}

fn contains_at(actual: &Value, sent: &Value, pointer: &str) -> Result<(), String> {
    match (actual, sent) {
        (Value::Object(actual), Value::Object(sent)) => {
            for (name, value) in sent {
                let place = format!("{pointer}/{name}");
                match actual.get(name) {
                    Some(found) => contains_at(found, value, &place)?,
                    None if value.is_null() => {}
                    None => return Err(format!("{place} is missing")),
                }
            }
            Ok(())
        }
        (Value::Array(actual), Value::Array(sent)) => {
            if actual.len() != sent.len() {
                return Err(format!(
                    "{pointer} has {} elements instead of {}",
                    actual.len(),
                    sent.len()
                ));
            }
            for (index, (found, value)) in actual.iter().zip(sent).enumerate() {
                contains_at(found, value, &format!("{pointer}/{index}"))?;
            }
            Ok(())
        }
        _ if same(actual, sent) => Ok(()),
        _ => Err(format!(
            "{pointer} is {} instead of {}",
            brief(actual),
            brief(sent)
        )),
    }
}

/// Equality of two scalars: `2.50` equals `2.5`, and two texts of one moment are equal.
pub fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            decimal(&left.to_string()) == decimal(&right.to_string())
        }
        (Value::String(left), Value::String(right)) => left == right || same_instant(left, right),
        _ => left == right,
    }
}

fn same_instant(left: &str, right: &str) -> bool {
    match (
        DateTime::parse_from_rfc3339(left),
        DateTime::parse_from_rfc3339(right),
    ) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}

/// Sign, digits and power of ten of a JSON number, without floating point: amounts must compare
/// exactly.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let exponent = exponent - i64::try_from(fraction.len()).ok()?;
    let trimmed = digits.trim_end_matches('0');
    let exponent = exponent + i64::try_from(digits.len() - trimmed.len()).ok()?;
    let digits = trimmed.trim_start_matches('0').to_owned();
    if digits.is_empty() {
        return Some((false, digits, 0));
    }
    Some((negative, digits, exponent))
}

/// Merges one object into another (RFC 7396): null removes, arrays are replaced as a whole.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(target) = target.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

/// Text of a value for messages and query strings: strings without quotes, long ones cut.
pub fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 80 {
        return text;
    }
    format!("{}...", text.chars().take(77).collect::<String>())
}

/// Text of a scalar as it stands in a query.
pub fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_compare_by_value() {
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(same(&value("2.50"), &value("2.5")));
        assert!(same(&value("100"), &value("1e2")));
        assert!(same(&value("-0"), &value("0.00")));
        assert!(!same(&value("2.5"), &value("25")));
        assert!(!same(&value("0.1000000000000000055"), &value("0.1")));
    }

    #[test]
    fn moments_compare_in_any_zone() {
        assert!(same(
            &json!("2024-01-01T01:00:00+01:00"),
            &json!("2024-01-01T00:00:00.000Z")
        ));
        assert!(!same(&json!("2024-01-01"), &json!("2024-01-02")));
    }

    #[test]
    fn more_attributes_are_allowed_but_not_fewer() {
        assert!(contains(&json!({"a": 1, "b": 2}), &json!({"a": 1})).is_ok());
        assert_eq!(
            contains(&json!({"a": {"x": []}}), &json!({"a": {"x": [1]}})).unwrap_err(),
            "/a/x has 0 elements instead of 1"
        );
        assert_eq!(
            contains(&json!({}), &json!({"a": 1})).unwrap_err(),
            "/a is missing"
        );
    }

    #[test]
    fn paths_enter_arrays() {
        let value = json!({"a": [{"b": 1}, {"b": [2, 3]}], "e": []});
        assert_eq!(at(&value, "a.b"), [&json!(1), &json!(2), &json!(3)]);
        assert!(present(&value, "e"));
        assert!(present(&value, "a.b"));
        assert!(!present(&value, "a.c"));
    }

    #[test]
    fn merge_follows_rfc_7396() {
        let mut value = json!({"a": {"b": 1, "c": 2}, "d": [1, 2]});
        merge(&mut value, &json!({"a": {"b": null}, "d": [3]}));
        assert_eq!(value, json!({"a": {"c": 2}, "d": [3]}));
    }
}
