//! JSON documents of which there are many alike, in little space.
//!
//! A document is a shape and leaves. The shape is its JSON text with a mark in place of each value that
//! differs from document to document; it is stored once. The leaves are those values, one after the
//! other, in a compact form: digits in half a byte each, instants as the distance from the one before.
//! Nothing is lost: what comes back has the same members, in the same order, with the same digits.

mod instant;
mod leaf;
#[cfg(test)]
mod tests;
mod write;

use serde_json::Value;

use instant::Previous;

pub use write::PackedObject;

/// Stands in a shape for a text; JSON text has no such character.
const TEXT: u8 = 1;
/// Stands in a shape for a number.
const NUMBER: u8 = 2;

/// Where a value stands: in which member, and in which one the object around it.
///
/// Handed down as one value on purpose: rustc 1.95 mixes two names up that a recursive function hands down
/// each by itself, once optimised (`under` stays empty in objects within lists).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At<'n> {
    pub under: &'n str,
    pub key: &'n str,
}

impl<'n> At<'n> {
    /// The document itself.
    pub const TOP: At<'static> = At { under: "", key: "" };

    /// A member of the object that stands here.
    #[must_use]
    pub const fn member(self, name: &'n str) -> Self {
        At {
            under: self.key,
            key: name,
        }
    }
}

/// Which values belong to the shape, because documents that are alike have them in common.
pub trait Frame {
    /// True for a text that is as good as a name. `key` is the member it stands in, `under` the
    /// member that the object or list around it stands in.
    fn holds(&self, under: &str, key: &str, text: &str) -> bool;
}

/// A document taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    pub shape: String,
    pub leaves: Vec<u8>,
}

/// Takes a document apart. `into` is emptied first and keeps its memory.
pub fn pack(document: &Value, frame: &dyn Frame, into: &mut Packed) {
    Packing::begin(frame, into).value(document, At::TOP);
}

/// The leaves of a document, in their order: texts and numbers.
pub fn leaves<'d>(document: &'d Value, frame: &dyn Frame) -> Vec<&'d Value> {
    let mut found = Vec::new();
    gather(document, frame, At::TOP, &mut found);
    found
}

/// Replaces leaves, in their order, by what `next` says; those stay of which it says nothing.
pub fn replace_leaves(
    document: &mut Value,
    frame: &dyn Frame,
    next: &mut dyn FnMut() -> Option<Value>,
) {
    replace(document, frame, At::TOP, next);
}

fn replace(
    value: &mut Value,
    frame: &dyn Frame,
    at: At<'_>,
    next: &mut dyn FnMut() -> Option<Value>,
) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::String(text) if frame.holds(at.under, at.key, text) => {}
        Value::Number(_) | Value::String(_) => {
            if let Some(new) = next() {
                *value = new;
            }
        }
        Value::Array(items) => {
            for item in items {
                replace(item, frame, at, next);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                replace(member, frame, at.member(name), next);
            }
        }
    }
}

fn gather<'d>(value: &'d Value, frame: &dyn Frame, at: At<'_>, found: &mut Vec<&'d Value>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) => found.push(value),
        Value::String(text) if frame.holds(at.under, at.key, text) => {}
        Value::String(_) => found.push(value),
        Value::Array(items) => {
            for item in items {
                gather(item, frame, at, found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                gather(member, frame, at.member(name), found);
            }
        }
    }
}

/// Puts a document together, as JSON text. `None` for leaves that are not those of the shape.
pub fn unpack(shape: &str, leaves: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(shape.len() + leaves.len() * 2);
    let mut leaves = leaf::Leaves::new(leaves);
    let mut rest = shape;
    while let Some(at) = rest.bytes().position(|byte| byte == TEXT || byte == NUMBER) {
        let (before, from) = rest.split_at_checked(at)?;
        out.push_str(before);
        match from.as_bytes().first()? {
            &TEXT => leaves.text(&mut out)?,
            _ => leaves.number(&mut out)?,
        }
        rest = from.get(1..)?;
    }
    out.push_str(rest);
    leaves.is_done().then_some(out)
}

/// A document that is being taken apart.
pub struct Packing<'p> {
    frame: &'p dyn Frame,
    into: &'p mut Packed,
    previous: Previous,
}

impl<'p> Packing<'p> {
    /// Begins with nothing. `into` is emptied and keeps its memory.
    pub fn begin(frame: &'p dyn Frame, into: &'p mut Packed) -> Self {
        into.shape.clear();
        into.leaves.clear();
        Packing {
            frame,
            into,
            previous: Previous::default(),
        }
    }

    /// Adds to the shape what is known to belong there.
    pub fn shape(&mut self, text: &str) {
        self.into.shape.push_str(text);
    }

    /// Adds the leaf of a mark that [`Packing::shape`] has added.
    pub fn text_leaf(&mut self, text: &str) {
        leaf::put_text(text, &mut self.previous, &mut self.into.leaves);
    }

    /// The same, of a number.
    pub fn number_leaf(&mut self, digits: &str) {
        leaf::put_number(digits, &mut self.into.leaves);
    }

    fn text(&mut self, at: At<'_>, text: &str) {
        if self.frame.holds(at.under, at.key, text) {
            return quote(text, self.into);
        }
        self.into.shape.push(char::from(TEXT));
        self.text_leaf(text);
    }

    fn number(&mut self, digits: &str) {
        self.into.shape.push(char::from(NUMBER));
        self.number_leaf(digits);
    }

    fn value(&mut self, value: &Value, at: At<'_>) {
        match value {
            Value::Null => self.into.shape.push_str("null"),
            Value::Bool(true) => self.into.shape.push_str("true"),
            Value::Bool(false) => self.into.shape.push_str("false"),
            Value::Number(number) => self.number(number.as_str()),
            Value::String(text) => self.text(at, text),
            Value::Array(items) => {
                self.into.shape.push('[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        self.into.shape.push(',');
                    }
                    self.value(item, at);
                }
                self.into.shape.push(']');
            }
            Value::Object(members) => {
                self.into.shape.push('{');
                for (place, (name, member)) in members.iter().enumerate() {
                    if place > 0 {
                        self.into.shape.push(',');
                    }
                    quote(name, self.into);
                    self.into.shape.push(':');
                    self.value(member, at.member(name));
                }
                self.into.shape.push('}');
            }
        }
    }
}

/// A text of the shape, as JSON writes it.
fn quote(text: &str, into: &mut Packed) {
    into.shape.push('"');
    leaf::escape(text, &mut into.shape);
    into.shape.push('"');
}
