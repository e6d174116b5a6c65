//! What to look at in a document, worked out once from the descriptor tables.
//!
//! The tables form a graph of entities (cycles included: groups hold groups). The plan has a node
//! for each entity from which a reference or a checked value can be reached, and knows for each
//! attribute to which node it leads. A walk follows these only and skips the rest of a document
//! unread, so that a document without references costs next to nothing.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::value::{self, Check};
use crate::domain::descriptor::{Api, Entity, Kind, Resource};
use crate::engine::Registry;

/// What an object may refer to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reference {
    /// A resource of that kind: what the position of the object says.
    To(&'static str),
    /// Whatever `@referredType` says; not ours when it names no kind of ours.
    Named,
}

/// An entity that is worth looking into.
pub struct Node {
    pub entity: &'static Entity,
    pub reference: Option<Reference>,
    pub check: Option<Check>,
    /// Entities that `@type` may name here, by name.
    subtypes: Vec<(&'static str, usize)>,
    /// Attributes that lead somewhere, sorted by name.
    children: Vec<(&'static str, usize)>,
    /// Deserves a visit, itself or for what is below.
    useful: bool,
}

/// The nodes of all kinds.
pub struct Plan {
    nodes: Vec<Node>,
    roots: HashMap<&'static str, usize>,
    /// Kinds by the class names of all versions: `Catalog` and `ProductCatalog`.
    kinds: HashMap<&'static str, &'static str>,
}

impl Plan {
    /// Builds the plan for all resources that the server keeps.
    pub fn new(registry: &Registry) -> Self {
        let mut builder = Builder::new(registry);
        let mut roots = HashMap::new();
        for resource in canonical(registry) {
            roots.insert(resource.kind, builder.node(resource.entity));
        }
        let Builder {
            mut nodes, kinds, ..
        } = builder;
        mark_useful(&mut nodes);
        let useful: Vec<bool> = nodes.iter().map(|node| node.useful).collect();
        for node in &mut nodes {
            node.children
                .retain(|(_, at)| useful.get(*at) == Some(&true));
            node.children.sort_unstable_by_key(|(name, _)| *name);
        }
        Plan {
            nodes,
            roots,
            kinds,
        }
    }

    /// The node of a resource.
    pub fn root(&self, kind: &str) -> Option<&Node> {
        self.nodes.get(*self.roots.get(kind)?)
    }

    /// The kind that a class name such as `ProductOffering` stands for.
    pub fn kind_of(&self, class: &str) -> Option<&'static str> {
        self.kinds.get(class).copied()
    }

    /// The node of an attribute, when it leads anywhere.
    pub fn child(&self, node: &Node, name: &str) -> Option<&Node> {
        let at = node
            .children
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()?;
        self.nodes.get(node.children.get(at)?.1)
    }

    /// The node for an object: that of the class its `@type` names, or, where a union leaves that
    /// open, of the first class that has all its attributes.
    pub fn concrete<'p>(&'p self, node: &'p Node, object: &Map<String, Value>) -> &'p Node {
        if node.subtypes.is_empty() {
            return node;
        }
        for attribute in ["@type", "@baseType"] {
            let Some(name) = object.get(attribute).and_then(Value::as_str) else {
                continue;
            };
            if let Some((_, at)) = node.subtypes.iter().find(|(known, _)| *known == name) {
                return self.nodes.get(*at).unwrap_or(node);
            }
        }
        if !node.entity.union {
            return node;
        }
        let fits = |candidate: &&Node| {
            let known = |name: &String| candidate.entity.attribute(name).is_some();
            object.keys().all(known)
        };
        // What a reference may hold is one, even where a whole value has fewer attributes yet.
        let mut candidates: Vec<&Node> = node
            .subtypes
            .iter()
            .filter_map(|(_, at)| self.nodes.get(*at))
            .collect();
        candidates.sort_by_key(|candidate| {
            let attributes = candidate.entity.attributes.len();
            (candidate.reference.is_none(), attributes)
        });
        candidates.into_iter().find(fits).unwrap_or(node)
    }
}

/// The stored forms of all kinds.
fn canonical(registry: &Registry) -> Vec<&'static Resource> {
    let mut found: Vec<&'static Resource> = registry
        .apis()
        .iter()
        .flat_map(|api| api.resources.iter().copied())
        .filter_map(|resource| registry.canonical(resource.kind))
        .collect();
    found.sort_by_key(|resource| resource.kind);
    found.dedup_by_key(|resource| resource.kind);
    found
}

