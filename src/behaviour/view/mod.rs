//! Answers that put several kinds together, for people who serve customers. Each costs a small,
//! fixed number of queries, however much a customer has.

mod overview;
mod search;

pub use overview::overview;
pub use search::{Search, search};

/// The kind that both are about.
const CUSTOMER: &str = "customer";
/// How customers and roles name their party.
const ENGAGED_PARTY: &str = "engagedParty.id";
