//! What an account has, and what that costs: products (TMF637) with their history and their prices.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::charge::Proration;
use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};
use crate::domain::tax::{TaxMode, TaxRate};
use crate::domain::value::Period;

/// A product of the account, with all that happened to it.
#[derive(Clone, Debug)]
pub struct Product {
    pub id: Box<str>,
    /// What it is called on the bill: the name of its offering.
    pub name: Box<str>,
    pub start: Micros,
    /// When it ended or will end; none while nobody knows.
    pub end: Option<Micros>,
    /// In the order of time. Before the first one it was active.
    pub states: Box<[State]>,
    /// In the order of time. Before the first one there were as many as the first one says; one without
    /// any.
    pub quantities: Box<[Quantity]>,
    /// Prices that are shared by many accounts are compiled once.
    pub prices: Box<[Arc<Price>]>,
    /// What leaving early costs.
    pub binding: Option<Binding>,
}

/// Whether a product could be used, from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    pub from: Micros,
    pub suspended: bool,
}

/// How many of a product there were, from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    pub from: Micros,
    pub value: Decimal,
}

/// A price that is charged without usage.
#[derive(Clone, Debug)]
pub struct Price {
    /// Id of the price in the catalog, or of the entry of `productPrice`.
    pub id: Box<str>,
    /// What it is called on the bill.
    pub name: Box<str>,
    pub kind: Kind,
    /// Of one product, for one term of a recurring price.
    pub amount: Amount,
    pub currency: &'static Currency,
    /// Whether the amount holds the tax.
    pub mode: TaxMode,
    /// The taxes that are due on it; none for none.
    pub taxes: Box<[TaxCategory]>,
    /// When it holds for the product, as after a change of the plan; a recurring price is cut by it, a
    /// one-time price is charged when it begins.
    pub valid: Period,
    /// Whether twice as many cost twice as much.
    pub by_quantity: bool,
    pub alterations: Box<[Alteration]>,
}

/// When a price is charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Once, when the product begins.
    OneTime,
    Recurring(Recurring),
}

/// How a price recurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurring {
    /// One term (`recurringChargePeriodType`, `-Length`).
    pub every: Cycle,
    pub timing: Timing,
    pub alignment: Alignment,
    pub proration: Proration,
    /// True where a suspended product costs what an active one does.
    pub charged_when_suspended: bool,
}

/// Whether a term is charged before or after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timing {
    /// With the last bill that is made before it.
    #[default]
    Advance,
    /// With the first bill after it.
    Arrears,
}

/// When the terms of a price begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alignment {
    /// With the billing periods of the account: the first term is cut short.
    #[default]
    Calendar,
    /// With the day on which the product began.
    Anniversary,
    /// With a day that is given.
    Day(NaiveDate),
}

/// A tax that is due on a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxCategory {
    /// As the tax tables name it.
    pub category: Box<str>,
    /// Where no table has a rate (`taxRate` of the price).
    pub default: Option<TaxRate>,
}

/// A discount or a markup (`priceAlteration`, prices of type `discount`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alteration {
    pub name: Box<str>,
    pub change: Change,
    /// The smallest comes first.
    pub priority: u32,
    pub valid: Period,
    /// For how many terms, the first one included even if it is cut short (`applicationDuration`);
    /// none for all. They count from the beginning of the price, or of `valid` where that is later.
    pub terms: Option<u32>,
}

/// By how much a price is altered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Per cent of what alterations before it have left; negative for a discount.
    Percentage(Decimal),
    /// An amount of a whole term, in the tax mode of the price; negative for a discount. Comes after
    /// all percentages. What is left is never below nothing.
    Amount(Amount),
}

/// A customer is bound for some time, and pays for leaving earlier.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Id of the price.
    pub id: Box<str>,
    /// What it is called on the bill.
    pub name: Box<str>,
    /// When it began: with the product, or when it was renewed.
    pub from: Micros,
    /// How long it binds.
    pub months: u32,
    pub penalty: Penalty,
    pub currency: &'static Currency,
    pub mode: TaxMode,
    /// Compensation is often not taxed: then there are none.
    pub taxes: Box<[TaxCategory]>,
}

/// What leaving early costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// The same however early.
    Fixed(Amount),
    /// For each month that remains.
    Month { amount: Amount, counted: Counted },
}

/// How months that remain are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Counted {
    /// Each one that has begun.
    #[default]
    Started,
    /// Only whole ones.
    Whole,
    /// Whole ones, and the days of the one that has begun.
    Days,
}

impl Product {
    /// How many there are at an instant.
    pub(super) fn quantity(&self, at: Micros) -> Decimal {
        let before = self.quantities.iter().rev().find(|own| own.from <= at);
        let own = before.or_else(|| self.quantities.first());
        own.map_or(Decimal::ONE, |own| own.value)
    }

    /// True where it is suspended at an instant.
    pub(super) fn is_suspended(&self, at: Micros) -> bool {
        let before = self.states.iter().rev().find(|own| own.from <= at);
        before.is_some_and(|own| own.suspended)
    }
}
