//! Rate cards: prices of the catalog, compiled. A card is immutable; equal hashes price alike.
//!
//! # Where everything stands in a price (TMF620 `ProductOfferingPrice`)
//!
//! | attribute | meaning |
//! | --- | --- |
//! | `priceType` | `usage` for a card |
//! | `price`, `unitOfMeasure` | the price of so many units |
//! | `validFor`, `version` | the version is chosen by the start of the usage |
//! | `prodSpecCharValueUse` | conditions. A name that the usage specification declares, or `eventType`, is about the event, any other about the product |
//! | `pricingLogicAlgorithm[0].plaSpecId` | the algorithm: `perUnit` (also without any), `graduated`, `volume`, `stairstep`, `package`, `flat`, `percentage`, `prefixTable`, `matrix` |
//! | `pricingLogicAlgorithm[0].id` | id of the tariff table of `prefixTable` and `matrix` |
//! | `pricingLogicAlgorithm[0].characteristic` | parameters: `{name, value}` with the names in [`parameter`] |
//! | `popRelationship`, `bundledPopRelationship` | other prices that are parts of this one: `setupFee`, `minimumCharge`, `maximumCharge`, and `discount` |
//! | `percentage` | of the algorithm `percentage` |
//! | `tax` | category, and the rate where no tax table knows it |
//!
//! What is not known or contradicts itself is a fault with a pointer; nothing is passed over.

mod algorithm;
mod compile;
mod draft;
mod hash;
mod matrix_read;
pub mod parameter;
mod parameters;
mod scale;

pub use compile::{compile, compile_agreed, is_usage};
pub(in crate::rating) use compile::{period, tax, unit};
pub use hash::Hash;
pub(in crate::rating) use hash::Hasher;
pub(in crate::rating) use parameters::Parameters;

use std::sync::Arc;

use super::calendar::Calendar;
use super::condition::Condition;
use super::discount::Discount;
use super::increment::Increments;
use super::ladder::{Adjust, Ladder};
use super::matrix::Matrix;
use super::rated::CardAt;
use super::table::Table;
use super::tax::{Rounded, TaxMode, TaxRate, TaxTable};
use super::unit::Unit;
use crate::domain::clock::Micros;
use crate::domain::money::Currency;
use crate::domain::value::Period;

/// A compiled usage price.
///
/// All amounts in it are whole numbers of one unit, so that charges add up without a division:
/// see [`Scale`].
#[derive(Clone, Debug)]
pub struct Card {
    /// Id of the price.
    pub price: Box<str>,
    pub version: Option<Box<str>>,
    pub hash: Hash,
    pub valid: Period,
    pub currency: &'static Currency,
    /// What is measured.
    pub unit: Unit,
    /// Base units that the price is for.
    pub per: u64,
    pub conditions: Conditions,
    pub base: Base,
    pub method: Method,
    pub bands: Option<Bands>,
    pub ladder: Option<Ladder>,
    pub increments: Increments,
    pub fees: Fees,
    pub rounding: Rounding,
    pub tax: Tax,
    pub scale: Scale,
    /// It belongs to an option: of prices that are equally for an event it comes first.
    pub of_option: bool,
}

impl Card {
    /// The unit to which charges are rounded, in parts of the card's whole. It is a whole number: the
    /// whole has six decimal digits at least.
    pub fn rounding_unit(&self) -> i128 {
        let parts = super::exact::power_of_ten(self.rounding.to.scale).unwrap_or(1);
        (self.scale.whole / parts).max(1)
    }
}

/// Which events and products a card is for.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    /// On the event; those on its type have the name `eventType`.
    pub event: Box<[Condition]>,
    pub product: Box<[Condition]>,
}

impl Conditions {
    /// How many there are: the price with the most is the most special.
    pub fn count(&self) -> usize {
        self.event.len() + self.product.len()
    }
}

/// Units of a card's amounts, as parts of the unit of the currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Parts in which the price of a base unit is a whole number.
    pub base: i128,
    /// Of one such part, parts in which bands are whole numbers.
    pub band: i128,
    /// Of one such part, parts in which tiers are whole numbers.
    pub tier: i128,
    /// All of these: the unit of every charge and fee.
    pub whole: i128,
}

/// Where the price of a base unit comes from: the matrix, else the row of the table, else the price.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// In parts of [`Scale::base`].
    pub price: Option<i128>,
    pub table: Option<TableUse>,
    pub matrix: Option<Arc<Matrix>>,
}

/// A table with the factors that bring its amounts to the card's units.
#[derive(Clone, Debug)]
pub struct TableUse {
    pub table: Arc<Table>,
    /// To [`Scale::base`].
    pub price_factor: i128,
    /// To [`Scale::whole`].
    pub fee_factor: i128,
}

