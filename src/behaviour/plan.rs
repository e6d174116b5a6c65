//! What to look at in a document, worked out once from the descriptor tables.
//!
//! The tables form a graph of entities (cycles included: groups hold groups). The plan has a node
//! for each entity from which a reference or a checked value can be reached, and knows for each
//! attribute to which node it leads. A walk follows these only and skips the rest of a document
//! unread, so that a document without references costs next to nothing.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::classes::{Classes, Entities};
use super::embed;
use super::value::{self, Check};
use crate::domain::descriptor::{Api, Entity, Kind, Resource};
use crate::engine::Registry;

/// Kinds that are not stored: what follows from something else is not to be looked up.
const DERIVED: [&str; 3] = ["bucket", "accumulatedBalance", "balanceActionHistory"];

/// What an object at a position may refer to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// Kinds of the targets, in the order in which they are tried. Empty where `@referredType` alone
    /// says what is meant.
    pub kinds: Vec<&'static str>,
    /// The model says that the targets are kept here, so one that is not found is missing. Otherwise
    /// it may be kept elsewhere, unless `@referredType` names a kind of ours.
    pub firm: bool,
}

/// What one reference means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meaning<'p> {
    /// Kinds of the target, in the order in which they are tried; empty for what is not ours.
    pub kinds: &'p [&'static str],
    /// A target that is not found is missing.
    pub firm: bool,
}

/// An entity that is worth looking into.
pub struct Node {
    pub entity: &'static Entity,
    pub reference: Option<Reference>,
    pub check: Option<Check>,
    /// Kinds that may be written out whole here to be created, each with the class of reference
    /// that takes their place.
    pub holds: Vec<(&'static str, &'static str)>,
    /// Entities that `@type` may name here, by name.
    pub subtypes: Vec<(&'static str, usize)>,
    /// Attributes that lead somewhere, sorted by name.
    children: Vec<(&'static str, usize)>,
    /// Deserves a visit, itself or for what is below.
    useful: bool,
}

/// The nodes of all kinds.
pub struct Plan {
    nodes: Vec<Node>,
    roots: HashMap<&'static str, usize>,
    /// For each kind, the kinds that it may refer to without their being here.
    loose: HashMap<&'static str, &'static [&'static str]>,
    classes: Classes,
}

impl Plan {
    /// Builds the plan for all resources that the server keeps.
    pub fn new(registry: &Registry) -> Self {
        let mut builder = Builder::new(registry);
        let mut roots = HashMap::new();
        let mut loose = HashMap::new();
        for resource in canonical(registry) {
            loose.insert(resource.kind, resource.loose);
            roots.insert(resource.kind, builder.node(resource.entity));
        }
        let Builder {
            mut nodes, classes, ..
        } = builder;
        mark_useful(&mut nodes);
        embed::mark_positions(&mut nodes);
        let useful: Vec<bool> = nodes.iter().map(|node| node.useful).collect();
        for node in &mut nodes {
            node.children
                .retain(|(_, at)| useful.get(*at) == Some(&true));
            node.children.sort_unstable_by_key(|(name, _)| *name);
        }
        Plan {
            nodes,
            roots,
            loose,
            classes,
        }
    }

    /// Whether what a reference in a resource of that kind means must be here when it is written. The
    /// model may leave that to the rules of the kind: an order that asks for an unknown offering is
    /// taken in, and rejected with the reason.
    pub fn demands(&self, kind: &str, meaning: Meaning<'_>) -> bool {
        let loose = self.loose.get(kind).copied().unwrap_or_default();
        let elsewhere = |target: &&str| loose.contains(target) || DERIVED.contains(target);
        meaning.firm && !meaning.kinds.iter().all(elsewhere)
    }

    /// The node of a resource.
    pub fn root(&self, kind: &str) -> Option<&Node> {
        self.nodes.get(*self.roots.get(kind)?)
    }

    /// The classes of resources.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// What a reference means. `@referredType` decides first; where it is missing or says nothing to
    /// us, the position does.
    pub fn meaning<'p>(
        &'p self,
        reference: &'p Reference,
        object: &Map<String, Value>,
    ) -> Meaning<'p> {
        let position = Meaning {
            kinds: &reference.kinds,
            firm: reference.firm,
        };
        if reference.kinds.len() == 1 {
            return position;
        }
        let said = object.get("@referredType").and_then(Value::as_str);
        match said.and_then(|class| self.classes.get(class)) {
            Some(class) => Meaning {
                kinds: &class.kinds,
                firm: class.concrete || reference.firm,
            },
            None => position,
        }
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
        let mut candidates: Vec<&Node> = self.subtypes(node).collect();
        if let Some(named) = self.by_referred_type(&candidates, object) {
            return named;
        }
        let fits = |candidate: &&Node| {
            let known = |name: &String| candidate.entity.attribute(name).is_some();
            object.keys().all(known)
        };
        // What a reference may hold is one, even where a whole value has fewer attributes yet.
        candidates.sort_by_key(|candidate| {
            let attributes = candidate.entity.attributes.len();
            (candidate.reference.is_none(), attributes)
        });
        candidates.into_iter().find(fits).unwrap_or(node)
    }

    /// The nodes of what `@type` may name at a node.
    pub fn subtypes<'p>(&'p self, node: &'p Node) -> impl Iterator<Item = &'p Node> {
        let places = node.subtypes.iter();
        places.filter_map(|(_, at)| self.nodes.get(*at))
    }

    /// The class of references that may mean what `@referredType` names.
    fn by_referred_type<'p>(
        &self,
        candidates: &[&'p Node],
        object: &Map<String, Value>,
    ) -> Option<&'p Node> {
        let class = object.get("@referredType").and_then(Value::as_str)?;
        let class = self.classes.get(class)?;
        let may_mean = |node: &&&Node| {
            let kinds = node.reference.as_ref().map(|reference| &reference.kinds);
            kinds.is_some_and(|kinds| kinds.iter().any(|kind| class.kinds.contains(kind)))
        };
        candidates.iter().find(may_mean).copied()
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
    /// Kinds that an indexed `id` of an entity points at.
    targets: HashMap<usize, Vec<&'static str>>,
    classes: Classes,
    /// All entities by name, to follow `extends`.
    entities: Entities,
}

fn address(entity: &'static Entity) -> usize {
    std::ptr::from_ref(entity).addr()
}

impl Builder {
    fn new(registry: &Registry) -> Self {
        let mut entities = Entities::new();
        let mut apis: Vec<&'static Api> = registry.apis().to_vec();
        apis.sort_by_key(|api| api.version);
        for api in &apis {
            // Later versions come last and win: the stored form is theirs.
            entities.extend(api.entities.iter().map(|e| (e.name, *e)));
        }
        let served = apis.iter().flat_map(|api| api.resources.iter().copied());
        let mut builder = Builder {
            nodes: Vec::new(),
            places: HashMap::new(),
            targets: HashMap::new(),
            classes: Classes::new(served, &canonical(registry), &entities),
            entities,
        };
        for resource in canonical(registry) {
            for index in resource.indexes {
                if let Some(entity) = holder(resource, index.path) {
                    builder.target(entity, index.targets);
                }
            }
        }
        builder
    }

