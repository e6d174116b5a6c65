//! Mappings: what a file is, which of its rows are usage, and where each attribute of the usage comes from.
//!
//! A mapping is checked as a whole when it is read. Unknown keys, columns that the file does not have and
//! rules that contradict themselves are mistakes with a line and a key.

pub mod builtin;
mod format;
mod kinds;
mod rules;
mod section;

use std::collections::HashSet;
use std::fmt;

use toml::de::DeTable;

use self::format::{filters, trailer};
use self::rules::Rules;
use self::section::{Reading, Section};
use super::record::SOURCE;
use super::row::{Place, Slot};
use super::value::{Rule, Take};
use crate::rating::record::field;

pub(super) use self::format::{Columns, Delimited, Filter, Layout, Trailer};

/// A mapping that has been read and holds.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub name: String,
    pub description: Option<String>,
    pub(super) layout: Layout,
    /// Texts that stand for nothing.
    pub(super) nulls: Vec<String>,
    /// All of them must hold for a row to be usage.
    pub(super) filters: Vec<Filter>,
    pub(super) trailer: Option<Trailer>,
    /// The places that rules take from, by their slots.
    pub(super) places: Vec<Taken>,
    pub(super) specification: Rule,
    pub(super) date: Rule,
    pub(super) usage_type: Option<Rule>,
    pub(super) text: Option<Rule>,
    /// Names and rules of characteristics, those of the identity first.
    pub(super) characteristics: Vec<(String, Rule)>,
}

/// A place that something is taken from.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub place: Place,
    /// The key in the mapping.
    pub key: String,
}

/// One thing that is wrong with a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from 1.
    pub line: usize,
    /// Dotted; elements of lists by number, from 0. Empty when the text is no TOML.
    pub key: String,
    pub message: String,
}

/// Why a mapping cannot be used: everything that is wrong, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError {
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "line {}: {}", self.line, self.message),
            key => write!(f, "line {}, `{key}` {}", self.line, self.message),
        }
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, mistake) in self.mistakes.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            mistake.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for MappingError {}

const KEYS: &[&str] = &[
    "name",
    "description",
    "source",
    "specification",
    "time_zone",
    "numbers",
    "format",
    "filter",
    "trailer",
    "lookup",
    "record",
    "usage",
    "characteristic",
];

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(text: &str) -> Result<Self, MappingError> {
        Self::read_with(text, &[])
    }

    /// Reads a mapping in which some texts are given by whoever uses it, by dotted key: where a switch
    /// stands (`time_zone`, `numbers.country`), which one it is (`source`).
    ///
    /// # Errors
    /// Everything that is wrong with it or with what was given.
    pub fn read_with(text: &str, given: &[(String, String)]) -> Result<Self, MappingError> {
        let table = DeTable::parse(text).map_err(|error| {
            let reading = Reading::new(text, &[]);
            let at = error.span().map_or(0, |span| span.start);
            reading.mistake(at, "", format!("not TOML: {}", error.message()));
            MappingError {
                mistakes: reading.finish(),
            }
        })?;
        let reading = Reading::new(text, given);
        let top = Section::new(&reading, table.get_ref(), String::new(), 0);
        let mapping = read(&top);
        let mistakes = reading.finish();
        match mapping {
            Some(mapping) if mistakes.is_empty() => Ok(mapping),
            _ => Err(MappingError { mistakes }),
        }
    }

    /// What messages call a place.
    pub(super) fn label(&self, slot: Slot) -> Option<String> {
        self.places.get(slot.0).map(|taken| taken.place.label())
    }
}

fn read(top: &Section<'_, '_>) -> Option<Mapping> {
    top.only(KEYS);
    let name = top.required_text("name");
    let format = top.section("format");
    if format.is_none() && !top.has("format") {
        top.mistake("format", "is needed");
    }
    let (layout, nulls) = format.map(|section| format::layout(&section)).unzip();
    let layout = layout.flatten();
    let mut rules = Rules::new(top, layout.as_ref());
    let filters = filters(top, &mut rules);
    let trailer = trailer(top, &mut rules);
    let specification = rules.needed(top, "specification", "text");
    let mut characteristics = identity(top, &mut rules);
    let (date, usage_type, text) = usage(top, &mut rules);
    characteristics.extend(others(top, &mut rules));
    once(top, &characteristics);
    let places = rules.finish();
    Some(Mapping {
        name: name?,
        description: top.text("description"),
        layout: layout?,
        nulls: nulls?,
        filters,
        trailer,
        places,
        specification: specification?,
        date: date?,
        usage_type,
        text,
        characteristics,
    })
}

/// The rules of the characteristics by which a record is known: source, id and part.
fn identity(top: &Section<'_, '_>, rules: &mut Rules<'_>) -> Vec<(String, Rule)> {
    let source = rules.needed(top, "source", "text");
    let mut identity = vec![(SOURCE, source)];
    match top.section("record") {
        Some(record) => {
            record.only(&["id", "sequence", "last"]);
            let id = rules.needed(&record, "id", "text");
            if id
                .as_ref()
                .is_some_and(|id| matches!(id.take, Take::Constant(_)))
            {
                record.mistake("id", "is the same for all rows");
            }
            let sequence = rules.optional(&record, "sequence", "integer");
            let last = rules.optional(&record, "last", "boolean");
            identity.extend([
                (field::RECORD, id),
                (field::SEQUENCE, sequence),
                (field::LAST, last),
            ]);
        }
        None if top.has("record") => {}
        None => top.mistake("record", "is needed"),
    }
    let found = identity.into_iter();
    found
        .filter_map(|(name, rule)| Some((name.to_owned(), rule?)))
        .collect()
}

type Usage = (Option<Rule>, Option<Rule>, Option<Rule>);

fn usage(top: &Section<'_, '_>, rules: &mut Rules<'_>) -> Usage {
    let Some(usage) = top.section("usage") else {
        if !top.has("usage") {
            top.mistake("usage", "is needed");
        }
        return (None, None, None);
    };
    usage.only(&["date", "type", "description"]);
    let date = rules.needed(&usage, "date", "instant");
    let usage_type = rules.optional(&usage, "type", "text");
    (
        date,
        usage_type,
        rules.optional(&usage, "description", "text"),
    )
}

fn others(top: &Section<'_, '_>, rules: &mut Rules<'_>) -> Vec<(String, Rule)> {
    let sections = top.sections("characteristic").into_iter();
    let read = sections.filter_map(|section| {
        let name = section.required_text("name");
        let rule = rules.rule(&section, &["name"], None);
        Some((name?, rule?))
    });
    read.collect()
}

/// A characteristic is there once.
fn once(top: &Section<'_, '_>, characteristics: &[(String, Rule)]) {
    let mut seen = HashSet::new();
    for (name, _) in characteristics {
        if !seen.insert(name) {
            top.mistake("characteristic", format!("has `{name}` twice"));
        }
    }
}
