//! Product offerings, compiled for planning.

use std::sync::Arc;

use serde_json::Value;

use super::characteristic::{Characteristic, Use};
use super::price::Price;
use super::read::{
    Reference, Relation, Term, count, is_orderable, members, owned, period, references, relations,
    terms,
};
use crate::domain::value::{Object, Period, is_spelled, items, text};
use crate::ordering::order::Action;

/// What can be ordered (TMF620 `ProductOffering`).
#[derive(Clone, Debug)]
pub struct Offering {
    pub id: String,
    pub name: Option<String>,
    pub version: Option<String>,
    /// `lifecycleStatus` as it is written.
    pub status: Option<String>,
    /// The status is one in which there are orders: Active or Launched.
    pub orderable: bool,
    pub valid: Period,
    /// Whether it can be ordered alone; true unless stated.
    pub sellable: bool,
    pub specification: Option<Reference>,
    pub bundle: Bundle,
    pub prices: Vec<OfferedPrice>,
    pub terms: Vec<Term>,
    /// None is any.
    pub channels: Vec<Reference>,
    pub markets: Vec<Reference>,
    pub categories: Vec<Reference>,
    pub places: Vec<Reference>,
    pub relations: Vec<Relation>,
    /// Characteristics of the offering itself (`productOfferingCharacteristic`).
    pub characteristics: Vec<Characteristic>,
    pub uses: Vec<Use>,
    /// Empty where every action is allowed.
    pub actions: Vec<AllowedAction>,
}

/// A price of an offering: of its own document, or written inside the offering.
#[derive(Clone, Debug)]
pub enum OfferedPrice {
    Reference(Reference),
    Inline(Arc<Price>),
}

/// An action that customers may take, and where (`AllowedProductAction`).
#[derive(Clone, Debug)]
pub struct AllowedAction {
    /// As it is written, such as `add`.
    pub action: String,
    /// None is any.
    pub channels: Vec<Reference>,
    pub valid: Period,
}

/// The parts of a bundle, or of a group in it.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    pub parts: Vec<Part>,
    pub groups: Vec<Group>,
}

/// How often something is taken in one bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub lower: u32,
    /// None is without a bound.
    pub upper: Option<u32>,
}

/// An offering in a bundle (`BundledProductOffering`).
#[derive(Clone, Debug)]
pub struct Part {
    pub offering: Reference,
    pub limits: Limits,
    /// How often it comes along where the order says nothing of it.
    pub default: u32,
}

/// Parts among which one chooses (`BundledGroupProductOffering`).
#[derive(Clone, Debug)]
pub struct Group {
    pub name: Option<String>,
    /// Of all parts together.
    pub limits: Limits,
    pub choice: Bundle,
}

impl Offering {
    /// Reads a stored document; what it does not say has the meaning of the standard.
    pub fn compile(id: &str, doc: &Value) -> Self {
        let object = members(doc);
        let status = owned(object, "lifecycleStatus");
        Offering {
            id: id.to_owned(),
            name: owned(object, "name"),
            version: owned(object, "version"),
            orderable: is_orderable(status.as_deref()),
            status,
            valid: period(object),
            sellable: object.get("isSellable") != Some(&Value::Bool(false)),
            specification: object.get("productSpecification").and_then(Reference::of),
            bundle: Bundle::read(object),
            prices: prices(id, object),
            terms: terms(object),
            channels: references(object, "channel"),
            markets: references(object, "marketSegment"),
            categories: references(object, "category"),
            places: references(object, "place"),
            relations: relations(object, "productOfferingRelationship"),
            characteristics: Characteristic::compile_all(object, "productOfferingCharacteristic"),
            uses: Use::compile_all(object),
            actions: actions(object),
        }
    }

    /// The name, or the id where there is none.
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// True when it consists of others.
    pub fn is_bundle(&self) -> bool {
        !self.bundle.parts.is_empty() || !self.bundle.groups.is_empty()
    }

