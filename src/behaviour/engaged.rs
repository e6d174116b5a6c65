//! The party that plays a role (`engagedParty` of customers and party roles): a role is played by
//! somebody, and nobody takes up a new role who is deceased or closed.

use serde_json::Value;

use super::lifecycle::States;
use super::plan::{Node, Plan};
use super::reference::Targets;
use crate::domain::json::pointer;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;

const ATTRIBUTE: &str = "engagedParty";
/// Kinds that can play a role.
const PLAYERS: [&str; 2] = ["individual", "organization"];

/// Whether resources of a node's class are roles.
pub fn is_role(root: &Node) -> bool {
    root.entity.attribute(ATTRIBUTE).is_some()
}

fn id_of(doc: &Value) -> Option<&str> {
    let id = doc.get(ATTRIBUTE)?.get("id")?.as_str()?;
    Some(id).filter(|id| !id.is_empty())
}

/// Whether a pointer leads into a party that is sent whole as the one who plays the role.
pub fn is_sent_whole(plan: &Plan, doc: &Value, pointer: &str) -> bool {
    let mut names = pointer::segments(pointer);
    let inside = names.next().as_deref() == Some(ATTRIBUTE) && names.next().is_some();
    let class = doc
        .get(ATTRIBUTE)
        .and_then(|party| party.get("@type"))
        .and_then(Value::as_str);
    inside
        && class
            .and_then(|class| plan.classes().kind_of(class))
            .is_some_and(|kind| PLAYERS.contains(&kind))
}

/// Refuses an `engagedParty` that names nobody, or something that cannot play a role.
///
/// # Errors
/// `InvalidBody` at its `id` or `@referredType`.
pub fn refuse_nobody(plan: &Plan, old: Option<&Value>, doc: &Value) -> Outcome<()> {
    let Some(party) = doc.get(ATTRIBUTE) else {
        return Ok(());
    };
    if old.and_then(|old| old.get(ATTRIBUTE)) == Some(party) {
        return Ok(());
    }
    if id_of(doc).is_none() {
        return Err(Problem::at(
            Code::InvalidBody,
            format!("/{ATTRIBUTE}/id"),
            "is required unless the party itself is sent, with its attributes and `@type` Individual or Organization",
        ));
    }
    let said = party.get("@referredType").and_then(Value::as_str);
    let class = said.and_then(|name| plan.classes().get(name));
    match class {
        Some(class) if !class.kinds.iter().any(|kind| PLAYERS.contains(kind)) => Err(Problem::at(
            Code::InvalidBody,
            format!("/{ATTRIBUTE}/@referredType"),
            "must be Individual or Organization",
        )),
        _ => Ok(()),
    }
}

/// Refuses a role that is new for a party whose own life has ended. A role that has ended itself is
/// history and may name it.
///
/// # Errors
/// `Conflict` at `engagedParty`.
pub fn refuse_ended(
    states: &States,
    machines: &Machines,
    targets: &Targets,
    old: Option<&Value>,
    doc: &Value,
) -> Outcome<()> {
    let Some(id) = id_of(doc) else {
        return Ok(());
    };
    if old.and_then(id_of) == Some(id) || !states.is_live_document(doc) {
        return Ok(());
    }
    let Some(head) = targets.find_any(&PLAYERS, id, None) else {
        return Ok(());
    };
    if States::of(&head.kind, machines).is_live(head.state.as_deref()) {
        return Ok(());
    }
    let (kind, state) = (&head.kind, head.state.as_deref().unwrap_or_default());
    Err(Problem::at(
        Code::Conflict,
        format!("/{ATTRIBUTE}"),
        format!("the {kind} '{id}' is {state} and can play no new role"),
    ))
}
