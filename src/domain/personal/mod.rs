//! Where personal data stand in a resource: worked out once from the `personal` marks of the
//! descriptor tables.
//!
//! A map has a node for each entity from which a mark can be reached, and knows for each attribute
//! to which nodes it leads; what leads nowhere is not looked at. Where `@type` selects among several
//! entities, the marks of all of them count together: a document says itself what its type is, and
//! a wrong word there must not uncover anything.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::descriptor::{Entity, Kind};
use super::query::Tree;

/// The personal attributes of a resource and of everything in it.
#[derive(Debug)]
pub struct Personal {
    /// The first is that of the resource.
    nodes: Vec<Node>,
    /// Something personal stands outside references.
    outside: bool,
}

#[derive(Debug, Default)]
struct Node {
    /// Personal attributes, sorted.
    marked: Vec<&'static str>,
    /// Other attributes with something personal below, sorted; several of one name where entities
    /// disagree.
    children: Vec<(&'static str, usize)>,
}

impl Personal {
    /// The map of an entity in one API version; none when nothing in it is personal.
    pub fn of(entity: &'static Entity) -> Option<Self> {
        let mut builder = Builder::default();
        builder.node(entity);
        let Builder {
            mut nodes, outside, ..
        } = builder;
        let useful = useful(&nodes);
        for node in &mut nodes {
            node.tidy(&useful);
        }
        let found = useful.first() == Some(&true);
        found.then_some(Personal { nodes, outside })
    }

    /// True when the only personal data are the names that references carry, of parties that are
    /// resources of their own: the resource itself is not about anybody (a product offering and the
    /// manager who looks after it).
    pub fn only_in_references(&self) -> bool {
        !self.outside
    }

    /// Takes the personal attributes out of a document, except those that were asked for: `asked`
    /// holds their names, a name with nothing below it asks for all that it holds.
    pub fn withhold(&self, document: &mut Value, asked: Option<&Tree>) {
        if asked.is_some_and(Tree::is_whole) {
            return;
        }
        self.visit(0, document, asked);
    }

    fn visit(&self, at: usize, value: &mut Value, asked: Option<&Tree>) {
        match value {
            Value::Array(items) => {
                for item in items {
                    self.visit(at, item, asked);
                }
            }
            Value::Object(members) => self.object(at, members, asked),
            _ => {}
        }
    }

    fn object(&self, at: usize, members: &mut Map<String, Value>, asked: Option<&Tree>) {
        let Some(node) = self.nodes.get(at) else {
            return;
        };
        let named = |name: &str| asked.and_then(|tree| tree.below(name));
        if !node.marked.is_empty() {
            members.retain(|name, value| {
                if !node.marks(name) {
                    return true;
                }
                let Some(below) = named(name) else {
                    return false;
                };
                *value = below.prune(value.take());
                true
            });
        }
        for (name, child) in &node.children {
            let below = named(name);
            if below.is_some_and(Tree::is_whole) {
                continue;
            }
            if let Some(value) = members.get_mut(*name) {
                self.visit(*child, value, below);
            }
        }
    }
}

impl Node {
    fn marks(&self, name: &str) -> bool {
        self.marked
            .binary_search_by(|known| (*known).cmp(name))
            .is_ok()
    }

    fn tidy(&mut self, useful: &[bool]) {
        self.marked.sort_unstable();
        self.marked.dedup();
        let marked = &self.marked;
        self.children.retain(|(name, at)| {
            useful.get(*at) == Some(&true) && marked.binary_search(name).is_err()
        });
        self.children.sort_unstable();
        self.children.dedup();
    }
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    /// Place of an entity's node, by the entity's address.
    places: HashMap<usize, usize>,
    outside: bool,
}

impl Builder {
    /// The place of an entity's node, with all that lies below.
    fn node(&mut self, entity: &'static Entity) -> usize {
        let address = std::ptr::from_ref(entity).addr();
        if let Some(place) = self.places.get(&address) {
            return *place;
        }
        let place = self.nodes.len();
        self.places.insert(address, place);
        self.nodes.push(Node::default());
        let mut known = Vec::new();
        gather(entity, &mut known);
        let mut node = Node::default();
        for entity in known {
            self.attributes(entity, &mut node);
        }
        if let Some(slot) = self.nodes.get_mut(place) {
            *slot = node;
        }
        place
    }

    fn attributes(&mut self, entity: &'static Entity, node: &mut Node) {
        // What may also be the thing itself is no mere reference (v4).
        let reference =
            entity.attribute("@referredType").is_some() && !entity.name.ends_with("RefOrValue");
        for attribute in entity.attributes {
            if attribute.personal {
                node.marked.push(attribute.name);
                self.outside |= !reference;
            }
            if let Kind::Entity(child) = attribute.kind {
                node.children.push((attribute.name, self.node(child)));
            }
        }
    }
}

/// The entity and all that `@type` may name in its place.
fn gather(entity: &'static Entity, known: &mut Vec<&'static Entity>) {
    if known.iter().any(|other| std::ptr::eq(*other, entity)) {
        return;
    }
    known.push(entity);
    for subtype in entity.subtypes {
        gather(subtype, known);
    }
    if let Some(items) = entity.array_of {
        gather(items, known);
    }
}

/// Nodes with a mark or a way to one. Entities refer to each other in circles, so this runs until
/// nothing changes.
fn useful(nodes: &[Node]) -> Vec<bool> {
    let mut useful: Vec<bool> = nodes.iter().map(|node| !node.marked.is_empty()).collect();
    loop {
        let mut changed = false;
        for (at, node) in nodes.iter().enumerate() {
            let leads = |(_, child): &(&str, usize)| useful.get(*child) == Some(&true);
            let found = node.children.iter().any(leads);
            if let Some(slot) = useful.get_mut(at).filter(|slot| found && !**slot) {
                *slot = true;
                changed = true;
            }
        }
        if !changed {
            return useful;
        }
    }
}

#[cfg(test)]
mod tests;