    /// The compiled price that is written inside the offering under an id.
    pub fn inline_price(&self, id: &str) -> Option<&Arc<Price>> {
        self.prices.iter().find_map(|price| match price {
            OfferedPrice::Inline(price) if price.id == id => Some(price),
            _ => None,
        })
    }
}

impl AllowedAction {
    /// True when it is about an action of an order item.
    pub fn is_for(&self, action: Action) -> bool {
        let names: &[&str] = match action {
            Action::Add => &["add", "create", "order", "acquire", "buy"],
            Action::Modify => &["modify", "change", "update"],
            Action::Delete => &["delete", "terminate", "cease", "remove"],
            Action::NoChange => return true,
        };
        names.iter().any(|name| is_spelled(&self.action, name))
    }
}

impl Bundle {
    fn read(object: &Object) -> Self {
        Bundle {
            parts: items(object, "bundledProductOffering")
                .iter()
                .filter_map(Part::read)
                .collect(),
            groups: items(object, "bundledGroupProductOffering")
                .iter()
                .filter_map(Group::read)
                .collect(),
        }
    }

    /// The part for an offering, in a group or not.
    pub fn part(&self, offering: &str) -> Option<&Part> {
        let own = self.parts.iter().find(|part| part.offering.id == offering);
        own.or_else(|| {
            let mut groups = self.groups.iter();
            groups.find_map(|group| group.choice.part(offering))
        })
    }

    /// Calls a function for every part, those of groups included.
    pub fn each_part<'b>(&'b self, call: &mut impl FnMut(&'b Part)) {
        self.parts.iter().for_each(&mut *call);
        for group in &self.groups {
            group.choice.each_part(call);
        }
    }
}

impl Part {
    /// A part without option can be left out or taken once.
    fn read(value: &Value) -> Option<Self> {
        let offering = Reference::of(value)?;
        let option = value
            .get("bundledProductOfferingOption")
            .and_then(Value::as_object);
        let (limits, default) = match option {
            Some(option) => (
                Limits::read(option),
                count(option, "numberRelOfferDefault").unwrap_or(0),
            ),
            None => (
                Limits {
                    lower: 0,
                    upper: Some(1),
                },
                0,
            ),
        };
        Some(Part {
            offering,
            limits,
            default,
        })
    }

    /// How often it comes along where the order says nothing of it.
    pub fn implied(&self) -> u32 {
        self.default.max(self.limits.lower)
    }
}

impl Group {
    fn read(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let option = object.get("bundledGroupProductOfferingOption");
        let any = Limits {
            lower: 0,
            upper: None,
        };
        Some(Group {
            name: owned(object, "name").or_else(|| owned(object, "id")),
            limits: option.and_then(Value::as_object).map_or(any, Limits::read),
            choice: Bundle::read(object),
        })
    }
}

impl Limits {
    fn read(option: &Object) -> Self {
        Limits {
            lower: count(option, "numberRelOfferLowerLimit").unwrap_or(0),
            upper: count(option, "numberRelOfferUpperLimit"),
        }
    }
}

fn prices(offering: &str, object: &Object) -> Vec<OfferedPrice> {
    let read = |(index, value): (usize, &Value)| {
        let own = value.as_object()?;
        // A reference has neither amount nor kind.
        let is_value = ["price", "priceType", "percentage"]
            .iter()
            .any(|name| own.contains_key(*name));
        if !is_value {
            return Reference::of(value).map(OfferedPrice::Reference);
        }
        let id = text(own, "id").map_or_else(|| format!("{offering}#{index}"), str::to_owned);
        let price = Price::compile(&id, value);
        let inline = Price {
            inline: true,
            ..price
        };
        Some(OfferedPrice::Inline(Arc::new(inline)))
    };
    items(object, "productOfferingPrice")
        .iter()
        .enumerate()
        .filter_map(read)
        .collect()
}

fn actions(object: &Object) -> Vec<AllowedAction> {
    let read = |value: &Value| {
        let object = value.as_object()?;
        Some(AllowedAction {
            action: owned(object, "action")?,
            channels: references(object, "channel"),
            valid: period(object),
        })
    };
    items(object, "allowedAction")
        .iter()
        .filter_map(read)
        .collect()
}
