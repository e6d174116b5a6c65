//! Attributes that another version calls by another name.
//!
//! The renames of an entity are completed to an exchange of names: where `constraint` becomes
//! `policy`, an attribute that is already called `policy` becomes `constraint`. So both versions
//! keep both attributes, and going there and back is the identity.
//!
//! Where the entity has an attribute of the new name already (`billingDateShift` beside the
//! `dateShift` that becomes it), the renamed one is an *alias*: it is renamed when the other is
//! absent, and marked, to come back as it was written.

use serde_json::Value;

use super::{FROM_V4, FROM_V5, Object};
use crate::domain::descriptor::Entity;

/// v4 names to stored names.
pub(super) fn up(entity: &'static Entity, object: Object) -> Object {
    let object = aliases(entity).fold(object, |object, alias| alias.up(object));
    apply(object, &pairs(entity))
}

/// Stored names to v4 names.
pub(super) fn down(entity: &'static Entity, object: Object) -> Object {
    let mut pairs = pairs(entity);
    for pair in &mut pairs {
        *pair = (pair.1, pair.0);
    }
    let object = apply(object, &pairs);
    aliases(entity).fold(object, |object, alias| alias.down(object))
}

/// Names that differ; those with a dot change place too and are the business of `nest`.
fn pairs(entity: &'static Entity) -> Vec<(&'static str, &'static str)> {
    let renamed = |a: &'static crate::domain::descriptor::Attribute| {
        let stored = a.canonical?;
        let moved = !stored.contains('.') && stored != a.name;
        (moved && !is_taken(entity, stored)).then_some((a.name, stored))
    };
    entity.attributes.iter().filter_map(renamed).collect()
}

/// Whether an attribute of the entity has that name in both versions.
fn is_taken(entity: &Entity, name: &str) -> bool {
    let attribute = entity.attribute(name);
    attribute.is_some_and(|a| a.canonical.is_none_or(|stored| stored == name))
}

/// A second name for an attribute.
struct Alias {
    name: &'static str,
    stored: &'static str,
}

fn aliases(entity: &'static Entity) -> impl Iterator<Item = Alias> {
    entity.attributes.iter().filter_map(|a| {
        let stored = a.canonical.filter(|stored| *stored != a.name)?;
        is_taken(entity, stored).then_some(Alias {
            name: a.name,
            stored,
        })
    })
}

impl Alias {
    fn up(&self, mut object: Object) -> Object {
        let foreign = format!("{FROM_V5}{}", self.name);
        if object.contains_key(&foreign) {
            return apply(object, &[(foreign.as_str(), self.name)]);
        }
        if !object.contains_key(self.name) || object.contains_key(self.stored) {
            return object;
        }
        object = apply(object, &[(self.name, self.stored)]);
        object.insert(format!("{FROM_V4}{}", self.name), Value::Bool(true));
        object
    }

    fn down(&self, mut object: Object) -> Object {
        let marked = object.shift_remove(&format!("{FROM_V4}{}", self.name));
        let foreign = format!("{FROM_V5}{}", self.name);
        match (object.contains_key(self.stored), marked) {
            (true, Some(_)) if !object.contains_key(self.name) => {
                apply(object, &[(self.stored, self.name)])
            }
            (false, _) if object.contains_key(self.name) => {
                apply(object, &[(self.name, foreign.as_str())])
            }
            _ => object,
        }
    }
}

fn apply(object: Object, pairs: &[(&str, &str)]) -> Object {
    let touched = pairs
        .iter()
        .any(|(from, to)| object.contains_key(*from) || object.contains_key(*to));
    if !touched {
        return object;
    }
    object
        .into_iter()
        .map(|(name, value)| match target(&name, pairs) {
            Some(other) => (other.to_owned(), value),
            None => (name, value),
        })
        .collect()
}

/// The new name of an attribute, when it has one.
fn target<'p>(name: &str, pairs: &[(&'p str, &'p str)]) -> Option<&'p str> {
    if let Some((_, to)) = pairs.iter().find(|(from, _)| *from == name) {
        return Some(to);
    }
    // The name is wanted by another attribute: take the name that the chain of renames sets free.
    let before = |taken: &str| {
        pairs
            .iter()
            .find(|(_, to)| *to == taken)
            .map(|(from, _)| *from)
    };
    let first = before(name)?;
    // A chain cannot be longer than the list of pairs.
    Some(
        std::iter::successors(Some(first), |taken| before(taken))
            .take(pairs.len())
            .last()
            .unwrap_or(first),
    )
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn chains_are_closed_to_a_ring() {
        let pairs = [("a", "b"), ("b", "c"), ("x", "y")];
        for (name, expected) in [
            ("a", Some("b")),
            ("b", Some("c")),
            ("c", Some("a")),
            ("x", Some("y")),
            ("y", Some("x")),
            ("z", None),
        ] {
            assert_eq!(target(name, &pairs), expected, "{name}");
        }
    }
}
