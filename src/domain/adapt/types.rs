//! `@type` of objects: optional and loosely named in v4, required and exact in v5.

use serde_json::Value;

use super::{FROM_V4, FROM_V5, Object, value_type};
use crate::domain::descriptor::Entity;

const TYPE: &str = "@type";

/// Fills or translates the `@type` of an object that is otherwise still in v4 form.
pub(super) fn up(entity: &'static Entity, canonical: &'static Entity, object: &mut Object) {
    if !is_typed(canonical) {
        return;
    }
    if canonical.union {
        return union_up(entity, canonical, object);
    }
    match object.get(TYPE) {
        None => fill(object, &default_type(canonical, object)),
        Some(Value::String(name)) => {
            if let Some(other) = exchanged(name, entity.name, canonical.name) {
                fill(object, other);
            }
        }
        Some(_) => {}
    }
}

/// The inverse of [`up`], after everything else of the object is in v4 form again.
pub(super) fn down(entity: &'static Entity, canonical: &'static Entity, object: &mut Object) {
    if !is_typed(canonical) {
        return;
    }
    if canonical.union {
        return union_down(entity, canonical, object);
    }
    if let Some(Value::String(name)) = object.get(TYPE)
        && let Some(other) = exchanged(name, canonical.name, entity.name)
    {
        fill(object, other);
    }
}

/// Whether `@type` names the class of the object itself; a target schema's names that of others.
fn is_typed(canonical: &Entity) -> bool {
    let target = canonical.name.starts_with("Target") && canonical.name.ends_with("Schema");
    (canonical.typed || canonical.union) && !target
}

fn exchanged(name: &str, from: &'static str, to: &'static str) -> Option<&'static str> {
    match name {
        _ if from == to => None,
        _ if name == from => Some(to),
        _ if name == to => Some(from),
        _ => None,
    }
}

fn fill(object: &mut Object, name: &str) {
    object.insert(TYPE.to_owned(), Value::String(name.to_owned()));
}

/// What v5 calls an object at the position of the entity.
fn default_type(canonical: &'static Entity, object: &Object) -> String {
    let by_value = canonical
        .subtypes
        .iter()
        .any(|e| value_type::is_typed_form(e.name, canonical.name));
    if by_value {
        return value_type::typed_name(canonical.name, object);
    }
    canonical.name.to_owned()
}

/// A union is not a class; its members are.
fn union_up(entity: &'static Entity, canonical: &'static Entity, object: &mut Object) {
    match object.get(TYPE) {
        None => {
            if let Some(kept) = object.shift_remove(&format!("{FROM_V5}{TYPE}")) {
                object.insert(TYPE.to_owned(), kept);
                return;
            }
        }
        Some(Value::String(name)) if is_union_name(name, entity, canonical) => {
            let kept = Value::String(name.clone());
            object.insert(format!("{FROM_V4}{TYPE}"), kept);
        }
        Some(_) => return,
    }
    if let Some(member) = member(entity, canonical, object) {
        fill(object, member.name);
    }
}

fn union_down(entity: &'static Entity, canonical: &'static Entity, object: &mut Object) {
    if let Some(kept) = object.shift_remove(&format!("{FROM_V4}{TYPE}")) {
        object.insert(TYPE.to_owned(), kept);
        return;
    }
    let named = object.get(TYPE).and_then(Value::as_str);
    if named.is_some_and(|name| is_union_name(name, entity, canonical))
        && let Some(kept) = object.shift_remove(TYPE)
    {
        object.insert(format!("{FROM_V5}{TYPE}"), kept);
    }
}

fn is_union_name(name: &str, entity: &Entity, canonical: &Entity) -> bool {
    name == entity.name && !canonical.subtypes.iter().any(|e| e.name == name)
}

/// The member that the content speaks for: the reference when there is an `id` and nothing that
/// only a value has, otherwise the value.
fn member(
    entity: &'static Entity,
    canonical: &'static Entity,
    object: &Object,
) -> Option<&'static Entity> {
    let is_reference = |e: &&&'static Entity| e.name.ends_with("Ref");
    let members = canonical.subtypes;
    let reference = members.iter().find(is_reference);
    let value = members.iter().find(|e| !is_reference(e));
    let (Some(reference), Some(value)) = (reference, value) else {
        return members.first().copied();
    };
    let only_in_values = |name: &String| {
        let own = !name.starts_with('@') && entity.attribute(name).is_some();
        own && reference.attribute(name).is_none()
    };
    let refers = object.contains_key("id") && !object.keys().any(only_in_values);
    Some(if refers { reference } else { value })
}
