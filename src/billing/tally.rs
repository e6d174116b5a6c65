//! What usage has come to.

use rust_decimal::Decimal;

use super::pending::PendingTaxes;
use crate::domain::money::{Amount, Currency};
use crate::domain::span::Span;
use crate::domain::tax::TaxMode;

/// The sum of rated usage of one product, price, label and tax in one span of time. Those that agree
/// in all of these become one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub product: Box<str>,
    /// Id of the price.
    pub price: Box<str>,
    /// Name of the price on the bill.
    pub name: Box<str>,
    /// Zone and band (`offerTariffType`); empty where there is none.
    pub label: Box<str>,
    pub taxes: PendingTaxes,
    /// When it was used: not the period of the bill where the usage came late.
    pub coverage: Span,
    /// The exact sum of the records, with tax or without.
    pub amount: Amount,
    pub currency: &'static Currency,
    pub mode: TaxMode,
    pub measured: Measured,
    /// It belongs to a period that was billed before.
    pub late: bool,
}

/// What was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// All that was used, with what allowances covered.
    pub quantity: Decimal,
    /// What is counted: `s`, `byte`, `message`; empty for none.
    pub unit: Box<str>,
    /// How many usages there were.
    pub count: u64,
    /// What allowances covered.
    pub included: Decimal,
    /// What that would have cost.
    pub included_value: Amount,
}

impl Measured {
    /// Both together; `None` where a number does not fit.
    pub(super) fn plus(&self, other: &Measured) -> Option<Measured> {
        Some(Measured {
            quantity: self.quantity.checked_add(other.quantity)?,
            unit: self.unit.clone(),
            count: self.count.checked_add(other.count)?,
            included: self.included.checked_add(other.included)?,
            included_value: self.included_value.plus(other.included_value)?,
        })
    }
}
