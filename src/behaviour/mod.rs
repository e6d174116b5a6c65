//! What kinds do beyond being stored: their rules, hung on the engine by its trait.
//!
//! - `catalog` puts the rules of TMF620 together, in the order in which they are asked;
//! - `lifecycle` says where a resource starts and how its state moves;
//! - `plan` works out from the descriptors where references and checked values stand, `survey`
//!   walks a document along it, `trail` knows where the walk is;
//! - `value` has the rules about the values of one object: prices, characteristics, bundle options;
//! - `reference` checks and refreshes references, `referrers` keeps what is referred to;
//! - `audit` finds references of a whole database that point at nothing;
//! - `category` and `bundle` refuse circles, which `cycle` finds;
//! - `transfer` is the work of import and export jobs;
//! - `wording` puts refusals in the words of the API version that a client speaks.
//!
//! Rules refuse what contradicts itself or the rest of the catalog, never what is merely missing.

pub mod audit;
mod bundle;
mod catalog;
mod category;
mod cycle;
mod lifecycle;
mod plan;
mod reference;
mod referrers;
mod stored;
mod survey;
#[cfg(test)]
mod tests;
mod trail;
pub mod transfer;
mod value;
pub mod view;
mod wording;

use std::sync::Arc;

use catalog::CatalogRules;
use plan::Plan;

use crate::engine::{Behaviour, Registry};

pub use wording::in_words_of;

/// How strictly a rule is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What breaks it is refused.
    Strict,
    /// What breaks it is logged and kept.
    Warn,
    /// It is not looked at.
    Off,
}

/// The switches of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policies {
    /// References point at something that exists. With `Off`, names and addresses in references are
    /// not refreshed either, and nothing is kept from being deleted.
    pub references: Mode,
    /// `lifecycleStatus` is a known state and moves as the life cycle says.
    pub lifecycle: Mode,
}

/// Kinds with the rules of a catalog.
const CATALOG_KINDS: [&str; 5] = [
    "productCatalog",
    "category",
    "productOffering",
    "productOfferingPrice",
    "productSpecification",
];

/// The rules of all kinds that have some, for [`crate::engine::Core::new`]. Jobs bring their own.
pub fn all(policies: Policies, registry: &Registry) -> Vec<(&'static str, Box<dyn Behaviour>)> {
    let plan = Arc::new(Plan::new(registry));
    let served = CATALOG_KINDS
        .into_iter()
        .filter(|kind| registry.canonical(kind).is_some());
    served
        .map(|kind| {
            let rules = CatalogRules::new(kind, Arc::clone(&plan), policies);
            (kind, Box::new(rules) as Box<dyn Behaviour>)
        })
        .collect()
}
