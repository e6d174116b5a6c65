//! The tree of categories: `parent` says what stands above a category, `subCategory` what stands
//! below it. Both make the tree, so both are followed when a change could close a circle.
//!
//! Only a link that comes new can close one, so a write that adds none is not searched. Versions
//! in a state that ends a life do not count: a new version may turn the order round.

use serde_json::Value;

use super::cycle;
use super::lifecycle::States;
use super::stored::document;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Change;
use crate::store::IdKey;

const LISTED: &str = "subCategory.id";

/// The links that one document adds to the tree.
#[derive(Default)]
struct Links<'d> {
    above: Option<&'d str>,
    below: Vec<&'d str>,
}

impl<'d> Links<'d> {
    fn of(states: &States, doc: &'d Value) -> Self {
        if !states.is_live_document(doc) {
            return Links::default();
        }
        let listed = doc.get("subCategory").and_then(Value::as_array);
        Links {
            above: doc.get("parent").and_then(id_of),
            below: listed.into_iter().flatten().filter_map(id_of).collect(),
        }
    }

    fn adds_to(&self, before: &Links<'_>) -> bool {
        let up = self.above.is_some() && self.above != before.above;
        up || self.below.iter().any(|id| !before.below.contains(id))
    }
}

fn id_of(reference: &Value) -> Option<&str> {
    reference.get("id")?.as_str().filter(|id| !id.is_empty())
}

/// Refuses a category that would stand above itself. `old` is the stored document of a change.
///
/// # Errors
/// `Conflict` with the circle.
pub fn refuse_circle(
    change: &mut Change<'_, '_>,
    states: &States,
    old: Option<&Value>,
    doc: &Value,
) -> Outcome<()> {
    let links = Links::of(states, doc);
    let before = old.map(|old| Links::of(states, old)).unwrap_or_default();
    if !links.adds_to(&before) {
        return Ok(());
    }
    // Two moves at the same time could each be right and together close a circle.
    change
        .tx
        .lock(&format!("category tree {}", change.caller.tenant))?;
    let versions = [Some(doc), old].map(|doc| doc.map(version_of));
    let closes = |id: &str| links.below.contains(&id);
    let own = change.id;
    let way = cycle::way_back(
        own,
        |id| above(change, states, id, &links, &versions),
        closes,
    )?;
    let Some(mut way) = way else { return Ok(()) };
    way.reverse();
    let pointer = if links.above == before.above {
        "/subCategory"
    } else {
        "/parent"
    };
    Err(Problem::at(
        Code::Conflict,
        pointer,
        format!("categories would stand in a circle: {}", cycle::shown(&way)),
    ))
}

fn version_of(doc: &Value) -> &str {
    doc.get("version")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Categories directly above one, by its own word and by that of those that list it. Of the
/// category being written, the versions `written` are replaced by `links`.
fn above(
    change: &mut Change<'_, '_>,
    states: &States,
    id: &str,
    links: &Links<'_>,
    written: &[Option<&str>],
) -> Outcome<Vec<String>> {
    let own = id == change.id;
    let tenant = change.caller.tenant;
    let key = IdKey {
        tenant,
        kind: change.resource.kind.to_owned(),
        id: id.to_owned(),
    };
    let mut found = Vec::new();
    if own {
        found.extend(links.above.map(str::to_owned));
    }
    for row in change.tx.versions(&key)? {
        let replaced = own && written.contains(&Some(row.version.as_str()));
        if !replaced && states.is_live(row.state.as_deref()) {
            found.extend(
                document(&row)?
                    .get("parent")
                    .and_then(id_of)
                    .map(str::to_owned),
            );
        }
    }
    if let Some(number) = change.tx.attributes().number(change.resource.kind, LISTED) {
        let listing = change.tx.heads_by_index(tenant, &[number], id, i64::MAX)?;
        for head in listing {
            let replaced = head.id == change.id && written.contains(&Some(head.version.as_str()));
            if !replaced && states.is_live(head.state.as_deref()) {
                found.push(head.id);
            }
        }
    }
    Ok(found)
}
