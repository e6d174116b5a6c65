//! Bundles: an offering, a specification or a price that consists of others of its kind must not
//! contain itself, directly or through its members.

use serde_json::Value;

use super::cycle;
use super::lifecycle::States;
use super::stored::document;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Change;
use crate::store::IdKey;

/// How a kind bundles others of its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bundling {
    /// Attribute that holds references to the members.
    pub members: &'static str,
    /// Attribute that holds groups, each with members and groups of its own.
    pub groups: Option<&'static str>,
}

/// How a kind bundles, when it does (TMF620: bundled offerings, specifications and prices).
pub fn of_kind(kind: &str) -> Option<Bundling> {
    let (members, groups) = match kind {
        "productOffering" => (
            "bundledProductOffering",
            Some("bundledGroupProductOffering"),
        ),
        "productSpecification" => ("bundledProductSpecification", None),
        "productOfferingPrice" => ("bundledPopRelationship", None),
        _ => return None,
    };
    Some(Bundling { members, groups })
}

impl Bundling {
    /// Ids of the members of a document, those in groups included.
    fn members_of<'d>(&self, doc: &'d Value, out: &mut Vec<&'d str>) {
        let items = |name: &str| {
            doc.get(name)
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
        };
        out.extend(items(self.members).filter_map(|m| m.get("id")?.as_str()));
        for group in self.groups.into_iter().flat_map(items) {
            self.members_of(group, out);
        }
    }

    /// The members that count: none of what has ended.
    fn live_members<'d>(&self, states: &States, doc: &'d Value) -> Vec<&'d str> {
        let mut members = Vec::new();
        if states.is_live_document(doc) {
            self.members_of(doc, &mut members);
        }
        members
    }

    /// True for text that may hold members: spares most documents from being parsed.
    fn may_have_members(&self, text: &str) -> bool {
        text.contains(self.members) || self.groups.is_some_and(|groups| text.contains(groups))
    }
}

/// Refuses a bundle that contains itself. `old` is the stored document of a change; only a member
/// that comes new can close a circle.
///
/// # Errors
/// `Conflict` with the circle.
pub fn refuse_circle(
    change: &mut Change<'_, '_>,
    states: &States,
    bundling: Bundling,
    old: Option<&Value>,
    doc: &Value,
) -> Outcome<()> {
    let members = bundling.live_members(states, doc);
    let before = old
        .map(|old| bundling.live_members(states, old))
        .unwrap_or_default();
    if members.iter().all(|id| before.contains(id)) {
        return Ok(());
    }
    let (tenant, kind) = (change.caller.tenant, change.resource.kind);
    // Two changes at the same time could each be right and together close a circle.
    change.tx.lock(&format!("{kind} bundles {tenant}"))?;
    let version = |doc: &Value| {
        doc.get("version")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let written = [Some(version(doc)), old.map(version)];
    let own = change.id;
    let next = |id: &str| {
        let mut found: Vec<String> = Vec::new();
        if id == own {
            found.extend(members.iter().map(|id| (*id).to_owned()));
        }
        let key = IdKey::new(tenant, kind, id);
        for row in change.tx.versions(&key)? {
            let replaced = id == own && written.iter().flatten().any(|v| *v == row.version);
            if !replaced && bundling.may_have_members(&row.doc) {
                let doc = document(&row)?;
                found.extend(
                    bundling
                        .live_members(states, &doc)
                        .into_iter()
                        .map(str::to_owned),
                );
            }
        }
        Ok(found)
    };
    match cycle::way_back(own, next, |_| false)? {
        None => Ok(()),
        Some(way) => Err(Problem::at(
            Code::Conflict,
            format!("/{}", pointer_of(bundling, doc, &way)),
            format!("the bundle would contain itself: {}", cycle::shown(&way)),
        )),
    }
}

/// The attribute through which the circle goes.
fn pointer_of(bundling: Bundling, doc: &Value, way: &[String]) -> &'static str {
    // A way of one id means that the bundle is its own member.
    let member = way.get(1).or_else(|| way.first());
    let direct = doc.get(bundling.members).and_then(Value::as_array);
    let is_direct = direct
        .into_iter()
        .flatten()
        .any(|item| item.get("id").and_then(Value::as_str) == member.map(String::as_str));
    match bundling.groups {
        Some(groups) if !is_direct => groups,
        _ => bundling.members,
    }
}
