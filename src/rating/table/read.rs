//! Reading a table that stands in a document.

use rust_decimal::Decimal;
use serde_json::Value;

use super::{FAULTS_MAX, Key, RowSource, TableSource};
use crate::domain::value::Period;
use crate::rating::fault::Fault;
use crate::rating::read::Reader;

const TABLE: &[&str] = &["id", "href", "name", "version", "key", "currency", "row"];
const ROW: &[&str] = &[
    "destination",
    "origin",
    "servingNetwork",
    "zone",
    "price",
    "setupFee",
    "firstStep",
    "nextStep",
    "validFor",
];

/// Reads `{"id", "version", "key": ["destination"], "currency": "EUR", "row": [{"destination": "49",
/// "zone": "DE", "price": 0.05, "setupFee": 0.01, "firstStep": 60, "nextStep": 1, "validFor": {}}]}`.
///
/// # Errors
/// What is wrong, with pointers into the document.
pub fn read(document: &Value) -> Result<TableSource, Vec<Fault>> {
    let mut rows = Rows::default();
    let list = document.get("row").and_then(Value::as_array);
    for row in list.into_iter().flatten() {
        if !rows.add(row) {
            break;
        }
    }
    rows.table(document)
}

/// The rows of a table as they come, while its keys are not known yet.
#[derive(Debug, Default)]
pub struct Rows {
    rows: Vec<Loose>,
    faults: Vec<Fault>,
}

/// A row with the prefixes that it has, in the order of [`Key::NAMES`].
#[derive(Debug)]
struct Loose {
    prefixes: [Option<Box<str>>; Key::NAMES.len()],
    zone: Option<Box<str>>,
    price: Option<Decimal>,
    setup: Option<Decimal>,
    steps: Option<(u64, u64)>,
    valid: Period,
}

impl Rows {
    /// Takes the next row. False when there are so many faults that no more need be read.
    pub fn add(&mut self, row: &Value) -> bool {
        let pointer = format!("/row/{}", self.rows.len());
        let loose = Reader::new(row, pointer, &mut self.faults).map(|mut r| loose(&mut r));
        // A row that is none keeps its number.
        self.rows.push(loose.unwrap_or_else(Loose::empty));
        self.faults.len() < FAULTS_MAX
    }

    /// The table, with what the document says besides the rows.
    ///
    /// # Errors
    /// What is wrong with rows and document.
    pub fn table(self, document: &Value) -> Result<TableSource, Vec<Fault>> {
        let Rows { rows, mut faults } = self;
        let head = Reader::new(document, String::new(), &mut faults).and_then(|mut reader| {
            reader.only(TABLE);
            head(&mut reader)
        });
        let Some(mut table) = head.filter(|_| faults.is_empty()) else {
            return Err(faults);
        };
        table.rows.reserve_exact(rows.len());
        for (number, row) in rows.into_iter().enumerate() {
            table.rows.push(row.with(&table.keys, number, &mut faults));
            if faults.len() >= FAULTS_MAX {
                break;
            }
        }
        if faults.is_empty() {
            Ok(table)
        } else {
            Err(faults)
        }
    }
}

impl Loose {
    fn empty() -> Self {
        Loose {
            prefixes: Default::default(),
            zone: None,
            price: None,
            setup: None,
            steps: None,
            valid: Period::ALWAYS,
        }
    }

    /// The row of a table with these keys.
    fn with(mut self, keys: &[Key], number: usize, faults: &mut Vec<Fault>) -> RowSource {
        let mut take = |key: Key| {
            let place = Key::NAMES.iter().position(|(_, own)| *own == key)?;
            self.prefixes.get_mut(place)?.take()
        };
        let prefixes = keys.iter().map(|key| take(*key).unwrap_or_default());
        let prefixes: Vec<Box<str>> = prefixes.collect();
        for (name, _) in left(&self.prefixes) {
            let message = "is not among the keys of the table";
            faults.push(Fault::new(format!("/row/{number}/{name}"), message));
        }
        RowSource {
            prefixes,
            zone: self.zone,
            price: self.price,
            setup: self.setup,
            steps: self.steps,
            valid: self.valid,
        }
    }
}

/// Keys that still have a prefix.
fn left(prefixes: &[Option<Box<str>>]) -> impl Iterator<Item = &'static (&'static str, Key)> {
    let named = Key::NAMES.iter().zip(prefixes);
    named.filter_map(|(name, prefix)| prefix.is_some().then_some(name))
}

fn head(reader: &mut Reader<'_, '_>) -> Option<TableSource> {
    // Its elements were read before.
    let _ = reader.list("row");
    Some(TableSource {
        keys: keys(reader),
        id: reader.required_text("id")?.into(),
        version: reader.text("version").map(Box::from),
        currency: reader.currency("currency"),
        rows: Vec::new(),
    })
}

/// The destination alone, unless said otherwise.
fn keys(reader: &mut Reader<'_, '_>) -> Vec<Key> {
    if !reader.has("key") {
        return vec![Key::Destination];
    }
    let mut keys = Vec::new();
    for (place, text) in reader.texts("key").iter().enumerate() {
        match Key::NAMES.iter().find(|(name, _)| *name == &**text) {
            Some((_, key)) => keys.push(*key),
            None => reader.fault(
                &format!("key/{place}"),
                "must be one of destination, origin, servingNetwork",
            ),
        }
    }
    keys
}

fn loose(reader: &mut Reader<'_, '_>) -> Loose {
    reader.only(ROW);
    let mut row = Loose::empty();
    for ((name, _), prefix) in Key::NAMES.iter().zip(&mut row.prefixes) {
        match reader.value(name) {
            Some(Value::String(text)) => *prefix = Some(text.as_str().into()),
            Some(_) => reader.fault(name, "must be a text"),
            None => {}
        }
    }
    row.zone = reader.text("zone").map(Box::from);
    row.price = reader.amount("price");
    row.setup = reader.amount("setupFee");
    row.steps = steps(reader);
    row.valid = reader.valid_for();
    row
}

/// Both steps or none; a next step that is missing is the first one.
fn steps(reader: &mut Reader<'_, '_>) -> Option<(u64, u64)> {
    let (first, next) = (reader.whole("firstStep"), reader.whole("nextStep"));
    if first.is_none() && next.is_some() {
        reader.fault("firstStep", "is missing");
    }
    first.map(|first| (first, next.unwrap_or(first)))
}
