//! Refusals in the words of an API version. Rules speak of the stored form, whose attributes are
//! those of v5; a v4 client that sent `parentId` would look for `/parent` in vain.

use crate::domain::descriptor::{Attribute, Entity, Kind, Resource};
use crate::domain::json::pointer;
use crate::domain::problem::{Problem, Violation};

/// Rewrites the pointers of a problem for a client of the resource's version. Pointers that the
/// descriptors do not know stay as they are.
#[must_use]
pub fn in_words_of(resource: &'static Resource, problem: Problem) -> Problem {
    let said = |violation: &Violation| translated(resource.entity, &violation.path);
    let changed = problem
        .violations
        .iter()
        .any(|violation| said(violation).is_some());
    if !changed {
        return problem;
    }
    let repeats_first =
        Problem::many(problem.code, problem.violations.clone()).message == problem.message;
    let violations: Vec<Violation> = problem
        .violations
        .into_iter()
        .map(|violation| Violation {
            path: translated(resource.entity, &violation.path).unwrap_or(violation.path),
            message: violation.message,
        })
        .collect();
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
        at = match attribute.kind {
            Kind::Entity(child) => Some(child),
            _ => None,
        };
    }
    (out != path).then_some(out)
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
