//! Why something cannot be compiled.

use std::fmt;

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer into the document that was compiled.
    pub pointer: String,
    /// A sentence for the client, without a subject: `must be a whole number`.
    pub message: String,
}

impl Fault {
    /// A fault at a place.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Fault {
            pointer: pointer.into(),
            message: message.into(),
        }
    }

    /// The same fault, seen from a document that holds the one at fault at `prefix`.
    #[must_use]
    pub fn below(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.pointer, self.message)
    }
}

impl std::error::Error for Fault {}
