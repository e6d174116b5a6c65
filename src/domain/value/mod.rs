//! Values as the catalog describes them, wherever they are judged: types of values, ranges,
//! patterns, periods of time.

pub mod pattern;
mod period;
pub mod range;
pub mod typed;

pub use period::Period;

use serde_json::{Map, Value};

/// The members of an object.
pub type Object = Map<String, Value>;

/// The text of a member; none when it is missing, empty or something else.
pub fn text<'o>(object: &'o Object, name: &str) -> Option<&'o str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// The elements of an array member.
pub fn items<'o>(object: &'o Object, name: &str) -> &'o [Value] {
    match object.get(name) {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// Compares a free text with a name in small letters: case and separators do not matter.
pub fn is_spelled(text: &str, name: &str) -> bool {
    text.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| byte.to_ascii_lowercase())
        .eq(name.bytes())
}
