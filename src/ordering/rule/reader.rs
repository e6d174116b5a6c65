//! Reading a document strictly: each wrong, missing or unknown member is noted with its JSON
//! pointer, and reading goes on, so that a writer of rules learns of all mistakes at once.

use serde_json::{Map, Value};

use super::expression::Expression;
use crate::domain::problem::Violation;
use crate::ordering::order::Action;

/// The mistakes found so far.
#[derive(Default)]
pub(super) struct Reader {
    pub violations: Vec<Violation>,
}

/// An object of the document and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Part<'v> {
    pub map: &'v Map<String, Value>,
    pub at: &'v str,
}

impl Reader {
    pub fn note(&mut self, path: String, message: impl Into<String>) {
        let message = message.into();
        self.violations.push(Violation { path, message });
    }

    /// The object there; members that are not allowed are noted.
    pub fn part<'v>(
        &mut self,
        value: &'v Value,
        at: &'v str,
        allowed: &[&str],
    ) -> Option<Part<'v>> {
        let Value::Object(map) = value else {
            self.note(at.to_owned(), "must be an object");
            return None;
        };
        for key in map.keys().filter(|key| !allowed.contains(&key.as_str())) {
            let message = format!("is not known; there are {}", allowed.join(", "));
            self.note(below(at, key), message);
        }
        Some(Part { map, at })
    }

    pub fn text(&mut self, part: Part<'_>, key: &str) -> Option<String> {
        match part.map.get(key)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => {
                self.note(below(part.at, key), "must be a text that is not empty");
                None
            }
        }
    }

    pub fn demanded(&mut self, part: Part<'_>, key: &str) -> Option<String> {
        if !part.map.contains_key(key) {
            self.note(below(part.at, key), "is missing");
            return None;
        }
        self.text(part, key)
    }

    pub fn truth(&mut self, part: Part<'_>, key: &str) -> Option<bool> {
        let value = part.map.get(key)?;
        let truth = value.as_bool();
        if truth.is_none() {
            self.note(below(part.at, key), "must be true or false");
        }
        truth
    }

    pub fn list<'v>(&mut self, part: Part<'v>, key: &str) -> &'v [Value] {
        match part.map.get(key) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.note(below(part.at, key), "must be a list");
                &[]
            }
        }
    }

    /// A list of texts.
    pub fn texts(&mut self, part: Part<'_>, key: &str) -> Vec<String> {
        let mut found = Vec::new();
        for (index, element) in self.list(part, key).iter().enumerate() {
            match element {
                Value::String(text) if !text.is_empty() => found.push(text.clone()),
                _ => {
                    let path = format!("{}/{index}", below(part.at, key));
                    self.note(path, "must be a text that is not empty");
                }
            }
        }
        found
    }

    /// One of the words, which stand for what is beside them.
    pub fn one_of<T: Copy>(&mut self, part: Part<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(part, key)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("must be one of {}", known.join(", "));
            self.note(below(part.at, key), message);
        }
        found.map(|(_, meant)| *meant)
    }

    pub fn actions(&mut self, part: Part<'_>, key: &str) -> Vec<Action> {
        const WORDS: [(&str, Action); 3] = [
            ("add", Action::Add),
            ("modify", Action::Modify),
            ("delete", Action::Delete),
        ];
        let mut found = Vec::new();
        for (index, word) in self.texts(part, key).iter().enumerate() {
            match WORDS.iter().find(|(known, _)| known == word) {
                Some((_, action)) => found.push(*action),
                None => {
                    let path = format!("{}/{index}", below(part.at, key));
                    self.note(path, "must be one of add, modify, delete");
                }
            }
        }
        found
    }

    pub fn expression(&mut self, part: Part<'_>, key: &str) -> Option<Expression> {
        let text = self.text(part, key)?;
        match Expression::parse(&text) {
            Ok(expression) => Some(expression),
            Err(error) => {
                self.note(below(part.at, key), error.to_string());
                None
            }
        }
    }
}

/// The pointer of a member (RFC 6901).
pub(super) fn below(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}
