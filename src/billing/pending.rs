//! What else waits for a bill: charges and credits by hand, from disputes, from rating usage again.

use super::line::LineKind;
use super::product::TaxCategory;
use super::span::Span;
use super::tax::Taxes;
use crate::domain::money::{Amount, Currency};
use crate::domain::tax::TaxMode;

/// A charge or a credit that is put on the next bill, once.
#[derive(Clone, Debug)]
pub struct Pending {
    /// By which the one who booked it knows that it was billed ([`super::line::Line::pending`]).
    pub id: Box<str>,
    pub kind: LineKind,
    /// What it is called on the bill.
    pub name: Box<str>,
    pub product: Option<Box<str>>,
    /// Id of the price.
    pub price: Option<Box<str>>,
    pub label: Box<str>,
    /// Negative for a credit.
    pub amount: Amount,
    pub currency: &'static Currency,
    pub mode: TaxMode,
    pub taxes: PendingTaxes,
    /// What it is for.
    pub coverage: Span,
}

/// How a pending charge is taxed.
#[derive(Clone, Debug)]
pub enum PendingTaxes {
    /// As any other charge.
    Categories(Box<[TaxCategory]>),
    /// As the charge was that it corrects, whatever the rates are now.
    Known(Taxes),
}
