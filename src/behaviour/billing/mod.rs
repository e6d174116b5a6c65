//! What billing asks of resources, and does with them.
//!
//! - `history` keeps what a product cost before it was changed, for the part of a period before that.

pub mod history;