    /// Notes what an indexed `id` points at. Of the references in a union, each gets the kinds that
    /// its class stands for.
    fn target(&mut self, entity: &'static Entity, kinds: &'static [&'static str]) {
        if kinds.is_empty() {
            return;
        }
        if !entity.union {
            return self.add_targets(entity, kinds.iter().copied());
        }
        for member in entity.subtypes {
            let class = member.name.strip_suffix("Ref");
            if let Some(class) = class.and_then(|name| self.classes.get(name)) {
                let of_class: Vec<&'static str> = kinds
                    .iter()
                    .copied()
                    .filter(|kind| class.kinds.contains(kind))
                    .collect();
                self.add_targets(member, of_class.into_iter());
            }
        }
    }

    fn add_targets(&mut self, entity: &'static Entity, kinds: impl Iterator<Item = &'static str>) {
        let known = self.targets.entry(address(entity)).or_default();
        for kind in kinds {
            if !known.contains(&kind) {
                known.push(kind);
            }
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
            holds: Vec::new(),
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
        if let Some(kinds) = self.targets.get(&address(entity))
            && !kinds.is_empty()
        {
            return Some(Reference {
                kinds: kinds.clone(),
                firm: true,
            });
        }
        self.inherited(entity, 0)
    }

    /// `CategoryRef` and what extends it refer to a category, `PartyRef` to what extends `Party`;
    /// what extends `EntityRef` otherwise refers to what `@referredType` says.
    fn inherited(&self, entity: &'static Entity, depth: usize) -> Option<Reference> {
        let class = entity
            .name
            .strip_suffix("Ref")
            .and_then(|name| self.classes.get(name));
        if let Some(class) = class {
            return Some(Reference {
                kinds: class.kinds.clone(),
                firm: class.kinds.len() == 1,
            });
        }
        if entity.name == "EntityRef" {
            return Some(Reference {
                kinds: Vec::new(),
                firm: false,
            });
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
                Some(found) if !found.kinds.is_empty() => return Some(found),
                Some(found) => named = Some(found),
                None => {}
            }
        }
        named
    }
}

/// The entity that holds the last name of a dotted path.
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
    (!names.is_empty()).then_some(entity)
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
