//! What earlier bills have charged for the prices of products, so that everything is charged once and
//! what changes afterwards is corrected.

use super::tax::Taxes;
use crate::domain::money::Amount;
use crate::domain::span::Span;
use crate::domain::tax::TaxMode;

/// What was charged for one price of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub product: Box<str>,
    /// Id of the price, or of what leaving early costs.
    pub price: Box<str>,
    /// In the order of time, none over another.
    pub terms: Vec<ChargedTerm>,
}

/// A term that was charged, be it with nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargedTerm {
    /// The whole term, of which shares are shares.
    pub term: Span,
    /// What of it was reckoned: less than the term only where terms were cut, as when the billing cycle
    /// changed.
    pub clip: Span,
    /// What was charged in all, less what was credited.
    pub parts: Vec<Part>,
}

/// An amount that was charged for a part of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub coverage: Span,
    /// In the tax mode below.
    pub amount: Amount,
    pub mode: TaxMode,
    /// At which rates: a credit has those of the charge that it corrects.
    pub taxes: Taxes,
}
