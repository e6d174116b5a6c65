//! Documents for property tests, led by descriptors: likely ones, and ones with unknown attributes,
//! missing parts and odd shapes.

use proptest::prelude::*;
use proptest::test_runner::TestRng;
use serde_json::{Map, Value, json};

use super::descriptor::{Entity, Kind, Scalar};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// Every object at a typed position has a string `@type`; nothing has a misshapen one.
    pub typed: bool,
    /// Values of the wrong shape and foreign attributes.
    pub odd: bool,
}

/// A document of the entity, from a seed: proptest shrinks badly over recursive statics, so the
/// failing document itself is what a failure shows.
pub fn document(entity: &'static Entity, wish: Wish, rng: &mut TestRng) -> Value {
    Maker { wish, rng }.object(entity, 4)
}

struct Maker<'a> {
    wish: Wish,
    rng: &'a mut TestRng,
}

/// Names that some entity of some version uses, to provoke clashes.
const FOREIGN: [&str; 38] = [
    "parent",
    "parentId",
    "policy",
    "constraint",
    "partyOrPartyRole",
    "id",
    "href",
    "name",
    "unit",
    "value",
    "dutyFreeAmount",
    "@referredType",
    "x-extension",
    "recurringChargePeriod",
    "recurringChargePeriodType",
    "parentSpecificationId",
    "@baseType",
    "role",
    "isRef",
    "dateShift",
    "billingDateShift",
    "mediumType",
    "characteristic",
    "contactType",
    "emailAddress",
    "engagedParty",
    "fullName",
    "externalId",
    "channel",
    "place",
    "product",
    "agreement",
    "orderId",
    "orderDate",
    "creationDate",
    "entity",
    "errorMessage",
    "policyConstraint",
];

/// Texts, some of which say something somewhere.
const TEXTS: [&str; 22] = [
    "a",
    "b",
    "Party",
    "PartyRole",
    "Individual",
    "Customer",
    "string",
    "map",
    "email",
    "Telephone",
    "postal address",
    "deceased",
    "deceaded",
    "PartyRef",
    "RelatedParty",
    "ContactMedium",
    "PlaceRef",
    "GeographicAddress",
    "accepted",
    "acknowledged",
    "EntityRef",
    "Entity",
];

