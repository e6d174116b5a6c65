//! A customer with product orders under way is neither suspended nor terminated: work would go on for
//! somebody who is not to be served.

use serde_json::Value;

use super::accounts::classes;
use super::blocker::{Blocker, StatusChange};
use super::{KIND, Step};
use crate::behaviour::lifecycle::States;
use crate::behaviour::order;
use crate::behaviour::stored::document;
use crate::domain::problem::{Outcome, Violation};
use crate::engine::Change;
use crate::store::{Head, IdKey};

const PARTIES: &str = "relatedParty.partyOrPartyRole.id";
/// State of an order that nobody has placed yet.
const DRAFT: &str = "draft";
/// Reasons that one answer names.
const NAMED: usize = 20;

/// Speaks against suspending or terminating who has open orders.
pub struct OpenOrders;

impl Blocker for OpenOrders {
    fn reasons(
        &self,
        change: &mut Change<'_, '_>,
        status: &StatusChange<'_>,
    ) -> Outcome<Vec<Violation>> {
        if status.step == Step::Resumption {
            return Ok(Vec::new());
        }
        let states = States::of(order::KIND, &status.known.machines);
        let numbers = change.tx.attributes().numbers([order::KIND], PARTIES);
        let tenant = change.caller.tenant;
        let heads = change
            .tx
            .heads_by_index(tenant, &numbers, status.customer, i64::MAX)?;
        let mut reasons = Vec::new();
        for head in heads {
            let state = head.state.as_deref();
            if reasons.len() < NAMED
                && state != Some(DRAFT)
                && states.is_live(state)
                && is_of(change, status, &head)?
            {
                let message = format!(
                    "its product order '{}' is '{}'; let it end or cancel it",
                    head.id,
                    state.unwrap_or_default()
                );
                reasons.push(status.reason(change, message));
            }
        }
        Ok(reasons)
    }
}

/// Whether the order names the customer, and not something else of the same id.
fn is_of(change: &mut Change<'_, '_>, status: &StatusChange<'_>, head: &Head) -> Outcome<bool> {
    let key = IdKey::new(change.caller.tenant, &head.kind, &head.id);
    let rows = change.tx.versions(&key)?;
    let Some(row) = rows.iter().find(|row| row.current) else {
        return Ok(false);
    };
    let doc = document(row)?;
    let related = doc.get("relatedParty").and_then(Value::as_array);
    let mut references = related
        .into_iter()
        .flatten()
        .filter_map(|party| party.get("partyOrPartyRole"));
    Ok(references.any(|reference| {
        reference.get("id").and_then(Value::as_str) == Some(status.customer)
            && classes(status.known, reference).is_none_or(|kinds| kinds.contains(&KIND))
    }))
}
