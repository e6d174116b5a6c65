//! Attributes that stand in an object in one version and in a part of it in the other.
//!
//! The *flat* form has `parentId`; the *nested* form has `parent: {id}`. What the part has beyond
//! the attributes that the flat form shows stays in the part, in both forms, as its remainder. So
//! nothing is stored twice and the two forms correspond one to one; names that would clash are
//! marked (see the module above).

use serde_json::Value;

use super::implied::referred;
use super::{FROM_V4, FROM_V5, Object, first};
use crate::domain::descriptor::{Attribute, Entity, Kind};

const TYPE: &str = "@type";
const REFERRED: &str = "@referredType";

/// One part of an entity.
pub(super) struct Nest {
    /// Name of the part in the nested form.
    part: &'static str,
    /// Name in the flat form, name within the part.
    fields: Vec<(&'static str, &'static str)>,
    class: Class,
    /// Marks what comes from the flat form.
    from_flat: &'static str,
    /// Marks what comes from the nested form.
    from_nested: &'static str,
}

/// The `@type` of the part, which the flat form does not show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A plain value without one.
    None,
    Fixed(&'static str),
    /// A party or a role of a party, told by `@referredType`.
    Party,
    /// A reference when there is an `id`, otherwise the thing itself.
    Choice {
        reference: &'static str,
        value: &'static str,
    },
}

/// The parts of a v4 entity.
pub(super) fn of(entity: &'static Entity) -> impl Iterator<Item = Nest> {
    lifted(entity).chain(parts_of(entity))
}

/// Parts of the v4 entity that are flat in v5: the attributes that both know.
fn lifted(entity: &'static Entity) -> impl Iterator<Item = Nest> {
    let parts = entity.attributes.iter().filter(|a| a.is_lifted());
    parts.filter_map(move |part| {
        let Kind::Entity(inner) = part.kind else {
            return None;
        };
        let names = inner.attributes.iter().map(|a| a.name);
        let fields = names.filter(move |name| stands_around(entity, name));
        Some(Nest {
            part: part.name,
            fields: fields.map(|name| (name, name)).collect(),
            class: Class::None,
            from_flat: FROM_V5,
            from_nested: FROM_V4,
        })
    })
}

/// Whether an attribute of a lifted part stands in the object around it in v5: what v5 knows there.
/// What v4's object has too, such as its typing, is said of the part and stays in it.
pub(super) fn stands_around(entity: &'static Entity, name: &str) -> bool {
    let Some(canonical) = entity.canonical else {
        return false;
    };
    let mut classes = std::iter::once(canonical).chain(canonical.subtypes.iter().copied());
    entity.attribute(name).is_none() && classes.any(|class| class.attribute(name).is_some())
}

/// The parts named by attributes whose stored place has a dot, lists excepted ([`super::first`]).
fn parts_of(entity: &'static Entity) -> Vec<Nest> {
    let mut nests: Vec<Nest> = Vec::new();
    for attribute in entity.attributes.iter().filter(|a| !a.is_lifted()) {
        let Some((part, inner)) = attribute.canonical.and_then(|path| path.split_once('.')) else {
            continue;
        };
        if first::is_list(entity, part) {
            continue;
        }
        match nests.iter_mut().find(|nest| nest.part == part) {
            Some(nest) => nest.fields.push((attribute.name, inner)),
            None => nests.push(Nest {
                part,
                fields: vec![(attribute.name, inner)],
                class: class_of(entity, part),
                from_flat: FROM_V4,
                from_nested: FROM_V5,
            }),
        }
    }
    nests
}

fn class_of(entity: &Entity, part: &str) -> Class {
    let kind = entity
        .canonical
        .and_then(|canonical| canonical.attribute(part))
        .map(|attribute: &Attribute| attribute.kind);
    match kind {
        Some(Kind::Entity(inner)) if inner.union => choice(inner).unwrap_or(Class::Party),
        Some(Kind::Entity(inner)) if inner.typed => Class::Fixed(inner.name),
        _ => Class::None,
    }
}

/// A union of references and of things themselves; none for parties.
fn choice(union: &Entity) -> Option<Class> {
    let is_reference = |e: &&&'static Entity| e.name.ends_with("Ref");
    let mut references = union.subtypes.iter().filter(is_reference);
    let reference = references.next().filter(|first| first.name != "PartyRef")?;
    let value = union.subtypes.iter().find(|e| !is_reference(e))?;
    Some(Class::Choice {
        reference: reference.name,
        value: value.name,
    })
}

