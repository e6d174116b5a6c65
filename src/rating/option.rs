//! Options: products that are sold beside another one and change what its usage costs, such as more data or
//! cheaper calls abroad.

use std::collections::HashSet;
use std::sync::Arc;

use super::allowance::Allowance;
use super::card::CardSet;
use super::tariff::Tariff;

/// The prices of an option that count for what it is an option of: those that its offering names. What
/// these refer to is there to be understood, and belongs to others.
#[derive(Clone, Debug)]
pub struct Extras(Tariff);

impl Extras {
    /// Of the prices of an offering those with the ids that it names, and the discounts on them or on what
    /// they refer to.
    pub fn of(tariff: &Tariff, named: &HashSet<String>) -> Self {
        let is_named = |price: &str| named.contains(price);
        let cards = tariff.cards.cards.iter();
        let cards = cards.filter(|card| is_named(&card.price)).map(|card| {
            let mut card = (**card).clone();
            card.of_option = true;
            Arc::new(card)
        });
        let discounts = tariff.cards.discounts.iter();
        let discounts = discounts.filter(|own| {
            let reduces_own = || own.reduces.iter().any(|price| is_named(price));
            is_named(&own.price) || reduces_own()
        });
        let allowances = tariff.allowances.iter();
        Extras(Tariff {
            cards: CardSet::new(cards.collect(), discounts.cloned().collect()),
            allowances: allowances
                .filter(|own| is_named(&own.price))
                .cloned()
                .collect(),
            commitments: Vec::new(),
        })
    }

    /// What the option includes. It belongs to the option, as often as that was bought.
    pub fn allowances(&self) -> &[Arc<Allowance>] {
        &self.0.allowances
    }

    /// Nothing but allowances: prices are the same with it and without.
    pub fn leaves_prices(&self) -> bool {
        self.0.cards.cards.is_empty() && self.0.cards.discounts.is_empty()
    }

    /// Prices and discounts beside those that are there. What is there already stays as it is.
    pub fn add_to(&self, cards: &CardSet) -> CardSet {
        let own: HashSet<&str> = cards.cards.iter().map(|card| &*card.price).collect();
        let more = self.0.cards.cards.iter();
        let more = more.filter(|card| !own.contains(&*card.price)).cloned();
        let known: HashSet<&str> = cards.discounts.iter().map(|own| &*own.price).collect();
        let discounts = self.0.cards.discounts.iter();
        let discounts = discounts
            .filter(|own| !known.contains(&*own.price))
            .cloned();
        CardSet::new(
            cards.cards.iter().cloned().chain(more).collect(),
            cards.discounts.iter().cloned().chain(discounts).collect(),
        )
    }
}
