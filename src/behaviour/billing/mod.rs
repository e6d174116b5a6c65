//! What billing asks of resources, and does with them.
//!
//! - `history` keeps what a product cost before it was changed, for the part of a period before that;
//! - `asked` hands what is asked of billing, runs and bills on demand, to its jobs;
//! - `attached` says where the documents of bills are;
//! - `follow` has documents made and bills sent;
//! - `number` gives bills their numbers;
//! - `receivable` what becomes of bills once they have a number: payments, refunds, disputes, credit notes.

mod asked;
mod attached;
mod follow;
pub mod history;
mod number;
pub mod receivable;

pub use attached::documents;
pub use follow::{KEEP_TASK, MAIL_TASK, keep_documents, mail};
pub use number::Numbering;

pub use asked::{AskedRules, BILL_RUN, ON_DEMAND, ON_DEMAND_TASK, RUN_TASK, STATE_REASON};
