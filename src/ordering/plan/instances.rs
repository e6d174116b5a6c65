//! Items of several pieces. Each piece of a new item is a product of its own with work of its own:
//! `3` with a quantity of two becomes `3`, which has no product, and below it `3#1` and `3#2`.
//! Changes and ends are about one product, so their quantity says nothing.

use super::PlacedItem;
use super::explode::code;
use super::validate::{Refusal, product_id};
use crate::ordering::order::Action;

/// Products that one item can make.
const MAX_PIECES: u32 = 1_000;

/// The items of a plan, and for each the place of the one it is a piece of (its own otherwise).
pub(super) struct Pieces {
    pub items: Vec<PlacedItem>,
    pub whole: Vec<usize>,
}

/// Takes items of several pieces apart.
pub(super) fn pieces(order: &str, placed: Vec<PlacedItem>) -> Result<Pieces, Refusal> {
    let mut whole: Vec<usize> = (0..placed.len()).collect();
    let mut further = Vec::new();
    let mut items = placed;
    for (index, item) in items.iter_mut().enumerate() {
        if item.action != Action::Add || item.quantity < 2 {
            continue;
        }
        if item.quantity > MAX_PIECES {
            return Err(too_many(item));
        }
        item.product = None;
        for number in 1..=item.quantity {
            whole.push(index);
            let id = format!("{}#{number}", item.id);
            further.push(PlacedItem {
                product: Some(product_id(order, &id)),
                id,
                parent: Some(index),
                ordered: false,
                quantity: 1,
                ..item.clone()
            });
        }
    }
    items.extend(further);
    Ok(Pieces { items, whole })
}

fn too_many(item: &PlacedItem) -> Refusal {
    Refusal {
        item: item.id.clone(),
        pointer: format!("{}/quantity", item.pointer),
        code: code::PLAN_TOO_LARGE.to_owned(),
        message: format!("one item makes {MAX_PIECES} products at most"),
    }
}

impl Pieces {
    /// True for an item whose pieces have the products.
    pub fn is_container(&self, index: usize) -> bool {
        self.items
            .get(index)
            .is_some_and(|item| item.action == Action::Add && item.quantity > 1)
    }

    /// The pieces of an item, or itself.
    pub fn of(&self, index: usize) -> Vec<usize> {
        if !self.is_container(index) {
            return vec![index];
        }
        let all = self.whole.iter().enumerate();
        let own = all.filter(|(piece, whole)| **whole == index && *piece != index);
        own.map(|(piece, _)| piece).collect()
    }
}
