//! Discounts and surcharges.

use rust_decimal::{Decimal, RoundingStrategy};

use super::charge::{Charge, Collected, fault};
use super::json::DIGITS_MAX;
use crate::domain::billing_cycle::Cycle;
use crate::ordering::catalog::{Price, PriceKind};
use crate::ordering::plan::PlacedItem;

/// An alteration that is due.
pub(super) struct Alteration<'a> {
    pub price: &'a Price,
    /// Place of the item whose offering has it.
    pub placed: usize,
    /// The price that brought it along, which is all that it alters.
    pub target: Option<&'a str>,
}

/// What an alteration does to one piece.
pub(super) struct Altered<'a> {
    pub price: &'a Price,
    /// Without tax; negative for what is taken off.
    pub amount: Decimal,
    /// Signed as the amount.
    pub percentage: Option<Decimal>,
}

/// Applies all alterations to the charges that they are for.
pub(super) fn apply<'a>(placed: &[PlacedItem], collected: &mut Collected<'a>) {
    let alterations = &mut collected.alterations;
    // The sort is stable: of the same priority, in the order of the catalog.
    alterations.sort_by_key(|alteration| alteration.price.priority.unwrap_or(u32::MAX));
    for charge in &mut collected.charges {
        for alteration in alterations.iter() {
            if !alteration.is_for(charge, placed) {
                continue;
            }
            if alter(charge, alteration.price).is_none() {
                let what = "cannot alter the price of the item";
                let id = &alteration.price.id;
                let fault = fault(placed, charge.placed, id, what);
                collected.faults.push(fault);
            }
        }
    }
}

impl Alteration<'_> {
    fn is_for(&self, charge: &Charge<'_>, placed: &[PlacedItem]) -> bool {
        if charge.price.kind == PriceKind::Usage {
            // It is altered when it is rated.
            return false;
        }
        if let Some(target) = self.target {
            return charge.price.id == target && charge.placed == self.placed;
        }
        self.names(charge) && is_within(placed, charge.placed, self.placed)
    }

    fn names(&self, charge: &Charge<'_>) -> bool {
        let named = &self.price.alters;
        if !named.is_empty() {
            return named.iter().any(|named| named.id == charge.price.id);
        }
        if charge.price.kind.is_alteration() {
            return false;
        }
        let own = self.price.charge_period.as_deref();
        match (own, charge.price.charge_period.as_deref()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => {
                own == other
                    || Cycle::parse(own).is_some_and(|own| Cycle::parse(other) == Some(own))
            }
        }
    }
}

/// True for an item and everything that is part of it.
fn is_within(placed: &[PlacedItem], index: usize, whole: usize) -> bool {
    let mut next = Some(index);
    for _ in 0..placed.len() {
        if next == Some(whole) {
            return true;
        }
        next = next.and_then(|index| placed.get(index)?.parent);
    }
    false
}

/// Alters one charge; `None` when that cannot be calculated, or when the amounts are in different
/// currencies.
fn alter<'a>(charge: &mut Charge<'a>, price: &'a Price) -> Option<()> {
    let is_off = price.kind == PriceKind::Discount;
    let signed = |value: Decimal| if is_off { -value.abs() } else { value };
    let percentage = price.percentage.map(signed);
    let change = match (percentage, &price.amount) {
        (Some(percentage), _) => {
            let whole = charge.net.checked_mul(percentage)?;
            let part = whole.checked_div(Decimal::ONE_HUNDRED)?;
            part.round_dp_with_strategy(DIGITS_MAX, RoundingStrategy::MidpointAwayFromZero)
        }
        (None, Some(Ok(money))) if money.currency == charge.currency => signed(money.value),
        (None, Some(_)) => return None,
        // Neither percentage nor amount: it says nothing.
        (None, None) => return Some(()),
    };
    // What is taken off leaves nothing at most.
    let floor = -charge.net.max(Decimal::ZERO);
    let change = change.max(floor);
    charge.net = charge.net.checked_add(change)?;
    charge.altered.push(Altered {
        price,
        amount: change,
        percentage,
    });
    Some(())
}
