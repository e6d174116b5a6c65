//! What else waits for a bill: charges and credits by hand, from disputes, from rating usage again.

use rust_decimal::Decimal;

use super::line::LineKind;
use super::product::TaxCategory;
use super::tax::Taxes;
use crate::domain::money::{Amount, Currency};
use crate::domain::span::Span;
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

/// How something is taxed that was charged before the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PendingTaxes {
    /// As any other charge.
    Categories(Box<[TaxCategory]>),
    /// As it was rated, or as the charge was that it corrects, whatever the rates are now.
    Known(Taxes),
}

impl PendingTaxes {
    /// What tells it apart from others.
    pub(super) fn key(&self) -> Vec<(&str, Option<Decimal>, bool)> {
        match self {
            PendingTaxes::Categories(categories) => {
                let of = |own: &TaxCategory| own.default.map(|rate| rate.percent);
                let all = categories.iter();
                all.map(|own| (&*own.category, of(own), false)).collect()
            }
            PendingTaxes::Known(taxes) => {
                let all = taxes.0.iter();
                all.map(|own| (&*own.category, Some(own.rate.percent), own.exempt))
                    .collect()
            }
        }
    }
}
