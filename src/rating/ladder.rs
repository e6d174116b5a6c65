//! Tiers: how the price of a unit changes with the quantity.

use super::tier::Scope;
use crate::domain::billing_cycle::Cycle;

/// What tiers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TierMode {
    /// Each part of a quantity costs what its tier says.
    Graduated,
    /// The whole quantity costs what the tier in which it ends says.
    Volume,
    /// A quantity costs the amount of the tier in which it ends.
    Stairstep,
}

impl TierMode {
    /// The names that prices use.
    pub const NAMES: &'static [(&'static str, TierMode)] = &[
        ("graduated", TierMode::Graduated),
        ("volume", TierMode::Volume),
        ("stairstep", TierMode::Stairstep),
    ];
}

/// What a quantity beyond the last tier costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Beyond {
    /// Nothing is known: the usage is rejected.
    #[default]
    Reject,
    /// What the last tier says.
    LastTier,
}

impl Beyond {
    /// The names that prices use.
    pub const NAMES: &'static [(&'static str, Beyond)] =
        &[("reject", Beyond::Reject), ("lastTier", Beyond::LastTier)];
}

/// A change of a price: by a band, or by a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjust {
    /// As it is.
    Keep,
    /// Multiplied; in parts of the unit of the card's [`super::card::Scale`].
    Times(i128),
    /// Another price, in the card's finer unit.
    Price(i128),
}

impl Adjust {
    /// The price in the finer unit, of which `unit` are one of the coarser.
    pub fn apply(self, price: i128, unit: i128) -> Option<i128> {
        match self {
            Adjust::Keep => price.checked_mul(unit),
            Adjust::Times(parts) => price.checked_mul(parts),
            Adjust::Price(price) => Some(price),
        }
    }
}

/// A tier: quantities above the one before, up to and including its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Base units; none for a last tier without end.
    pub to: Option<u64>,
    /// What a base unit costs.
    pub rate: Adjust,
    /// What the tier costs once; in the card's finest unit.
    pub flat: i128,
}

/// The tiers of a price, ascending.
#[derive(Clone, Debug)]
pub struct Ladder {
    pub mode: TierMode,
    pub scope: Scope,
    /// After which the count begins anew; none only where each event counts by itself.
    pub period: Option<Cycle>,
    pub tiers: Box<[Tier]>,
    pub beyond: Beyond,
    /// An event of quantity 0 costs the amount of the first tier.
    pub flat_at_zero: bool,
}

impl Ladder {
    /// The place of the tier in which a quantity ends; that of the first for nothing. `None` beyond
    /// the last.
    pub fn tier(&self, quantity: u64) -> Option<usize> {
        let found = self
            .tiers
            .iter()
            .position(|tier| tier.to.is_none_or(|to| quantity <= to));
        match self.beyond {
            Beyond::Reject => found,
            Beyond::LastTier => found.or(self.tiers.len().checked_sub(1)),
        }
    }

    /// Where a tier begins.
    pub fn start(&self, tier: usize) -> u64 {
        let before = tier
            .checked_sub(1)
            .and_then(|before| self.tiers.get(before));
        before.and_then(|before| before.to).unwrap_or(0)
    }

    /// Where a tier ends; the last one never, if it serves what is beyond.
    pub fn end(&self, tier: usize) -> u64 {
        let is_last = tier + 1 == self.tiers.len();
        match self.tiers.get(tier).and_then(|tier| tier.to) {
            Some(_) if is_last && self.beyond == Beyond::LastTier => u64::MAX,
            Some(to) => to,
            None => u64::MAX,
        }
    }
}
