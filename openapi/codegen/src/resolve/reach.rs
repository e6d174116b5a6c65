//! Which entities the document of an API lists: its own, and the shared ones that they need.

use std::collections::BTreeSet;

use crate::attribute_text::parse;
use crate::problem::Problems;
use crate::source::EntitySource;

use super::scope::Scope;

/// Names of all entities that the document lists.
pub fn listed(scope: &Scope<'_>, problems: &mut Problems) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (file, key, name) in roots(scope) {
        match scope.definition(&name) {
            Some(_) => visit(scope, &name, &mut found),
            None => problems.add(&file, key, format!("there is no entity `{name}`")),
        }
    }
    found
}

fn roots(scope: &Scope<'_>) -> Vec<(String, &'static str, String)> {
    let api = &scope.api.file;
    let common = &scope.common.file;
    let hub = scope.hub();
    let mut roots: Vec<(String, &'static str, String)> = Vec::new();
    for (name, definition) in &scope.definitions {
        if definition.own && !definition.source.is_abstract {
            roots.push((api.clone(), "entities", name.clone()));
        }
    }
    let excluded = &scope.api.content.exclude;
    let shared = scope.common.content.include.iter();
    let shared = shared.filter(|name| !excluded.contains(name));
    roots.extend(shared.map(|n| (common.clone(), "include", n.clone())));
    let own = scope.api.content.include.iter();
    roots.extend(own.map(|n| (api.clone(), "include", n.clone())));
    roots.push((common.clone(), "hub.entity", hub.entity.clone()));
    roots.push((common.clone(), "hub.create", hub.create.clone()));
    roots
}

fn visit(scope: &Scope<'_>, name: &str, found: &mut BTreeSet<String>) {
    let Some(definition) = scope.definition(name) else {
        return;
    };
    if definition.source.is_abstract {
        // Its attributes are copied, so what they need is needed too.
        return visit_all(scope, &definition.source, found);
    }
    if found.insert(name.to_owned()) {
        visit_all(scope, &definition.source, found);
    }
}

fn visit_all(scope: &Scope<'_>, source: &EntitySource, found: &mut BTreeSet<String>) {
    let lists = [
        &source.extends,
        &source.one_of,
        &source.subtypes,
        &source.unmapped_subtypes,
    ];
    for name in lists.into_iter().flatten().chain(&source.array_of) {
        visit(scope, name, found);
    }
    for (_, line) in source.attributes.iter() {
        if let Ok(text) = parse(line) {
            visit(scope, &text.type_name, found);
        }
    }
    // Copied attributes need their types, though the copied entity itself is not listed.
    for name in &source.with {
        if let Some(definition) = scope.definition(name) {
            visit_all(scope, &definition.source, found);
        }
    }
}
