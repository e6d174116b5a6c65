//! Dotted paths through entities: `category.id`, arrays and unions passed through.

use std::collections::BTreeMap;

use crate::model::{Attribute, Entity, Kind};

/// The attribute at the end of a path that starts in an entity.
pub fn walk<'a>(
    entities: &'a BTreeMap<String, Entity>,
    start: &str,
    path: &str,
) -> Option<&'a Attribute> {
    let entity = entities.get(start)?;
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let attribute = in_entity(entities, entity, first)?;
    match (rest, &attribute.kind) {
        (None, _) => Some(attribute),
        (Some(rest), Kind::Entity(next)) => walk(entities, next, rest),
        (Some(_), _) => None,
    }
}

/// The attribute of an entity, or of the first of its subtypes that has one of that name.
fn in_entity<'a>(
    entities: &'a BTreeMap<String, Entity>,
    entity: &'a Entity,
    name: &str,
) -> Option<&'a Attribute> {
    let subtypes = entity.subtypes.iter().filter_map(|s| entities.get(s));
    std::iter::once(entity)
        .chain(subtypes)
        .find_map(|e| e.attribute(name))
}
