//! What the catalog says of the prices that products have: when they are charged, and which taxes are due.
//! Amounts are those of the product.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::behaviour::document;
use crate::billing::product::{Alignment, TaxCategory, Timing};
use crate::billing::{Basis, Proration, Share};
use crate::domain::money::decimal_of;
use crate::domain::problem::Outcome;
use crate::domain::tax::TaxRate;
use crate::store::{ResourceRow, Session, Stamp};

pub const PRICE: &str = "productOfferingPrice";
/// Prices that are remembered; beyond that all are read anew.
const REMEMBERED: usize = 100_000;

/// How a price is charged.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    pub name: Box<str>,
    pub taxes: Box<[TaxCategory]>,
    pub timing: Timing,
    pub alignment: Alignment,
    pub proration: Proration,
    pub charged_when_suspended: bool,
}

/// Prices that were read.
#[derive(Default)]
pub struct Catalog(Mutex<HashMap<(i64, String), Seen>>);

/// What a price says, and the row that said it.
type Seen = (Stamp, Arc<Terms>);
/// Terms by the id of their price.
type ById = HashMap<String, Arc<Terms>>;

impl Catalog {
    /// What prices say, by id; nothing of those that are not there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of(&self, session: &mut dyn Session, tenant: i64, ids: &[String]) -> Outcome<ById> {
        let (mut known, missing) = self.remembered(session, tenant, ids)?;
        if missing.is_empty() {
            return Ok(known);
        }
        let rows = session.versions_of(tenant, PRICE, &missing)?.into_iter();
        for row in rows.filter(|row| row.current) {
            let terms = Arc::new(Terms::read(&document(&row)?));
            self.remember(&row, Arc::clone(&terms));
            known.insert(row.id, terms);
        }
        Ok(known)
    }

    /// Those that are known and have not changed since, and the ids of the others.
    fn remembered(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        ids: &[String],
    ) -> Outcome<(ById, Vec<String>)> {
        let mut found = Vec::new();
        {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            for id in ids {
                found.push((id, known.get(&(tenant, id.clone())).cloned()));
            }
        }
        let seqs = found.iter().filter_map(|(_, own)| own.as_ref());
        let seqs: Vec<i64> = seqs.map(|(stamp, _)| stamp.seq).collect();
        let now = match seqs.is_empty() {
            true => Vec::new(),
            false => session.current_revisions(&seqs)?,
        };
        let (mut known, mut missing) = (HashMap::new(), Vec::new());
        for (id, own) in found {
            match own.filter(|(stamp, _)| now.contains(stamp)) {
                Some((_, terms)) => drop(known.insert(id.clone(), terms)),
                None => missing.push(id.clone()),
            }
        }
        Ok((known, missing))
    }

    fn remember(&self, row: &ResourceRow, terms: Arc<Terms>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let stamp = Stamp {
            seq: row.seq,
            revision: row.revision,
        };
        known.insert((row.tenant, row.id.clone()), (stamp, terms));
    }
}

impl Terms {
    /// Reads a price of the catalog. `chargeTiming`, `chargeAlignment`, `proration` and
    /// `chargedWhenSuspended` are attributes of ours (docs/billing.md).
    fn read(doc: &Value) -> Self {
        let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str);
        Terms {
            name: text("/name").unwrap_or_default().into(),
            taxes: taxes(doc),
            timing: match text("/chargeTiming") {
                Some("arrears") => Timing::Arrears,
                _ => Timing::Advance,
            },
            alignment: match text("/chargeAlignment") {
                Some("anniversary") => Alignment::Anniversary,
                _ => Alignment::Calendar,
            },
            proration: Proration {
                basis: match text("/proration/basis") {
                    Some("month30") => Basis::Month30,
                    Some("second") => Basis::Second,
                    _ => Basis::CalendarDays,
                },
                start: share(text("/proration/start")),
                change: share(text("/proration/change")),
                end: share(text("/proration/end")),
                suspension: share(text("/proration/suspension")),
                exclusive_end: text("/proration/endDay") == Some("excluded"),
            },
            charged_when_suspended: doc.get("chargedWhenSuspended") == Some(&Value::Bool(true)),
        }
    }
}

fn share(word: Option<&str>) -> Share {
    match word {
        Some("full") => Share::Full,
        Some("none") => Share::Nothing,
        _ => Share::Proportional,
    }
}

/// The taxes of a price of the catalog.
pub fn taxes(doc: &Value) -> Box<[TaxCategory]> {
    let list = doc.get("tax").and_then(Value::as_array);
    let taxes = list.into_iter().flatten().filter_map(|tax| {
        let rate = tax.get("taxRate").and_then(Value::as_number);
        let default = rate.and_then(decimal_of).and_then(TaxRate::of);
        let category = tax.get("taxCategory").and_then(Value::as_str);
        if category.is_none() && default.is_none() {
            return None;
        }
        Some(TaxCategory {
            category: category.unwrap_or(UNNAMED).into(),
            default,
        })
    });
    taxes.collect()
}

/// What a tax is called that has a rate and no name.
pub const UNNAMED: &str = "tax";
