//! Identifiers. Nothing else in Tollgate draws random numbers for ids, so that simulations own them.

use uuid::Uuid;

/// A new id: unique over machines, sorting by time of creation (UUID version 7).
#[allow(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_id() -> String {
    Uuid::now_v7().hyphenated().to_string()
}

/// True for an id a client may choose: 1 to 128 characters that need no escaping in a path.
pub fn is_valid_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 128
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'@'))
}
