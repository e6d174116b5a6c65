//! Attributes that are one value in v4 and a list in v5: v4's `externalId` is the `id` of the first
//! identifier.
//!
//! What v4 does not show, the further elements and what else is said of the first one, stands beside
//! it as `v5:externalId`, so that nothing is lost. It is left out where it goes without saying: a
//! list with one element that has nothing else than its class.

use serde_json::{Map, Value};

use super::{FROM_V5, Object};
use crate::domain::descriptor::{Attribute, Entity, Kind};

const TYPE: &str = "@type";

/// One such attribute. Both versions call it by the same name.
pub(super) struct First {
    name: &'static str,
    /// The attribute of the elements that v4 shows.
    inner: &'static str,
    /// The `@type` of the elements.
    class: Option<&'static str>,
}

/// The attributes of a v4 entity that are lists in v5.
pub(super) fn of(entity: &'static Entity) -> impl Iterator<Item = First> {
    entity.attributes.iter().filter_map(move |attribute| {
        let (list, inner) = attribute.canonical?.split_once('.')?;
        if list != attribute.name || !is_list(entity, list) {
            return None;
        }
        let class = match stored(entity, list)?.kind {
            Kind::Entity(item) if item.typed => Some(item.name),
            _ => None,
        };
        Some(First {
            name: attribute.name,
            inner,
            class,
        })
    })
}

/// Whether v5 has a list of that name.
pub(super) fn is_list(entity: &'static Entity, name: &str) -> bool {
    stored(entity, name).is_some_and(|attribute| attribute.many)
}

fn stored(entity: &'static Entity, name: &str) -> Option<&'static Attribute> {
    entity.canonical?.attribute(name)
}

impl First {
    fn beside(&self) -> String {
        format!("{FROM_V5}{}", self.name)
    }

    /// v4 to the stored form.
    pub(super) fn up(&self, object: &mut Object) {
        let beside = self.beside();
        let rest = object.shift_remove(&beside);
        let Some(value) = object.get_mut(self.name) else {
            if let Some(list) = rest {
                object.insert(self.name.to_owned(), list);
            }
            return;
        };
        let shown = value.take();
        let mut items = match rest {
            Some(Value::Array(items)) if items.first().is_some_and(Value::is_object) => items,
            Some(other) => {
                *value = Value::Array(vec![self.element(shown)]);
                // Not ours; kept as it was.
                object.insert(beside, other);
                return;
            }
            None => {
                *value = Value::Array(vec![self.element(shown)]);
                return;
            }
        };
        if let Some(Value::Object(first)) = items.first_mut() {
            first.insert(self.inner.to_owned(), shown);
        }
        *value = Value::Array(items);
    }

    fn element(&self, shown: Value) -> Value {
        let mut element = Map::new();
        if let Some(class) = self.class {
            element.insert(TYPE.to_owned(), Value::from(class));
        }
        element.insert(self.inner.to_owned(), shown);
        Value::Object(element)
    }

    /// The inverse of [`First::up`].
    pub(super) fn down(&self, object: &mut Object) {
        let Some(list) = object.get_mut(self.name) else {
            return;
        };
        let first = list.as_array_mut().and_then(|items| items.first_mut());
        let shown = first
            .and_then(Value::as_object_mut)
            .and_then(|first| first.shift_remove(self.inner));
        match shown {
            Some(shown) => {
                let rest = std::mem::replace(list, shown);
                if !self.goes_without_saying(&rest) {
                    object.insert(self.beside(), rest);
                }
            }
            None => {
                if let Some(list) = object.shift_remove(self.name) {
                    object.insert(self.beside(), list);
                }
            }
        }
    }

    fn goes_without_saying(&self, rest: &Value) -> bool {
        let Some([Value::Object(first)]) = rest.as_array().map(Vec::as_slice) else {
            return false;
        };
        match self.class {
            None => first.is_empty(),
            Some(class) => first.len() == 1 && first.get(TYPE).is_some_and(|said| said == class),
        }
    }

    /// Takes the previous list into account: what v4 left out of it stays, and where v4 took its value
    /// away the first element goes.
    pub(super) fn reconcile(&self, object: &mut Object, previous: &Object) {
        let Some(list) = previous.get(self.name) else {
            return;
        };
        let mut before = Object::from_iter([(self.name.to_owned(), list.clone())]);
        self.down(&mut before);
        let beside = self.beside();
        let Some(rest) = before.get(&beside) else {
            return;
        };
        if object.contains_key(self.name) {
            object.entry(beside).or_insert_with(|| rest.clone());
            return;
        }
        let was_shown = before.contains_key(self.name);
        if !was_shown || object.get(&beside).is_some_and(|now| now != rest) {
            return;
        }
        let others = rest.as_array().and_then(|items| items.get(1..));
        match others {
            Some(others) if !others.is_empty() => {
                object.insert(beside, Value::Array(others.to_vec()));
            }
            _ => {
                object.shift_remove(&beside);
            }
        }
    }
}
