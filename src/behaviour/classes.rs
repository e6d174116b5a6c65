//! Classes of resources: which kinds a class name stands for.
//!
//! `Individual` is a class of resources of its own. `Party` is not, but what extends it is, so a
//! party is an individual or an organization. `Supplier` is not either: such a resource is kept with
//! what it extends, the party roles.

use std::collections::HashMap;

use crate::domain::descriptor::{Entity, Resource};

/// Entities by name.
pub type Entities = HashMap<&'static str, &'static Entity>;

/// What everything extends says nothing about a resource.
const BASES: [&str; 4] = ["Entity", "Extensible", "Addressable", "EntityRef"];
/// Classes that stand above a class; more are a circle.
const DEPTH: usize = 8;

/// What a class name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// The kinds that keep resources of the class, the class's own first.
    pub kinds: Vec<&'static str>,
    /// The class, or one that it extends, has a kind of its own.
    pub concrete: bool,
}

/// All classes of resources by name, in the words of all versions: `Catalog` and `ProductCatalog`.
pub struct Classes {
    classes: HashMap<&'static str, Class>,
    /// Class of the resources of each kind, as the stored form names it.
    names: HashMap<&'static str, &'static str>,
}

impl Classes {
    /// Reads the classes off the descriptors. `served` are the resources of all versions, `stored`
    /// those of the stored form.
    pub fn new(
        served: impl Iterator<Item = &'static Resource>,
        stored: &[&'static Resource],
        entities: &Entities,
    ) -> Self {
        let exact: HashMap<&'static str, &'static str> =
            served.map(|r| (r.entity.name, r.kind)).collect();
        let concrete = |kind| Class {
            kinds: vec![kind],
            concrete: true,
        };
        let mut classes: HashMap<&'static str, Class> = exact
            .iter()
            .map(|(name, kind)| (*name, concrete(*kind)))
            .collect();
        for resource in stored {
            for above in ancestors(resource.entity, entities) {
                let class = classes.entry(above).or_insert_with(|| Class {
                    kinds: Vec::new(),
                    concrete: false,
                });
                if !class.kinds.contains(&resource.kind) {
                    class.kinds.push(resource.kind);
                }
            }
        }
        for (name, entity) in entities {
            let above = ancestors(entity, entities);
            let kind = above.iter().find_map(|class| exact.get(class));
            if let Some(kind) = kind
                && !name.ends_with("Ref")
            {
                classes.entry(name).or_insert_with(|| concrete(*kind));
            }
        }
        Classes {
            classes,
            names: stored.iter().map(|r| (r.kind, r.entity.name)).collect(),
        }
    }

    /// What a class name stands for; none when we keep nothing of the class.
    pub fn get(&self, name: &str) -> Option<&Class> {
        self.classes.get(name)
    }

    /// The kind that keeps resources of a class that is not abstract.
    pub fn kind_of(&self, name: &str) -> Option<&'static str> {
        let class = self.get(name).filter(|class| class.concrete)?;
        class.kinds.first().copied()
    }

    /// The class of the resources of a kind.
    pub fn name_of(&self, kind: &str) -> Option<&'static str> {
        self.names.get(kind).copied()
    }
}

/// Names of the classes above an entity, the nearest first.
fn ancestors(entity: &'static Entity, entities: &Entities) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    let mut level: Vec<&'static str> = entity.extends.to_vec();
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for name in level {
            if BASES.contains(&name) || found.contains(&name) {
                continue;
            }
            found.push(name);
            if let Some(above) = entities.get(name) {
                next.extend(above.extends);
            }
        }
        level = next;
    }
    found
}
