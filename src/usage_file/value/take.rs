//! Where the text of a value comes from.

use std::borrow::Cow;

use super::instant::Instant;
use super::{Row, Slot, Wrong};

/// Where a value is taken from.
#[derive(Clone, Debug)]
pub enum Take {
    /// The first of the places that is not empty.
    First(Vec<Slot>),
    Constant(String),
    /// Texts and places one after the other; nothing where one of the places is empty.
    Template(Vec<Part>),
    /// The sum of numbers; empty places count nothing.
    Sum(Vec<Slot>),
    /// The time from one instant to another.
    Between {
        start: Slot,
        end: Slot,
        format: Instant,
    },
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Place(Slot),
}

impl Take {
    /// The place to name when something is wrong.
    pub fn slot(&self) -> Option<Slot> {
        match self {
            Take::First(slots) | Take::Sum(slots) => slots.first().copied(),
            Take::Between { end, .. } => Some(*end),
            Take::Constant(_) => None,
            Take::Template(parts) => parts.iter().find_map(|part| match part {
                Part::Place(slot) => Some(*slot),
                Part::Text(_) => None,
            }),
        }
    }

    /// The text; empty where there is nothing. Sums and times between are no texts.
    pub fn text<'r>(&'r self, row: &Row<'r>) -> Result<Cow<'r, str>, Wrong> {
        match self {
            Take::First(slots) => first(slots, row).map(Cow::Borrowed),
            Take::Constant(text) => Ok(Cow::Borrowed(text)),
            Take::Template(parts) => filled(parts, row).map(Cow::Owned),
            Take::Sum(_) | Take::Between { .. } => Ok(Cow::Borrowed("")),
        }
    }
}

/// The first text that is not empty.
pub fn first<'r>(slots: &[Slot], row: &Row<'r>) -> Result<&'r str, Wrong> {
    for slot in slots {
        let text = row
            .text(*slot)
            .map_err(|message| Wrong::at(*slot, message))?;
        if !text.is_empty() {
            return Ok(text);
        }
    }
    Ok("")
}

fn filled(parts: &[Part], row: &Row<'_>) -> Result<String, Wrong> {
    let mut filled = String::with_capacity(64);
    for part in parts {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Place(slot) => {
                let text = row
                    .text(*slot)
                    .map_err(|message| Wrong::at(*slot, message))?;
                if text.is_empty() {
                    return Ok(String::new());
                }
                filled.push_str(text);
            }
        }
    }
    Ok(filled)
}
