//! Which taxes are due on a charge, and how much they are.

mod apply;

pub use apply::{Untaxed, apply};

use super::account::{Account, TaxPoint};
use super::fault::Fault;
use super::product::TaxCategory;
use crate::domain::clock::Micros;
use crate::domain::exact::Ratio;
use crate::domain::span::Span;
use crate::domain::tax::{TaxMode, TaxRate};

/// The taxes on one charge; none for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taxes(pub Box<[Tax]>);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tax {
    pub category: Box<str>,
    /// The rate of the category, also for who is exempt: it is taken out of prices that hold it.
    pub rate: TaxRate,
    /// A certificate frees from it: nothing is due.
    pub exempt: bool,
}

impl Tax {
    /// The rate that is due.
    pub const fn due(&self) -> TaxRate {
        match self.exempt {
            true => TaxRate::NONE,
            false => self.rate,
        }
    }

    /// An order of taxes: by category, then rate.
    fn key(&self) -> (&str, rust_decimal::Decimal, bool) {
        (&self.category, self.rate.percent, self.exempt)
    }
}

impl PartialOrd for Tax {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Tax {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl Taxes {
    /// The taxes of categories at an instant ([`tax_point`]).
    ///
    /// # Errors
    /// A category of which nobody knows the rate.
    pub fn of(categories: &[TaxCategory], at: Micros, account: &Account) -> Result<Self, Fault> {
        let taxes: Result<Box<[Tax]>, Fault> = categories
            .iter()
            .map(|own| of_category(own, at, account))
            .collect();
        taxes.map(Taxes)
    }

    /// Gross by net of a price that holds these taxes, of which the customer may be exempt.
    pub(super) fn factor(&self) -> Option<Ratio> {
        let one = Ratio::new(1, 1)?;
        self.0
            .iter()
            .try_fold(one, |sum, tax| sum.plus(tax.rate.share()?))
    }

    /// What an amount in one tax mode is in another one.
    pub(super) fn converted(&self, amount: Ratio, from: TaxMode, to: TaxMode) -> Option<Ratio> {
        let factor = self.factor()?;
        match (from, to) {
            (TaxMode::Net, TaxMode::Gross) => amount.times(factor),
            (TaxMode::Gross, TaxMode::Net) => {
                amount.times(Ratio::new(factor.denominator(), factor.numerator())?)
            }
            _ => Some(amount),
        }
    }
}

/// The instant that decides on the taxes of a charge for some time. `period` is what is billed.
pub fn tax_point(rule: TaxPoint, coverage: &Span, period: &Span) -> Micros {
    match rule {
        TaxPoint::CoverageEnd => coverage.last(),
        TaxPoint::CoverageStart => coverage.from,
        TaxPoint::Bill => period.last(),
    }
}

fn of_category(own: &TaxCategory, at: Micros, account: &Account) -> Result<Tax, Fault> {
    let category = &*own.category;
    let of_table = account.taxes.rate(category, account.place.as_deref(), at);
    let exempt = account
        .exemptions
        .iter()
        .any(|own| own.frees(Some(category), at));
    let rate = match of_table.or(own.default) {
        Some(rate) => rate,
        None if exempt => TaxRate::NONE,
        None => {
            return Err(Fault::NoTaxRate {
                category: category.into(),
                at,
            });
        }
    };
    Ok(Tax {
        category: own.category.clone(),
        rate,
        exempt,
    })
}
