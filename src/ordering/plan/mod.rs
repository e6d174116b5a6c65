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
mod tests;
mod types;
pub mod validate;

pub use explode::code;
pub use types::{
    Because, Compensation, Node, NodeKind, PlacedItem, Plan, PointOfNoReturn, Setting, Source,
    SpecificationRef,
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

/// Makes the plan of an order whose items are checked. Rules count as of `now`.
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
