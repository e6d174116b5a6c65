//! Entries for other programs: CSV with a row for each posting, NDJSON with an entry on each line.
//! Both are written entry by entry, so a journal of any length needs no memory.

use std::io::Write;

use serde_json::{Map, Value};

use super::entry::{Entry, Posting, Side};
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency, number_of};

/// The columns of the CSV. Amounts stand in the column of their side; the other is empty.
pub const COLUMNS: [&str; 15] = [
    "entry",
    "posting",
    "date",
    "kind",
    "source",
    "number",
    "billingAccount",
    "account",
    "currency",
    "debit",
    "credit",
    "taxCategory",
    "taxRate",
    "periodStart",
    "periodEnd",
];

/// Entries as CSV.
pub struct Csv<W: Write>(csv::Writer<W>);

impl<W: Write> Csv<W> {
    /// Begins a file with the names of the columns.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn new(into: W) -> csv::Result<Self> {
        let mut writer = csv::Writer::from_writer(into);
        writer.write_record(COLUMNS)?;
        Ok(Csv(writer))
    }

    /// Writes the postings of an entry.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&mut self, entry: &Entry) -> csv::Result<()> {
        for (at, posting) in entry.postings.iter().enumerate() {
            self.0.write_record(row(entry, at + 1, posting))?;
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(mut self) -> csv::Result<W> {
        self.0.flush()?;
        self.0
            .into_inner()
            .map_err(|error| error.into_error().into())
    }
}

fn row(entry: &Entry, number: usize, posting: &Posting) -> [String; 15] {
    let shown = digits(posting.amount, entry.currency);
    let (debit, credit) = match posting.side {
        Side::Debit => (shown, String::new()),
        Side::Credit => (String::new(), shown),
    };
    let instant = |at: Option<Micros>| at.map(Micros::to_rfc3339).unwrap_or_default();
    let rate = posting.tax_rate.map(|rate| rate.to_string());
    [
        entry.id.clone(),
        number.to_string(),
        entry.at.to_rfc3339(),
        entry.kind.to_owned(),
        entry.source.clone(),
        entry.number.clone().unwrap_or_default(),
        entry.account.clone(),
        posting.account.clone(),
        entry.currency.code.to_owned(),
        debit,
        credit,
        posting.tax_category.clone().unwrap_or_default(),
        rate.unwrap_or_default(),
        instant(posting.period.and_then(|period| period.start)),
        instant(posting.period.and_then(|period| period.end)),
    ]
}

fn digits(amount: Amount, currency: &Currency) -> String {
    amount
        .decimal(currency.digits.unwrap_or_default())
        .to_string()
}

/// An entry as JSON.
pub fn json(entry: &Entry) -> Value {
    let mut object = Map::new();
    put(&mut object, "id", Some(&entry.id));
    put(&mut object, "date", Some(&entry.at.to_rfc3339()));
    put(&mut object, "kind", Some(entry.kind));
    put(&mut object, "source", Some(&entry.source));
    put(&mut object, "number", entry.number.as_deref());
    put(&mut object, "billingAccount", Some(&entry.account));
    put(&mut object, "currency", Some(entry.currency.code));
    let postings = entry.postings.iter();
    let postings = postings.map(|posting| posting_json(posting, entry.currency));
    object.insert("posting".to_owned(), postings.collect());
    Value::Object(object)
}

fn posting_json(posting: &Posting, currency: &Currency) -> Value {
    let mut object = Map::new();
    put(&mut object, "account", Some(&posting.account));
    let side = match posting.side {
        Side::Debit => "debit",
        Side::Credit => "credit",
    };
    let amount = posting.amount.decimal(currency.digits.unwrap_or_default());
    object.insert(side.to_owned(), Value::Number(number_of(amount)));
    put(&mut object, "taxCategory", posting.tax_category.as_deref());
    if let Some(rate) = posting.tax_rate {
        object.insert("taxRate".to_owned(), Value::Number(number_of(rate)));
    }
    if let Some(period) = posting.period {
        let instant = |at: Option<Micros>| at.map(Micros::to_rfc3339);
        put(&mut object, "periodStart", instant(period.start).as_deref());
        put(&mut object, "periodEnd", instant(period.end).as_deref());
    }
    Value::Object(object)
}

fn put(object: &mut Map<String, Value>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        object.insert(name.to_owned(), text.into());
    }
}
