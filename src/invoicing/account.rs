//! Whose bill it is: billing accounts (TMF666), as far as billing needs them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::settings::Settings;
use crate::behaviour::rating::{Account as Payer, Snapshot};
use crate::billing::account::Account;
use crate::domain::adapt::href;
use crate::domain::bill_calendar::Calendar;

/// An account that is to be billed.
pub struct Billed {
    pub id: String,
    pub doc: Value,
    pub account: Account,
    /// Id of its cycle.
    pub cycle: Option<String>,
}

/// An account, by its document and what is read of it for rating too.
///
/// # Errors
/// In words, where it cannot be billed.
pub fn billed(
    id: &str,
    doc: Value,
    payer: &Payer,
    library: &Snapshot,
    settings: &Settings,
) -> Result<Billed, String> {
    let currency = payer
        .currency
        .ok_or_else(|| "the account has no currency".to_owned())?;
    let cycle = doc.pointer("/billStructure/cycleSpecification/id");
    let cycle = cycle.and_then(Value::as_str).map(str::to_owned);
    Ok(Billed {
        id: id.to_owned(),
        account: Account {
            currency,
            calendar: Calendar::of(payer.schedule.as_ref(), settings.zone),
            place: payer.place.clone(),
            exemptions: payer.exemptions.clone(),
            taxes: Arc::clone(&library.taxes),
            rules: settings.rules,
        },
        cycle,
        doc,
    })
}

impl Billed {
    /// A reference to it.
    pub fn reference(&self) -> Value {
        let mut reference = href::reference(
            "BillingAccountRef",
            "billingAccount",
            "BillingAccount",
            &self.id,
        );
        if let (Some(name), Some(object)) = (self.doc.get("name"), reference.as_object_mut()) {
            object.insert("name".to_owned(), name.clone());
        }
        reference
    }

    /// The parties of the account, as its bills name them.
    pub fn parties(&self) -> Value {
        self.doc.get("relatedParty").cloned().unwrap_or(json!([]))
    }
}
