//! `@type` of objects: optional and loosely named in v4, required and exact in v5.

use serde_json::Value;

use super::place::Place;
use super::{FROM_V4, FROM_V5, Object, implied, medium, value_type};
use crate::domain::descriptor::Entity;

const TYPE: &str = "@type";

/// Fills or translates the `@type` of an object that is otherwise still in v4 form, and takes out
/// what it tells besides.
pub(super) fn up(place: Place, object: &mut Object) {
    let Some(canonical) = place.canonical.filter(|e| is_typed(e)) else {
        return;
    };
    if canonical.union {
        union_up(place.entity, canonical, object);
    } else if let Some(class) = found(place, canonical, object) {
        found_up(place.entity, class, object);
    } else {
        class_up(place.entity, canonical, object);
    }
    implied::hide(place, object);
}

/// The inverse of [`up`], after everything else of the object is in v4 form again.
pub(super) fn down(place: Place, object: &mut Object) {
    let Some(canonical) = place.canonical.filter(|e| is_typed(e)) else {
        return;
    };
    implied::show(place, object);
    if canonical.union {
        union_down(place.entity, canonical, object);
    } else if let Some(class) = found(place, canonical, object) {
        found_down(place.entity, class, object);
    } else {
        class_down(place.entity, canonical, object);
    }
}

fn class_up(entity: &'static Entity, canonical: &'static Entity, object: &mut Object) {
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

fn class_down(entity: &'static Entity, canonical: &'static Entity, object: &mut Object) {
    if let Some(Value::String(name)) = object.get(TYPE)
        && let Some(other) = exchanged(name, canonical.name, entity.name)
    {
        fill(object, other);
    }
}

/// The class of an object whose v4 class is none of v5 at that position: the content or the
/// position decides on it.
fn found(place: Place, canonical: &'static Entity, object: &Object) -> Option<&'static str> {
    if !place.is_usual() {
        return Some(canonical.name);
    }
    medium::is_medium(place.entity).then(|| medium::class(object).unwrap_or(canonical.name))
}

/// v4's own name, or none, becomes the class found. A v4 client that names the class found itself
/// is given its word back.
fn found_up(entity: &'static Entity, class: &'static str, object: &mut Object) {
    match object.get(TYPE) {
        Some(Value::String(name)) if name == class && name != entity.name => {
            object.insert(format!("{FROM_V4}{TYPE}"), class.into());
        }
        Some(Value::String(name)) if name != entity.name => {}
        None | Some(Value::String(_)) => {
            let kept = object.shift_remove(&format!("{FROM_V5}{TYPE}"));
            object.insert(TYPE.to_owned(), kept.unwrap_or_else(|| class.into()));
        }
        Some(_) => {}
    }
}

fn found_down(entity: &'static Entity, class: &'static str, object: &mut Object) {
    if let Some(kept) = object.shift_remove(&format!("{FROM_V4}{TYPE}")) {
        object.insert(TYPE.to_owned(), kept);
        return;
    }
    match object.get(TYPE) {
        Some(Value::String(name)) if name == class => fill(object, entity.name),
        // v4's own name would become the class found.
        Some(Value::String(name)) if name == entity.name => {
            if let Some(kept) = object.shift_remove(TYPE) {
                object.insert(format!("{FROM_V5}{TYPE}"), kept);
            }
        }
        _ => {}
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
        let has = |name: &str| canonical.subtypes.iter().any(|e| e.name == name);
        return value_type::typed_name(canonical.name, object, has);
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

/// The member that the object says it is (`isRef`), or that its content speaks for: the reference
/// when there is an `id` and nothing that only a value has, otherwise the value.
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
    let refers = match object.get("isRef") {
        Some(Value::Bool(said)) => *said,
        // Without it the standard takes a reference for granted.
        _ if entity.attribute("isRef").is_some() => object.contains_key("id"),
        _ => object.contains_key("id") && !object.keys().any(only_in_values),
    };
    Some(if refers { reference } else { value })
}
