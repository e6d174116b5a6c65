//! Product orders, from their acceptance to their end: the durable side of [`crate::ordering`].
//!
//! - `rules` is what clients may do to orders, `cancel` the requests to cancel them;
//! - `input` is what a rule leaves for an order to be told.

mod cancel;
mod desk;
mod input;
mod product;
mod rules;
mod service;
mod snapshot;

pub use cancel::CancelRules;
pub use rules::OrderRules;

/// Kind of product orders in the store.
pub const KIND: &str = "productOrder";
/// Kind of the requests to cancel one.
pub const CANCEL: &str = "cancelProductOrder";
/// Who writes what an order's run makes; no client has the name.
pub const ENGINE: &str = "@ordering";
