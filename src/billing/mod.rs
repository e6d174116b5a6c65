//! Billing: what an account is charged for a period. One pure function, [`bill`], makes every bill:
//! that of a run, on demand, a preview, a trial; [`bills`] calls it for each currency. No store, no network, no
//! clock.
//!
//! - `account` says whose bill it is and by which rules; `product` what it has and what that costs;
//!   `tally` what usage has come to; `pending` what else waits for a bill; `commitment` the most and
//!   the least that a period costs; `mark` what earlier bills have charged;
//! - `charge` makes charges of all that: `recurring` by terms and shares of terms, `once`, `usage`,
//!   `penalty`, `bounds`; `reckon` compares with what was charged before;
//! - `tax` adds taxes, `total` rounds, `line` is one line of the bill with its arithmetic; `currencies` tells
//!   apart what belongs to which bill;
//! - `check` looks at a bill before it is made valid;
//! - `document` HTML, PDF and XML of a bill that is made;
//! - `receivable` which payments pay which bills, credit notes, aging, the journal.
//!
//! The order of the rules is fixed: charges and their discounts, rounding of lines, maximum spend,
//! minimum commitment, tax, totals.

pub mod account;
mod bill;
mod charge;
pub mod check;
pub mod commitment;
mod currencies;
pub mod document;
mod fault;
pub mod line;
pub mod mark;
pub mod pending;
pub mod product;
pub mod receivable;
pub mod tally;
mod tax;
#[cfg(test)]
mod tests;
mod total;

pub use crate::domain::span::Span;
pub use bill::{AccountPeriod, Bill, bill};
pub use charge::{Basis, Proration, Share};
pub use currencies::bills;
pub use fault::Fault;
pub use tax::{Tax, Taxes};
pub use total::{TaxItem, Totals};
