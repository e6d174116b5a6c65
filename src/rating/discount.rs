//! Discounts on usage: prices of type `discount`.

use super::condition::Condition;
use super::exact::Ratio;
use crate::domain::money::Currency;
use crate::domain::value::Period;

/// A compiled discount.
#[derive(Clone, Debug)]
pub struct Discount {
    /// Id of the price.
    pub price: Box<str>,
    pub version: Option<Box<str>>,
    pub valid: Period,
    pub off: Off,
    /// The smallest comes first.
    pub priority: u32,
    /// Ids of the prices that it reduces; none are all of the offering.
    pub reduces: Box<[Box<str>]>,
    /// On the event and on the product, as those of a card.
    pub conditions: super::card::Conditions,
}

/// What is taken off. Never more than there is.
#[derive(Clone, Copy, Debug)]
pub enum Off {
    /// A share of what the discounts before have left. The factor is what remains.
    Percentage { remains: Ratio },
    /// An amount from each event.
    Amount {
        amount: Ratio,
        currency: &'static Currency,
    },
}

impl Discount {
    /// Its place among others: percentages first, then by priority, then by id.
    pub(super) fn place(&self) -> (bool, u32, &str) {
        let is_amount = matches!(self.off, Off::Amount { .. });
        (is_amount, self.priority, &self.price)
    }

    /// True where it reduces a price.
    pub fn is_for(&self, price: &str) -> bool {
        self.reduces.is_empty() || self.reduces.iter().any(|own| **own == *price)
    }

    /// Conditions on the event, then on the product.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.event.iter().chain(&self.conditions.product)
    }
}
