//! Attributes that another version calls by another name.
//!
//! The renames of an entity are completed to an exchange of names: where `constraint` becomes
//! `policy`, an attribute that is already called `policy` becomes `constraint`. So both versions
//! keep both attributes, and going there and back is the identity.

use super::Object;
use crate::domain::descriptor::Entity;

/// v4 names to stored names.
pub(super) fn up(entity: &'static Entity, object: Object) -> Object {
    apply(object, &pairs(entity))
}

/// Stored names to v4 names.
pub(super) fn down(entity: &'static Entity, object: Object) -> Object {
    let mut pairs = pairs(entity);
    for pair in &mut pairs {
        *pair = (pair.1, pair.0);
    }
    apply(object, &pairs)
}

/// Names that differ; those with a dot change place too and are the business of `nest`.
fn pairs(entity: &'static Entity) -> Vec<(&'static str, &'static str)> {
    let renamed = |a: &'static crate::domain::descriptor::Attribute| {
        let stored = a.canonical?;
        (!stored.contains('.') && stored != a.name).then_some((a.name, stored))
    };
    entity.attributes.iter().filter_map(renamed).collect()
}

fn apply(object: Object, pairs: &[(&'static str, &'static str)]) -> Object {
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
fn target(name: &str, pairs: &[(&'static str, &'static str)]) -> Option<&'static str> {
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
