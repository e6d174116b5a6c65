//! Resources, their indexes and events.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::descriptor::Scalar;
use crate::model::{Api, Attribute, Entity, Event, Index, Kind, Listener, Operation, Resource};
use crate::problem::Problems;
use crate::source::ResourceSource;

use super::events::{entity_name, event_type, read_change};
use super::operations::{operation, read_verb, summary};
use super::paths;
use super::scope::Scope;

/// All resources; also marks what the server supplies or owns on their entities.
pub fn resolve(
    scope: &Scope<'_>,
    entities: &mut BTreeMap<String, Entity>,
    problems: &mut Problems,
) -> Vec<Resource> {
    let mut resources = Vec::new();
    for (path, source) in scope.api.content.resources.iter() {
        let mut maker = Maker {
            scope,
            path,
            source,
            problems,
        };
        if let Some(resource) = maker.resource(entities) {
            resources.push(resource);
        }
    }
    resources
}

/// Checks that indexed references of an API point at kinds that some API has.
pub fn check_targets(file: &str, api: &Api, kinds: &BTreeSet<&str>, problems: &mut Problems) {
    for resource in &api.resources {
        for kind in &resource.loose {
            if !kinds.contains(kind.as_str()) {
                let key = format!("resources.{}.loose", resource.path);
                problems.add(file, key, format!("`{kind}` is no kind"));
            }
        }
        for index in &resource.indexes {
            for target in &index.targets {
                if kinds.contains(target.as_str()) {
                    continue;
                }
                let key = format!("resources.{}.index", resource.path);
                let message = format!("`{}` points at `{target}`, which is no kind", index.path);
                problems.add(file, key, message);
            }
        }
    }
}

struct Maker<'a, 'b> {
    scope: &'a Scope<'b>,
    path: &'a str,
    source: &'a ResourceSource,
    problems: &'a mut Problems,
}

impl Maker<'_, '_> {
    fn problem(&mut self, key: &str, message: impl Into<String>) {
        let key = format!("resources.{}.{key}", self.path);
        self.problems.add(&self.scope.api.file, key, message);
    }

    fn resource(&mut self, entities: &mut BTreeMap<String, Entity>) -> Option<Resource> {
        let source = self.source;
        let name = entity_name(self.path, source);
        if !entities.contains_key(&name) {
            self.problem("entity", format!("there is no entity `{name}`"));
            return None;
        }
        self.mark(entities, &name, "supplied", &source.supplied, |a| {
            a.server_supplied = true
        });
        self.mark(entities, &name, "owned", &source.owned, |a| {
            a.server_owned = true
        });
        for (key, stamp) in [
            ("state", &source.state),
            ("created_stamp", &source.created_stamp),
            ("updated_stamp", &source.updated_stamp),
        ] {
            let names: Vec<String> = stamp.iter().cloned().collect();
            self.mark(entities, &name, key, &names, |_| {});
        }
        Some(Resource {
            path: self.path.to_owned(),
            kind: source.kind.clone().unwrap_or_else(|| self.path.to_owned()),
            label: source.label.clone(),
            operations: self.operations(&name),
            versioned: source.versioned,
            state: source.state.clone(),
            created_stamp: source.created_stamp.clone(),
            updated_stamp: source.updated_stamp.clone(),
            indexes: self.indexes(entities, &name),
            search: self.search(entities, &name),
            loose: self.loose(),
            events: self.events(),
            entity: name,
        })
    }

    fn mark(
        &mut self,
        entities: &mut BTreeMap<String, Entity>,
        entity: &str,
        key: &str,
        names: &[String],
        mark: impl Fn(&mut Attribute),
    ) {
        let Some(entity) = entities.get_mut(entity) else {
            return;
        };
        for name in names {
            match entity.attributes.iter_mut().find(|a| a.name == *name) {
                Some(attribute) => mark(attribute),
                None => self.problem(key, format!("`{}` has no attribute `{name}`", entity.name)),
            }
        }
    }

    fn events(&self) -> Vec<Event> {
        let source = self.source;
        let events = source.events.iter().filter_map(|change| {
            Some(Event {
                change: read_change(change)?,
                event_type: event_type(self.path, source, change),
            })
        });
        events.collect()
    }

