//! Billing.
//!
//! - `receivable` which payments pay which bills, credit notes, aging, the journal.

pub mod receivable;
