//! What a unit stages about what products are known by.

use super::Tx;
use crate::domain::problem::Outcome;
use crate::store::usage::{IdentifierKey, IdentifierRow};

impl Tx<'_> {
    /// What a product is, or was, known by, as this unit sees it. Nothing that waits is sent for it.
    pub fn identifiers_of(&mut self, tenant: i64, product: &str) -> Outcome<Vec<IdentifierRow>> {
        let mut rows = self.run(|session| session.identifiers_of(tenant, product))?;
        // What the unit wants comes after what the batch wants.
        for staged in [&self.accepted.identifiers, &self.unit.identifiers] {
            let own = staged
                .iter()
                .filter(|(key, _)| key.tenant == tenant && key.product == product);
            for (key, valid_to) in own {
                rows.retain(|row| IdentifierKey::from(row) != *key);
                rows.extend(valid_to.map(|valid_to| key.clone().until(valid_to)));
            }
        }
        Ok(rows)
    }

    /// Stages what a product is known by, over what it was known by from the same instant. The unit
    /// writes the product too.
    pub fn know(&mut self, row: IdentifierRow) {
        let key = IdentifierKey::from(&row);
        self.unit.identifiers.insert(key, Some(row.valid_to));
    }

    /// Stages that a product was never known by it.
    pub fn unknow(&mut self, row: &IdentifierRow) {
        self.unit.identifiers.insert(row.into(), None);
    }
}
