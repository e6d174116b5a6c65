//! Documents that prices refer to: tariff tables, calendars, tax tables. Each is read and compiled as a
//! whole, and kept compressed, the rows of tables as CSV.
//!
//! - `read` takes what clients send; `pack` is the stored form, and leads back.

mod pack;
mod read;

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::domain::problem::{Code, Problem};
use crate::rating::calendar::Calendar;
use crate::rating::fault::Fault;
use crate::rating::table::Table;
use crate::rating::tax::TaxRow;

pub use pack::{compile_stored, rows_of, shown, unpacked};
pub use read::{Beside, Form, Sent, prepare};

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    Table,
    Calendar,
    Taxes,
}

impl DocumentKind {
    /// In the store, and in paths.
    pub const fn as_str(self) -> &'static str {
        match self {
            DocumentKind::Table => "tariffTable",
            DocumentKind::Calendar => "calendar",
            DocumentKind::Taxes => "taxTable",
        }
    }

    /// The `@type` of such a document.
    pub const fn type_name(self) -> &'static str {
        match self {
            DocumentKind::Table => "TariffTable",
            DocumentKind::Calendar => "RatingCalendar",
            DocumentKind::Taxes => "TaxTable",
        }
    }

    /// What the store calls so.
    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            DocumentKind::Table,
            DocumentKind::Calendar,
            DocumentKind::Taxes,
        ];
        all.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A document as rating uses it.
#[derive(Clone, Debug)]
pub enum Compiled {
    Table(Arc<Table>),
    Calendar(Arc<Calendar>),
    Taxes(Arc<[TaxRow]>),
}

impl Compiled {
    /// Names the version, where nobody else has the document yet.
    pub fn name_version(&mut self, version: &str) {
        if let Compiled::Table(table) = self
            && let Some(table) = Arc::get_mut(table)
        {
            table.version = Some(version.into());
        }
    }
}

/// A document that was read and compiled, to be stored.
#[derive(Debug)]
pub struct Prepared {
    pub id: String,
    /// That the document names.
    pub version: Option<String>,
    /// The document without its rows, id and version.
    pub head: Map<String, Value>,
    /// Of everything that matters to prices.
    pub hash: String,
    /// Its rows.
    pub records: usize,
    /// Compressed.
    pub content: Arc<[u8]>,
    pub compiled: Compiled,
}

fn refused(faults: Vec<Fault>) -> Problem {
    super::asked::refused("", faults)
}

fn invalid(path: &str, message: &str) -> Problem {
    Problem::at(Code::InvalidBody, path, message)
}
