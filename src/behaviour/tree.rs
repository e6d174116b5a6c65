//! Trees of resources of one kind: categories, and organizations that belong to each other. A
//! document says what stands above it and lists what stands below. Both make the tree, whichever of
//! the two was said, so both are followed when a change could close a circle.
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

/// The attributes that make a tree.
#[derive(Debug)]
pub struct Tree {
    /// What stands in it, for messages and for the name of its lock.
    name: &'static str,
    above: &'static str,
    below: &'static str,
    /// The reference within what `above` and `below` hold, where they are more than that.
    inner: Option<&'static str>,
    /// The indexed path of the ids below.
    listed: &'static str,
}

const TREES: [(&str, Tree); 2] = [
    (
        "category",
        Tree {
            name: "categories",
            above: "parent",
            below: "subCategory",
            inner: None,
            listed: "subCategory.id",
        },
    ),
    (
        "organization",
        Tree {
            name: "organizations",
            above: "organizationParentRelationship",
            below: "organizationChildRelationship",
            inner: Some("organization"),
            listed: "organizationChildRelationship.organization.id",
        },
    ),
];

/// The tree that resources of a kind stand in.
pub fn of_kind(kind: &str) -> Option<&'static Tree> {
    TREES
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, tree)| tree)
}

impl Tree {
    fn above<'d>(&self, doc: &'d Value) -> Option<&'d str> {
        self.id_of(doc.get(self.above)?)
    }

    fn id_of<'d>(&self, link: &'d Value) -> Option<&'d str> {
        let reference = match self.inner {
            Some(inner) => link.get(inner)?,
            None => link,
        };
        reference.get("id")?.as_str().filter(|id| !id.is_empty())
    }
}

/// The links that one document adds to the tree.
#[derive(Default)]
struct Links<'d> {
    above: Option<&'d str>,
    below: Vec<&'d str>,
}

impl<'d> Links<'d> {
    fn of(tree: &Tree, states: &States, doc: &'d Value) -> Self {
        if !states.is_live_document(doc) {
            return Links::default();
        }
        let listed = doc.get(tree.below).and_then(Value::as_array);
        let ids = listed.into_iter().flatten();
        Links {
            above: tree.above(doc),
            below: ids.filter_map(|link| tree.id_of(link)).collect(),
        }
    }

    fn adds_to(&self, before: &Links<'_>) -> bool {
        let up = self.above.is_some() && self.above != before.above;
        up || self.below.iter().any(|id| !before.below.contains(id))
    }
}

/// Refuses a resource that would stand above itself. `old` is the stored document of a change.
///
/// # Errors
/// `Conflict` with the circle.
pub fn refuse_circle(
    change: &mut Change<'_, '_>,
    tree: &Tree,
    states: &States,
    old: Option<&Value>,
    doc: &Value,
) -> Outcome<()> {
    let links = Links::of(tree, states, doc);
    let before = old
        .map(|old| Links::of(tree, states, old))
        .unwrap_or_default();
    if !links.adds_to(&before) {
        return Ok(());
    }
    // Two moves at the same time could each be right and together close a circle.
    change
        .tx
        .lock(&format!("tree of {} {}", tree.name, change.caller.tenant))?;
    let versions = [Some(doc), old].map(|doc| doc.map(version_of));
    let closes = |id: &str| links.below.contains(&id);
    let own = change.id;
    let way = cycle::way_back(
        own,
        |id| above(change, tree, states, id, &links, &versions),
        closes,
    )?;
    let Some(mut way) = way else { return Ok(()) };
    way.reverse();
    let attribute = if links.above == before.above {
        tree.below
    } else {
        tree.above
    };
    Err(Problem::at(
        Code::Conflict,
        format!("/{attribute}"),
        format!(
            "{} would stand in a circle: {}",
            tree.name,
            cycle::shown(&way)
        ),
    ))
}

fn version_of(doc: &Value) -> &str {
    doc.get("version")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// What stands directly above a resource, by its own word and by that of those that list it. Of the
/// resource being written, the versions `written` are replaced by `links`.
fn above(
    change: &mut Change<'_, '_>,
    tree: &Tree,
    states: &States,
    id: &str,
    links: &Links<'_>,
    written: &[Option<&str>],
) -> Outcome<Vec<String>> {
    let own = id == change.id;
    let tenant = change.caller.tenant;
    let key = IdKey::new(tenant, change.resource.kind, id);
    let mut found = Vec::new();
    if own {
        found.extend(links.above.map(str::to_owned));
    }
    for row in change.tx.versions(&key)? {
        let replaced = own && written.contains(&Some(row.version.as_str()));
        if !replaced && states.is_live(row.state.as_deref()) {
            found.extend(tree.above(&document(&row)?).map(str::to_owned));
        }
    }
    let attributes = change.tx.attributes();
    if let Some(number) = attributes.number(change.resource.kind, tree.listed) {
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