/// How a quantity becomes a charge, where tiers do not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Each base unit costs the same.
    PerUnit,
    /// The event costs what [`Card::per`] base units cost.
    Flat,
    /// Each started package of [`Card::per`] base units costs what so many cost.
    Package,
    /// A share of what the event is worth. In parts: the share is `parts / whole`.
    Percentage {
        parts: i128,
        whole: i128,
        least: Option<i128>,
        most: Option<i128>,
    },
}

/// Prices by time of day.
#[derive(Clone, Debug)]
pub struct Bands {
    pub calendar: Arc<Calendar>,
    pub mode: BandMode,
    /// For each band of the calendar.
    pub prices: Box<[Adjust]>,
}

/// What a band that begins or ends during an event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BandMode {
    /// The band in which it starts holds for the whole event.
    StartOnly,
    /// The event is cut at the very second; what its last step adds belongs to the band in which
    /// the usage ended.
    Split,
    /// Each step belongs as a whole to the band in which it starts.
    BeatRounding,
}

impl BandMode {
    /// The names that prices use.
    pub const NAMES: &'static [(&'static str, BandMode)] = &[
        ("startOnly", BandMode::StartOnly),
        ("split", BandMode::Split),
        ("beatRounding", BandMode::BeatRounding),
    ];
}

/// Fees and bounds of one event, in parts of [`Scale::whole`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    pub setup: i128,
    /// The setup fee is charged too where allowances cover all of the event.
    pub setup_when_included: bool,
    /// For an event of quantity 0.
    pub attempt: i128,
    pub minimum: i128,
    pub cap: Option<Cap>,
    pub zero: ZeroDuration,
}

/// The most that an event costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    pub amount: i128,
    pub then: Then,
}

/// What becomes of usage beyond the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Then {
    Free,
    /// A session that goes on is to be ended.
    StopAuthorising,
}

impl Then {
    /// The names that prices use.
    pub const NAMES: &'static [(&'static str, Then)] = &[
        ("free", Then::Free),
        ("stopAuthorising", Then::StopAuthorising),
    ];
}

/// What an event of quantity 0 costs, besides the attempt fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ZeroDuration {
    #[default]
    Free,
    SetupOnly,
}

impl ZeroDuration {
    /// The names that prices use.
    pub const NAMES: &'static [(&'static str, ZeroDuration)] = &[
        ("free", ZeroDuration::Free),
        ("setupOnly", ZeroDuration::SetupOnly),
    ];
}

/// Where the exact charge becomes money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rounding {
    pub level: Level,
    pub to: Rounded,
}

/// What is rounded for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// Nothing; the record has the six digits of the books.
    None,
    /// The record.
    #[default]
    Record,
    /// Each part of it that is in one tier and one band.
    Tier,
    /// Each line.
    Line,
}

impl Level {
    /// The names that prices use.
    pub const NAMES: &'static [(&'static str, Level)] = &[
        ("none", Level::None),
        ("record", Level::Record),
        ("tier", Level::Tier),
        ("line", Level::Line),
    ];
}

/// The tax of a price.
#[derive(Clone, Debug, Default)]
pub struct Tax {
    pub mode: TaxMode,
    pub category: Option<Box<str>>,
    /// Where no tax table has the category.
    pub rate: Option<TaxRate>,
}

impl Tax {
    /// The rate at an instant: that of the table for the category, else that of the price; none
    /// where there is no category either. `None` where nobody knows it.
    pub fn rate(&self, table: &TaxTable, place: Option<&str>, at: Micros) -> Option<TaxRate> {
        let Some(category) = &self.category else {
            return Some(self.rate.unwrap_or(TaxRate::NONE));
        };
        table.rate(category, place, at).or(self.rate)
    }
}

/// The cards and discounts of an offering: what a product that was bought as it can be charged.
#[derive(Clone, Debug, Default)]
pub struct CardSet {
    pub cards: Vec<Arc<Card>>,
    /// In the order in which they apply: percentages by priority, then amounts by priority.
    pub discounts: Vec<Arc<Discount>>,
}

impl CardSet {
    /// A set; discounts are brought into order.
    pub fn new(cards: Vec<Arc<Card>>, mut discounts: Vec<Arc<Discount>>) -> Self {
        discounts.sort_by(|a, b| a.place().cmp(&b.place()));
        CardSet { cards, discounts }
    }

    /// The id of the price of a card in the set.
    pub fn price_id(&self, at: CardAt) -> Option<&str> {
        let CardAt::Set(place) = at else { return None };
        let card = self.cards.get(usize::try_from(place).ok()?)?;
        Some(&card.price)
    }
}
