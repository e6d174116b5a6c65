//! What expressions and conditions look at: one item, or one service of it, as it shall be and as
//! it is.

use serde_json::Value;

use super::{Datum, Path};
use crate::ordering::order::{Action, Characteristic, Place};

/// The surroundings of an evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub action: Action,
    pub quantity: u32,
    pub offering: Option<&'a str>,
    /// Of the product.
    pub specification: Option<&'a str>,
    /// Specification of the service or resource that is decomposed.
    pub service: Option<&'a str>,
    /// What a rule hands to a service; goes before the characteristics of the product.
    pub given: &'a [Characteristic],
    /// The characteristics of the product as they shall be.
    pub characteristics: &'a [Characteristic],
    /// As the installed product has them.
    pub previous: &'a [Characteristic],
    pub places: &'a [Place],
    pub priority: u8,
    pub category: Option<&'a str>,
}

impl Default for Scope<'_> {
    fn default() -> Self {
        Scope {
            action: Action::Add,
            quantity: 1,
            offering: None,
            specification: None,
            service: None,
            given: &[],
            characteristics: &[],
            previous: &[],
            places: &[],
            priority: 4,
            category: None,
        }
    }
}

impl<'a> Scope<'a> {
    /// What stands at a path.
    pub fn at(&self, path: &Path) -> Datum<'a> {
        match path {
            Path::Characteristic(name) => self.characteristic(name).map_or(Datum::Null, Datum::of),
            Path::Previous(name) => find(self.previous, name).map_or(Datum::Null, Datum::of),
            Path::Place(names) => self.place(None, names).map_or(Datum::Null, Datum::of),
            Path::OrderPriority => Datum::Number(self.priority.into()),
            Path::OrderCategory => Datum::text(self.category),
            Path::Action => Datum::text(Some(self.action.name())),
            Path::Quantity => Datum::Number(self.quantity.into()),
            Path::Offering => Datum::text(self.offering),
            Path::Specification => Datum::text(self.specification),
            Path::Service => Datum::text(self.service),
        }
    }

    /// The value of a characteristic as it shall be.
    pub fn characteristic(&self, name: &str) -> Option<&'a Value> {
        find(self.given, name).or_else(|| find(self.characteristics, name))
    }

    /// An attribute of the first place that has it, among those of a role where one is named.
    pub fn place(&self, role: Option<&str>, names: &[String]) -> Option<&'a Value> {
        let places = self.places.iter();
        let fits = |place: &&Place| role.is_none() || place.role.as_deref() == role;
        places.filter(fits).find_map(|place| inside(place, names))
    }
}

/// `place.id` is known also where only the reference was read.
fn inside<'a>(place: &'a Place, names: &[String]) -> Option<&'a Value> {
    let step = |value: &'a Value, name: &String| value.get(name);
    names.iter().try_fold(&place.value, step)
}

fn find<'a>(characteristics: &'a [Characteristic], name: &str) -> Option<&'a Value> {
    let mut found = characteristics.iter();
    found.find(|c| c.name == name).map(|c| &c.value)
}
