//! Tariff tables: the zone and the price of a number, by the longest prefix.
//!
//! A row has a prefix for each key of the table; an empty one stands for all. Keys are looked at in
//! the order that the table declares: the longest prefix of the first key wins, whatever the others
//! are, and rows that are not valid at the time of the event hide nothing. A compiled table is
//! immutable; a new version is compiled beside it and takes its place at once.

mod build;
mod csv;
mod read;
mod symbols;
mod trie;
mod write;

pub use csv::{Columns, Records};
pub use read::{Rows, read};
pub use write::{csv, row_document};

use crate::domain::clock::Micros;
use crate::domain::money::Currency;
use crate::domain::value::Period;
use crate::rating::card::Hash;
use crate::rating::event::{Event, name};
use crate::rating::increment::Increments;
use rust_decimal::Decimal;
use trie::Trie;

/// Faults that are reported at most: a file in the wrong format has one in each row.
pub const FAULTS_MAX: usize = 100;

/// What a prefix is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Destination,
    Origin,
    ServingNetwork,
}

impl Key {
    /// The names that tables use.
    pub const NAMES: &'static [(&'static str, Key)] = &[
        ("destination", Key::Destination),
        ("origin", Key::Origin),
        ("servingNetwork", Key::ServingNetwork),
    ];

    /// The attribute of a row.
    pub const fn attribute(self) -> &'static str {
        match self {
            Key::Destination => "destination",
            Key::Origin => "origin",
            Key::ServingNetwork => "servingNetwork",
        }
    }

    /// The characteristic of an event.
    pub const fn characteristic(self) -> &'static str {
        match self {
            Key::Destination => name::CALLED,
            Key::Origin => name::CALLING,
            Key::ServingNetwork => name::SERVING_NETWORK,
        }
    }
}

/// A row as an operator writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowSource {
    /// A prefix for each key of the table, in its order.
    pub prefixes: Vec<Box<str>>,
    /// Label of the zone.
    pub zone: Option<Box<str>>,
    /// Price for the quantity that the card is about.
    pub price: Option<Decimal>,
    /// Fee for the event.
    pub setup: Option<Decimal>,
    /// First and next step in base units.
    pub steps: Option<(u64, u64)>,
    pub valid: Period,
}

/// A table as an operator writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSource {
    pub id: Box<str>,
    pub version: Option<Box<str>>,
    /// In the order in which they are looked at.
    pub keys: Vec<Key>,
    /// Currency of prices and fees.
    pub currency: Option<&'static Currency>,
    pub rows: Vec<RowSource>,
}

/// A compiled table.
#[derive(Debug)]
pub struct Table {
    pub id: Box<str>,
    pub version: Option<Box<str>>,
    /// Of everything that matters to prices.
    pub hash: Hash,
    pub currency: Option<&'static Currency>,
    keys: Box<[Key]>,
    /// Digits behind the point of prices and fees.
    scale: u32,
    zones: Box<[Box<str>]>,
    increments: Box<[Increments]>,
    rows: Box<[Row]>,
    trie: Trie,
}

/// A compiled row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Place in the zones.
    pub zone: Option<u32>,
    /// In units of the table's scale.
    pub price: Option<i64>,
    pub setup: Option<i64>,
    /// Place in the increments.
    increments: Option<u32>,
    start: i64,
    end: i64,
}

impl Row {
    /// True where it has increments of its own.
    pub const fn has_steps(&self) -> bool {
        self.increments.is_some()
    }

    const fn is_valid(&self, at: Micros) -> bool {
        self.start <= at.0 && at.0 < self.end
    }
}

impl Table {
    /// The number of the row, counted from 0 as written, that is for an event at
    /// an instant.
    pub fn find(&self, event: &Event<'_>, at: Micros) -> Option<u32> {
        let text = |key: &Key| event.text(key.characteristic()).unwrap_or_default();
        let mut values = [""; Key::NAMES.len()];
        for (value, key) in values.iter_mut().zip(&self.keys) {
            *value = text(key);
        }
        self.lookup(&values, at)
    }

    /// The number of the row for texts in the order of the keys. Allocates nothing.
    pub fn lookup(&self, values: &[&str], at: Micros) -> Option<u32> {
        self.trie.find(values, |row| {
            self.row(row).is_some_and(|row| row.is_valid(at))
        })
    }

    /// A row by its number.
    pub fn row(&self, number: u32) -> Option<&Row> {
        self.rows.get(usize::try_from(number).ok()?)
    }

    /// The increments of a row, where it has its own.
    pub fn increments(&self, row: &Row) -> Option<&Increments> {
        self.increments.get(usize::try_from(row.increments?).ok()?)
    }

    /// The label of a zone.
    pub fn zone(&self, zone: u32) -> Option<&str> {
        let zone = self.zones.get(usize::try_from(zone).ok()?)?;
        Some(zone)
    }

    /// Labels of all zones; their places are what rows refer to.
    pub fn zones(&self) -> &[Box<str>] {
        &self.zones
    }

    /// All rows, as written.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// In the order in which they are looked at.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// Digits behind the point of prices and fees.
    pub const fn scale(&self) -> u32 {
        self.scale
    }

    /// Bytes of memory, for an operator who loads many tables.
    pub fn footprint(&self) -> usize {
        size_of_val(&*self.rows) + self.trie.footprint()
    }
}
