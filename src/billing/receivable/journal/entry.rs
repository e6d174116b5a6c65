//! Entries and their balance.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::super::{Refusal, Total};
use super::source::Span;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};

/// The two sides of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Debit,
    Credit,
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Side::Debit => Side::Credit,
            Side::Credit => Side::Debit,
        }
    }
}

/// An amount on one side of an account of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// From the chart, or an account code.
    pub account: String,
    pub side: Side,
    /// More than nothing.
    pub amount: Amount,
    /// The tax category of revenue and tax.
    pub tax_category: Option<String>,
    /// The rate of a tax, in percent.
    pub tax_rate: Option<Decimal>,
    /// The time for which something is sold.
    pub period: Option<Span>,
}

/// What one thing books. Debits equal credits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The same whenever the journal is made: kind and id of what is booked.
    pub id: String,
    /// When it happened.
    pub at: Micros,
    /// `bill`, `creditNote`, `payment`, `refund`, `chargeback`, `writeOff` or `recovery`.
    pub kind: &'static str,
    /// Id of what is booked.
    pub source: String,
    /// What people know it by: the number of a bill.
    pub number: Option<String>,
    /// The billing account.
    pub account: String,
    pub currency: &'static Currency,
    pub postings: Vec<Posting>,
}

impl Entry {
    /// The sum of a side.
    pub fn side(&self, side: Side) -> Total {
        let of_side = self.postings.iter().filter(|posting| posting.side == side);
        of_side.map(|posting| posting.amount).collect()
    }

    /// Whether debits equal credits.
    pub fn is_balanced(&self) -> bool {
        self.side(Side::Debit) == self.side(Side::Credit)
    }
}

/// Adds postings up: of one account, category, rate and period there is one.
#[derive(Debug, Default)]
pub(super) struct Collected(BTreeMap<Key, i128>);

/// Where a posting goes. The order is that of the postings in an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Receivable, revenue, taxes.
    pub rank: u8,
    pub account: String,
    pub tax_category: Option<String>,
    pub tax_rate: Option<Decimal>,
    pub period: Option<Span>,
}

impl Collected {
    /// Adds to the debit side, or, what is negative, to the credit side.
    pub fn debit(&mut self, key: Key, amount: i128) {
        let sum = self.0.entry(key).or_default();
        *sum = sum.saturating_add(amount);
    }

    /// The postings, without those over nothing.
    ///
    /// # Errors
    /// When a sum is larger than can be booked.
    pub fn postings(self) -> Result<Vec<Posting>, Refusal> {
        let moved = self.0.into_iter().filter(|(_, sum)| *sum != 0);
        moved
            .map(|(key, sum)| {
                let amount = i64::try_from(sum.unsigned_abs()).map_err(|_| Refusal::TooLarge)?;
                Ok(Posting {
                    account: key.account,
                    side: if sum > 0 { Side::Debit } else { Side::Credit },
                    amount: Amount::from_millionths(amount),
                    tax_category: key.tax_category,
                    tax_rate: key.tax_rate,
                    period: key.period,
                })
            })
            .collect()
    }
}

/// Debits and credits of a journal, by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Debits and credits.
    pub by_currency: BTreeMap<&'static str, (Total, Total)>,
    /// Entries.
    pub entries: u64,
}

impl Sums {
    /// Counts an entry.
    pub fn add(&mut self, entry: &Entry) {
        let (debit, credit) = self.by_currency.entry(entry.currency.code).or_default();
        debit.join(entry.side(Side::Debit));
        credit.join(entry.side(Side::Credit));
        self.entries += 1;
    }

    /// Whether debits equal credits in each currency.
    pub fn is_balanced(&self) -> bool {
        self.by_currency
            .values()
            .all(|(debit, credit)| debit == credit)
    }
}
