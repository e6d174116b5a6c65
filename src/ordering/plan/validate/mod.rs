//! Whether an order can be fulfilled: every item against the catalog and against what the customer
//! has. Nothing stops at the first fault: all of them are named.
//!
//! The catalog counts as of the date of the order. Rules:
//!
//! - An item names an offering, or the product that it changes; ids of items are unique; relations
//!   lead to items of the order (`structure`).
//! - `modify` and `delete` are about a product that is there and stays; an item that names another
//!   offering migrates the product, which takes the same specification or a relation between the
//!   offerings that says so (`target`).
//! - What is new is sold: Active or Launched, in its `validFor`, for itself unless it is part of a
//!   bundle, to the channel and the market of the order where these are known (`offering`).
//! - Bundles hold as many of each part as they may. The quantity of a part counts within one
//!   bundle. What a bundle brings unasked becomes an item without being ordered; quantity 0 for a
//!   part says that it shall not come. With a bundle go its parts (`bundle`).
//! - Characteristics are of the specification, as narrowed by the offering and the bundle around it
//!   (`characteristic`).
//! - What an offering or its specification requires is there when the order is done, what it
//!   excludes is not (`relation`).

mod bundle;
mod characteristic;
mod need;
mod offering;
mod relation;
mod structure;
mod target;
#[cfg(test)]
mod tests;
mod verdict;

pub use need::Need;
pub use verdict::{Missing, Refusal, Verdict, code};

use std::borrow::Cow;
use std::collections::HashMap;

use super::PlacedItem;
use crate::domain::clock::Micros;
use crate::domain::ids;
use crate::ordering::catalog::{Catalog, Offering, ProductSpecification};
use crate::ordering::inventory::{Installed, Inventory};
use crate::ordering::order::{Action, Characteristic, Item, Order};
use crate::ordering::price;

/// Items of an order at most, those that bundles bring included.
const ITEMS_MAX: usize = 10_000;
/// Items in each other at most.
const DEPTH_MAX: usize = 16;
/// Pieces of one item at most, in all bundles together.
const QUANTITY_MAX: u32 = 100_000;
/// Refusals that one answer names.
const REFUSALS_MAX: usize = 100;

/// What is done about a client's own prices or terms that differ from the catalog's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    #[default]
    Ignore,
    /// They are named in [`Verdict::warnings`]; the catalog's count.
    Warn,
    /// The order is refused.
    Refuse,
}

/// How strict validation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// About `itemPrice`.
    pub prices: Policy,
    /// About `itemTerm`.
    pub terms: Policy,
}

/// Checks an order. The catalog is complete for it, see [`Catalog::missing`]; the inventory holds
/// the products that it names and the others of the customer.
pub fn validate(
    order: &Order,
    catalog: &Catalog,
    inventory: &Inventory,
    settings: &Settings,
) -> Verdict {
    let mut check = Check {
        order,
        catalog,
        inventory,
        at: order.placed_at,
        ids: HashMap::with_capacity(order.items.len()),
        products: HashMap::new(),
        placings: Vec::with_capacity(order.items.len() + 4),
        verdict: Verdict::default(),
    };
    structure::place(&mut check);
    for index in 0..check.placings.len() {
        target::resolve(&mut check, index);
        offering::check(&mut check, index);
    }
    bundle::check(&mut check);
    for index in 0..check.placings.len() {
        characteristic::check(&mut check, index);
    }
    relation::check(&mut check);
    let mut verdict = check.finish();
    if verdict.is_accepted() {
        price::compare(order, catalog, settings, &mut verdict);
    }
    verdict
}

/// The id of the product that an item makes: it follows from order and item, so that planning again
/// makes no second product.
pub fn product_id(order: &str, item: &str) -> String {
    ids::digest(format!("{order}\n{item}").as_bytes())
}

