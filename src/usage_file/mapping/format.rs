//! How a file is built: its format, which rows are usage, and what its last row declares.

use regex::Regex;

use super::kinds;
use super::rules::Rules;
use super::section::{Section, whole};
use crate::usage_file::row::Slot;
use crate::usage_file::totals::Control;

/// The format of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    Csv(Delimited),
    /// A JSON document in each line.
    Lines,
    /// JSON documents one after the other, or one array of them.
    Documents,
}

/// Rows of fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delimited {
    pub delimiter: u8,
    /// None where quotation marks mean nothing.
    pub quote: Option<u8>,
    /// What stands before a quotation mark inside quotation marks, where it is not doubled.
    pub escape: Option<u8>,
    /// What lines that are no rows begin with.
    pub comment: Option<u8>,
    /// Rows before the header, or before the first row.
    pub skip: usize,
    pub columns: Columns,
    /// Columns that may be missing: in the file where it has a header, else at the end of a row.
    pub optional: Vec<String>,
    /// Rows may have any number of fields. Otherwise one that has too few or too many is a fault: what
    /// stands in it is shifted.
    pub ragged: bool,
}

/// Where the names of columns come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Columns {
    /// The first row of the file.
    Header,
    /// The mapping.
    Named(Vec<String>),
    /// Nowhere: columns are counted.
    Counted,
}

/// What a row must be like to be usage.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The first of these that is not empty is looked at.
    pub slots: Vec<Slot>,
    pub test: Test,
}

#[derive(Clone, Debug)]
pub enum Test {
    Is(Vec<String>),
    IsNot(Vec<String>),
    Matches(Regex),
    Empty(bool),
}

impl Test {
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Test::Is(texts) => texts.iter().any(|one| one == text),
            Test::IsNot(texts) => texts.iter().all(|one| one != text),
            Test::Matches(pattern) => pattern.is_match(text),
            Test::Empty(empty) => text.is_empty() == *empty,
        }
    }
}

/// The last row, which says what the file holds.
#[derive(Clone, Debug)]
pub struct Trailer {
    /// By what it is known.
    pub mark: Filter,
    /// Names of totals, and where they stand.
    pub totals: Vec<(&'static str, Slot)>,
}

/// The format of the files, and texts that stand for nothing.
pub fn layout(section: &Section<'_, '_>) -> (Option<Layout>, Vec<String>) {
    let nulls = section.texts("null").unwrap_or_default();
    let layout = match section.required_text("kind").as_deref() {
        Some("csv") => delimited(section).map(Layout::Csv),
        Some("ndjson") => only_json(section, Layout::Lines),
        Some("json") => only_json(section, Layout::Documents),
        Some(_) => {
            section.mistake("kind", "must be one of csv, ndjson, json");
            None
        }
        None => None,
    };
    (layout, nulls)
}

fn only_json(section: &Section<'_, '_>, layout: Layout) -> Option<Layout> {
    section.only(&["kind", "null"]);
    Some(layout)
}

fn delimited(section: &Section<'_, '_>) -> Option<Delimited> {
    section.only(&[
        "kind",
        "null",
        "delimiter",
        "quote",
        "escape",
        "comment",
        "skip",
        "header",
        "columns",
        "optional",
        "ragged",
    ]);
    let quote = match section.value("quote") {
        None => Some(b'"'),
        Some(_) if section.text("quote").as_deref() == Some("") => None,
        Some(_) => byte(section, "quote"),
    };
    Some(Delimited {
        delimiter: match section.has("delimiter") {
            true => byte(section, "delimiter")?,
            false => b',',
        },
        quote,
        escape: byte(section, "escape"),
        comment: byte(section, "comment"),
        skip: section.whole("skip").unwrap_or_default(),
        columns: columns(section),
        optional: section.texts("optional").unwrap_or_default(),
        ragged: section.flag("ragged"),
    })
}

fn columns(section: &Section<'_, '_>) -> Columns {
    let named = section.texts("columns");
    if section.flag("header") {
        if named.is_some() {
            section.mistake("columns", "are named by the file, which has a header");
        }
        return Columns::Header;
    }
    let Some(named) = named else {
        if section.has("optional") {
            section.mistake("optional", "names columns, and columns have no names here");
        }
        return Columns::Counted;
    };
    for name in section.texts("optional").unwrap_or_default() {
        if !named.contains(&name) {
            section.mistake("optional", format!("has `{name}`, which is no column"));
        }
    }
    let is_repeated = |(place, name)| named.iter().take(place).any(|before| before == name);
    if named.iter().enumerate().any(is_repeated) {
        section.mistake("columns", "has a name twice");
    }
    Columns::Named(named)
}

/// A text that is one ASCII character.
fn byte(section: &Section<'_, '_>, name: &str) -> Option<u8> {
    let text = section.text(name)?;
    match text.as_bytes() {
        [byte] if byte.is_ascii() => Some(*byte),
        _ => {
            section.mistake(name, "must be one ASCII character");
            None
        }
    }
}

/// The filters of a mapping.
pub fn filters(top: &Section<'_, '_>, rules: &mut Rules<'_>) -> Vec<Filter> {
    let sections = top.sections("filter").into_iter();
    sections
        .filter_map(|section| filter(&section, &[], rules))
        .collect()
}

fn filter(section: &Section<'_, '_>, besides: &[&str], rules: &mut Rules<'_>) -> Option<Filter> {
    const TESTS: [&str; 4] = ["is", "is_not", "matches", "empty"];
    section.only(&[&["column"], TESTS.as_slice(), besides].concat());
    if !section.has("column") {
        section.mistake("column", "is needed");
    }
    let slots = rules.slots(section, "column");
    let mut tests = TESTS.into_iter().filter(|name| section.has(name));
    let (Some(name), None) = (tests.next(), tests.next()) else {
        section.mistake("column", format!("needs one of {}", TESTS.join(", ")));
        return None;
    };
    let test = match name {
        "is" => Test::Is(section.texts(name)?),
        "is_not" => Test::IsNot(section.texts(name)?),
        "matches" => Test::Matches(kinds::pattern(section, name)?),
        _ => Test::Empty(section.flag(name)),
    };
    Some(Filter { slots, test })
}

/// The trailer of a mapping.
pub fn trailer(top: &Section<'_, '_>, rules: &mut Rules<'_>) -> Option<Trailer> {
    let section = top.section("trailer")?;
    let mark = filter(&section, &Control::NAMES, rules);
    let names = Control::NAMES.into_iter().filter(|name| section.has(name));
    let totals = names.filter_map(|name| {
        let slots = rules.slots(&section, name);
        Some((name, *slots.first()?))
    });
    let totals: Vec<_> = totals.collect();
    if totals.is_empty() {
        section.mistake("column", "and nothing else: the trailer declares no total");
    }
    Some(Trailer {
        mark: mark?,
        totals,
    })
}

/// A position among fields, counted from 1.
pub fn position(value: &toml::de::DeValue<'_>) -> Option<usize> {
    whole(value).filter(|position| *position > 0)
}
