//! Whose bill it is, and the rules that it is made by.

use std::sync::Arc;

use crate::domain::bill_calendar::Calendar;
use crate::domain::exact::Mode;
use crate::domain::money::{Amount, Currency};
use crate::domain::tax::{Exemption, TaxTable};

/// A billing account (TMF666), as far as it matters to amounts.
#[derive(Clone, Debug)]
pub struct Account {
    /// In which it is billed; [`super::bills`] makes others for what is charged in another.
    pub currency: &'static Currency,
    /// When its periods begin, and in which time zone.
    pub calendar: Calendar,
    /// Country or region whose taxes apply.
    pub place: Option<Box<str>>,
    /// What frees it from taxes.
    pub exemptions: Box<[Exemption]>,
    /// Dated rates of taxes.
    pub taxes: Arc<TaxTable>,
    pub rules: Rules,
}

/// Rules that operators and countries differ in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Where charges are rounded to the digits of the currency.
    pub charges: Level,
    /// Where taxes are.
    pub taxes: Level,
    /// How both are.
    pub rounding: Mode,
    /// Which instant decides on rates and exemptions.
    pub tax_point: TaxPoint,
}

/// Where amounts are rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Each line on its own; sums are sums of what is shown.
    Line,
    /// The sum of lines of one tax is rounded, and shared among them by largest remainder.
    Bill,
}

/// The instant at which a charge is taxed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaxPoint {
    /// The last instant of the time that the charge is for: when it has been supplied.
    #[default]
    CoverageEnd,
    /// The first instant of it.
    CoverageStart,
    /// The end of the period that is billed.
    Bill,
}

impl Default for Rules {
    /// Charges by line, taxes by bill, half up.
    fn default() -> Self {
        Rules {
            charges: Level::Line,
            taxes: Level::Bill,
            rounding: Mode::HalfUp,
            tax_point: TaxPoint::default(),
        }
    }
}

impl Account {
    /// Digits behind the point of an amount on the bill. What has no smallest unit is billed in what
    /// the books can hold.
    pub fn digits(&self) -> u32 {
        let digits = self.currency.digits.unwrap_or(Amount::SCALE);
        digits.min(Amount::SCALE)
    }
}
