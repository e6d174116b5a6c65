//! What usage has come to in the periods of maximum spends. The sums are kept with the owners whose
//! charges are looked at together; nothing is refused because of them, they say when customers are told.
//!
//! The trace of a usage says to which sums it was added, so that rating again takes just that back.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::alert::Alert;
use super::owner::{Owner, Since};
use super::payer::Payer;
use super::world::World;
use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::document::Object;
use crate::domain::money::{Amount, Money};
use crate::domain::value::Period;
use crate::rating::period::{Commitment, Kind};
use crate::rating::rated::Rated;
use crate::rating::recurrence::Recurrence;
use crate::rating::tariff::Tariff;
use crate::rating::tax::TaxMode;
use crate::rating::threshold::notices_due;

/// Member of a trace that says to which sums the usage was added.
const SPEND: &str = "spend";
/// Sums of one price that are kept with an owner, for usage that comes late.
const KEPT: usize = 24;
/// A Monday, and the first day of a month, a quarter and a year: on such days periods begin that do not
/// begin with a product.
const ANCHOR: Option<NaiveDate> = NaiveDate::from_ymd_opt(2024, 1, 1);
/// The period of a price that has that of the bill.
const BILL: Cycle = Cycle::Months(1);

/// What a period has come to, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Id of the maximum spend.
    pub price: Box<str>,
    /// Microseconds since 1970.
    pub from: i64,
    pub to: i64,
    /// ISO 4217.
    pub currency: Box<str>,
    /// Millionths, net or gross as the price says.
    pub amount: i64,
    /// The highest amount, in millionths, that the customer was told of.
    #[serde(default)]
    pub told: i64,
}

impl Spent {
    /// The amount.
    pub const fn amount(&self) -> Amount {
        Amount::from_millionths(self.amount)
    }

    /// The period that is looked at.
    pub const fn period(&self) -> Period {
        Period {
            start: Some(Micros(self.from)),
            end: Some(Micros(self.to)),
        }
    }

    /// Its id among all sums, made like that of a bucket.
    fn id(&self, owner: &str) -> String {
        let from = self.from / 1_000_000;
        let id = format!("{owner}~{}~{from}~{}", self.price, self.currency);
        id.replace(':', ".")
    }
}

/// A usage that was rated.
pub struct Charge<'c> {
    pub tariff: &'c Tariff,
    pub since: &'c Since,
    /// When the usage began, or its session.
    pub at: Micros,
    /// Id of the price.
    pub price: &'c str,
    pub rated: &'c Rated,
}

impl Charge<'_> {
    /// What counts to a maximum; nothing where it is about other prices, another time or another
    /// currency. Of several versions the one that became valid last counts.
    fn counted(&self, most: &Commitment) -> Amount {
        let is_valid =
            |own: &Commitment| own.kind == Kind::MaximumSpend && own.valid.contains(self.at);
        let is_newer = |own: &Commitment| {
            own.price == most.price && own.valid.start > most.valid.start && is_valid(own)
        };
        let counts = is_valid(most)
            && most.covers(self.price)
            && self.rated.currency == Some(most.currency)
            && !self.tariff.commitments.iter().any(|own| is_newer(own));
        match most.tax.mode {
            _ if !counts => Amount::ZERO,
            TaxMode::Net => self.rated.net,
            TaxMode::Gross => self.rated.gross,
        }
    }

    /// The period in which the usage lies. Those of a product begin with the product, as its allowances
    /// do; those that several products share, and that of a bill, begin with the calendar.
    fn period(&self, most: &Commitment, owner: &str) -> Option<Period> {
        let recurrence = match most.period {
            Some(cycle) if owner.starts_with("p:") => self.since.recurrence(cycle)?,
            cycle => Recurrence {
                cycle: cycle.unwrap_or(BILL),
                anchor: ANCHOR?,
                zone: self.since.zone,
            },
        };
        recurrence.at(self.at)?.period()
    }
}

/// What a usage was added to.
#[derive(Debug)]
pub struct Added<'c> {
    most: &'c Commitment,
    /// Id of the sum.
    sum: String,
    amount: Amount,
}

