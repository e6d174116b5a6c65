//! What billing asks of resources, and does with them.
//!
//! - `receivable` what becomes of bills once they have a number: payments, refunds, disputes, credit notes.

pub mod receivable;
