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

use serde_json::Value;

use instant::Previous;

/// Stands in a shape for a text; JSON text has no such character.
const TEXT: u8 = 1;
/// Stands in a shape for a number.
const NUMBER: u8 = 2;

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
    into.shape.clear();
    into.leaves.clear();
    let mut packing = Packing {
        frame,
        into,
        previous: Previous::default(),
    };
    packing.value(document, "", "");
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

struct Packing<'p> {
    frame: &'p dyn Frame,
    into: &'p mut Packed,
    previous: Previous,
}

impl Packing<'_> {
    fn value(&mut self, value: &Value, under: &str, key: &str) {
        match value {
            Value::Null => self.into.shape.push_str("null"),
            Value::Bool(true) => self.into.shape.push_str("true"),
            Value::Bool(false) => self.into.shape.push_str("false"),
            Value::Number(number) => {
                self.into.shape.push(char::from(NUMBER));
                leaf::put_number(number.as_str(), &mut self.into.leaves);
            }
            Value::String(text) if self.frame.holds(under, key, text) => quote(text, self.into),
            Value::String(text) => {
                self.into.shape.push(char::from(TEXT));
                leaf::put_text(text, &mut self.previous, &mut self.into.leaves);
            }
            Value::Array(items) => {
                self.into.shape.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.into.shape.push(',');
                    }
                    self.value(item, under, key);
                }
                self.into.shape.push(']');
            }
            Value::Object(members) => {
                self.into.shape.push('{');
                for (at, (name, member)) in members.iter().enumerate() {
                    if at > 0 {
                        self.into.shape.push(',');
                    }
                    quote(name, self.into);
                    self.into.shape.push(':');
                    self.value(member, key, name);
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
