//! The end of a period: the most that it costs, then the least.
//!
//! Both look at what was charged in the period, after discounts and before tax (or with tax, where
//! the price says `gross`), and answer with differences to be booked. A maximum takes off in
//! proportion to the charges, by largest remainder, so that each charge keeps its own tax; a minimum
//! adds one charge of its own. Closing a period again with the differences booked changes nothing.

mod compile;
mod notice;

pub use compile::{compile, covered_by, is_commitment};

use super::card::Tax;
use super::exact::{Ratio, allotted_into};
use super::tax::{Rounded, TaxMode, TaxRate, rescaled};
use super::threshold::Notice;
use super::tier::Scope;
use crate::domain::billing_cycle::Cycle;
use crate::domain::money::{Amount, Currency};
use crate::domain::value::Period;

/// What a commitment does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// What is charged beyond the amount is taken off.
    MaximumSpend,
    /// What is missing to the amount is charged.
    MinimumCommitment,
}

impl Kind {
    /// The names that prices use, as `priceType` and as `relationshipType`.
    pub const NAMES: &'static [(&'static str, Kind)] = &[
        ("maximumSpend", Kind::MaximumSpend),
        ("minimumCommitment", Kind::MinimumCommitment),
    ];
}

/// A compiled price of type `maximumSpend` or `minimumCommitment`.
#[derive(Clone, Debug)]
pub struct Commitment {
    /// Id of the price.
    pub price: Box<str>,
    pub version: Option<Box<str>>,
    pub kind: Kind,
    pub valid: Period,
    pub amount: Amount,
    pub currency: &'static Currency,
    /// The period that is looked at; none for that of the bill.
    pub period: Option<Cycle>,
    /// Whose charges are looked at together.
    pub scope: Scope,
    /// Ids of the prices that are looked at; none for all.
    pub covers: Box<[Box<str>]>,
    /// Whether the amount holds the tax, and what tax a charge has that a minimum adds.
    pub tax: Tax,
    /// Of a maximum: what the customer is told of, ascending.
    pub notices: Box<[Notice]>,
    /// A maximum of which the customer is only told: nothing is taken off.
    pub notify_only: bool,
}

/// What a period has come to by one price, zone, band and tax rate: what becomes one line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charged {
    /// Id of the price.
    pub price: Box<str>,
    pub net: Amount,
    pub gross: Amount,
    pub tax: TaxRate,
}

/// A difference that closing a period makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Place of the commitment.
    pub commitment: usize,
    /// Place of the charge that is reduced; none for a charge that a minimum adds.
    pub charge: Option<usize>,
    /// Negative for what is taken off.
    pub net: Amount,
    pub gross: Amount,
    pub tax: TaxRate,
}

impl Commitment {
    /// True where a charge by a price counts.
    pub fn covers(&self, price: &str) -> bool {
        self.covers.is_empty() || self.covers.iter().any(|own| **own == *price)
    }

    /// True where it covers all that another one covers: what that adds counts here too.
    fn includes(&self, other: &Commitment) -> bool {
        let has_all = || other.covers.iter().all(|price| self.covers(price));
        self.covers.is_empty() || (!other.covers.is_empty() && has_all())
    }

    /// The same for a part of a period, such as the first month of a product: `share` of the amount,
    /// rounded to the digits of the books.
    pub fn prorated(&self, share: Ratio) -> Option<Self> {
        let whole = Ratio::new(i128::from(self.amount.millionths()), 1_000_000)?;
        let to = Rounded::default();
        Some(Commitment {
            amount: rescaled(whole.times(share)?, to.scale, to.mode)?,
            ..self.clone()
        })
    }
}