impl Maker<'_> {
    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn pick<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts
            .get(self.rng.random_range(0..texts.len()))
            .copied()
            .unwrap_or("")
    }

    fn object(&mut self, entity: &'static Entity, depth: usize) -> Value {
        let concrete = self.member(entity);
        let mut object = Map::new();
        for attribute in concrete.attributes {
            if attribute.name == "@type" || !self.chance(60) {
                continue;
            }
            let value = if attribute.many && !(self.wish.odd && self.chance(4)) {
                let length = self.rng.random_range(0..3_usize);
                Value::Array(
                    (0..length)
                        .map(|_| self.value(attribute.kind, depth))
                        .collect(),
                )
            } else {
                self.value(attribute.kind, depth)
            };
            object.insert(attribute.name.to_owned(), value);
        }
        if self.wish.odd {
            for name in FOREIGN {
                if self.chance(4) && concrete.attribute(name).is_none() {
                    let mut value = self.anything(2);
                    if self.wish.typed {
                        // The other version may have an entity there.
                        give_types(&mut value);
                    }
                    object.insert(name.to_owned(), value);
                }
            }
        }
        self.class(entity, concrete, &mut object);
        if self.wish.typed {
            self.complete(entity, &mut object);
        }
        Value::Object(object)
    }

    /// A member of a union, the entity itself or one of its classes otherwise.
    fn member(&mut self, entity: &'static Entity) -> &'static Entity {
        if entity.subtypes.is_empty() || !(entity.union || self.chance(60)) {
            return entity;
        }
        let index = self.rng.random_range(0..entity.subtypes.len());
        entity.subtypes.get(index).copied().unwrap_or(entity)
    }

    fn class(
        &mut self,
        entity: &'static Entity,
        concrete: &'static Entity,
        object: &mut Map<String, Value>,
    ) {
        let position = entity.canonical.unwrap_or(entity);
        if !(position.typed || position.union) || (!self.wish.typed && self.chance(50)) {
            return;
        }
        let name = match self.rng.random_range(0..10) {
            0..6 => concrete.name,
            6 => position.name,
            7 => position.subtypes.first().map_or("Other", |e| e.name),
            8 => self.pick(&[
                "PartyRef",
                "PartyRoleRef",
                "ConstraintRef",
                "PolicyRef",
                "Catalog",
                "RelatedParty",
                "ContactMedium",
                "EmailContactMedium",
                "BillFormat",
                "BillFormatRef",
            ]),
            _ => "MyType",
        };
        object.insert("@type".to_owned(), json!(name));
        if self.wish.odd && !self.wish.typed && self.chance(5) {
            object.insert("@type".to_owned(), json!([1]));
        }
    }

    /// Says what v4 requires although the class tells it.
    fn complete(&mut self, entity: &'static Entity, object: &mut Map<String, Value>) {
        self.referred(entity, object);
        if entity.attribute("isRef").is_some() {
            let is_ref = self.chance(50);
            object.entry("isRef").or_insert(json!(is_ref));
        }
        if entity.attribute("mediumType").is_some() {
            let medium = self.pick(&TEXTS);
            object.entry("mediumType").or_insert(json!(medium));
        }
    }

    /// A related party of v4 that has anything of the party has its `@referredType`.
    fn referred(&mut self, entity: &'static Entity, object: &mut Map<String, Value>) {
        let flat = |name: &str| {
            entity.attribute(name).is_some_and(|a| {
                a.canonical
                    .is_some_and(|c| c.starts_with("partyOrPartyRole."))
            })
        };
        if flat("@referredType") && object.keys().any(|name| flat(name)) {
            let name = self.pick(&[
                "Individual",
                "Organization",
                "Party",
                "PartyRole",
                "Customer",
            ]);
            object.entry("@referredType").or_insert_with(|| json!(name));
        }
    }

    fn value(&mut self, kind: Kind, depth: usize) -> Value {
        if self.wish.odd && self.chance(5) {
            let value = self.anything(2);
            return match kind {
                Kind::Entity(entity) if self.wish.typed => self.with_class(entity, value),
                _ => value,
            };
        }
        match kind {
            Kind::Entity(entity) if depth > 0 => self.object(entity, depth - 1),
            Kind::Entity(entity) if self.wish.typed => self.with_class(entity, json!({})),
            Kind::Entity(_) | Kind::Object | Kind::Map => json!({}),
            Kind::Scalar(Scalar::Boolean) => json!(self.chance(50)),
            Kind::Scalar(_) | Kind::Enum(_) => json!(self.pick(&TEXTS)),
            Kind::Any => self.anything(2),
        }
    }

    /// An odd value where an entity is expected; an object counts as one, whatever it holds, and so
    /// does what it holds.
    fn with_class(&mut self, entity: &'static Entity, mut value: Value) -> Value {
        give_types(&mut value);
        match &mut value {
            Value::Object(object) => {
                self.complete(entity, object);
                value
            }
            Value::Array(_) => json!([]),
            _ => value,
        }
    }

    fn anything(&mut self, depth: usize) -> Value {
        match self.rng.random_range(0..8) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(7),
            3 => serde_json::from_str("2.50").unwrap_or(Value::Null),
            4 => json!([]),
            5 if depth > 0 => json!([self.anything(depth - 1)]),
            6 if depth > 0 => {
                let name = self.pick(&FOREIGN);
                json!({name: self.anything(depth - 1)})
            }
            _ => json!(self.pick(&TEXTS)),
        }
    }
}

/// Gives every object a class.
fn give_types(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(give_types),
        Value::Object(object) => {
            object.values_mut().for_each(give_types);
            object.insert("@type".to_owned(), json!("MyType"));
        }
        _ => {}
    }
}
