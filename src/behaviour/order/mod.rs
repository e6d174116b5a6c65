//! Product orders, from their acceptance to their end: the durable side of [`crate::ordering`].
//!
//! - `rules` is what clients may do to orders, `cancel` the requests to cancel them;
//! - `input` is what a rule leaves for an order to be told, `mark` lets the worker know of it;
//! - `snapshot` and `rulebook` read what planning needs, `prepare` plans;
//! - `unit` is one step in one transaction, over the `books` of resources that it writes: the order
//!   (`sheet`), products (`product`, `internal`), what was sent and realised (`service`, `records`),
//!   numbers (`number`), fallout, what people are to do (`task`);
//! - `stage` is what is stored of an order under way;
//! - `worker` finds what is due, `sit` works on it, one `desk` for each order, `setback` keeps what was
//!   left over when a step failed on our own side; `carry` makes the calls,
//!   `callback` hears what other systems tell, `operate` and `bulk` are what operators see and do.

mod books;
mod bulk;
mod callback;
mod cancel;
mod carry;
mod claims;
mod desk;
mod fallout;
mod fulfilment;
mod input;
mod internal;
mod mark;
mod number;
mod operate;
mod prepare;
mod product;
mod records;
mod rulebook;
mod rules;
mod service;
mod setback;
mod sheet;
mod sit;
mod snapshot;
mod stage;
mod task;
mod unit;
mod worker;

pub use bulk::Bulk;
pub use cancel::CancelRules;
pub use fulfilment::{Fulfilment, Parts};
pub use mark::OrderMark;
pub use operate::{Shape, Shown, Wanted, read_act, read_completion};
pub use rulebook::RuleBook;
pub use rules::OrderRules;

/// Kind of product orders in the store.
pub const KIND: &str = "productOrder";
/// Kind of the requests to cancel one.
pub const CANCEL: &str = "cancelProductOrder";
/// Who writes what an order's run makes; no client has the name.
pub const ENGINE: &str = "@ordering";
