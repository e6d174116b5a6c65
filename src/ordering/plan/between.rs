//! Which items wait for which: by `productOrderItemRelationship`, and where the order says nothing
//! of it by the relations between product specifications.

use super::PlacedItem;
use super::instances::Pieces;
use crate::ordering::catalog::{Catalog, RelationKind};
use crate::ordering::order::{Action, Order};

/// An item that relies on another one, both as places in the items of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reliance {
    pub dependent: usize,
    pub base: usize,
}

/// All reliances of an order, each once.
pub(super) fn reliances(order: &Order, catalog: &Catalog, pieces: &Pieces) -> Vec<Reliance> {
    let mut found = Vec::new();
    for (index, item) in order.items.iter().enumerate() {
        for (word, id) in &item.relationships {
            let other = order.items.iter().position(|other| other.id == *id);
            let Some(other) = other.filter(|_| relies(word)) else {
                continue;
            };
            push(pieces, &mut found, index, other);
        }
    }
    let stated: Vec<usize> = found.iter().map(|r| r.dependent).collect();
    let wholes = pieces.whole.iter().enumerate();
    for (index, _) in wholes.filter(|(index, whole)| index == *whole) {
        if !stated.contains(&index) {
            implied(catalog, pieces, index, &mut found);
        }
    }
    found
}

fn relies(word: &str) -> bool {
    RelationKind::parse(word) == RelationKind::Requires
}

/// Items that contain each other are ordered as bundles are.
fn push(pieces: &Pieces, found: &mut Vec<Reliance>, dependent: usize, base: usize) {
    let reliance = Reliance { dependent, base };
    let is_nested =
        is_below(&pieces.items, dependent, base) || is_below(&pieces.items, base, dependent);
    if dependent != base && !is_nested && !found.contains(&reliance) {
        found.push(reliance);
    }
}

/// True where an item is in another one, or in one that is.
pub(super) fn is_below(items: &[PlacedItem], item: usize, above: usize) -> bool {
    let mut around = items.get(item).and_then(|item| item.parent);
    // Parents of a checked order make no circle; the bound keeps a wrong one from hanging.
    for _ in 0..items.len() {
        match around {
            Some(parent) if parent == above => return true,
            Some(parent) => around = items.get(parent).and_then(|item| item.parent),
            None => return false,
        }
    }
    false
}

/// The items of a specification that this one's specification relies on: those in the same bundle
/// where there are some, otherwise all.
fn implied(catalog: &Catalog, pieces: &Pieces, index: usize, found: &mut Vec<Reliance>) {
    let items = &pieces.items;
    let Some(item) = items
        .get(index)
        .filter(|item| item.action != Action::NoChange)
    else {
        return;
    };
    let specification = item.specification.as_ref();
    let Some(specification) = specification.and_then(|id| catalog.specifications.get(id)) else {
        return;
    };
    for relation in &specification.relations {
        if relation.kind != RelationKind::Requires {
            continue;
        }
        let is_base = |(place, other): &(usize, &PlacedItem)| {
            pieces.whole.get(*place) == Some(place)
                && *place != index
                && other.specification.as_ref() == Some(&relation.to.id)
        };
        let bases: Vec<(usize, &PlacedItem)> = items.iter().enumerate().filter(is_base).collect();
        let root = root(items, index);
        let near = |(place, _): &&(usize, &PlacedItem)| {
            item.parent.is_some() && self::root(items, *place) == root
        };
        let nearby: Vec<usize> = bases.iter().filter(near).map(|(place, _)| *place).collect();
        let all = || bases.iter().map(|(place, _)| *place).collect();
        for base in if nearby.is_empty() { all() } else { nearby } {
            push(pieces, found, index, base);
        }
    }
}

fn root(items: &[PlacedItem], index: usize) -> usize {
    let mut root = index;
    for _ in 0..items.len() {
        match items.get(root).and_then(|item| item.parent) {
            Some(parent) => root = parent,
            None => break,
        }
    }
    root
}
