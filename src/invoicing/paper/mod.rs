//! Documents of bills: what a stored bill says, in the forms that people and their bookkeeping read.
//!
//! - `read` reads the bill, its lines and whose they are; `party` finds names and addresses; `lines` groups
//!   what is charged.
//!
//! A document says what the bill said when it was made: later payments are not in it.

mod lines;
mod party;
mod read;

use std::sync::OnceLock;

use crate::billing::document::{self, Issuer, Press, Prices};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::invoicing::Invoicing;

/// A form of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Pdf,
    Html,
    Xml,
}

impl Form {
    /// The form that a name means.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "pdf" => Some(Form::Pdf),
            "html" => Some(Form::Html),
            "xml" => Some(Form::Xml),
            _ => None,
        }
    }

    /// Its media type.
    pub const fn media(self) -> &'static str {
        match self {
            Form::Pdf => "application/pdf",
            Form::Html => "text/html; charset=utf-8",
            Form::Xml => "application/xml",
        }
    }
}

/// How the operator's bills look.
#[derive(Clone, Debug)]
pub struct House {
    pub issuer: Issuer,
    /// Of accounts that name none, as a BCP 47 tag.
    pub locale: String,
    pub prices: Prices,
}

/// Fonts are read once.
#[derive(Default)]
pub struct Printer(OnceLock<Press>);

impl Invoicing {
    /// A document of a bill.
    ///
    /// # Errors
    /// `NotFound` without the bill; `Conflict` for a form that it cannot have, such as an invoice of a trial.
    pub fn document(&self, tenant: i64, bill: &str, form: Form) -> Outcome<Vec<u8>> {
        let statement =
            self.read(|session| read::statement(session, tenant, bill, &self.settings))?;
        let made = match form {
            Form::Pdf => {
                let press = match self.printer.0.get() {
                    Some(press) => press,
                    None => {
                        let press = Press::new().map_err(Problem::internal)?;
                        self.printer.0.get_or_init(|| press)
                    }
                };
                document::pdf(press, &statement)
            }
            Form::Html => document::html(&statement).map(String::into_bytes),
            Form::Xml => document::ubl(&statement).map(String::into_bytes),
        };
        made.map_err(|fault| {
            Problem::new(
                Code::Conflict,
                format!("The bill has no such document: {fault}."),
            )
        })
    }
}
