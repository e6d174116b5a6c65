//! Identifiers. Nothing else in Tollgate draws random numbers for ids, so that simulations own them.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A new id: unique over machines, sorting by time of creation (UUID version 7).
#[allow(clippy::disallowed_methods, reason = "this is the one place")]
pub fn new_id() -> String {
    Uuid::now_v7().hyphenated().to_string()
}

/// An id that follows from a content: the same for the same bytes, different for others.
pub fn digest(content: &[u8]) -> String {
    use std::fmt::Write as _;

    let mut id = String::with_capacity(32);
    for byte in Sha256::digest(content).iter().take(16) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// True for an id a client may choose: 1 to 128 characters that need no escaping in a path.
pub fn is_valid_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 128
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'@'))
}

/// The bytes of an id that is a UUID.
pub fn uuid_bytes(text: &str) -> Option<[u8; 16]> {
    Uuid::try_parse(text).ok().map(Uuid::into_bytes)
}

/// The text of a UUID, in small letters.
pub fn uuid_text(bytes: [u8; 16]) -> String {
    Uuid::from_bytes(bytes).hyphenated().to_string()
}
