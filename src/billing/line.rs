//! One line of a bill (TMF678 `AppliedCustomerBillingRate`), with the arithmetic that led to it.

use rust_decimal::Decimal;

use super::charge::Basis;
use super::tally::Measured;
use super::tax::Taxes;
use crate::domain::exact::Ratio;
use crate::domain::money::Amount;
use crate::domain::span::Span;
use crate::domain::tax::TaxMode;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    RecurringCharge,
    OneTimeCharge,
    UsageCharge,
    /// Money back; never above nothing.
    Credit,
    Penalty,
}

impl LineKind {
    /// `type` of the rate (TMF678 v4), `appliedBillingRateType` in v5.
    pub const fn rate_type(self) -> &'static str {
        match self {
            LineKind::RecurringCharge | LineKind::OneTimeCharge | LineKind::UsageCharge => {
                "appliedBillingCharge"
            }
            LineKind::Credit => "appliedBillingCredit",
            LineKind::Penalty => "appliedPenaltyCharge",
        }
    }

    /// The name of the kind.
    pub const fn name(self) -> &'static str {
        match self {
            LineKind::RecurringCharge => "recurringCharge",
            LineKind::OneTimeCharge => "oneTimeCharge",
            LineKind::UsageCharge => "usageCharge",
            LineKind::Credit => "credit",
            LineKind::Penalty => "penalty",
        }
    }
}

/// A line. There is one for each product, price, label, tax and span of time.
#[derive(Clone, Debug)]
pub struct Line {
    pub kind: LineKind,
    pub name: Box<str>,
    pub product: Option<Box<str>>,
    /// Id of the price.
    pub price: Option<Box<str>>,
    /// Zone and band of usage; empty for other charges.
    pub label: Box<str>,
    /// What the line is for; both ends are the same for what happened at once.
    pub coverage: Span,
    /// Without tax.
    pub net: Amount,
    /// With tax.
    pub gross: Amount,
    /// Whether the price holds the tax.
    pub mode: TaxMode,
    pub taxes: Taxes,
    /// The part of each tax in `gross`, in the order of `taxes`.
    pub tax_amounts: Box<[Amount]>,
    /// Of usage.
    pub measured: Option<Measured>,
    /// Usage of a period that was billed before.
    pub late: bool,
    /// The exact amount before rounding, in `mode`.
    pub exact: Ratio,
    pub steps: Vec<Step>,
    /// The pending charge that it is.
    pub pending: Option<Box<str>>,
}

/// A step of the arithmetic, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The price of one, for a whole term.
    Price(Amount),
    /// Times how many.
    Times(Decimal),
    /// Plus so many per cent; negative for a discount.
    Percentage { name: Box<str>, percent: Decimal },
    /// Plus an amount of a whole term; negative for a discount, which leaves nothing at least.
    Plus { name: Box<str>, amount: Amount },
    /// Times a share of the term.
    Share {
        part: i128,
        whole: i128,
        basis: Basis,
    },
    /// So many whole terms in one line.
    Terms(u32),
    /// The amount for the same time, of which `charged` was charged before.
    Less { charged: Amount },
    /// The sum of rated usage, or a charge that was booked.
    Sum(Amount),
    /// Months of a binding that remain.
    Remaining { months: u32, days: u32, of: u32 },
    /// What was charged in the period, and the amount that bounds it.
    Bounded { charged: Amount, bound: Amount },
}
