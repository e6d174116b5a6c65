//! Rating around its pure core: what prices refer to, stored and shared, and what the price of a usage
//! would be.
//!
//! - `document` reads and keeps tariff tables, calendars and tax tables; `shelf` shows and deletes them,
//!   `load` stores them;
//! - `book` is what all who rate share: the current ones, compiled; `names` those of usage;
//! - `guard` keeps prices out of the catalog that cannot be compiled, by `compile`; `check` finds
//!   what is hardly meant;
//! - `quote` says what usage would cost, from what a request says (`asked`) and what the catalog holds
//!   (`prices`); `payer`, `account` and `options` say who would pay.

mod account;
mod asked;
pub mod book;
mod check;
mod compile;
mod document;
pub(super) mod guard;
mod load;
mod names;
mod options;
mod payer;
pub mod prices;
mod quote;
mod shelf;

pub use account::{Account, Accounts};
pub use book::{Book, Snapshot};
pub use check::{lint_offering, lint_price, lint_table};
pub use document::{Beside, DocumentKind, Form, Sent};
pub use load::Loaded;
pub use options::{Chosen, Options};
pub use payer::payer;
pub use quote::quote;
pub use shelf::{Shelf, Wanted};
