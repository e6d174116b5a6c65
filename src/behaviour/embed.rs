//! Parties written out inside another resource: a customer may be sent together with the person or
//! organization that it is, and a related party may be sent whole. Such a party becomes a resource
//! of its own in the same transaction, with its own validation, rules and event, and a reference
//! takes its place. One that is there already is referred to; what was sent of it changes nothing.

use serde_json::{Map, Value, json};

use super::plan::{Node, Plan};
use super::trail::Trail;
use crate::domain::ids;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Change, NewResource, create_in};

/// Kinds that are created where they are written out.
const PARTIES: [&str; 4] = ["individual", "organization", "partyRole", "customer"];
/// What references say; a resource that is sent with no more than that is referred to.
const OF_REFERENCES: [&str; 3] = ["id", "href", "name"];

/// A party written out inside a document.
#[derive(Debug)]
pub struct Embedded {
    pub pointer: String,
    kind: &'static str,
    /// Class of the reference that takes its place; none where a party of that kind cannot stand.
    reference: Option<&'static str>,
    /// What may stand there.
    allowed: Vec<&'static str>,
}

/// Notes at each node which parties may be written out there: those that a reference in the same
/// place may mean.
pub fn mark_positions(nodes: &mut [Node]) {
    let own: Vec<Vec<(&'static str, &'static str)>> = nodes.iter().map(referred_to).collect();
    for (at, node) in nodes.iter_mut().enumerate() {
        if node.entity.union {
            let members = node.subtypes.iter().filter_map(|(_, at)| own.get(*at));
            node.holds = members.flatten().copied().collect();
        } else {
            node.holds = own.get(at).cloned().unwrap_or_default();
        }
    }
}

fn referred_to(node: &Node) -> Vec<(&'static str, &'static str)> {
    let kinds = node.reference.iter().flat_map(|reference| &reference.kinds);
    kinds
        .filter(|kind| PARTIES.contains(kind))
        .map(|kind| (*kind, node.entity.name))
        .collect()
}

/// The party that an object at a node is, when it is written out.
pub fn party(
    plan: &Plan,
    node: &Node,
    object: &Map<String, Value>,
    trail: &Trail<'_>,
) -> Option<Embedded> {
    if node.holds.is_empty() {
        return None;
    }
    let kind = class_of(plan, object)?;
    let held = node.holds.iter().find(|(held, _)| *held == kind);
    Some(Embedded {
        pointer: trail.pointer(),
        kind,
        reference: held.map(|(_, reference)| *reference),
        allowed: node.holds.iter().map(|(kind, _)| *kind).collect(),
    })
}

fn class_of(plan: &Plan, object: &Map<String, Value>) -> Option<&'static str> {
    ["@type", "@baseType"].into_iter().find_map(|attribute| {
        let class = object.get(attribute)?.as_str()?;
        let kind = plan.classes().kind_of(class)?;
        PARTIES.contains(&kind).then_some(kind)
    })
}

/// Creates the parties that a walk found and puts references in their places.
///
/// # Errors
/// What the validation and the rules of each party refuse, with pointers into this document.
pub fn settle(
    change: &mut Change<'_, '_>,
    plan: &Plan,
    embedded: &[Embedded],
    doc: &mut Value,
) -> Outcome<()> {
    for party in embedded {
        let Some(place) = doc.pointer_mut(&party.pointer) else {
            continue;
        };
        let Value::Object(object) = std::mem::take(place) else {
            continue;
        };
        let reference = one(change, plan, party, object)?;
        if let Some(place) = doc.pointer_mut(&party.pointer) {
            *place = reference;
        }
    }
    Ok(())
}

fn one(
    change: &mut Change<'_, '_>,
    plan: &Plan,
    party: &Embedded,
    mut object: Map<String, Value>,
) -> Outcome<Value> {
    let Some(reference) = party.reference else {
        return Err(misplaced(plan, party));
    };
    let sent = object.get("@type").and_then(Value::as_str);
    let class = sent.filter(|class| plan.classes().get(class).is_some());
    let class = class
        .or(plan.classes().name_of(party.kind))
        .map(str::to_owned);
    object.shift_remove("href");
    let id = match object.shift_remove("id") {
        None | Some(Value::Null) => create(change, party, None, object)?,
        Some(Value::String(id)) if ids::is_valid_id(&id) => {
            if is_only_a_reference(&object) || exists(change, party.kind, &id)? {
                id
            } else {
                create(change, party, Some(id), object)?
            }
        }
        Some(_) => {
            return Err(Problem::at(
                Code::InvalidBody,
                format!("{}/id", party.pointer),
                "must be 1 to 128 letters, digits or -_.~@",
            ));
        }
    };
    Ok(json!({ "@type": reference, "id": id, "@referredType": class }))
}

fn misplaced(plan: &Plan, party: &Embedded) -> Problem {
    let classes = party
        .allowed
        .iter()
        .filter_map(|kind| plan.classes().name_of(kind));
    let classes: Vec<&str> = classes.collect();
    Problem::at(
        Code::InvalidBody,
        format!("{}/@type", party.pointer),
        format!(
            "a party written out here must be one of: {}",
            classes.join(", ")
        ),
    )
}

fn is_only_a_reference(object: &Map<String, Value>) -> bool {
    object
        .keys()
        .all(|name| name.starts_with('@') || OF_REFERENCES.contains(&name.as_str()))
}

fn exists(change: &mut Change<'_, '_>, kind: &'static str, id: &str) -> Outcome<bool> {
    let heads = change.tx.heads(change.caller.tenant, kind, &[id])?;
    Ok(!heads.is_empty())
}

/// Creates a party; its id.
fn create(
    change: &mut Change<'_, '_>,
    party: &Embedded,
    id: Option<String>,
    object: Map<String, Value>,
) -> Outcome<String> {
    let resource = change
        .core
        .registry
        .canonical(party.kind)
        .ok_or_else(|| Problem::internal(format!("no stored form of {}", party.kind)))?;
    let below = |problem: Problem| problem.below(&party.pointer);
    let accepted = change
        .core
        .accept(resource, Value::Object(object))
        .map_err(below)?;
    let new = NewResource {
        id: id.or(accepted.id),
        doc: accepted.doc,
    };
    let (core, caller, now) = (change.core, change.caller, change.now);
    let made = create_in(core, change.tx, caller, resource, &new, now).map_err(below)?;
    Ok(made.row.id)
}
