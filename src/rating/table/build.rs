//! Compiling a table.

use std::cmp::Reverse;
use std::collections::HashMap;

use rust_decimal::Decimal;

use super::symbols::{PREFIX_BYTES_MAX, symbols};
use super::trie::{Entry, Trie};
use super::{FAULTS_MAX, Key, Row, RowSource, Table, TableSource};
use crate::domain::money::Amount;
use crate::rating::card::Hasher;
use crate::rating::exact::power_of_ten;
use crate::rating::fault::Fault;
use crate::rating::increment::Increments;

/// Digits behind the point that prices may have: more than any table has, few enough for products.
const SCALE_MAX: u32 = 9;
/// Rows at most.
const ROWS_MAX: usize = 10_000_000;

impl Table {
    /// Compiles a table: 200,000 rows in well under a second.
    ///
    /// # Errors
    /// What is wrong, at most 100 faults. Pointers are into `{"key": [...], "row": [...]}`.
    pub fn compile(source: &TableSource) -> Result<Self, Vec<Fault>> {
        let mut faults = keys(&source.keys);
        if source.rows.len() > ROWS_MAX {
            faults.push(Fault::new("/row", "has too many elements"));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let scale = scale(&source.rows);
        let mut compiling = Compiling {
            source,
            scale,
            zones: Numbered::default(),
            increments: Numbered::default(),
            faults,
        };
        let mut rows = Vec::with_capacity(source.rows.len());
        for (number, row) in source.rows.iter().enumerate() {
            rows.extend(compiling.row(number, row));
            if compiling.faults.len() >= FAULTS_MAX {
                return Err(compiling.faults);
            }
        }
        if !compiling.faults.is_empty() {
            return Err(compiling.faults);
        }
        let trie = index(source)?;
        let increments = compiling.increments.list.into_iter();
        let increments = increments.map(|(first, next)| Increments::pair(first, next));
        Ok(Table {
            id: source.id.clone(),
            version: source.version.clone(),
            hash: hash(source),
            currency: source.currency,
            keys: source.keys.clone().into_boxed_slice(),
            scale,
            zones: compiling.zones.list.into_boxed_slice(),
            increments: increments.collect::<Result<_, _>>().map_err(|f| vec![f])?,
            rows: rows.into_boxed_slice(),
            trie,
        })
    }
}

fn keys(keys: &[Key]) -> Vec<Fault> {
    if keys.is_empty() {
        return vec![Fault::new("/key", "must have an element")];
    }
    let repeated = |place: usize| keys.iter().take(place).any(|k| keys.get(place) == Some(k));
    (0..keys.len())
        .filter(|place| repeated(*place))
        .map(|place| Fault::new(format!("/key/{place}"), "is there twice"))
        .collect()
}

/// The most digits behind the point.
fn scale(rows: &[RowSource]) -> u32 {
    let amounts = rows.iter().flat_map(|row| [row.price, row.setup]);
    let scales = amounts.flatten().map(|amount| amount.normalize().scale());
    scales.max().unwrap_or_default()
}

/// Values that many rows share, by their number.
struct Numbered<T> {
    list: Vec<T>,
    places: HashMap<T, u32>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Numbered {
            list: Vec::new(),
            places: HashMap::new(),
        }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Numbered<T> {
    fn place(&mut self, value: &T) -> Option<u32> {
        if let Some(place) = self.places.get(value) {
            return Some(*place);
        }
        let place = u32::try_from(self.list.len()).ok()?;
        self.list.push(value.clone());
        self.places.insert(value.clone(), place);
        Some(place)
    }
}

struct Compiling<'s> {
    source: &'s TableSource,
    scale: u32,
    zones: Numbered<Box<str>>,
    increments: Numbered<(u64, u64)>,
    faults: Vec<Fault>,
}

impl Compiling<'_> {
    fn row(&mut self, number: usize, row: &RowSource) -> Option<Row> {
        let before = self.faults.len();
        self.prefixes(number, row);
        if row.zone.is_none() && row.price.is_none() {
            self.fault(number, "", "must have a zone or a price");
        }
        let priced = row.price.is_some() || row.setup.is_some();
        if priced && self.source.currency.is_none() {
            self.fault(number, "", "has a price, but the table has no currency");
        }
        let price = self.amount(number, "price", row.price);
        let setup = self.amount(number, "setupFee", row.setup);
        let (start, end) = self.valid(number, row);
        let increments = row.steps.and_then(|steps| self.steps(number, steps));
        let zone = row.zone.as_ref().and_then(|zone| self.zones.place(zone));
        (self.faults.len() == before).then_some(Row {
            zone,
            price,
            setup,
            increments,
            start,
            end,
        })
    }

    fn prefixes(&mut self, number: usize, row: &RowSource) {
        if row.prefixes.len() != self.source.keys.len() {
            return self.fault(number, "", "must have a prefix for each key");
        }
        for (prefix, key) in row.prefixes.iter().zip(&self.source.keys) {
            if prefix.len() > PREFIX_BYTES_MAX {
                let message = format!("must have {PREFIX_BYTES_MAX} bytes at most");
                self.fault(number, key.attribute(), &message);
            }
        }
    }

