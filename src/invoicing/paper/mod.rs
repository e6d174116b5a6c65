//! Documents of bills: what a stored bill says, in the forms that people and their bookkeeping read.
//!
//! - `read` reads the bill, its lines and whose they are; `party` finds names and addresses; `lines` groups
//!   what is charged.
//!
//! A document says what the bill said when it was made: later payments are not in it.

mod keep;
mod lines;
mod party;
mod read;

pub use keep::Keep;

use std::sync::OnceLock;

use crate::billing::document::{self, Issuer, Mark, Press, Prices, Statement};
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
        let all = [Form::Pdf, Form::Html, Form::Xml];
        all.into_iter().find(|form| form.name() == name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Form::Pdf => "pdf",
            Form::Html => "html",
            Form::Xml => "xml",
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
    /// A document of a bill: as it is kept, or else made now.
    ///
    /// # Errors
    /// `NotFound` without the bill; `Conflict` for a form that it cannot have, such as an invoice of a trial.
    pub fn document(&self, tenant: i64, bill: &str, form: Form) -> Outcome<Vec<u8>> {
        let found = self.read(|session| {
            let kept = session.bill_document(tenant, bill, form.name())?;
            match kept {
                Some(kept) => Ok(Found::Kept(kept)),
                None => {
                    let statement = read::statement(session, tenant, bill, &self.settings)?;
                    Ok(Found::Statement(Box::new(statement)))
                }
            }
        })?;
        match found {
            Found::Kept(kept) => Ok(kept),
            Found::Statement(statement) => self.printed(&statement, form),
        }
    }

    /// The same as a copy that says that it is one, with names and addresses as they are now.
    ///
    /// # Errors
    /// As [`Invoicing::document`].
    pub fn copy(&self, tenant: i64, bill: &str, form: Form) -> Outcome<Vec<u8>> {
        let statement =
            self.read(|session| read::statement(session, tenant, bill, &self.settings))?;
        let mark = match statement.mark {
            Mark::Original => Mark::Duplicate,
            other => other,
        };
        self.printed(&Statement { mark, ..statement }, form)
    }

    /// # Errors
    /// `Conflict` for a form that the bill cannot have.
    fn printed(&self, statement: &Statement, form: Form) -> Outcome<Vec<u8>> {
        let made = match form {
            Form::Pdf => document::pdf(self.press()?, statement),
            Form::Html => document::html(statement).map(String::into_bytes),
            Form::Xml => document::ubl(statement).map(String::into_bytes),
        };
        made.map_err(|fault| {
            Problem::new(
                Code::Conflict,
                format!("The bill has no such document: {fault}."),
            )
        })
    }

    fn press(&self) -> Outcome<&Press> {
        if let Some(press) = self.printer.0.get() {
            return Ok(press);
        }
        let press = Press::new().map_err(Problem::internal)?;
        Ok(self.printer.0.get_or_init(|| press))
    }
}

/// What a document comes from.
enum Found {
    Kept(Vec<u8>),
    Statement(Box<Statement>),
}
