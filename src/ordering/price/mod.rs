//! What an order costs, by the catalog as of the date of the order (TMF622 `OrderPrice`).
//!
//! - `itemPrice` holds the prices of one piece: what the offering lists, with the alterations beside
//!   it. `itemTotalPrice` is what the first charges of the item come to: all pieces, alterations
//!   included, also those that end some day. `orderTotalPrice` sums the items. What a bundle brings
//!   unasked is in the prices of the item that orders the bundle; parts that are items of the order
//!   have their own.
//! - What usage includes, costs at least or at most (`allowance`, `minimumCharge`, `maximumSpend` and the
//!   like) and discounts on it are no prices of an order: they are rated with the usage. So are conditions
//!   of its prices that are about the usage. Penalties are not due with an order either.
//! - Totals are kept apart by type, charge period and currency. Usage is not summed: prices per
//!   minute and per gigabyte have no sum.
//! - One-time prices are charged for what is new (`add`); `modify` shows what the product will cost
//!   from then on; `delete` and `noChange` cost nothing.
//! - A price with conditions on characteristics is charged where they hold. One that is tied to a
//!   term of the offering is charged where the item has chosen the term, or where it has chosen none
//!   and the term is the offering's first.
//! - Alterations (discount, surcharge) of an offering apply to its own prices and to those of its
//!   parts: to the prices that they name, else a percentage to all that are not usage and have its
//!   period. An amount that names no price stands for itself. Smaller `priority` first, each on what
//!   those before it have left; nothing is taken off below zero.
//!
//! Amounts of the catalog are without tax. Calculation is exact decimal arithmetic; rounding, half
//! away from zero, happens in two places: an alteration by percentage is rounded to six digits
//! behind the point, and an amount with tax to the digits of the currency, for usage to six. A total
//! with tax is the rounded sum of exact amounts, so that it can differ in the last digit from the
//! sum of the rounded ones. Amounts that are taken off are negative.

mod alter;
mod charge;
mod compare;
mod json;
#[cfg(test)]
mod tests;
mod total;

pub(in crate::ordering) use compare::compare;

use serde_json::Value;

use super::catalog::Catalog;
use super::order::Order;
use super::plan::PlacedItem;
use super::plan::validate::Refusal;
use charge::Charge;
use total::Totals;

/// The prices of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// One for each item of the order, at its place in `Order::items`.
    pub items: Vec<ItemPrices>,
    /// `orderTotalPrice`.
    pub totals: Vec<Value>,
    /// What cannot be calculated: prices that are not in the catalog, amounts that are not exact.
    /// An order with one of these has no reliable price.
    pub faults: Vec<Refusal>,
}

/// The prices of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemPrices {
    /// `itemPrice`.
    pub prices: Vec<Value>,
    /// `itemTotalPrice`.
    pub totals: Vec<Value>,
}

/// Computes the prices of an order whose items are placed, see
/// [`validate`](super::plan::validate::validate).
pub fn price(order: &Order, placed: &[PlacedItem], catalog: &Catalog) -> Prices {
    let (charges, faults) = charges(order, placed, catalog);
    let mut prices = Prices {
        items: vec![ItemPrices::default(); order.items.len()],
        totals: Vec::new(),
        faults,
    };
    let mut all = Totals::default();
    let mut own: Vec<Totals> = vec![Totals::default(); order.items.len()];
    for charge in &charges {
        let Some(index) = ordered(placed, charge.placed) else {
            continue;
        };
        let is_sum = all.add(charge).is_some()
            && own
                .get_mut(index)
                .is_none_or(|own| own.add(charge).is_some());
        if !is_sum {
            prices.faults.push(charge.fault(placed, "is too large"));
        }
        if let Some(item) = prices.items.get_mut(index) {
            item.prices.push(json::order_price(charge));
        }
    }
    for (item, own) in prices.items.iter_mut().zip(&own) {
        item.totals = own.to_json();
    }
    prices.totals = all.to_json();
    prices
}

/// All charges of an order, altered.
fn charges<'a>(
    order: &'a Order,
    placed: &'a [PlacedItem],
    catalog: &'a Catalog,
) -> (Vec<Charge<'a>>, Vec<Refusal>) {
    let mut collected = charge::collect(order, placed, catalog);
    alter::apply(placed, &mut collected);
    (collected.charges, collected.faults)
}

/// The item of the order that a placed item belongs to: itself, or what brought it.
fn ordered(placed: &[PlacedItem], index: usize) -> Option<usize> {
    let mut index = index;
    for _ in 0..placed.len() {
        let own = placed.get(index)?;
        if own.ordered {
            return Some(index);
        }
        index = own.parent?;
    }
    None
}
