//! JSON Merge Patch, RFC 7396.

use serde_json::{Map, Value};

/// Merges a patch into the target: objects member by member, `null` removes, anything else
/// (arrays included) replaces.
pub(super) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(members) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(object) = target else {
        return;
    };
    for (name, value) in members {
        if value.is_null() {
            // `remove` would move the last attribute into the gap.
            object.shift_remove(name);
            continue;
        }
        match object.get_mut(name) {
            Some(present) => merge(present, value),
            None => {
                // Merged into nothing, because `null` inside a new object must vanish too.
                let mut fresh = Value::Null;
                merge(&mut fresh, value);
                object.insert(name.clone(), fresh);
            }
        }
    }
}
