//! Conditions in the paths of a JSON Patch Query. Their grammar is that of a list request, so that
//! a client that can find an element can also patch it.

use std::fmt::Write as _;

use serde_json::Value;

use crate::domain::query::{Filter, parse_event_query};

/// One `name=value` behind the question mark of a path, as it was written.
pub(super) struct Condition {
    raw: String,
}

/// Cuts a query into its conditions, each of them well-formed; the error says what is wrong.
pub(super) fn parse(query: &str) -> Result<Vec<Condition>, String> {
    let condition = |raw: &str| {
        filter(raw).map(|_| Condition {
            raw: raw.to_owned(),
        })
    };
    query.split('&').map(condition).collect()
}

impl Condition {
    /// The condition as it was written.
    pub(super) fn raw(&self) -> &str {
        &self.raw
    }

    /// What it asks of the elements of the array of that dotted path, when it names the array.
    pub(super) fn below(&self, array: &str) -> Option<&str> {
        let rest = self.raw.strip_prefix(array)?;
        rest.strip_prefix('.')
            .or_else(|| rest.starts_with('=').then_some(rest))
    }
}

/// The filter for conditions that are joined by `&`.
pub(super) fn filter(raw: &str) -> Result<Filter, String> {
    // In a URL a plus sign is a blank; this is a JSON string.
    let query = parse_event_query(&raw.replace('+', "%2B"), &[]);
    match query {
        Ok(query) => query
            .filter
            .ok_or_else(|| format!("has '{raw}' as a condition; attribute=value is expected")),
        Err(problem) => Err(format!(
            "has a condition that cannot be read: {}",
            problem.message
        )),
    }
}

/// The filter in `[?...]`, which TMF630 part 6 defines.
pub(super) fn predicate(text: &str) -> Result<Filter, String> {
    let mut raw = "filter=".to_owned();
    for byte in format!("$[?{text}]").bytes() {
        // Writing to a String cannot fail.
        let _ = write!(raw, "%{byte:02X}");
    }
    filter(&raw)
}

/// True when a value that is no object, such as a tag, is what `=value` asks for.
pub(super) fn is_plain(element: &Value, wanted: &str) -> bool {
    match element {
        Value::String(text) => text == unquote(wanted),
        Value::Object(_) | Value::Array(_) => false,
        Value::Number(number) => number.as_str() == wanted,
        Value::Bool(truth) => wanted == if *truth { "true" } else { "false" },
        Value::Null => wanted == "null",
    }
}

fn unquote(text: &str) -> &str {
    let inside = |q: char| text.strip_prefix(q)?.strip_suffix(q);
    inside('\'').or_else(|| inside('"')).unwrap_or(text)
}
