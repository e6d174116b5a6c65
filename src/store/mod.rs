//! The store: one body of Diesel queries for SQLite and PostgreSQL.
//!
//! - [`Store`] opens a database by URL, hands out reads and queues writes;
//! - a write is a closure over [`Tx`], run by a writer that commits many together;
//! - `queries/` is compiled for both databases, `sqlite/` and `postgres/` hold what differs;
//! - `usage` and `rates`, the charges of bills, are stored apart from other resources;
//! - `plan` says what a list asks for, `rows` what the tables hold.

#![allow(
    clippy::duplicate_mod,
    reason = "the queries are compiled once for each database"
)]

mod attributes;
mod draft;
mod error;
mod growth;
mod inspect;
mod open;
mod plan;
mod postgres;
pub mod rates;
mod rows;
#[cfg_attr(
    not(test),
    allow(dead_code, reason = "Diesel's macros make more than is used")
)]
mod schema;
mod session;
mod sqlite;
mod staged;
mod tx;
pub mod usage;
mod writer;

pub use attributes::{Attributes, IndexedAttribute, number_of};
pub use draft::{Draft, Drafting};
pub use error::{DbError, DbResult};
pub use inspect::Inspection;
pub use open::{Migration, Settings, Store, Target};
pub use plan::{Condition, Match, Order, Plan, Position, RangeOp};
pub use rows::{
    BalanceRow, BookRow, ClaimRow, DeliveryRow, DocumentHead, EventRow, Head, IdempotencyRow,
    IndexRow, JobRow, OrderInputRow, OrderLogRow, PendingRow, ResourceRow, RevisionRow, RunRow,
    SubscriptionRow, TallyRow,
};
pub use session::{
    Addition, AnyOf, Backlog, BalanceKey, BookEntry, Due, Hold, IdKey, NewRows, NumberUse,
    PRIORITY_LOWEST, Removed, RunMove, Session, Stamp, Word,
};
pub use sqlite::Synchronous;
pub use staged::{IndexValues, Keys};
pub use tx::{Tx, Update};
pub use writer::Submitted;

/// Whether resources of a kind have a table of their own. Lists find them by its columns, and only in the
/// order of their creation.
pub fn is_apart(kind: &str) -> bool {
    matches!(kind, usage::KIND | rates::KIND)
}