impl Nest {
    /// v4 to the stored form.
    pub(super) fn up(&self, object: Object) -> Object {
        if self.from_flat == FROM_V4 {
            self.fold(object)
        } else {
            self.unfold(object)
        }
    }

    /// The stored form to v4.
    pub(super) fn down(&self, object: Object) -> Object {
        if self.from_flat == FROM_V4 {
            self.unfold(object)
        } else {
            self.fold(object)
        }
    }

    /// Flat to nested.
    fn fold(&self, flat: Object) -> Object {
        let filled = self.fields.iter().any(|(name, _)| flat.contains_key(*name));
        let mut shown = Object::new();
        let mut remainder = None;
        let mut out = Object::new();
        for (name, value) in flat {
            if let Some(inner) = self.inner_name(&name) {
                // The part stands where its first attribute stood.
                out.entry(self.part).or_insert(Value::Null);
                shown.insert(inner.to_owned(), value);
            } else if name == self.part {
                if filled {
                    remainder = Some(value);
                } else {
                    out.insert(self.unfilled(&value), value);
                }
            } else {
                match name.strip_prefix(self.from_nested) {
                    Some(own) if self.inner_name(own).is_some() => {
                        out.insert(own.to_owned(), value);
                    }
                    _ => {
                        out.insert(name, value);
                    }
                }
            }
        }
        if filled {
            out.insert(self.part.to_owned(), self.join(shown, remainder));
        }
        out
    }

    /// The name in the nested form of a part that came without any attribute of the flat form.
    fn unfilled(&self, part: &Value) -> String {
        match part {
            Value::Object(part) if self.is_shown(part) => {
                format!("{}{}", self.from_flat, self.part)
            }
            _ => self.part.to_owned(),
        }
    }

    fn join(&self, mut shown: Object, remainder: Option<Value>) -> Value {
        let class = self.class_for(&shown);
        let mut own_class = None;
        let mut rest = Object::new();
        match remainder {
            Some(Value::Object(remainder)) => {
                for (name, value) in remainder {
                    if name == TYPE && class.is_some() {
                        own_class = Some(value);
                    } else if self.is_inner(&name) {
                        rest.insert(format!("{}{name}", self.from_flat), value);
                    } else {
                        rest.insert(name, value);
                    }
                }
            }
            Some(other) => {
                rest.insert(self.from_flat.to_owned(), other);
            }
            None => {}
        }
        let class = class.map(|name| Value::String(name.to_owned()));
        if let Some(own) = &own_class
            && (own_class == class || self.would_vanish(own, &shown))
        {
            // Said though it goes without saying: kept apart, or it would not be said again.
            rest.insert(format!("{}{TYPE}", self.from_flat), own.clone());
        }
        let class = own_class.or(class);
        self.drop_implied(&mut shown, &mut rest, class.as_ref());
        let mut part = Object::new();
        if let Some(class) = class {
            part.insert(TYPE.to_owned(), class);
        }
        part.append(&mut shown);
        part.append(&mut rest);
        Value::Object(part)
    }

    /// Nested to flat.
    fn unfold(&self, nested: Object) -> Object {
        let mut out = Object::new();
        for (name, value) in nested {
            match value {
                Value::Object(part) if name == self.part && self.is_shown(&part) => {
                    self.part_into(part, &mut out);
                }
                value if self.inner_name(&name).is_some() => {
                    out.insert(format!("{}{name}", self.from_nested), value);
                }
                value => match name.strip_prefix(self.from_flat) {
                    Some(part) if part == self.part => {
                        out.insert(part.to_owned(), value);
                    }
                    _ => {
                        out.insert(name, value);
                    }
                },
            }
        }
        out
    }

    fn part_into(&self, part: Object, out: &mut Object) {
        let mut shown = Object::new();
        let mut rest = Object::new();
        let mut class = None;
        let mut other = None;
        for (name, value) in part {
            if self.is_field(&name) {
                shown.insert(name, value);
            } else if name == TYPE && self.class != Class::None {
                class = Some(value);
            } else if name == self.from_flat {
                other = Some(value);
            } else {
                match name.strip_prefix(self.from_flat) {
                    Some(own) if self.is_inner(own) => rest.insert(own.to_owned(), value),
                    _ => rest.insert(name, value),
                };
            }
        }
        self.add_implied(&mut shown, &mut rest, class.as_ref());
        let expected = self.class_for(&shown);
        if let Some(class) = class
            && class.as_str() != expected
        {
            rest.insert(TYPE.to_owned(), class);
        }
        for (flat, inner) in &self.fields {
            if let Some(value) = shown.shift_remove(*inner) {
                out.insert((*flat).to_owned(), value);
            }
        }
        match other {
            Some(other) if rest.is_empty() => {
                out.insert(self.part.to_owned(), other);
            }
            _ if rest.is_empty() => {}
            _ => {
                out.insert(self.part.to_owned(), Value::Object(rest));
            }
        }
    }