/// An item while it is checked.
struct Placing<'a> {
    id: Cow<'a, str>,
    pointer: &'a str,
    /// None for what a bundle brings or takes along.
    item: Option<&'a Item>,
    parent: Option<usize>,
    action: Action,
    /// In one of what it is part of.
    each: u32,
    /// In all.
    quantity: u32,
    offering: Option<&'a Offering>,
    specification: Option<&'a ProductSpecification>,
    /// As named, whether it is in the catalog or not.
    offering_id: Option<&'a str>,
    specification_id: Option<&'a str>,
    /// The product that is changed.
    installed: Option<&'a Installed>,
    /// The product gets another offering.
    migrates: bool,
    characteristics: Vec<Characteristic>,
}

impl Placing<'_> {
    /// True for what comes new, be it that a product becomes another one.
    fn is_new(&self) -> bool {
        self.quantity > 0 && (self.action == Action::Add || self.migrates)
    }

    /// True for what is there when the order is done.
    fn remains(&self) -> bool {
        self.quantity > 0 && self.action != Action::Delete
    }

    /// What is named in messages.
    fn shown(&self) -> &str {
        self.offering
            .map(Offering::shown)
            .or(self.offering_id)
            .or(self.installed.map(|product| product.id.as_str()))
            .unwrap_or(&self.id)
    }
}

struct Check<'a> {
    order: &'a Order,
    catalog: &'a Catalog,
    inventory: &'a Inventory,
    /// The date that counts.
    at: Micros,
    /// Items by id.
    ids: HashMap<&'a str, usize>,
    /// Items by the product that they are about.
    products: HashMap<&'a str, usize>,
    /// Those of the order first, at their places.
    placings: Vec<Placing<'a>>,
    verdict: Verdict,
}

impl<'a> Check<'a> {
    /// Refuses because of an item; `below` is what of it is wrong, as the end of a pointer.
    fn refuse(&mut self, index: usize, below: &str, code: &str, message: String) {
        let Some(placing) = self.placings.get(index) else {
            return;
        };
        // What a bundle brings is the matter of the item that orders the bundle.
        let item = self.ordered(index).unwrap_or_default();
        let (below, message) = match placing.item {
            Some(_) => (below, message),
            None => {
                let message = format!("'{}' belongs to it: {message}", placing.shown());
                ("/productOffering", message)
            }
        };
        let pointer = format!("{}{below}", placing.pointer);
        self.push(item, pointer, code, message);
    }

    fn push(&mut self, item: String, pointer: String, code: &str, message: String) {
        if self.verdict.refusals.len() < REFUSALS_MAX {
            self.verdict.refusals.push(Refusal {
                item,
                pointer,
                code: code.to_owned(),
                message,
            });
        }
    }

    /// Id of the nearest item of the order.
    fn ordered(&self, index: usize) -> Option<String> {
        let mut next = self.placings.get(index);
        for _ in 0..=DEPTH_MAX {
            let placing = next?;
            if let Some(item) = placing.item {
                return Some(item.id.clone());
            }
            next = self.placings.get(placing.parent?);
        }
        None
    }

    /// The item that this one is part of.
    fn parent_of(&self, placing: &Placing<'_>) -> Option<&Placing<'a>> {
        self.placings.get(placing.parent?)
    }

    fn finish(self) -> Verdict {
        let mut verdict = self.verdict;
        if !verdict.refusals.is_empty() {
            return verdict;
        }
        let order = &self.order.id;
        let placed = self.placings.into_iter().map(|placing| PlacedItem {
            product: match (placing.installed, placing.action) {
                (Some(installed), _) => Some(installed.id.clone()),
                (None, Action::Add) => Some(product_id(order, &placing.id)),
                (None, _) => None,
            },
            id: placing.id.into_owned(),
            pointer: placing.pointer.to_owned(),
            parent: placing.parent,
            ordered: placing.item.is_some(),
            action: placing.action,
            quantity: placing.quantity,
            offering: placing.offering_id.map(str::to_owned),
            specification: placing.specification_id.map(str::to_owned),
            characteristics: placing.characteristics,
        });
        verdict.placed = placed.collect();
        verdict
    }
}
