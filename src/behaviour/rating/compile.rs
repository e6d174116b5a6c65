//! Compiling a price of the catalog with what it refers to, as rating will.

use std::sync::Arc;

use serde_json::Value;

use super::book::Snapshot;
use super::document::{Compiled, DocumentKind};
use super::prices::with_related;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::rating::fault::Fault;
use crate::rating::library::Library;
use crate::rating::tariff::Tariff;

/// Tables, calendars and names that a price is compiled with.
#[derive(Clone)]
pub struct Shelves<'s> {
    seen: &'s Snapshot,
    /// A document that is about to take the place of a stored one.
    instead: Option<(&'s str, &'s Compiled)>,
}

impl<'s> Shelves<'s> {
    /// Those of a snapshot.
    pub fn of(seen: &'s Snapshot) -> Self {
        Shelves {
            seen,
            instead: None,
        }
    }

    /// The same with another version of a document.
    pub fn with(self, id: &'s str, compiled: &'s Compiled) -> Self {
        Shelves {
            instead: Some((id, compiled)),
            ..self
        }
    }

    fn library(&self, prices: &[(String, Value)]) -> Library {
        let documents = prices.iter();
        let documents = documents.map(|(id, doc)| (id.as_str().into(), Arc::new(doc.clone())));
        let mut library = self.seen.with_prices(documents.collect());
        match self.instead {
            Some((id, Compiled::Table(table))) => {
                library.tables.insert(id.into(), Arc::clone(table));
            }
            Some((id, Compiled::Calendar(calendar))) => {
                library.calendars.insert(id.into(), Arc::clone(calendar));
            }
            _ => {}
        }
        library
    }
}

/// Why a price cannot be compiled; nothing where it can. `find` answers with the documents of other
/// prices, one for each id that there is.
///
/// # Errors
/// Those of `find`.
pub fn faults(
    id: &str,
    price: &Value,
    shelves: &Shelves<'_>,
    mut find: impl FnMut(&[String]) -> Outcome<Vec<(String, Value)>>,
) -> Outcome<Vec<Fault>> {
    let prices = with_related(vec![id.to_owned()], |ids| {
        let mut found = Vec::new();
        let others = ids.iter().filter(|other| *other != id).cloned();
        let others: Vec<String> = others.collect();
        if others.len() < ids.len() {
            found.push((id.to_owned(), price.clone()));
        }
        if !others.is_empty() {
            found.extend(find(&others)?);
        }
        Ok(found)
    })?;
    let library = shelves.library(&prices);
    let named: Vec<(&str, &Value)> = prices.iter().map(|(id, doc)| (id.as_str(), doc)).collect();
    let found = Tariff::compile(&named, &library).err().unwrap_or_default();
    let own = found.into_iter().filter(|fault| *fault.price == *id);
    Ok(own.map(|own| own.fault).collect())
}

/// The refusal of a price with faults.
pub fn unusable(faults: Vec<Fault>) -> Problem {
    let violations = faults.into_iter().map(|fault| Violation {
        path: fault.pointer,
        message: fault.message,
    });
    Problem::many(Code::UnusablePrice, violations.collect())
}

/// The refusal of something else for what it would do to prices, each with a fault.
pub fn would_break(prices: &[(String, Fault)]) -> Problem {
    let violations = prices.iter().map(|(id, fault)| Violation {
        path: String::new(),
        message: format!("usage could not be rated by the price '{id}' any more, of which {fault}"),
    });
    Problem::many(Code::UnusablePrice, violations.collect())
}

/// True where a price names a document.
pub fn names(price: &Value, kind: DocumentKind, id: &str) -> bool {
    let mut algorithms = list(price, "pricingLogicAlgorithm");
    algorithms.any(|algorithm| match kind {
        DocumentKind::Table => algorithm.get("id").and_then(Value::as_str) == Some(id),
        DocumentKind::Calendar => list(algorithm, "characteristic").any(|parameter| {
            let text = |name: &str| parameter.get(name).and_then(Value::as_str);
            text("name") == Some("calendar") && text("value") == Some(id)
        }),
        // Prices name categories of taxes, never a table.
        DocumentKind::Taxes => false,
    })
}

fn list<'d>(document: &'d Value, name: &str) -> impl Iterator<Item = &'d Value> + use<'d> {
    let list = document.get(name).and_then(Value::as_array);
    list.into_iter().flatten()
}
