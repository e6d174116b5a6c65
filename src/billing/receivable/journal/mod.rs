//! The journal: what bookkeeping (the general ledger) gets to know of billing, in double entries.
//!
//! - `entry` an entry, whose debits equal its credits;
//! - `chart` the accounts that are booked on;
//! - `source` what each thing that happened books;
//! - `export` entries as CSV and as NDJSON.
//!
//! | | debit | credit |
//! |---|---|---|
//! | bill | receivable: with taxes | revenue: each account code, tax category and period; tax payable: each category and rate |
//! | credit note | revenue and tax payable, as they were booked | receivable |
//! | payment | cash | receivable |
//! | refund, chargeback | receivable | cash |
//! | write-off | bad debt | receivable |
//! | end of a write-off | receivable | bad debt |
//!
//! Which bill a payment pays does not matter to the journal: what is on account is a receivable below
//! nothing. Entries have the ids of what they stand for, so a journal that is made twice is the same.

pub mod chart;
pub mod entry;
pub mod export;
pub mod source;

pub use chart::Chart;
pub use entry::{Entry, Posting, Side, Sums};
pub use source::{Document, DocumentKind, Movement, MovementKind, PostedLine, PostedTax, Span};
