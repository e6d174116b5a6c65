//! Placeholders in profile bodies: `${name}`.
//!
//! A string that is nothing but a placeholder takes the value's own type, so that `"${value}"`
//! can become a number; inside a longer string the value's text is inserted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Values by placeholder name.
pub type Values = BTreeMap<String, Value>;

/// Names of all placeholders in a value.
pub fn names(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    visit(value, &mut found);
    found
}

fn visit(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => found.extend(placeholders(text).map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| visit(item, found)),
        Value::Object(map) => map.values().for_each(|item| visit(item, found)),
        _ => {}
    }
}

fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
}

/// A copy of the value with its placeholders filled in. Unknown names stay as they are: a later
/// step may know them.
pub fn fill(value: &Value, values: &Values) -> Value {
    match value {
        Value::String(text) => fill_text(text, values),
        Value::Array(items) => Value::Array(items.iter().map(|item| fill(item, values)).collect()),
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(name, item)| (name.clone(), fill(item, values)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn fill_text(text: &str, values: &Values) -> Value {
    let whole = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    if let Some(value) = whole.and_then(|name| values.get(name)) {
        return value.clone();
    }
    let mut filled = text.to_owned();
    for name in placeholders(text) {
        if let Some(value) = values.get(name) {
            filled = filled.replace(&format!("${{{name}}}"), &crate::json::plain(value));
        }
    }
    Value::String(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_whole_placeholder_keeps_the_type() {
        let values = Values::from([("value".to_owned(), json!(5)), ("n".to_owned(), json!("x"))]);
        let body = json!({"a": "${value}", "b": ["no ${value} of ${n}", "${other}"]});
        assert_eq!(
            fill(&body, &values),
            json!({"a": 5, "b": ["no 5 of x", "${other}"]})
        );
        assert_eq!(
            names(&body).into_iter().collect::<Vec<_>>(),
            ["n", "other", "value"]
        );
    }
}
