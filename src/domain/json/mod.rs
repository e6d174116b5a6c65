//! JSON as clients send it: one strict pass with limits, JSON pointers, exact numbers.
//!
//! Documents that the server wrote itself need none of this; `serde_json::from_str` reads them.

pub mod frame;
pub mod number;
pub mod pointer;
mod read;

#[cfg(test)]
mod tests;

pub use read::{parse, parse_handing_over};

/// What a client's document may be at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Objects and arrays inside each other, the outermost counted; at most [`Limits::MAX_DEPTH`].
    pub depth: usize,
    /// Elements of one array.
    pub array_items: usize,
    /// Bytes of one string or member name, after unescaping.
    pub string_bytes: usize,
    /// Characters of one number as written; at most [`Limits::MAX_NUMBER_BYTES`].
    pub number_bytes: usize,
    /// Members of one object.
    pub members_per_object: usize,
}

impl Limits {
    /// The parser beneath recurses and stops at 128 levels; a higher setting has no effect.
    pub const MAX_DEPTH: usize = 120;
    /// Longer numbers would not fit the store's index keys; a higher setting has no effect.
    pub const MAX_NUMBER_BYTES: usize = 128;
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            depth: 64,
            array_items: 10_000,
            string_bytes: 1 << 20,
            number_bytes: 64,
            members_per_object: 1_000,
        }
    }
}
