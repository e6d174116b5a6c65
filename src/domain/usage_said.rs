//! A value that a usage states, wherever it stands: in a JSON document, or in text whose form is known.

use serde_json::Value;

/// A value of a usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said<'d> {
    Text(&'d str),
    /// In the digits of JSON.
    Number(&'d str),
    Truth(bool),
    /// Null, a list or an object.
    Other(&'d Value),
}

impl<'d> Said<'d> {
    /// The text, where it is one.
    pub const fn as_text(self) -> Option<&'d str> {
        match self {
            Said::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text, or the digits.
    pub const fn as_scalar(self) -> Option<&'d str> {
        match self {
            Said::Text(text) | Said::Number(text) => Some(text),
            _ => None,
        }
    }
}

impl<'d> From<&'d Value> for Said<'d> {
    fn from(value: &'d Value) -> Self {
        match value {
            Value::String(text) => Said::Text(text),
            Value::Number(number) => Said::Number(number.as_str()),
            Value::Bool(truth) => Said::Truth(*truth),
            Value::Null | Value::Array(_) | Value::Object(_) => Said::Other(value),
        }
    }
}
