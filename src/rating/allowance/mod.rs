//! Allowances: usage that is included in what a customer pays anyway.
//!
//! An [`Allowance`] is a compiled price of type `allowance`; a [`super::bucket::Bucket`] is one grant
//! of it.

mod compile;
pub mod parameter;

pub use compile::{compile, is_allowance};

use super::condition::Condition;
use super::datum::Characteristic;
use super::tier::Scope;
use super::unit::Unit;
use crate::domain::billing_cycle::Cycle;
use crate::domain::value::Period;

/// What is granted, how often, to whom, for what.
#[derive(Clone, Debug)]
pub struct Allowance {
    /// Id of the price.
    pub price: Box<str>,
    pub version: Option<Box<str>>,
    /// When it is granted.
    pub valid: Period,
    pub unit: Unit,
    /// Base units for each period.
    pub grant: u64,
    /// The period after which it is granted anew; none for a single grant.
    pub period: Option<Cycle>,
    pub scope: Scope,
    pub sharing: Sharing,
    pub covers: Coverage,
    /// Which of several with the same expiry is used first: the smallest.
    pub priority: u32,
    pub rollover: Option<Rollover>,
    /// The first period grants in proportion to its days.
    pub prorate_first: bool,
    /// Base units of which each started one is taken whole.
    pub round_use: u64,
    pub overage: Overage,
    /// Shares of the grant, in per cent, at which the customer is told; ascending.
    pub thresholds: Box<[u8]>,
}

/// How a group has an allowance together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sharing {
    /// One bucket of the size of the grant.
    #[default]
    Shared,
    /// One bucket, to which each member adds its grant.
    Pooled,
}

/// What usage an allowance includes. An empty list leaves it open.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Ids of prices.
    pub prices: Box<[Box<str>]>,
    /// Labels of zones.
    pub zones: Box<[Box<str>]>,
    /// Labels of bands.
    pub bands: Box<[Box<str>]>,
    /// Characteristics of the event.
    pub conditions: Box<[Condition]>,
}

/// What becomes of what is left at the end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rollover {
    /// For how many further periods it can be used.
    pub periods: u32,
    /// Base units that are carried over at most, over all periods; none for no limit.
    pub cap: Option<u64>,
    pub order: RolloverOrder,
}

/// Whether what was carried over is used before the new grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RolloverOrder {
    #[default]
    CarriedFirst,
    GrantFirst,
}

/// What becomes of usage when all allowances that cover it are used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overage {
    /// It costs what the price says.
    #[default]
    Price,
    /// It is not allowed.
    Block,
    /// It is slowed down, and costs nothing.
    Throttle,
}

impl Coverage {
    /// True where the price, the event and its zone may be covered; the band is another question,
    /// for it can change while the event lasts.
    pub fn admits(&self, price: &str, zone: Option<&str>, event: &[Characteristic<'_>]) -> bool {
        let has = |list: &[Box<str>], one: &str| list.iter().any(|own| **own == *one);
        (self.prices.is_empty() || has(&self.prices, price))
            && (self.zones.is_empty() || zone.is_some_and(|zone| has(&self.zones, zone)))
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(super::datum::find(event, &condition.name)))
    }

    /// True for a band that is covered.
    pub fn admits_band(&self, band: Option<&str>) -> bool {
        self.bands.is_empty()
            || band.is_some_and(|band| self.bands.iter().any(|own| **own == *band))
    }
}
