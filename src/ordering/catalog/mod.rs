//! What of the catalog an order can reach: a snapshot in which every entry is compiled once and
//! shared between orders.
//!
//! The catalog's documents are read, patterns compiled and amounts made decimals when an entry is
//! compiled; checking an order then compares and calculates only.
//!
//! A snapshot is filled level by level: [`Catalog::missing`] tells which documents to read next,
//! until it tells nothing any more.

mod characteristic;
mod offering;
mod price;
mod reach;
mod read;
mod specification;

pub use characteristic::{Allowed, Characteristic, Use, defaults, is_same};
pub use offering::{AllowedAction, Bundle, Group, Limits, OfferedPrice, Offering, Part};
pub use price::{Price, PriceKind};
pub use reach::{Kind, Reach};
pub use read::{Reference, Relation, RelationKind, Term};
pub use specification::{ProductSpecification, ServiceSpecification};

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::usage_name::is_usual;

/// A snapshot of the catalog.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    pub offerings: HashMap<String, Arc<Offering>>,
    pub specifications: HashMap<String, Arc<ProductSpecification>>,
    pub services: HashMap<String, Arc<ServiceSpecification>>,
    pub prices: HashMap<String, Arc<Price>>,
    /// What was looked for and is not there.
    pub absent: HashSet<(Kind, String)>,
    /// Characteristics that usage specifications declare; read where [`Catalog::asks_for_usage`].
    pub usage_names: Arc<HashSet<Box<str>>>,
}

impl Catalog {
    /// Whether a condition on this name is about usage and not about the product.
    pub fn is_of_usage(&self, name: &str) -> bool {
        is_usual(name) || self.usage_names.contains(name)
    }

    /// Whether a price of usage has a condition of which only usage specifications tell what it is about.
    pub fn asks_for_usage(&self) -> bool {
        let offered = self.offerings.values().flat_map(|own| &own.prices);
        let inline = offered.filter_map(|own| match own {
            OfferedPrice::Inline(price) => Some(price),
            OfferedPrice::Reference(_) => None,
        });
        let all = inline.chain(self.prices.values());
        all.filter(|price| price.kind == PriceKind::Usage)
            .flat_map(|price| &price.conditions)
            .any(|condition| !is_usual(&condition.name))
    }
}
