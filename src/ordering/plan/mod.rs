//! Plans: the fulfilment work of an order as a graph, and how it is made.
//!
//! - `types` is the plan itself; it is stored, shown and run;
//! - `validate` checks an order and says what its items shall be;
//! - `instances` takes items of several pieces apart, `explode` finds what a product takes, `delta`
//!   what of that has to be done, `between` which items wait for which, `graph` has the edges and
//!   the order; `make` puts all of it together;
//! - `render` writes a plan as a tree, for Graphviz and for Mermaid.

mod between;
mod delta;
mod explode;
mod graph;
mod instances;
mod make;
pub mod render;
#[cfg(test)]
pub(in crate::ordering) mod tests;
mod types;
pub mod validate;

pub use explode::code;
pub use types::{
    Because, Compensation, DEFAULT_TARGET, Node, NodeKind, PlacedItem, Plan, PointOfNoReturn,
    Setting, Source, SpecificationRef,
};

use delta::key_of;
use explode::Surroundings;
use validate::{Missing, Refusal, Verdict};

use crate::domain::clock::Micros;
use crate::ordering::catalog::Catalog;
use crate::ordering::inventory::Inventory;
use crate::ordering::order::Order;
use crate::ordering::rule::RuleSet;

/// What comes of planning an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    Plan(Plan),
    /// Information is missing that can still be supplied.
    Pending(Vec<Missing>),
    /// The order cannot be fulfilled.
    Rejected(Vec<Refusal>),
}

/// Checks an order and makes its plan. The catalog counts as of the date of the order, rules as of
/// `now`. The catalog holds what the order reaches ([`Catalog::missing`]) and the service
/// specifications that rules name ([`RuleSet::named_services`]); the inventory the products that
/// the order names and the others of the customer.
pub fn plan(
    order: &Order,
    revision: u32,
    catalog: &Catalog,
    inventory: &Inventory,
    rules: &RuleSet,
    settings: &validate::Settings,
    now: Micros,
) -> Planned {
    let verdict = validate::validate(order, catalog, inventory, settings);
    plan_checked(order, revision, verdict, catalog, inventory, rules, now)
}

/// [`plan()`] for an order that is checked already.
pub fn plan_checked(
    order: &Order,
    revision: u32,
    verdict: Verdict,
    catalog: &Catalog,
    inventory: &Inventory,
    rules: &RuleSet,
    now: Micros,
) -> Planned {
    if !verdict.is_accepted() {
        return Planned::Rejected(verdict.refusals);
    }
    let surroundings = Surroundings {
        order,
        catalog,
        rules,
        now,
    };
    make::make(
        surroundings,
        revision,
        inventory,
        verdict.placed,
        verdict.missing,
    )
}
