//! What v4 requires an object to say although its class tells it: whether it is a reference
//! (`isRef`), how somebody is reached (`mediumType`), what is referred to (`@referredType`).
//!
//! Where v4 says just what the class tells, the stored form leaves it out, and `down` says it again.
//! What somebody did write into the stored form is marked (`v5:mediumType`), or it would get lost.

use serde_json::Value;

use super::place::Place;
use super::{FROM_V5, Object, medium};
use crate::domain::descriptor::Entity;

const TYPE: &str = "@type";
const REFERRED: &str = "@referredType";
const IS_REF: &str = "isRef";

/// Takes out what the class, the `@type` in the stored form, tells anyway.
pub(super) fn hide(place: Place, object: &mut Object) {
    let Some((name, value)) = implied(place, object) else {
        return;
    };
    let said = object.shift_remove(&format!("{FROM_V5}{name}"));
    if said.is_none() && object.get(name) == Some(&value) {
        object.shift_remove(name);
    }
}

/// Says what the class tells; the `@type` is still that of the stored form.
pub(super) fn show(place: Place, object: &mut Object) {
    let Some((name, value)) = implied(place, object) else {
        return;
    };
    match object.get(name) {
        None => {
            object.insert(name.to_owned(), value);
        }
        Some(said) if *said == value => {
            object.insert(format!("{FROM_V5}{name}"), value);
        }
        Some(_) => {}
    }
}

/// Whether an attribute of a v4 entity may be implied.
pub(super) fn may_imply(entity: &Entity, name: &str) -> bool {
    match name {
        IS_REF => entity.canonical.is_some_and(|canonical| canonical.union),
        medium::TYPE => medium::is_medium(entity),
        _ => false,
    }
}

/// What the class of an object implies.
fn implied(place: Place, object: &Object) -> Option<(&'static str, Value)> {
    let class = object.get(TYPE)?.as_str()?;
    let declares = |name: &str| place.entity.attribute(name).is_some();
    if may_imply(place.entity, IS_REF) && declares(IS_REF) {
        return Some((IS_REF, Value::Bool(class.ends_with("Ref"))));
    }
    if medium::is_medium(place.entity) {
        let word = medium::word(class)?;
        return Some((medium::TYPE, Value::String(word.to_owned())));
    }
    if !place.is_usual() && declares(REFERRED) && object.contains_key("id") {
        let name = referred(class)?;
        return Some((REFERRED, Value::String(name.to_owned())));
    }
    None
}

/// The `@referredType` that a v5 reference to a party need not say.
pub(super) fn referred(class: &str) -> Option<&'static str> {
    match class {
        "PartyRef" => Some("Party"),
        "PartyRoleRef" => Some("PartyRole"),
        _ => None,
    }
}
