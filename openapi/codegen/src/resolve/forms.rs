//! Which entities have a create form and a patch form of their own in the document.
//!
//! A resource has one for each write that it offers. Where the version asks for it (v5), so has
//! everything with a class of its own that such a form contains, and the parents of all these:
//! a form refers to forms only.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::descriptor::Verb;
use crate::model::{Attribute, Entity, Hub, Kind, Resource};

use super::scope::Scope;

/// The two writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Create,
    Patch,
}

/// Sets `create_form` and `patch_form`.
pub fn decide(
    scope: &Scope<'_>,
    entities: &mut BTreeMap<String, Entity>,
    resources: &[Resource],
    hub: &Hub,
) {
    mark_unions(entities);
    for form in [Form::Create, Form::Patch] {
        let mut found = BTreeSet::new();
        for root in roots(scope, entities, resources, hub, form) {
            visit(scope, entities, &root, form, &mut found);
        }
        for name in found {
            if let Some(entity) = entities.get_mut(&name) {
                match form {
                    Form::Create => entity.create_form = true,
                    Form::Patch => entity.patch_form = true,
                }
            }
        }
    }
}

/// A union is typed when one of its members is.
fn mark_unions(entities: &mut BTreeMap<String, Entity>) {
    let typed: BTreeSet<String> = entities
        .values()
        .filter(|e| e.typed)
        .map(|e| e.name.clone())
        .collect();
    for entity in entities.values_mut().filter(|e| e.union) {
        entity.typed = entity.subtypes.iter().any(|s| typed.contains(s));
    }
}

fn roots(
    scope: &Scope<'_>,
    entities: &BTreeMap<String, Entity>,
    resources: &[Resource],
    hub: &Hub,
    form: Form,
) -> Vec<String> {
    let (verb, word) = match form {
        Form::Create => (Verb::Create, "create"),
        Form::Patch => (Verb::Patch, "patch"),
    };
    let mut roots = Vec::new();
    for resource in resources {
        if resource.operations.iter().any(|o| o.verb == verb) {
            roots.push(resource.entity.clone());
        }
    }
    // Where subscribers post another entity than they read, that one is the form.
    if hub.create == hub.entity && hub.operations.iter().any(|o| o.verb == verb) {
        roots.push(hub.entity.clone());
    }
    for name in entities.keys() {
        let stated = |d: &super::scope::Definition| d.source.forms.iter().any(|f| f == word);
        if scope.definition(name).is_some_and(stated) {
            roots.push(name.clone());
        }
    }
    roots
}

fn visit(
    scope: &Scope<'_>,
    entities: &BTreeMap<String, Entity>,
    name: &str,
    form: Form,
    found: &mut BTreeSet<String>,
) {
    let Some(entity) = entities.get(name) else {
        return;
    };
    if !found.insert(name.to_owned()) || !scope.common.content.nested_forms {
        return;
    }
    let subtypes = entity.subtypes.iter();
    let subtypes = subtypes.filter(|name| !is_only_read(scope, name));
    for related in entity.extends.iter().chain(subtypes) {
        visit(scope, entities, related, form, found);
    }
    for attribute in entity.attributes.iter().filter(|a| stands_in(a, form)) {
        let Kind::Entity(next) = &attribute.kind else {
            continue;
        };
        if entities
            .get(next)
            .is_some_and(|e| e.typed || differs(e, form))
        {
            visit(scope, entities, next, form, found);
        }
    }
}

/// Whether the document says that a subclass has no forms, though its parent may have some.
fn is_only_read(scope: &Scope<'_>, name: &str) -> bool {
    let none = |d: &super::scope::Definition| d.source.forms.iter().any(|form| form == "none");
    scope.definition(name).is_some_and(none)
}

fn stands_in(attribute: &Attribute, form: Form) -> bool {
    match form {
        Form::Create => attribute.settable,
        Form::Patch => attribute.patchable,
    }
}

/// Whether the form of a plain value type is another than what is read.
fn differs(entity: &Entity, form: Form) -> bool {
    entity.attributes.iter().any(|a| match form {
        Form::Create => !a.settable || a.required != a.required_on_create,
        Form::Patch => !a.patchable || a.required != a.required_on_patch,
    })
}
