//! The version adapter: documents of an older API version to the stored form and back.
//!
//! The stored form is that of the newest version of an API, which passes through unchanged: v5, or v4
//! where there is none. Otherwise a v4 document is translated object by object, led by the descriptor of
//! the v4 entity at each position:
//!
//! 1. **Types** ([`types`]). A missing `@type` is filled with what v5 calls the thing at that
//!    position: unions are decided by their content, characteristic values by their JSON type,
//!    contact media by what they hold ([`medium`]). The v4 entity's own name is exchanged for the v5
//!    name. What v4 says besides the class to tell the same (`isRef`, `mediumType`) goes ([`implied`]).
//! 2. **Values** and **names** ([`rename`]). `Enum::stored`: `deceaded` becomes `deceased`.
//!    `Attribute::canonical` without a dot: `constraint` becomes `policy`.
//! 3. **Structure** ([`nest`]). `Attribute::canonical` with a dot: `parentId` becomes `parent.id`,
//!    the flat v4 `RelatedParty` becomes a role with a `partyOrPartyRole`. A dot alone: what v4's
//!    `dutyFreeAmount` or `characteristic` holds stands in the price or the contact medium itself,
//!    and what the v5 entity does not know stays where it was. Where v5 has a list ([`first`]), v4's
//!    `externalId` is the `id` of its first element. Where one version has a list of objects and the
//!    other a single one ([`cardinality`]), a list of one object is exchanged for that object.
//!
//! A v4 entity at a position where v5 has something else than its usual twin (a `RelatedParty` as
//! `engagedParty`, which is a reference) becomes what stands there, under its own names ([`place`]).
//!
//! [`down`] undoes these steps in reverse order. The promises, which property tests hold us to:
//!
//! - `down(up(x))` contains `x`, and equals it when `x` has all its types; what is added is only
//!   `@type`, and what v4 requires although the class tells it: the `@referredType` of a related
//!   party, `isRef`, the `mediumType` of a contact medium.
//! - `up(down(c)) == c` for a stored document `c` whose typed objects have their `@type`.
//! - Attributes that the descriptors do not know, and values of an unexpected shape, pass through.
//!
//! # What has no place in the other version
//!
//! A v5 attribute that v4 lacks is shown in v4 under its v5 name, and the other way round: v4's
//! `priceAlteration` is kept as it was sent. Of a part that v4 shows elsewhere (`parent`,
//! `partyOrPartyRole`) only the remainder is shown: `parentId` says which category it is, `parent`
//! has its name and address.
//!
//! # Clashes of names
//!
//! - A v4 document may carry both `constraint` and an attribute of its own called `policy`. The two
//!   names are exchanged: v5 shows the first as `policy` and the second as `constraint`. The same
//!   holds for type names (`ConstraintRef` and `PolicyRef`, `Catalog` and `ProductCatalog`).
//! - Where an exchange is impossible, because an attribute has become part of another, the foreign
//!   one is marked with the version it comes from: `v5:parentId` in a v4 document is an attribute
//!   `parentId` that somebody gave a v5 category; `v4:id` inside a stored `parent` is an `id` that a
//!   v4 client put into an unknown `parent` besides `parentId`. `v4:@type` keeps the name of a union
//!   (`AttachmentRefOrValue`) that a v4 client used as a type, and the class of a contact medium that
//!   a v4 client named itself. Attribute names that begin with `v4:` or `v5:` are therefore
//!   reserved: only for them the promises above do not hold.

mod cardinality;
mod first;
pub mod href;
mod implied;
mod medium;
mod nest;
mod place;
mod rename;
#[cfg(test)]
pub(crate) mod tests;
mod types;
mod value_type;

use serde_json::{Map, Value};

pub(in crate::domain) use place::Place;

use crate::domain::descriptor::{Entity, Kind, Resource};

