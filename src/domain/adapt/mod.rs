//! The version adapter: documents of an older API version to the stored form and back.
//!
//! The stored form is that of v5, so v5 passes through unchanged. A v4 document is translated
//! object by object, led by the descriptor of the v4 entity at each position:
//!
//! 1. **Types** ([`types`]). A missing `@type` is filled with what v5 calls the thing at that
//!    position: unions are decided by their content, characteristic values by their JSON type. The
//!    v4 entity's own name is exchanged for the v5 name.
//! 2. **Spelling** ([`spelling`]). A value of a closed set that v5 spells differently.
//! 3. **Names** ([`rename`]). `Attribute::canonical` without a dot: `constraint` becomes `policy`.
//! 4. **Structure** ([`nest`]). `Attribute::canonical` with a dot: `parentId` becomes `parent.id`,
//!    the flat v4 `RelatedParty` becomes a role with a `partyOrPartyRole`. By hand: the amount
//!    without tax of v4's `ProductPriceValue` becomes the v5 price itself, the rest stays beside it.
//!
//! [`down`] undoes these steps in reverse order. The promises, which property tests hold us to:
//!
//! - `down(up(x))` contains `x`, and equals it when `x` has all its types; what is added is only
//!   `@type`, and the `@referredType` that v4 requires of a related party.
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
//!   (`AttachmentRefOrValue`) that a v4 client used as a type. Attribute names that begin with `v4:`
//!   or `v5:` are therefore reserved: only for them the promises above do not hold.

pub mod href;
mod nest;
mod rename;
mod spelling;
#[cfg(test)]
pub(crate) mod tests;
mod types;
mod value_type;

use serde_json::{Map, Value};

use crate::domain::descriptor::{ApiVersion, Entity, Kind, Resource};

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
    match (resource.version, document) {
        (ApiVersion::V4, Value::Object(mut object)) => {
            if let Some(Value::Object(previous)) = previous {
                for nest in nest::of(resource.entity) {
                    nest.reconcile(&mut object, previous);
                }
            }
            Value::Object(object_up(resource.entity, object))
        }
        (_, document) => document,
    }
}

/// Translates a stored document into the resource's version; the inverse of [`up`].
pub fn down(resource: &'static Resource, canonical: Value) -> Value {
    match (resource.version, canonical) {
        (ApiVersion::V4, Value::Object(object)) => {
            Value::Object(object_down(resource.entity, object))
        }
        (_, canonical) => canonical,
    }
}

fn object_up(entity: &'static Entity, mut object: Object) -> Object {
    if let Some(canonical) = entity.canonical {
        types::up(entity, canonical, &mut object);
    }
    children(entity, &mut object, object_up);
    spelling::exchange(entity, &mut object);
    let object = rename::up(entity, object);
    nest::of(entity).fold(object, |object, nest| nest.up(object))
}

fn object_down(entity: &'static Entity, object: Object) -> Object {
    let object = nest::of(entity).fold(object, |object, nest| nest.down(object));
    let mut object = rename::down(entity, object);
    spelling::exchange(entity, &mut object);
    children(entity, &mut object, object_down);
    if let Some(canonical) = entity.canonical {
        types::down(entity, canonical, &mut object);
    }
    object
}

/// Translates what the attributes of an object in v4 form hold.
fn children(
    entity: &'static Entity,
    object: &mut Object,
    translate: fn(&'static Entity, Object) -> Object,
) {
    for attribute in entity.attributes {
        let Kind::Entity(child) = attribute.kind else {
            continue;
        };
        // An entity that v5 lacks is extension data there, kept as the client sent it.
        if child.canonical.is_none() && !nest::by_hand(child) {
            continue;
        }
        match (object.get_mut(attribute.name), attribute.many) {
            (Some(Value::Object(inner)), false) => {
                *inner = translate(child, std::mem::take(inner));
            }
            (Some(Value::Array(items)), true) => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    *item = translate(child, std::mem::take(item));
                }
            }
            _ => {}
        }
    }
}
