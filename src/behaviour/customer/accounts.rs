//! The accounts of a customer: those that name it as their holder, and those that it lists.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{KIND, Known};
use crate::behaviour::account::{self, KINDS, PARTIES};
use crate::behaviour::stored::document;
use crate::domain::problem::Outcome;
use crate::store::{IdKey, ResourceRow, Tx};

/// An account of a customer.
pub struct Account {
    pub kind: &'static str,
    pub row: ResourceRow,
    pub doc: Value,
    /// No other role holds it as well.
    pub alone: bool,
}

/// The accounts of a customer, in order of kind and id. `doc` is the customer.
///
/// # Errors
/// A fault of the store.
pub fn of_customer(
    tx: &mut Tx<'_>,
    known: &Known,
    tenant: i64,
    customer: &str,
    doc: &Value,
) -> Outcome<Vec<Account>> {
    let own = listed(known, doc);
    let mut ids = own.clone();
    let attributes = tx.attributes().numbers(KINDS, PARTIES);
    for head in tx.heads_by_index(tenant, &attributes, customer, i64::MAX)? {
        if let Some(kind) = KINDS.into_iter().find(|kind| *kind == head.kind) {
            ids.insert((kind, head.id));
        }
    }
    let mut found = Vec::with_capacity(ids.len());
    for (kind, id) in ids {
        let is_listed = own.contains(&(kind, id.clone()));
        let key = IdKey {
            tenant,
            kind: kind.to_owned(),
            id,
        };
        let rows = tx.versions(&key)?;
        let Some(row) = rows.into_iter().find(|row| row.current) else {
            continue;
        };
        let doc = document(&row)?;
        let holders = holders(known, &doc);
        if is_listed || holders.contains(&(KIND, customer)) {
            let alone = holders.iter().all(|holder| *holder == (KIND, customer));
            found.push(Account {
                kind,
                row,
                alone,
                doc,
            });
        }
    }
    Ok(found)
}

/// Accounts that a customer's own document names.
fn listed(known: &Known, doc: &Value) -> BTreeSet<(&'static str, String)> {
    let mut ids = BTreeSet::new();
    let items = doc.get("account").and_then(Value::as_array);
    for item in items.into_iter().flatten() {
        let Some(id) = item.get("id").and_then(Value::as_str) else {
            continue;
        };
        for kind in classes(known, item).unwrap_or(&KINDS) {
            ids.insert((*kind, id.to_owned()));
        }
    }
    ids
}

/// Roles that hold an account, by kind and id. A party that holds it is not another role.
fn holders<'d>(known: &'d Known, account: &'d Value) -> Vec<(&'static str, &'d str)> {
    let mut found = Vec::new();
    for reference in account::holders(account) {
        let Some(id) = reference.get("id").and_then(Value::as_str) else {
            continue;
        };
        let kinds = classes(known, reference).unwrap_or_default();
        let role = kinds.iter().find(|kind| [KIND, "partyRole"].contains(kind));
        if let Some(kind) = role {
            found.push((*kind, id));
        }
    }
    found
}

/// The kinds that a reference's `@referredType` stands for.
pub fn classes<'k>(known: &'k Known, reference: &Value) -> Option<&'k [&'static str]> {
    let class = reference.get("@referredType")?.as_str()?;
    Some(&known.plan.classes().get(class)?.kinds)
}
