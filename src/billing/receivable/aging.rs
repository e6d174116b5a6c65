//! Open items by the days that they are overdue.
//!
//! Days are those of the calendar at the account: what is due today is not overdue before midnight
//! there, wherever the report is made.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;

use super::Total;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};

/// How long an item is overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// Not yet.
    Current,
    /// 1 to 30 days.
    Days30,
    /// 31 to 60 days.
    Days60,
    /// 61 to 90 days.
    Days90,
    /// More.
    Older,
}

impl Bucket {
    pub const ALL: [Bucket; 5] = [
        Bucket::Current,
        Bucket::Days30,
        Bucket::Days60,
        Bucket::Days90,
        Bucket::Older,
    ];

    /// The bucket of what was due so many days ago.
    pub const fn of(days: i64) -> Self {
        match days {
            ..=0 => Bucket::Current,
            1..=30 => Bucket::Days30,
            31..=60 => Bucket::Days60,
            61..=90 => Bucket::Days90,
            _ => Bucket::Older,
        }
    }

    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Bucket::Current => "current",
            Bucket::Days30 => "1-30",
            Bucket::Days60 => "31-60",
            Bucket::Days90 => "61-90",
            Bucket::Older => "90+",
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// A bill of which something is left to be paid.
#[derive(Clone, Debug)]
pub struct Item {
    pub account: String,
    pub currency: &'static Currency,
    pub remaining: Amount,
    /// Without one it is never overdue.
    pub due: Option<Micros>,
    /// Where the account's days begin.
    pub zone: Tz,
    /// Disputed. It is in its bucket like others, and shown again by itself.
    pub held: bool,
}

/// Days from the due date to an instant, in the calendar of a place; negative before it.
pub fn overdue(due: Micros, at: Micros, zone: Tz) -> i64 {
    (day(at, zone) - day(due, zone)).num_days()
}

fn day(instant: Micros, zone: Tz) -> NaiveDate {
    let instant = DateTime::from_timestamp_micros(instant.0).unwrap_or_default();
    instant.with_timezone(&zone).date_naive()
}

/// What is owed in one currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    buckets: [Total; 5],
    /// All buckets together.
    pub total: Total,
    /// Of that, what is disputed.
    pub disputed: Total,
    /// What was paid or credited and pays no bill yet; not taken off the total.
    pub on_account: Total,
    /// Bills.
    pub bills: u64,
}

impl Row {
    /// What is in a bucket.
    pub fn bucket(&self, bucket: Bucket) -> Total {
        self.buckets
            .get(bucket.index())
            .copied()
            .unwrap_or_default()
    }

    fn add(&mut self, bucket: Bucket, item: &Item) {
        if let Some(sum) = self.buckets.get_mut(bucket.index()) {
            sum.add(item.remaining);
        }
        self.total.add(item.remaining);
        if item.held {
            self.disputed.add(item.remaining);
        }
        self.bills += 1;
    }

    fn join(&mut self, other: &Row) {
        for bucket in Bucket::ALL {
            if let Some(sum) = self.buckets.get_mut(bucket.index()) {
                sum.join(other.bucket(bucket));
            }
        }
        self.total.join(other.total);
        self.disputed.join(other.disputed);
        self.on_account.join(other.on_account);
        self.bills += other.bills;
    }
}

/// A report in the making. Items come in any order; nothing of them is kept but the sums.
#[derive(Clone, Debug)]
pub struct Aging {
    at: Micros,
    rows: BTreeMap<(String, &'static str), Row>,
}

impl Aging {
    /// A report of an instant.
    pub fn at(at: Micros) -> Self {
        Aging {
            at,
            rows: BTreeMap::new(),
        }
    }

    /// Adds a bill. One of which nothing is left is passed over.
    pub fn add(&mut self, item: &Item) {
        if item.remaining <= Amount::ZERO {
            return;
        }
        let days = item.due.map_or(0, |due| overdue(due, self.at, item.zone));
        self.row(&item.account, item.currency)
            .add(Bucket::of(days), item);
    }

    /// Adds what pays no bill yet.
    pub fn add_on_account(&mut self, account: &str, currency: &'static Currency, left: Amount) {
        if left > Amount::ZERO {
            self.row(account, currency).on_account.add(left);
        }
    }

    fn row(&mut self, account: &str, currency: &'static Currency) -> &mut Row {
        self.rows
            .entry((account.to_owned(), currency.code))
            .or_default()
    }

    /// Account, currency and what is owed, by account and currency.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &'static str, &Row)> {
        self.rows
            .iter()
            .map(|((account, currency), row)| (account.as_str(), *currency, row))
    }

    /// The sums of each currency.
    pub fn totals(&self) -> BTreeMap<&'static str, Row> {
        let mut totals: BTreeMap<&'static str, Row> = BTreeMap::new();
        for (_, currency, row) in self.rows() {
            totals.entry(currency).or_default().join(row);
        }
        totals
    }
}
