//! Walking a document by the tokens of a JSON pointer, with the `-` that JSON Patch adds.

use serde_json::Value;

use crate::domain::json::pointer;

/// The unescaped tokens of a pointer; the error says what is wrong with its text.
pub(super) fn tokens(text: &str) -> Result<Vec<String>, String> {
    if !text.is_empty() && !text.starts_with('/') {
        return Err("must be a JSON pointer, which starts with '/'".to_owned());
    }
    if !pointer::is_valid(text) {
        return Err("has a '~' that is followed by neither 0 nor 1".to_owned());
    }
    Ok(pointer::segments(text)
        .map(|token| token.into_owned())
        .collect())
}

/// Where a token points in an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    At(usize),
    /// `-`: behind the last element.
    End,
}

/// An array index, or `-`.
pub(super) fn place(token: &str) -> Option<Place> {
    if token == "-" {
        return Some(Place::End);
    }
    pointer::index(token).map(Place::At)
}

/// The value at those tokens, to be changed.
pub(super) fn find_mut<'a>(root: &'a mut Value, tokens: &[String]) -> Option<&'a mut Value> {
    tokens.iter().try_fold(root, |value, token| match value {
        Value::Object(object) => object.get_mut(token),
        Value::Array(array) => match place(token)? {
            Place::At(index) => array.get_mut(index),
            Place::End => None,
        },
        _ => None,
    })
}