    fn amount(&mut self, number: usize, name: &str, amount: Option<Decimal>) -> Option<i64> {
        let exact = amount?.normalize();
        if exact.scale() > SCALE_MAX {
            let message = format!("must have {SCALE_MAX} digits behind the point at most");
            self.fault(number, name, &message);
            return None;
        }
        if exact.is_sign_negative() && !exact.is_zero() {
            self.fault(number, name, "must be 0 or more");
            return None;
        }
        let digits = self.scale.checked_sub(exact.scale()).and_then(power_of_ten);
        let units = digits
            .and_then(|factor| exact.mantissa().checked_mul(factor))
            .and_then(|units| i64::try_from(units).ok());
        // Amounts that cannot be booked are not to be calculated with either.
        if units.is_none() || Amount::of(exact.trunc()).is_err() {
            self.fault(number, name, "is larger than can be calculated with");
        }
        units
    }

    fn valid(&mut self, number: usize, row: &RowSource) -> (i64, i64) {
        let start = row.valid.start.map_or(i64::MIN, |start| start.0);
        let end = row.valid.end.map_or(i64::MAX, |end| end.0);
        if start >= end {
            self.fault(number, "validFor", "must end after it starts");
        }
        (start, end)
    }

    fn steps(&mut self, number: usize, steps: (u64, u64)) -> Option<u32> {
        if let Err(fault) = Increments::pair(steps.0, steps.1) {
            let name = match steps.0 {
                0 => "firstStep",
                _ => "nextStep",
            };
            self.fault(number, name, &fault.message);
            return None;
        }
        self.increments.place(&steps)
    }

    fn fault(&mut self, number: usize, attribute: &str, message: &str) {
        let pointer = match attribute {
            "" => format!("/row/{number}"),
            _ => format!("/row/{number}/{attribute}"),
        };
        self.faults.push(Fault::new(pointer, message));
    }
}

/// All prefixes as symbols, sorted, and then as a trie.
fn index(source: &TableSource) -> Result<Trie, Vec<Fault>> {
    let mut text: Vec<u8> = Vec::with_capacity(source.rows.len() * 10);
    let mut ends: Vec<u16> = Vec::with_capacity(source.rows.len() * source.keys.len());
    let mut starts: Vec<usize> = Vec::with_capacity(source.rows.len());
    for row in &source.rows {
        let start = text.len();
        starts.push(start);
        for prefix in &row.prefixes {
            text.extend(symbols(prefix));
            ends.push(u16::try_from(text.len() - start).unwrap_or(u16::MAX));
        }
    }
    let keys = source.keys.len();
    let entry = |number: usize| {
        let start = starts.get(number).copied().unwrap_or_default();
        let stop = starts.get(number + 1).copied().unwrap_or(text.len());
        Entry {
            row: u32::try_from(number).unwrap_or(u32::MAX),
            symbols: text.get(start..stop).unwrap_or_default(),
            ends: ends
                .get(number * keys..(number + 1) * keys)
                .unwrap_or_default(),
        }
    };
    let from = |entry: &Entry<'_>| {
        let row = usize::try_from(entry.row).ok();
        let row = row.and_then(|row| source.rows.get(row));
        row.and_then(|row| row.valid.start)
    };
    let mut entries: Vec<Entry<'_>> = (0..source.rows.len()).map(entry).collect();
    entries.sort_unstable_by(|a, b| {
        let by_prefix = prefixes(a).cmp(&prefixes(b));
        by_prefix.then_with(|| (Reverse(from(a)), a.row).cmp(&(Reverse(from(b)), b.row)))
    });
    let twice = entries.windows(2).filter_map(|pair| match pair {
        [a, b] if prefixes(a) == prefixes(b) && from(a) == from(b) => {
            let message = format!("has the prefixes and the start of row {}", a.row);
            Some(Fault::new(format!("/row/{}", b.row), message))
        }
        _ => None,
    });
    let twice: Vec<Fault> = twice.take(FAULTS_MAX).collect();
    if !twice.is_empty() {
        return Err(twice);
    }
    Ok(Trie::build(keys, &entries))
}

/// The symbols of all keys of an entry; of those that the table does not have there are none.
fn prefixes<'a>(entry: &Entry<'a>) -> [&'a [u8]; Key::NAMES.len()] {
    let mut keys = [[].as_slice(); Key::NAMES.len()];
    for (place, key) in keys.iter_mut().enumerate() {
        *key = entry.key(place);
    }
    keys
}

/// The hash of what matters to prices: the rows in order.
fn hash(source: &TableSource) -> super::Hash {
    let mut hasher = Hasher::new("table");
    hasher.text(source.currency.map_or("", |currency| currency.code));
    for key in &source.keys {
        hasher.text(key.attribute());
    }
    for row in &source.rows {
        for prefix in &row.prefixes {
            hasher.text(prefix);
        }
        hasher.text(row.zone.as_deref().unwrap_or_default());
        for amount in [row.price, row.setup] {
            hasher.decimal(amount);
        }
        let (first, next) = row.steps.unwrap_or_default();
        hasher.number(i128::from(first));
        hasher.number(i128::from(next));
        hasher.period(&row.valid);
    }
    hasher.finish()
}
