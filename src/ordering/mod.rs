//! Ordering: what a product order asks for becomes a plan of fulfilment work, and the plan is run.
//!
//! The core is pure: no database, no network, no clock of its own. The durable worker around it
//! (`behaviour::order`) reads snapshots, writes what comes out and makes the calls.
//!
//! - `order` reads a product order, `inventory` the products that are installed;
//! - `catalog` is what of the catalog an order can reach, compiled for checking and pricing;
//! - `rule` holds the decomposition rules: conditions, outputs, linter;
//! - `plan` makes the plan: validate, explode, compare, order, explain;
//! - `price` computes what items and order cost;
//! - `run` moves a plan from state to state: results, faults, cancels, amendments.
//!
//! Beside the pure core, `southbound` holds the client for the systems that activate services, and
//! `settings` what an operator decides.

pub mod catalog;
pub mod fixture;
pub mod inventory;
pub mod order;
pub mod plan;
pub mod price;
pub mod rule;
pub mod run;
pub mod settings;
pub mod southbound;
