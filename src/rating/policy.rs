//! What an operator decides about rating, besides prices.

use std::sync::Arc;
use std::time::Duration;

use super::tax::TaxTable;
use crate::domain::clock::Micros;

/// Settings that hold for all prices.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Usage that began earlier is rejected as too old.
    pub oldest: Option<Micros>,
    /// Usage is rated although its product was not active when it began: it had a price before that was said.
    pub inactive: bool,
    /// What becomes of usage beyond an allowance that blocks.
    pub blocked: Blocked,
    /// Rates of taxes. What it does not know has the rate that stands in the price.
    pub taxes: Arc<TaxTable>,
}

/// The oldest instant at which usage may have begun that comes at another, where there is a limit.
pub fn oldest(limit: Option<Duration>, came: Micros) -> Option<Micros> {
    let micros = i64::try_from(limit?.as_micros()).unwrap_or(i64::MAX);
    Some(Micros(came.0.saturating_sub(micros)))
}

/// Usage that should not have been possible: it was recorded although its allowance blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blocked {
    /// Rejected, for a person to decide.
    #[default]
    Reject,
    /// Rated at nothing.
    Waive,
}
