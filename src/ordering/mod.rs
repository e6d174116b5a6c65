//! Ordering: what a product order asks for becomes a plan of fulfilment work, and the plan is run.
//!
//! All of it is pure: no database, no network, no clock of its own. The durable worker around it
//! (`behaviour::order`) reads snapshots, writes what comes out and makes the calls.
//!
//! - `order` reads a product order, `inventory` the products that are installed;
//! - `catalog` is what of the catalog an order can reach, compiled for checking and pricing;
//! - `rule` holds the decomposition rules: conditions, outputs, linter;
//! - `plan` makes the plan: validate, explode, compare, order, explain;
//! - `price` computes what items and order cost;
//! - `run` moves a plan from state to state: results, faults, cancels, amendments.

pub mod catalog;
pub mod inventory;
pub mod order;
pub mod plan;
pub mod price;

#[cfg(test)]
pub mod fixture;
