//! A payment, as far as bills and refunds change it.

use serde_json::{Value, json};

use super::{id_in, money_json, stored_money};
use crate::behaviour::stored::document;
use crate::billing::receivable::allocation::Credit;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};
use crate::domain::problem::Outcome;
use crate::store::ResourceRow;

/// Attribute of ours: what of a payment pays no bill.
pub const UNAPPLIED: &str = "unappliedAmount";
pub const STATUS: &str = "status";
/// A payment that has come in, a refund that was made.
pub const DONE: &str = "done";
/// A payment that the bank took back.
pub const FAILED: &str = "failed";

/// A payment with what is left of it on account.
#[derive(Clone, Debug)]
pub struct Fund {
    pub row: ResourceRow,
    pub doc: Value,
    pub account: String,
    pub currency: &'static Currency,
    pub left: Amount,
    since: Micros,
}

impl Fund {
    /// Reads a stored payment; none for one without an amount.
    ///
    /// # Errors
    /// A fault of ours when it does not parse.
    pub fn stored(row: ResourceRow) -> Outcome<Option<Fund>> {
        let doc = document(&row)?;
        let Some((_, currency)) = stored_money(&doc, "totalAmount") else {
            return Ok(None);
        };
        let Some(account) = id_in(&doc, "account") else {
            return Ok(None);
        };
        let left = stored_money(&doc, UNAPPLIED).map_or(Amount::ZERO, |(amount, _)| amount);
        Ok(Some(Fund {
            account: account.to_owned(),
            currency,
            left,
            since: Micros(row.created_at),
            row,
            doc,
        }))
    }

    /// What is left on account, if anything.
    pub fn credit(&self) -> Option<Credit> {
        (self.left > Amount::ZERO).then(|| Credit {
            source: self.row.id.clone(),
            currency: self.currency,
            left: self.left,
            since: self.since,
        })
    }

    /// Sets what is left on account.
    pub fn set_left(&mut self, left: Amount) {
        self.left = left;
        set_unapplied(&mut self.doc, left, self.currency);
    }

    /// The bank took it back: it did not come in after all.
    pub fn fail(&mut self, now: Micros) {
        set_status(&mut self.doc, FAILED, now);
    }
}

/// Writes what of a payment pays no bill.
pub fn set_unapplied(doc: &mut Value, left: Amount, currency: &'static Currency) {
    if let Some(doc) = doc.as_object_mut() {
        doc.insert(UNAPPLIED.to_owned(), money_json(left, currency));
    }
}

/// Writes the status of a payment or refund.
pub fn set_status(doc: &mut Value, status: &str, now: Micros) {
    if let Some(doc) = doc.as_object_mut() {
        doc.insert(STATUS.to_owned(), json!(status));
        doc.insert("statusDate".to_owned(), json!(now.to_rfc3339()));
    }
}
