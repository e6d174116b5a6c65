//! Whether an order can be fulfilled: every item against the catalog and against what the customer
//! has.

mod verdict;

pub use verdict::{Missing, Refusal, Verdict, code};
