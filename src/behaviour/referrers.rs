//! Who refers to a resource: nothing that something live refers to may be deleted.
//!
//! Live is what is in no state that ends a life: what has ended is kept as history and may name
//! what is gone. The index gives the candidates; each is read to be sure that it really holds
//! a reference, because the index cannot tell a reference from a value that is written inside
//! (a price inside an offering has an id too).

use serde_json::Value;

use super::lifecycle::States;
use super::plan::{Node, Plan};
use super::stored::document;
use super::survey::Survey;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::domain::state_machine::Machines;
use crate::engine::{Change, Registry};
use crate::store::{Attributes, Head, IdKey, ResourceRow};

/// Referrers that an error names.
const NAMED: usize = 5;
/// Candidates fetched at first; more are fetched only when all of these are without effect.
const FIRST_LOOK: i64 = 64;

/// The indexed attributes that hold references to a kind.
pub fn attributes(registry: &Registry, known: &Attributes, kind: &str) -> Vec<i64> {
    let referrers = registry.referrers(kind).iter();
    referrers
        .filter_map(|(kind, path)| known.number(kind, path))
        .collect()
}

/// Refuses a deletion while something live refers to the resource.
///
/// # Errors
/// `StillReferenced` with up to five referrers.
pub fn refuse_while_referenced(
    change: &mut Change<'_, '_>,
    plan: &Plan,
    machines: &Machines,
    row: &ResourceRow,
) -> Outcome<()> {
    let attributes = attributes(&change.core.registry, change.tx.attributes(), &row.kind);
    if attributes.is_empty() {
        return Ok(());
    }
    let mut limit = FIRST_LOOK;
    loop {
        let heads = change
            .tx
            .heads_by_index(row.tenant, &attributes, &row.id, limit)?;
        let more = i64::try_from(heads.len()).unwrap_or(i64::MAX) >= limit;
        let live = live_referrers(change, plan, machines, row, &heads)?;
        if !live.is_empty() {
            return Err(refusal(row, &live));
        }
        if !more {
            return Ok(());
        }
        limit = limit.saturating_mul(32);
    }
}

fn live_referrers(
    change: &mut Change<'_, '_>,
    plan: &Plan,
    machines: &Machines,
    target: &ResourceRow,
    heads: &[Head],
) -> Outcome<Vec<Head>> {
    let mut live: Vec<Head> = Vec::new();
    for head in heads {
        let own = head.kind == target.kind && head.id == target.id;
        let known = live
            .iter()
            .any(|other| other.kind == head.kind && other.id == head.id);
        let states = States::of(&head.kind, machines);
        if own || known || !states.is_live(head.state.as_deref()) {
            continue;
        }
        if refers(change, plan, &states, head, target)? {
            live.push(head.clone());
            if live.len() == NAMED {
                break;
            }
        }
    }
    Ok(live)
}

fn refers(
    change: &mut Change<'_, '_>,
    plan: &Plan,
    states: &States,
    head: &Head,
    target: &ResourceRow,
) -> Outcome<bool> {
    let Some(root) = plan.root(&head.kind) else {
        return Ok(true);
    };
    let key = IdKey::new(target.tenant, &head.kind, &head.id);
    let versions = change.tx.versions(&key)?;
    let Some(row) = versions.iter().find(|row| row.version == head.version) else {
        return Ok(false);
    };
    // The head knows the state only of kinds whose moves are announced.
    let doc = document(row)?;
    Ok(states.is_live_document(&doc) && mentions(plan, root, &doc, target))
}

fn mentions(plan: &Plan, root: &Node, doc: &Value, target: &ResourceRow) -> bool {
    Survey::mentions(plan, root, doc)
        .iter()
        .any(|mention| mention.kind == target.kind && mention.id == target.id)
}

fn refusal(row: &ResourceRow, live: &[Head]) -> Problem {
    let shown = |head: &Head| match &head.label {
        Some(name) => format!("{} '{}' ({name})", head.kind, head.id),
        None => format!("{} '{}'", head.kind, head.id),
    };
    let list: Vec<String> = live.iter().map(shown).collect();
    let violations = list
        .iter()
        .map(|referrer| Violation {
            path: String::new(),
            message: format!("{referrer} refers to it"),
        })
        .collect();
    Problem {
        message: format!(
            "The {} '{}' cannot be deleted while others refer to it: {}.",
            row.kind,
            row.id,
            list.join(", ")
        ),
        ..Problem::many(Code::StillReferenced, violations)
    }
}