struct Builder {
    nodes: Vec<Node>,
    /// Place of an entity's node, by the entity's address.
    places: HashMap<usize, usize>,
    /// Entities whose indexed `id` points at a kind.
    targets: HashMap<usize, &'static str>,
    kinds: HashMap<&'static str, &'static str>,
    /// All entities by name, to follow `extends`.
    entities: HashMap<&'static str, &'static Entity>,
}

fn address(entity: &'static Entity) -> usize {
    std::ptr::from_ref(entity).addr()
}

impl Builder {
    fn new(registry: &Registry) -> Self {
        let mut kinds = HashMap::new();
        let mut entities = HashMap::new();
        let mut apis: Vec<&'static Api> = registry.apis().to_vec();
        apis.sort_by_key(|api| api.version);
        for api in apis {
            kinds.extend(api.resources.iter().map(|r| (r.entity.name, r.kind)));
            // Later versions come last and win: the stored form is theirs.
            entities.extend(api.entities.iter().map(|e| (e.name, *e)));
        }
        let mut targets = HashMap::new();
        for resource in canonical(registry) {
            for index in resource.indexes {
                // Of several kinds `@referredType` names the one.
                let &[kind] = index.targets else { continue };
                if let Some(entity) = holder(resource, index.path) {
                    targets.insert(address(entity), kind);
                }
            }
        }
        Builder {
            nodes: Vec::new(),
            places: HashMap::new(),
            targets,
            kinds,
            entities,
        }
    }

    /// The place of an entity's node; makes it and all nodes below when it is new.
    fn node(&mut self, entity: &'static Entity) -> usize {
        if let Some(place) = self.places.get(&address(entity)) {
            return *place;
        }
        let place = self.nodes.len();
        self.places.insert(address(entity), place);
        self.nodes.push(Node {
            entity,
            reference: self.reference(entity),
            check: value::check_of(entity.name),
            subtypes: Vec::new(),
            children: Vec::new(),
            useful: false,
        });
        let subtypes = entity
            .subtypes
            .iter()
            .filter(|subtype| !std::ptr::eq(**subtype, entity))
            .map(|subtype| (subtype.name, self.node(subtype)))
            .collect();
        let mut children = Vec::new();
        for attribute in entity.attributes {
            if let Kind::Entity(child) = attribute.kind {
                children.push((attribute.name, self.node(child)));
            }
        }
        if let Some(node) = self.nodes.get_mut(place) {
            node.subtypes = subtypes;
            node.children = children;
        }
        place
    }

    fn reference(&self, entity: &'static Entity) -> Option<Reference> {
        if entity.union {
            return None;
        }
        if let Some(kind) = self.targets.get(&address(entity)) {
            return Some(Reference::To(kind));
        }
        self.inherited(entity, 0)
    }

    /// `CategoryRef` and what extends it refer to a category; what extends `EntityRef` otherwise
    /// refers to what `@referredType` says.
    fn inherited(&self, entity: &'static Entity, depth: usize) -> Option<Reference> {
        let target = entity
            .name
            .strip_suffix("Ref")
            .and_then(|name| self.kinds.get(name));
        if let Some(kind) = target {
            return Some(Reference::To(kind));
        }
        if entity.name == "EntityRef" {
            return Some(Reference::Named);
        }
        if depth > 8 {
            return None;
        }
        let parents = entity
            .extends
            .iter()
            .filter_map(|name| self.entities.get(name));
        let mut named = None;
        for parent in parents {
            match self.inherited(parent, depth + 1) {
                Some(Reference::Named) => named = Some(Reference::Named),
                Some(found) => return Some(found),
                None => {}
            }
        }
        named
    }
}

/// The entity that holds the last name of a dotted path; none for a union, whose members speak for
/// themselves.
fn holder(resource: &Resource, path: &str) -> Option<&'static Entity> {
    let mut names: Vec<&str> = path.split('.').collect();
    names.pop();
    let mut entity = resource.entity;
    for name in &names {
        match entity.attribute(name)?.kind {
            Kind::Entity(child) => entity = child,
            _ => return None,
        }
    }
    (!names.is_empty() && !entity.union).then_some(entity)
}

/// A node is useful when something is to be done there or below. Runs until nothing changes,
/// because entities refer to each other in circles.
fn mark_useful(nodes: &mut [Node]) {
    loop {
        let useful: Vec<bool> = nodes.iter().map(|node| node.useful).collect();
        let leads = |at: &(&str, usize)| useful.get(at.1) == Some(&true);
        let mut changed = false;
        for node in nodes.iter_mut().filter(|node| !node.useful) {
            node.useful = node.reference.is_some()
                || node.check.is_some()
                || node.children.iter().any(leads)
                || node.subtypes.iter().any(leads);
            changed |= node.useful;
        }
        if !changed {
            return;
        }
    }
}
