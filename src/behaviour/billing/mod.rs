//! What billing asks of resources, and does with them.
//!
//! - `history` keeps what a product cost before it was changed, for the part of a period before that;
//! - `receivable` what becomes of bills once they have a number: payments, refunds, disputes, credit notes.

pub mod history;
pub mod receivable;
