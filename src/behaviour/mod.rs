//! What kinds do beyond being stored: their rules, hung on the engine by its trait.
//!
//! - `rules` puts the rules of a kind together, in the order in which they are asked;
//! - `lifecycle` says where a resource starts, how its state moves and what the state means;
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
mod category;
mod cycle;
mod lifecycle;
mod plan;
mod reference;
mod referrers;
mod rules;
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

use plan::Plan;
use rules::KindRules;

use crate::domain::state_machine::Machines;
use crate::engine::{Behaviour, Registry};

pub use crate::domain::mode::Mode;
pub use wording::in_words_of;

/// The rules of all kinds but jobs, which bring their own, for [`crate::engine::Core::new`].
/// `references` says what happens to references that point at nothing; with `Off`, names and
/// addresses in references are not refreshed either, and nothing is kept from being deleted.
pub fn all(
    references: Mode,
    machines: &Arc<Machines>,
    registry: &Registry,
) -> Vec<(&'static str, Box<dyn Behaviour>)> {
    let plan = Arc::new(Plan::new(registry));
    let ruled = registry
        .kinds()
        .filter(|kind| !transfer::KINDS.contains(kind));
    ruled
        .map(|kind| {
            let rules = KindRules::new(kind, Arc::clone(&plan), Arc::clone(machines), references);
            (kind, Box::new(rules) as Box<dyn Behaviour>)
        })
        .collect()
}
