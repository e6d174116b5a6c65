//! Plans: the fulfilment work of an order as a graph, and how it is made.
//!
//! - `types` is the plan itself; it is stored, shown and run;
//! - `validate` checks an order and says what its items shall be.

mod types;
pub mod validate;

pub use types::{
    Because, Compensation, Node, NodeKind, PlacedItem, Plan, PointOfNoReturn, Setting, Source,
    SpecificationRef,
};
