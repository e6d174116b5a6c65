//! A customer on whom others depend cannot be terminated: customers and roles that name it as the
//! one above them, or as the one who pays or answers for them.

use serde_json::Value;

use super::accounts::classes;
use super::blocker::{Blocker, StatusChange};
use super::{KIND, Known, Step};
use crate::behaviour::lifecycle::States;
use crate::behaviour::stored::document;
use crate::behaviour::value::is_spelled;
use crate::domain::problem::{Outcome, Violation};
use crate::engine::Change;
use crate::store::{Head, IdKey};

/// Roles of a related party on whom something depends, in small letters without separators.
const ABOVE: [&str; 5] = ["parent", "parentcustomer", "payer", "guarantor", "master"];
/// Kinds that may depend on a customer.
const ROLES: [&str; 2] = [KIND, "partyRole"];
const PARTIES: &str = "relatedParty.partyOrPartyRole.id";
/// Reasons that one answer names.
const NAMED: usize = 20;

/// Speaks against terminating who others depend on.
pub struct Dependents;

impl Blocker for Dependents {
    fn reasons(
        &self,
        change: &mut Change<'_, '_>,
        status: &StatusChange<'_>,
    ) -> Outcome<Vec<Violation>> {
        if status.step != Step::Termination {
            return Ok(Vec::new());
        }
        let numbers = change.tx.attributes().numbers(ROLES, PARTIES);
        let tenant = change.caller.tenant;
        let related = change
            .tx
            .heads_by_index(tenant, &numbers, status.customer, i64::MAX)?;
        let mut reasons = Vec::new();
        for head in related {
            let states = States::of(&head.kind, &status.known.machines);
            if reasons.len() < NAMED
                && states.is_live(head.state.as_deref())
                && depends(change, status, &head)?
            {
                let name = head.label.as_deref().unwrap_or_default();
                let message = format!("the {} '{}' ({name}) depends on it", head.kind, head.id);
                reasons.push(status.reason(change, message));
            }
        }
        Ok(reasons)
    }
}

fn depends(change: &mut Change<'_, '_>, status: &StatusChange<'_>, head: &Head) -> Outcome<bool> {
    let key = IdKey::new(change.caller.tenant, &head.kind, &head.id);
    let rows = change.tx.versions(&key)?;
    let Some(row) = rows.iter().find(|row| row.current) else {
        return Ok(false);
    };
    let doc = document(row)?;
    let related = doc.get("relatedParty").and_then(Value::as_array);
    Ok(related
        .into_iter()
        .flatten()
        .any(|party| is_below(status.known, party, status.customer)))
}

fn is_below(known: &Known, party: &Value, customer: &str) -> bool {
    let role = party
        .get("role")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let reference = party.get("partyOrPartyRole").unwrap_or(&Value::Null);
    ABOVE.iter().any(|above| is_spelled(role, above))
        && reference.get("id").and_then(Value::as_str) == Some(customer)
        && classes(known, reference).is_none_or(|kinds| kinds.contains(&KIND))
}
