//! Reading an expression character by character.

use super::{Parsed, Refusal};

pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// A dot is taken as read before the current place.
    dotted: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Cursor {
            text,
            at: 0,
            dotted: false,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    pub(super) fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    /// Takes the token if it comes next.
    pub(super) fn take(&mut self, token: &str) -> bool {
        if !self.rest().starts_with(token) {
            return false;
        }
        self.at += token.len();
        true
    }

    /// Takes the token after blanks, or refuses.
    pub(super) fn require(&mut self, token: &str) -> Parsed<()> {
        self.blanks();
        if self.take(token) {
            return Ok(());
        }
        Err(self.expected(&format!("'{token}'")))
    }

    /// True before a name.
    pub(super) fn at_name(&self) -> bool {
        self.peek().is_some_and(starts_name)
    }

    /// Lets the name that follows count as if a dot stood before it.
    pub(super) fn back_to_dot(&mut self) {
        self.dotted = true;
    }

    /// Takes a dot, or the one that is taken as read.
    pub(super) fn take_dot(&mut self) -> bool {
        std::mem::take(&mut self.dotted) || self.take(".")
    }

    /// Takes a name: letters, digits, `_`, `-` and a leading `@`; empty when there is none.
    pub(super) fn name(&mut self) -> &'a str {
        let rest = self.rest();
        let mut end = 0;
        for (at, character) in rest.char_indices() {
            let good = if at == 0 {
                starts_name(character)
            } else {
                is_name(character)
            };
            if !good {
                break;
            }
            end = at + character.len_utf8();
        }
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// The place for people: characters from 1.
    fn position(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().chars().count() + 1
    }

    pub(super) fn expected(&self, what: &str) -> Refusal {
        let met = match self.peek() {
            Some(character) => format!("'{}'", character.escape_debug()),
            None => "the end".to_owned(),
        };
        self.invalid(&format!("expected {what} but found {met}"))
    }

    pub(super) fn invalid(&self, message: &str) -> Refusal {
        Refusal::Invalid(format!("{message} at character {}", self.position()))
    }

    pub(super) fn unsupported(&self, what: &str) -> Refusal {
        Refusal::Unsupported(format!(
            "{what} at character {} is not supported",
            self.position()
        ))
    }
}

fn starts_name(character: char) -> bool {
    character.is_alphabetic() || matches!(character, '_' | '@')
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-')
}