    fn operations(&mut self, entity: &str) -> Vec<Operation> {
        let mut operations = Vec::new();
        for word in &self.source.operations {
            let Some(verb) = read_verb(word) else {
                self.problem("operations", format!("`{word}` is not an operation"));
                continue;
            };
            let own = self.source.profile.get(word);
            let Some(source) = own.or_else(|| self.scope.operation(word)) else {
                self.problem("operations", format!("nothing says how `{word}` behaves"));
                continue;
            };
            let summary = summary(verb, self.source);
            match operation(verb, format!("{word}{entity}"), summary, source) {
                Ok(operation) => operations.push(operation),
                Err(message) => self.problem("operations", format!("{word}: {message}")),
            }
        }
        operations.sort_by_key(|o| o.verb);
        operations
    }

    /// Whether the newer version, if there is one, has given the resource up: then this form of it is
    /// the stored one.
    fn is_newest(&self) -> bool {
        let kind = self.source.kind.as_deref().unwrap_or(self.path);
        let newer = self.scope.newer.into_iter().flat_map(|api| &api.resources);
        newer.into_iter().all(|resource| resource.kind != kind)
    }

    /// Attributes of subclasses count too, so only the first step of a path is checked.
    fn search(&mut self, entities: &BTreeMap<String, Entity>, entity: &str) -> Vec<String> {
        if !self.is_newest() && !self.source.search.is_empty() {
            self.problem("search", "only the newest version lists what is searched");
        }
        for path in &self.source.search {
            let first = path.split('.').next().unwrap_or_default();
            let known = entities
                .get(entity)
                .is_some_and(|e| e.attributes.iter().any(|a| a.name == first));
            if !known {
                self.problem(
                    "search",
                    format!("`{path}`: there is no attribute `{first}`"),
                );
            }
        }
        self.source.search.clone()
    }

    fn loose(&mut self) -> Vec<String> {
        if !self.is_newest() && !self.source.loose.is_empty() {
            self.problem("loose", "only the newest version lists loose kinds");
        }
        self.source.loose.clone()
    }

    fn indexes(&mut self, entities: &BTreeMap<String, Entity>, entity: &str) -> Vec<Index> {
        if !self.is_newest() && !self.source.index.is_empty() {
            self.problem("index", "only the newest version lists indexes");
        }
        let mut indexes = Vec::new();
        for line in &self.source.index {
            match index(entities, entity, line) {
                Ok(index) => indexes.push(index),
                Err(message) => self.problem("index", format!("`{line}`: {message}")),
            }
        }
        indexes
    }
}

fn index(entities: &BTreeMap<String, Entity>, entity: &str, line: &str) -> Result<Index, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let kinds = |text: &str| text.split('|').map(str::to_owned).collect();
    let (path, tallied, targets) = match words.as_slice() {
        [path] => (*path, false, Vec::new()),
        [path, "tallied"] => (*path, true, Vec::new()),
        [path, "->", targets] => (*path, false, kinds(targets)),
        _ => return Err("is not PATH, PATH tallied or PATH -> KIND|KIND".to_owned()),
    };
    let attribute = paths::walk(entities, entity, path);
    let attribute = attribute.ok_or_else(|| format!("`{entity}` has no such attribute"))?;
    let scalar = match &attribute.kind {
        Kind::Scalar(scalar) => *scalar,
        Kind::Enum(_) | Kind::InlineEnum(_) => Scalar::String,
        _ => return Err("only scalars can be indexed".to_owned()),
    };
    Ok(Index {
        path: path.to_owned(),
        scalar,
        tallied,
        targets,
    })
}

/// One listener for each event type, at the path that the standard gives it.
pub fn listeners(
    scope: &Scope<'_>,
    resources: &[Resource],
    problems: &mut Problems,
) -> Vec<Listener> {
    let named = &scope.events().listeners;
    let events: Vec<&Event> = resources.iter().flat_map(|r| &r.events).collect();
    for event_type in named.keys() {
        if !events.iter().any(|event| event.event_type == event_type) {
            let key = format!("events.listeners.{event_type}");
            problems.add(&scope.api.file, key, "there is no event of that type");
        }
    }
    let listener = |event: &&Event| Listener {
        path: named
            .get(&event.event_type)
            .cloned()
            .unwrap_or_else(|| lower_first(&event.event_type)),
        entity: event.event_type.clone(),
    };
    events.iter().map(listener).collect()
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_ascii_lowercase(), letters.as_str()),
        None => String::new(),
    }
}
