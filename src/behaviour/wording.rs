//! Refusals in the words of an API version. Rules speak of the stored form, whose attributes are
//! those of v5; a v4 client that sent `parentId` would look for `/parent` in vain.

use crate::domain::descriptor::{Attribute, Entity, Kind, Resource};
use crate::domain::json::pointer;
use crate::domain::problem::{Problem, Violation};

/// Rewrites the pointers of a problem for a client of the resource's version. Pointers that the
/// descriptors do not know stay as they are.
#[must_use]
pub fn in_words_of(resource: &'static Resource, problem: Problem) -> Problem {
    let violations: Vec<Violation> = problem
        .violations
        .iter()
        .map(|violation| said(resource.entity, violation))
        .collect();
    if violations == problem.violations {
        return problem;
    }
    let repeats_first =
        Problem::many(problem.code, problem.violations.clone()).message == problem.message;
    let message = if repeats_first {
        Problem::many(problem.code, violations.clone()).message
    } else {
        problem.message
    };
    Problem {
        violations,
        message,
        ..problem
    }
}

/// A violation with the version's names and values.
fn said(entity: &'static Entity, violation: &Violation) -> Violation {
    let path = translated(entity, &violation.path);
    let mut message = violation.message.clone();
    let name = violation.path.strip_prefix('/');
    let attribute = name.and_then(|name| find(entity, name, None));
    if let Some((attribute, _)) = attribute
        && let Kind::Enum(values) = attribute.kind
    {
        for (here, stored) in values.stored {
            message = message.replace(stored, here);
        }
    }
    Violation {
        path: path.unwrap_or_else(|| violation.path.clone()),
        message,
    }
}

/// The pointer in the version's words, when it differs.
fn translated(entity: &'static Entity, path: &str) -> Option<String> {
    // The name of a header or a query parameter is no pointer.
    if !path.starts_with('/') {
        return None;
    }
    let mut names = pointer::segments(path).peekable();
    let mut at = Some(entity);
    let mut out = String::with_capacity(path.len());
    while let Some(name) = names.next() {
        let is_index = name.bytes().all(|byte| byte.is_ascii_digit());
        let attribute = match at {
            Some(entity) if !is_index => find(entity, &name, names.peek().map(AsRef::as_ref)),
            _ => None,
        };
        let Some((attribute, part)) = attribute else {
            if let Some((around, inner)) = at.and_then(|entity| lifted(entity, &name)) {
                pointer::push(&mut out, around.name);
                at = entity_of(inner);
                pointer::push(&mut out, &name);
                continue;
            }
            pointer::push(&mut out, &name);
            if !is_index {
                at = None;
            }
            continue;
        };
        pointer::push(&mut out, attribute.name);
        if part && names.peek().is_some() {
            names.next();
        }
        at = entity_of(attribute);
    }
    (out != path).then_some(out)
}

fn entity_of(attribute: &Attribute) -> Option<&'static Entity> {
    match attribute.kind {
        Kind::Entity(child) => Some(child),
        _ => None,
    }
}

/// The attribute within another one that shows what is stored around it: the `emailAddress` in the
/// `characteristic` of a contact medium.
fn lifted(entity: &'static Entity, name: &str) -> Option<(&'static Attribute, &'static Attribute)> {
    let mut around = entity.attributes.iter().filter(|a| a.is_lifted());
    around.find_map(|around| Some((around, entity_of(around)?.attribute(name)?)))
}

/// The attribute that shows what is stored under a name, and whether it shows only the `next` part
/// of it (`parentId` is `parent.id`).
fn find(
    entity: &'static Entity,
    name: &str,
    next: Option<&str>,
) -> Option<(&'static Attribute, bool)> {
    let stored = |attribute: &&Attribute| attribute.canonical.unwrap_or(attribute.name) == name;
    if let Some(attribute) = entity.attributes.iter().find(stored) {
        return Some((attribute, false));
    }
    let part = |attribute: &&Attribute| {
        let stored = attribute.canonical.and_then(|path| path.split_once('.'));
        stored.is_some_and(|(whole, inner)| whole == name && next.is_none_or(|next| next == inner))
    };
    entity
        .attributes
        .iter()
        .find(part)
        .map(|attribute| (attribute, true))
}
