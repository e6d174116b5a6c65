//! Content hashes of cards, tables and calendars: equal hashes price alike.

use std::fmt;

use rust_decimal::Decimal;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::value::Period;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
            text.push(digit(byte >> 4));
            text.push(digit(byte & 15));
        }
        f.write_str(&text)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Attributes that say nothing about what is charged: editing them makes no new card.
const ASIDE: &[&str] = &[
    "id",
    "href",
    "name",
    "description",
    "lastUpdate",
    "lifecycleStatus",
    "version",
    "externalIdentifier",
    "@schemaLocation",
];

/// Makes a hash of values, each with its kind and length so that none runs into the next.
pub(in crate::rating) struct Hasher(Sha256);

impl Hasher {
    /// Begins; hashes of different kinds of things never agree.
    pub fn new(kind: &str) -> Self {
        let mut hasher = Hasher(Sha256::new());
        hasher.text(kind);
        hasher
    }

    /// The hash of a document.
    pub fn document(kind: &str, document: &Value) -> Hash {
        let mut hasher = Hasher::new(kind);
        hasher.top(document);
        hasher.finish()
    }

    pub fn text(&mut self, text: &str) {
        self.0.update([b't']);
        self.0.update(text.len().to_le_bytes());
        self.0.update(text.as_bytes());
    }

    pub fn number(&mut self, number: i128) {
        self.0.update([b'n']);
        self.0.update(number.to_le_bytes());
    }

    pub fn decimal(&mut self, decimal: Option<Decimal>) {
        match decimal {
            Some(decimal) => self.text(&decimal.normalize().to_string()),
            None => self.0.update([b'-']),
        }
    }

    pub fn period(&mut self, period: &Period) {
        for end in [period.start, period.end] {
            match end {
                Some(end) => self.number(i128::from(end.0)),
                None => self.0.update([b'-']),
            }
        }
    }

    pub fn hash(&mut self, hash: Hash) {
        self.0.update([b'h']);
        self.0.update(hash.0);
    }

    /// A document, without what says nothing about charges.
    pub fn top(&mut self, document: &Value) {
        match document.as_object() {
            Some(object) => self.members(object, ASIDE),
            None => self.value(document),
        }
    }

    /// A value, whatever the order of its members.
    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.0.update([b'0']),
            Value::Bool(truth) => self.0.update([b'b', u8::from(*truth)]),
            Value::Number(number) => self.text(number.as_str()),
            Value::String(text) => self.text(text),
            Value::Array(list) => {
                self.0.update([b'[']);
                list.iter().for_each(|value| self.value(value));
                self.0.update([b']']);
            }
            Value::Object(object) => self.members(object, &[]),
        }
    }

    fn members(&mut self, object: &serde_json::Map<String, Value>, aside: &[&str]) {
        let mut names: Vec<&String> = object.keys().collect();
        names.sort_unstable();
        self.0.update([b'{']);
        for name in names
            .into_iter()
            .filter(|name| !aside.contains(&name.as_str()))
        {
            self.text(name);
            object
                .get(name)
                .into_iter()
                .for_each(|value| self.value(value));
        }
        self.0.update([b'}']);
    }

    pub fn finish(self) -> Hash {
        let mut hash = Hash::default();
        hash.0.copy_from_slice(&self.0.finalize());
        hash
    }
}
