//! The one function that makes bills.

use super::account::Account;
use super::charge::{Charges, bound, charges, rounding};
use super::commitment::Commitment;
use super::fault::Fault;
use super::line::Line;
use super::mark::Mark;
use super::pending::Pending;
use super::product::Product;
use super::tally::Tally;
use super::total::{self, TaxItem, Totals};
use crate::domain::clock::Micros;
use crate::domain::money::Currency;
use crate::domain::span::Span;

/// All that a bill is made from.
#[derive(Clone, Debug)]
pub struct AccountPeriod {
    pub account: Account,
    /// What is billed. Usage is given by tallies; of prices in arrears those terms are charged that end
    /// in it, or before it and were not charged.
    pub period: Span,
    /// Terms of prices in advance are charged that begin before this instant: the end of the next
    /// period.
    pub advance_to: Micros,
    /// Nothing that is over by this instant is charged or corrected any more: the beginning of the
    /// account, or the limit for changes of the past. Marks of what is older are left out of the answer.
    pub reckon_from: Micros,
    /// The last bill of the period: minimum commitments are looked at.
    pub closes: bool,
    pub products: Vec<Product>,
    /// Usage that was not billed before.
    pub usage: Vec<Tally>,
    /// What was booked and not billed before.
    pub pending: Vec<Pending>,
    pub commitments: Vec<Commitment>,
    /// What earlier bills have charged, as they answered it.
    pub marks: Vec<Mark>,
}

/// A bill.
#[derive(Clone, Debug)]
pub struct Bill {
    pub currency: &'static Currency,
    /// By product, kind, price, label and time.
    pub lines: Vec<Line>,
    /// By category and rate.
    pub tax_items: Vec<TaxItem>,
    pub totals: Totals,
    /// What has been charged by now, in place of the marks that were given.
    pub marks: Vec<Mark>,
}

/// Makes the bill of an account for a period. The same question always has the same answer; asked again
/// with the marks of the answer, and without the usage and the bookings that it billed, there is nothing
/// left to bill.
///
/// # Errors
/// Whatever makes the bill impossible: another currency, an unknown tax, a number that does not fit.
pub fn bill(given: &AccountPeriod) -> Result<Bill, Fault> {
    let rounding = rounding(given);
    let Charges {
        mut drafts,
        mut marks,
    } = charges(given)?;
    total::round(&mut drafts, rounding).ok_or(Fault::large("a line"))?;
    total::note(&drafts, &mut marks, rounding).ok_or(Fault::large("what was charged"))?;
    bound(given, rounding, &mut drafts)?;
    drafts.retain(|draft| draft.is_shown());
    drafts.sort_by(|a, b| a.key().cmp(&b.key()));
    let rules = &given.account.rules;
    let lines = total::lines(drafts, rules, rounding).ok_or(Fault::large("a tax"))?;
    let (tax_items, totals) = total::totals(&lines).ok_or(Fault::large("a total"))?;
    Ok(Bill {
        currency: given.account.currency,
        lines,
        tax_items,
        totals,
        marks,
    })
}