    /// Takes the previous part into account: a remainder that was sent back unchanged beside a new
    /// identity belongs to the old one and goes; one that was left out beside the old identity stays.
    pub(super) fn reconcile(&self, object: &mut Object, previous: &Object) {
        if self.from_flat != FROM_V4 {
            return;
        }
        let Some((name, part)) = previous.get_key_value(self.part) else {
            return;
        };
        let before = self.unfold(Object::from_iter([(name.clone(), part.clone())]));
        let Some(remainder) = before.get(self.part) else {
            return;
        };
        let same = self
            .fields
            .iter()
            .all(|(flat, _)| object.get(*flat) == before.get(*flat));
        let present = object.get(self.part);
        if same && present.is_none() {
            object.insert(name.clone(), remainder.clone());
        } else if !same && present == Some(remainder) {
            object.shift_remove(self.part);
        }
    }

    fn inner_name(&self, flat: &str) -> Option<&'static str> {
        let field = self.fields.iter().find(|(name, _)| *name == flat);
        field.map(|(_, inner)| *inner)
    }

    fn is_field(&self, inner: &str) -> bool {
        self.fields.iter().any(|(_, name)| *name == inner)
    }

    /// A name within the part that the flat form speaks for.
    fn is_inner(&self, name: &str) -> bool {
        self.is_field(name) || (name == TYPE && self.class != Class::None)
    }

    /// Whether the flat form shows anything of the part.
    fn is_shown(&self, part: &Object) -> bool {
        part.keys().any(|name| self.is_field(name))
            || (self.class == Class::Party && implied(part.get(TYPE)).is_some())
    }

    /// The `@type` that goes without saying for a part with these attributes.
    fn class_for(&self, shown: &Object) -> Option<&'static str> {
        match self.class {
            Class::None => None,
            Class::Fixed(name) => Some(name),
            Class::Choice { reference, .. } if shown.contains_key("id") => Some(reference),
            Class::Choice { value, .. } => Some(value),
            Class::Party => Some(match shown.get(REFERRED) {
                None => "PartyRef",
                Some(Value::String(name)) => match name.as_str() {
                    "Party" | "Individual" | "Organization" => "PartyRef",
                    _ => "PartyRoleRef",
                },
                Some(_) => "PartyRoleRef",
            }),
        }
    }

    /// Without a `@referredType` the class decides on one, which then speaks for the class.
    fn would_vanish(&self, class: &Value, shown: &Object) -> bool {
        self.class == Class::Party
            && !shown.contains_key(REFERRED)
            && implied(Some(class)).is_some()
    }

    /// v4 requires `@referredType` of a related party and v5 does not: what v4 must say although
    /// v5 did not is not taken over.
    fn drop_implied(&self, shown: &mut Object, rest: &mut Object, class: Option<&Value>) {
        if self.class != Class::Party {
            return;
        }
        let said = rest.shift_remove(&format!("{}{REFERRED}", self.from_nested));
        let Some(name) = implied(class) else { return };
        if said.is_none() && shown.get(REFERRED).and_then(Value::as_str) == Some(name) {
            shown.shift_remove(REFERRED);
        }
    }

    /// The inverse of `drop_implied`; a value that v5 did say is marked.
    fn add_implied(&self, shown: &mut Object, rest: &mut Object, class: Option<&Value>) {
        let Some(name) = implied(class) else { return };
        if self.class != Class::Party {
            return;
        }
        match shown.get(REFERRED) {
            None => {
                shown.insert(REFERRED.to_owned(), Value::String(name.to_owned()));
            }
            Some(Value::String(said)) if said == name => {
                let said = Value::String(name.to_owned());
                rest.insert(format!("{}{REFERRED}", self.from_nested), said);
            }
            Some(_) => {}
        }
    }
}

/// The `@referredType` that goes without saying for a class.
fn implied(class: Option<&Value>) -> Option<&'static str> {
    referred(class?.as_str()?)
}
