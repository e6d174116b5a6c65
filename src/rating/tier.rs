//! How far the tiers of a price have been used.

use crate::domain::clock::Micros;
use crate::domain::value::Period;

/// Whose usage is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Each event by itself.
    Event,
    Product,
    Account,
    /// The group of products or accounts that the product belongs to.
    Group,
}

impl Scope {
    /// The names that prices use.
    pub const NAMES: &'static [(&'static str, Scope)] = &[
        ("event", Scope::Event),
        ("product", Scope::Product),
        ("account", Scope::Account),
        ("group", Scope::Group),
    ];

    /// The name that prices use.
    pub const fn name(self) -> &'static str {
        match self {
            Scope::Event => "event",
            Scope::Product => "product",
            Scope::Account => "account",
            Scope::Group => "group",
        }
    }
}

/// Quantity of a price that was used in a period by whom its tiers count together. The caller has
/// read those that belong to the product, its account and its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierPosition {
    /// Id of the price; its versions count on.
    pub price: Box<str>,
    pub period: Period,
    /// In base units.
    pub used: u64,
}

/// All positions that can matter to an event.
#[derive(Clone, Debug, Default)]
pub struct Tiers(pub Vec<TierPosition>);

impl Tiers {
    /// Quantity used before an instant's event; nothing where nothing is noted.
    pub fn used(&self, price: &str, at: Micros) -> u64 {
        self.find(price, at)
            .and_then(|place| self.0.get(place))
            .map_or(0, |position| position.used)
    }

    /// Where the position of a price stands in the list.
    pub fn find(&self, price: &str, at: Micros) -> Option<usize> {
        let mut positions = self.0.iter();
        positions.position(|own| &*own.price == price && own.period.contains(at))
    }

    /// Moves a position by what was rated. `None` where there is no such position, or beyond 64 bits.
    pub fn apply(&mut self, price: &str, at: Micros, by: i64) -> Option<()> {
        let place = self.find(price, at)?;
        let position = self.0.get_mut(place)?;
        position.used = position.used.checked_add_signed(by)?;
        Some(())
    }
}