/// Marks an attribute of a v4 document, in the stored form, whose name means something else there.
const FROM_V4: &str = "v4:";
/// Marks an attribute of the stored form, in a v4 document, whose name means something else there.
const FROM_V5: &str = "v5:";

type Object = Map<String, Value>;

/// Translates a document of the resource's version into the stored form.
///
/// `previous` is the stored document that is being replaced or patched; it tells a remainder that
/// was merely sent back (`parent` without its `id`) from one that still belongs to the new value.
/// Reference addresses must be turned into marks after this step, see [`href::Links`].
pub fn up(resource: &'static Resource, document: Value, previous: Option<&Value>) -> Value {
    match (resource.is_stored_form(), document) {
        (false, Value::Object(mut object)) => {
            if let Some(Value::Object(previous)) = previous {
                for nest in nest::of(resource.entity) {
                    nest.reconcile(&mut object, previous);
                }
                for first in first::of(resource.entity) {
                    first.reconcile(&mut object, previous);
                }
            }
            Value::Object(object_up(Place::of(resource.entity), object))
        }
        (_, document) => document,
    }
}

/// Translates a stored document into the resource's version; the inverse of [`up`].
pub fn down(resource: &'static Resource, canonical: Value) -> Value {
    match (resource.is_stored_form(), canonical) {
        (false, Value::Object(object)) => {
            Value::Object(object_down(Place::of(resource.entity), object))
        }
        (_, canonical) => canonical,
    }
}

/// Whether v4 says this attribute of an entity only because the class does not tell it there: the
/// stored form leaves it out, so that only the shown document can be asked for it.
pub fn is_only_shown(entity: &Entity, name: &str) -> bool {
    implied::may_imply(entity, name)
}

/// Whether an attribute that v4 has in a part of an entity stands in the entity itself in the stored
/// form, for a part that does ([`crate::domain::descriptor::Attribute::is_lifted`]).
pub(in crate::domain) fn stands_around(entity: &'static Entity, name: &str) -> bool {
    nest::stands_around(entity, name)
}

fn object_up(place: Place, mut object: Object) -> Object {
    types::up(place, &mut object);
    children(place, &mut object, object_up);
    cardinality::exchange(place, &mut object);
    values(place.entity, &mut object);
    if !place.is_usual() {
        return object;
    }
    let object = rename::up(place.entity, object);
    let mut object = nest::of(place.entity).fold(object, |object, nest| nest.up(object));
    for first in first::of(place.entity) {
        first.up(&mut object);
    }
    object
}

fn object_down(place: Place, object: Object) -> Object {
    let mut object = object;
    if place.is_usual() {
        for first in first::of(place.entity) {
            first.down(&mut object);
        }
        let nested = nest::of(place.entity).fold(object, |object, nest| nest.down(object));
        object = rename::down(place.entity, nested);
    }
    values(place.entity, &mut object);
    cardinality::exchange(place, &mut object);
    children(place, &mut object, object_down);
    types::down(place, &mut object);
    object
}

/// Translates what the attributes of an object in v4 form hold.
fn children(place: Place, object: &mut Object, translate: fn(Place, Object) -> Object) {
    for attribute in place.entity.attributes {
        let Some(below) = place.below(attribute) else {
            continue;
        };
        match (object.get_mut(attribute.name), attribute.many) {
            (Some(Value::Object(inner)), false) => {
                *inner = translate(below, std::mem::take(inner));
            }
            (Some(Value::Array(items)), true) => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    *item = translate(below, std::mem::take(item));
                }
            }
            _ => {}
        }
    }
}

/// Exchanges the spellings of values, in either direction.
fn values(entity: &'static Entity, object: &mut Object) {
    for attribute in entity.attributes {
        let Kind::Enum(values) = attribute.kind else {
            continue;
        };
        let value = object.get_mut(attribute.name);
        if let Some(Value::String(text)) = value
            && let Some(other) = values.exchanged(text)
        {
            other.clone_into(text);
        }
    }
}
