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

/// A snapshot of the catalog.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    pub offerings: HashMap<String, Arc<Offering>>,
    pub specifications: HashMap<String, Arc<ProductSpecification>>,
    pub services: HashMap<String, Arc<ServiceSpecification>>,
    pub prices: HashMap<String, Arc<Price>>,
    /// What was looked for and is not there.
    pub absent: HashSet<(Kind, String)>,
}