/// Closes a period: first all maxima, then all minima, each in the order given; each sees what those
/// before it have changed. All are in the currency of the charges and valid at the end of the period.
///
/// `rate` says the tax rate of what a minimum adds.
///
/// `None` where a number is beyond what can be booked.
pub fn close(
    commitments: &[Commitment],
    charges: &[Charged],
    rate: impl Fn(&Commitment) -> TaxRate,
) -> Option<Vec<Difference>> {
    let mut closing = Closing {
        commitments,
        charges: charges.to_vec(),
        added: Vec::new(),
        differences: Vec::new(),
    };
    for kind in [Kind::MaximumSpend, Kind::MinimumCommitment] {
        for (place, commitment) in commitments.iter().enumerate() {
            if commitment.kind != kind || commitment.notify_only {
                continue;
            }
            match kind {
                Kind::MaximumSpend => closing.lower(place, commitment)?,
                Kind::MinimumCommitment => closing.raise(place, commitment, rate(commitment))?,
            }
        }
    }
    Some(closing.differences)
}

struct Closing<'c> {
    commitments: &'c [Commitment],
    /// As changed so far.
    charges: Vec<Charged>,
    /// What minima have added, with their places.
    added: Vec<(usize, Charged)>,
    differences: Vec<Difference>,
}

impl Closing<'_> {
    fn lower(&mut self, place: usize, commitment: &Commitment) -> Option<()> {
        let mode = commitment.tax.mode;
        let covered: Vec<usize> = (0..self.charges.len())
            .filter(|at| {
                let charge = self.charges.get(*at);
                charge.is_some_and(|own| commitment.covers(&own.price))
            })
            .collect();
        let mut parts = Vec::with_capacity(covered.len());
        for at in &covered {
            parts.push(i128::from(self.charges.get(*at)?.amount(mode).millionths()));
        }
        let sum: i128 = parts.iter().sum();
        let excess = sum - i128::from(commitment.amount.millionths());
        if excess <= 0 {
            return Some(());
        }
        allotted_into(excess, &mut parts)?;
        for (at, part) in covered.into_iter().zip(parts) {
            let charge = self.charges.get_mut(at)?;
            let before = (charge.net, charge.gross);
            let left = charge.amount(mode).millionths();
            let left = i64::try_from(i128::from(left) - part).ok()?;
            charge.set(mode, Amount::from_millionths(left))?;
            let difference = Difference {
                commitment: place,
                charge: Some(at),
                net: minus(charge.net, before.0)?,
                gross: minus(charge.gross, before.1)?,
                tax: charge.tax,
            };
            if !difference.net.is_zero() || !difference.gross.is_zero() {
                self.differences.push(difference);
            }
        }
        Some(())
    }

    fn raise(&mut self, place: usize, commitment: &Commitment, tax: TaxRate) -> Option<()> {
        let mode = commitment.tax.mode;
        let mut sum = Amount::ZERO;
        for charge in &self.charges {
            if commitment.covers(&charge.price) {
                sum = sum.plus(charge.amount(mode))?;
            }
        }
        for (other, charge) in &self.added {
            let other = self.commitments.get(*other)?;
            if commitment.includes(other) {
                sum = sum.plus(charge.amount(mode))?;
            }
        }
        let missing = minus(commitment.amount, sum)?;
        if missing <= Amount::ZERO {
            return Some(());
        }
        let mut charge = Charged {
            price: commitment.price.clone(),
            net: missing,
            gross: missing,
            tax,
        };
        charge.set(mode, missing)?;
        self.differences.push(Difference {
            commitment: place,
            charge: None,
            net: charge.net,
            gross: charge.gross,
            tax,
        });
        self.added.push((place, charge));
        Some(())
    }
}

impl Charged {
    fn amount(&self, mode: TaxMode) -> Amount {
        match mode {
            TaxMode::Net => self.net,
            TaxMode::Gross => self.gross,
        }
    }

    /// Sets one of the amounts, and the other by the tax rate.
    fn set(&mut self, mode: TaxMode, amount: Amount) -> Option<()> {
        let to = Rounded::default();
        (self.net, self.gross) = match mode {
            TaxMode::Net => (amount, self.tax.gross(amount, to)?),
            TaxMode::Gross => (self.tax.net(amount, to)?, amount),
        };
        Some(())
    }
}

fn minus(one: Amount, other: Amount) -> Option<Amount> {
    let difference = one.millionths().checked_sub(other.millionths())?;
    Some(Amount::from_millionths(difference))
}