impl Added<'_> {
    /// Writes into a trace what the usage was added to; [`noted`] reads it.
    pub fn write(all: &[Self], trace: &mut impl Object) {
        if all.is_empty() {
            return;
        }
        trace.objects(SPEND, all, |into, own| {
            into.object("price", |price| price.text("id", &own.most.price));
            into.text("sum", &own.sum);
            own.amount.write("charged", own.most.currency, into);
        });
    }
}

impl World {
    /// Adds what a usage is charged to the sums of its period, raises what that reaches, and answers what
    /// was added, for the trace.
    pub fn spend<'c>(
        &mut self,
        payer: &Payer,
        charge: &Charge<'c>,
        alerts: &mut Vec<Alert>,
    ) -> Vec<Added<'c>> {
        let mut added = Vec::new();
        for most in &charge.tariff.commitments {
            let amount = charge.counted(most);
            if amount.is_zero() {
                continue;
            }
            let name = payer.owners.name_of(most.scope);
            let Some(owner) = self.change(payer, name) else {
                continue;
            };
            let Some(sum) = owner.sum(name, most, charge) else {
                continue;
            };
            sum.amount = sum.amount.saturating_add(amount.millionths());
            added.push(Added {
                most,
                sum: sum.id(name),
                amount,
            });
            if amount < Amount::ZERO {
                continue;
            }
            let told = Amount::from_millionths(sum.told);
            for notice in notices_due(&most.notices, told, sum.amount()) {
                sum.told = notice.amount.millionths();
                alerts.push(Alert::spend(payer, name, most, sum, notice));
            }
        }
        added
    }
}

impl Owner {
    /// The sum of a period, which begins at nothing.
    fn sum(&mut self, name: &str, most: &Commitment, charge: &Charge<'_>) -> Option<&mut Spent> {
        let code = most.currency.code;
        let at = charge.at.0;
        let found = self.spent.iter().position(|own| {
            *own.price == *most.price && *own.currency == *code && (own.from..own.to).contains(&at)
        });
        if let Some(place) = found {
            return self.spent.get_mut(place);
        }
        let period = charge.period(most, name)?;
        self.forget_first_sum(&most.price);
        self.spent.push(Spent {
            price: most.price.clone(),
            from: period.start?.0,
            to: period.end?.0,
            currency: code.into(),
            amount: 0,
            told: 0,
        });
        self.spent.last_mut()
    }

    fn forget_first_sum(&mut self, price: &str) {
        let own = self.spent.iter().enumerate();
        let own = own.filter(|(_, sum)| *sum.price == *price);
        if own.clone().count() < KEPT {
            return;
        }
        if let Some((first, _)) = own.min_by_key(|(_, sum)| sum.from) {
            self.spent.remove(first);
        }
    }

    /// Takes back what usage added to sums, in millionths by their ids. Up to where the customer was told
    /// stays known.
    pub fn take_back_spent(&mut self, name: &str, added: &HashMap<String, i64>) {
        for sum in &mut self.spent {
            let back = added.get(&sum.id(name)).copied().unwrap_or(0);
            sum.amount = sum.amount.saturating_sub(back);
        }
    }

    /// Puts back what [`Owner::take_back_spent`] has taken.
    pub fn put_back_spent(&mut self, name: &str, taken: &HashMap<String, i64>) {
        for sum in &mut self.spent {
            let back = taken.get(&sum.id(name)).copied().unwrap_or(0);
            sum.amount = sum.amount.saturating_add(back);
        }
    }
}

/// What a trace says was added to sums: their ids, and millionths.
pub fn noted(trace: &Value) -> impl Iterator<Item = (&str, i64)> {
    let added = trace.get(SPEND).and_then(Value::as_array);
    added.into_iter().flatten().filter_map(|entry| {
        let sum = entry.get("sum")?.as_str()?;
        let money = Money::read(entry.get("charged")?).ok()?;
        Some((sum, Amount::of(money.value).ok()?.millionths()))
    })
}
