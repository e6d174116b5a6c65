//! Product orders, from their acceptance to their end: the durable side of [`crate::ordering`].
//!
//! - `rules` is what clients may do to orders, `cancel` the requests to cancel them;
//! - `input` is what a rule leaves for an order to be told.

mod books;
mod cancel;
mod carry;
mod desk;
mod fallout;
mod fulfilment;
mod input;
mod internal;
mod number;
mod prepare;
mod product;
mod records;
mod rulebook;
mod rules;
mod service;
mod sheet;
mod snapshot;
mod stage;
mod unit;
mod worker;

pub use cancel::CancelRules;
pub use fulfilment::{Fulfilment, Parts};
pub use rulebook::RuleBook;
pub use rules::OrderRules;

/// Kind of product orders in the store.
pub const KIND: &str = "productOrder";
/// Kind of the requests to cancel one.
pub const CANCEL: &str = "cancelProductOrder";
/// Who writes what an order's run makes; no client has the name.
pub const ENGINE: &str = "@ordering";
