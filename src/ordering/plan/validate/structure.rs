//! Ids, quantities and how items hang together.

use std::borrow::Cow;

use super::{Check, DEPTH_MAX, ITEMS_MAX, Placing, QUANTITY_MAX, code};
use crate::ordering::order::{Action, Item};

/// Places the items of the order.
pub(super) fn place(check: &mut Check<'_>) {
    let order = check.order;
    for fault in &order.faults {
        let (item, pointer) = (fault.item.clone(), fault.pointer.clone());
        check.push(item, pointer, code::MALFORMED_ITEM, fault.message.clone());
    }
    if order.items.is_empty() && order.faults.is_empty() {
        let message = "an order has one item at least".to_owned();
        let at = "/productOrderItem".to_owned();
        check.push(String::new(), at, code::NO_ITEMS, message);
    }
    if order.items.len() > ITEMS_MAX {
        let message = format!("an order has {ITEMS_MAX} items at most");
        let at = "/productOrderItem".to_owned();
        return check.push(String::new(), at, code::TOO_MANY_ITEMS, message);
    }
    for (index, item) in order.items.iter().enumerate() {
        check.placings.push(placing(item));
        if !item.id.is_empty() && check.ids.insert(&item.id, index).is_some() {
            let message = format!("there is another item '{}'", item.id);
            check.refuse(index, "/id", code::DUPLICATE_ITEM, message);
        }
    }
    for (index, item) in order.items.iter().enumerate() {
        relate(check, index, item);
    }
    for index in 0..check.placings.len() {
        count(check, index);
    }
}

fn placing(item: &Item) -> Placing<'_> {
    Placing {
        id: Cow::Borrowed(&item.id),
        pointer: &item.pointer,
        item: Some(item),
        parent: item.parent,
        action: item.action,
        each: item.quantity,
        quantity: item.quantity,
        offering: None,
        specification: None,
        offering_id: None,
        specification_id: None,
        installed: None,
        migrates: false,
        characteristics: Vec::new(),
    }
}

/// Follows the relations of an item. Parts of a bundle may stand beside it instead of in it.
fn relate(check: &mut Check<'_>, index: usize, item: &Item) {
    for (place, (kind, id)) in item.relationships.iter().enumerate() {
        let Some(&other) = check.ids.get(id.as_str()) else {
            let below = format!("/productOrderItemRelationship/{place}/id");
            let message = format!("there is no item '{id}' in the order");
            check.refuse(index, &below, code::UNKNOWN_ITEM, message);
            continue;
        };
        let (part, whole) = match kind.as_str() {
            "bundledBy" => (index, other),
            "bundles" => (other, index),
            _ => continue,
        };
        if let Some(part) = check.placings.get_mut(part)
            && part.parent.is_none()
        {
            part.parent = Some(whole);
        }
    }
}

/// How many there are in all, and that there is an end to what is in what.
fn count(check: &mut Check<'_>, index: usize) {
    let Some(placing) = check.placings.get(index) else {
        return;
    };
    let mut total = Some(placing.each);
    let mut next = placing.parent;
    let mut depth = 0;
    while let Some(parent) = next.and_then(|parent| check.placings.get(parent)) {
        total = total.and_then(|total| total.checked_mul(parent.each));
        next = parent.parent;
        depth += 1;
        if depth > DEPTH_MAX {
            let message = format!("items are in each other in a circle, or {DEPTH_MAX} deep");
            check.refuse(index, "", code::ITEM_CIRCLE, message);
            if let Some(placing) = check.placings.get_mut(index) {
                placing.parent = None;
            }
            return;
        }
    }
    // A part of a bundle can be told to stay away.
    let least = u32::from(placing.parent.is_none() || placing.action != Action::Add);
    let fits = placing.each >= least && total.is_some_and(|total| total <= QUANTITY_MAX);
    if !fits {
        let message = format!("must be from {least} to {QUANTITY_MAX} in all");
        check.refuse(index, "/quantity", code::QUANTITY, message);
    }
    if let Some(placing) = check.placings.get_mut(index) {
        placing.quantity = total.unwrap_or(0);
        if placing.quantity == 0 && placing.action == Action::Add {
            placing.action = Action::NoChange;
        }
    }
}
