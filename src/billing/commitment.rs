//! The most and the least that usage costs in a period of the bill.

use super::product::TaxCategory;
use crate::domain::money::{Amount, Currency};
use crate::domain::span::Span;
use crate::domain::tax::TaxMode;

/// A price of type `maximumSpend` or `minimumCommitment`.
#[derive(Clone, Debug)]
pub struct Commitment {
    /// Id of the price.
    pub id: Box<str>,
    /// What it is called on the bill.
    pub name: Box<str>,
    pub bound: Bound,
    /// The product whose charges are looked at; none for all of the account.
    pub product: Option<Box<str>>,
    /// Ids of the prices that are looked at, among which may be those of other bounds; none for all
    /// usage.
    pub covers: Box<[Box<str>]>,
    /// The time for which it holds, for the line.
    pub coverage: Span,
    /// Of a whole period.
    pub amount: Amount,
    pub currency: &'static Currency,
    /// Whether the amount holds the tax.
    pub mode: TaxMode,
    /// The taxes on what a minimum adds; a maximum takes off with the taxes of the charges.
    pub taxes: Box<[TaxCategory]>,
    /// The part of the period for which it holds, in days of days; less than all in the first month of a
    /// product. Both numbers are the same for all of it.
    pub days: (u32, u32),
    /// What bills before this one have charged in the same period, in `mode`, less what a maximum took
    /// off.
    pub before: Amount,
}

/// Which way it binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// What is charged beyond the amount is credited.
    Maximum,
    /// What is missing to the amount is charged, with the last bill of the period.
    Minimum,
}

impl Commitment {
    /// True where a charge counts.
    pub(super) fn counts(&self, product: Option<&str>, price: Option<&str>) -> bool {
        let is_product = self.product.is_none() || self.product.as_deref() == product;
        let names = |price: &str| self.covers.iter().any(|own| **own == *price);
        is_product && (self.covers.is_empty() || price.is_some_and(names))
    }
}
