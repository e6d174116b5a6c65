//! Attributes that are a list in v4 and a single object in v5 (`errorMessage` of a service order), or the
//! other way round.
//!
//! A list of one object and that object are exchanged, in either direction: going there and back is the
//! identity whatever is there. A longer list, or an empty one, stays a list.

use serde_json::Value;

use super::Object;
use super::place::Place;
use crate::domain::descriptor::{Attribute, Kind};

/// Exchanges the two forms in an object that is in v4 form otherwise.
pub(super) fn exchange(place: Place, object: &mut Object) {
    if !place.is_usual() {
        return;
    }
    for attribute in place.entity.attributes {
        if differs(place, attribute)
            && let Some(value) = object.get_mut(attribute.name)
        {
            swap(value);
        }
    }
}

/// Whether both versions hold an object there, one of them in a list. What moves to another place is
/// not meant.
fn differs(place: Place, attribute: &Attribute) -> bool {
    let name = attribute.canonical.unwrap_or(attribute.name);
    let stored = place.canonical.and_then(|entity| entity.attribute(name));
    let holds_object = |attribute: &Attribute| matches!(attribute.kind, Kind::Entity(_));
    stored.is_some_and(|stored| {
        stored.many != attribute.many && holds_object(stored) && holds_object(attribute)
    })
}

fn swap(value: &mut Value) {
    *value = match value.take() {
        Value::Object(object) => Value::Array(vec![Value::Object(object)]),
        Value::Array(mut items) if matches!(items.as_slice(), [Value::Object(_)]) => {
            items.swap_remove(0)
        }
        other => other,
    };
}
