//! What the simulation knows of accounts and products: all that happened to them, in its order.

use serde_json::{Value, json};

use super::kinds::Entry;
use super::time::{CYCLES, Cycle};
use crate::domain::clock::Micros;

/// An account, with all that it ever had.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: String,
    cycle: usize,
    pub exempt: bool,
    pub products: Vec<Product>,
}

/// A product.
#[derive(Clone, Debug)]
pub struct Product {
    /// Also its number.
    pub id: String,
    pub offering: &'static str,
    pub start: Micros,
    pub end: Option<Micros>,
    /// Its prices from an instant on.
    pub prices: Vec<(Micros, Vec<Entry>)>,
    /// Whether it is suspended, from an instant on.
    pub states: Vec<(Micros, bool)>,
}

impl Account {
    pub fn new(number: usize, cycle: usize, exempt: bool) -> Self {
        Account {
            id: format!("a{number}"),
            cycle,
            exempt,
            products: Vec::new(),
        }
    }

    pub fn cycle(&self) -> Cycle {
        let [first, ..] = CYCLES;
        CYCLES.get(self.cycle).copied().unwrap_or(first)
    }

    /// As TMF666 has it.
    pub fn json(&self) -> Value {
        let mut account = json!({
            "@type": "BillingAccount", "id": self.id, "name": self.id, "state": "Active",
            "relatedParty": [],
            "billStructure": { "@type": "BillStructure", "cycleSpecification": {
                "@type": "BillingCycleSpecificationRef", "id": self.cycle().id } },
        });
        if let (true, Some(members)) = (self.exempt, account.as_object_mut()) {
            let certificate =
                json!([{ "@type": "TaxExemptionCertificate", "issuingJurisdiction": "DE" }]);
            members.insert("taxExemption".to_owned(), certificate);
        }
        account
    }
}

impl Product {
    /// As TMF637 has it when it is made.
    pub fn json(&self, account: &str) -> Value {
        json!({
            "@type": "Product", "id": self.id, "name": self.id, "status": "active",
            "startDate": self.start.to_rfc3339(),
            "productOffering": { "@type": "ProductOfferingRef", "id": self.offering },
            "billingAccount": { "@type": "BillingAccountRef", "id": account },
            "productCharacteristic": [
                { "@type": "StringCharacteristic", "name": "msisdn", "value": self.id }],
            "productPrice": prices(self.entries()),
        })
    }

    /// The prices that it has now.
    pub fn entries(&self) -> &[Entry] {
        self.prices.last().map_or(&[], |(_, entries)| entries)
    }

    /// True while nothing ends it.
    pub fn goes_on(&self) -> bool {
        self.end.is_none()
    }

    /// When something about it changed last.
    pub fn changed_last(&self) -> Micros {
        let prices = self.prices.iter().map(|(at, _)| *at);
        let states = self.states.iter().map(|(at, _)| *at);
        prices.chain(states).fold(self.start, Micros::max)
    }

    pub fn is_suspended(&self) -> bool {
        self.states.last().is_some_and(|(_, suspended)| *suspended)
    }

    /// Whether it was suspended at an instant.
    pub fn was_suspended(&self, at: Micros) -> bool {
        let before = self.states.iter().rev().find(|(from, _)| *from <= at);
        before.is_some_and(|(_, suspended)| *suspended)
    }
}

/// Prices as a product says them.
pub fn prices(entries: &[Entry]) -> Value {
    entries.iter().map(Entry::json).collect()
}
