//! A condition in the query of a JSON Patch Query path: `name=value`, several joined by `&`.

use std::cmp::Ordering;

use serde_json::Value;

use crate::domain::json::number::Decimal;

/// `attribute=value`: the attribute, a dotted path, has that value.
pub(super) struct Condition {
    name: String,
    value: String,
}

/// Reads the query of a path. Names and values may be percent-encoded, values may be quoted.
pub(super) fn parse(query: &str) -> Result<Vec<Condition>, String> {
    query.split('&').map(condition).collect()
}

fn condition(text: &str) -> Result<Condition, String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err(format!(
            "has '{text}' as a condition; attribute=value is expected"
        ));
    };
    let name = decode(name)?;
    let value = decode(value.strip_prefix('=').unwrap_or(value))?;
    if name.is_empty() {
        return Err("has a condition without an attribute".to_owned());
    }
    Ok(Condition {
        name,
        value: unquote(&value).to_owned(),
    })
}

impl Condition {
    /// The attribute as it was written.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The attribute relative to the array of that dotted path; empty for its elements themselves.
    pub(super) fn below(&self, array: &str) -> Option<&str> {
        let rest = self.name.strip_prefix(array)?;
        if rest.is_empty() {
            return Some(rest);
        }
        rest.strip_prefix('.')
    }

    /// True when the attribute of the element has the value; of arrays, any element.
    pub(super) fn matches(&self, element: &Value, attribute: &str) -> bool {
        match element {
            Value::Array(items) => items.iter().any(|item| self.matches(item, attribute)),
            _ if attribute.is_empty() => self.equals(element),
            Value::Object(object) => {
                // A name with a dot in it is tried before the dot is taken as a step.
                if let Some(value) = object.get(attribute) {
                    return self.matches(value, "");
                }
                let (first, rest) = attribute.split_once('.').unwrap_or((attribute, ""));
                !rest.is_empty() && object.get(first).is_some_and(|v| self.matches(v, rest))
            }
            _ => false,
        }
    }

    fn equals(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => *text == self.value,
            Value::Bool(truth) => self.value == if *truth { "true" } else { "false" },
            Value::Null => self.value == "null",
            Value::Number(number) => {
                let equal = |(a, b): (Decimal<'_>, Decimal<'_>)| a.compare(&b) == Ordering::Equal;
                Decimal::parse(number.as_str())
                    .zip(Decimal::parse(&self.value))
                    .is_some_and(equal)
            }
            Value::Array(_) | Value::Object(_) => false,
        }
    }
}

fn unquote(text: &str) -> &str {
    let inside = |q: char| text.strip_prefix(q)?.strip_suffix(q);
    inside('\'').or_else(|| inside('"')).unwrap_or(text)
}

/// Takes out `%XX`. A plus sign stays one: this is a JSON string, not a form.
fn decode(text: &str) -> Result<String, String> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| {
            char::from(b?)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
            return Err("has a '%' that is not followed by two hexadecimal digits".to_owned());
        };
        bytes.push(high * 16 + low);
    }
    String::from_utf8(bytes).map_err(|_| "has percent-encoded bytes that are not UTF-8".to_owned())
}
