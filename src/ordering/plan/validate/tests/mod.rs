mod bundles;
mod characteristics;
mod items;
mod products;
mod relations;
mod whole;

use serde_json::{Value, json};

use super::*;
use crate::ordering::fixture::{add, catalog, installed, offer, on, order, price, specify, with};

fn verdict(items: Value, inventory: &Inventory) -> Verdict {
    let order = order(items);
    validate(&order, &catalog(), inventory, &Settings::default())
}

/// Refusals as item, pointer and code.
fn refused(verdict: &Verdict) -> Vec<(&str, &str, &str)> {
    let all = verdict.refusals.iter();
    all.map(|r| (r.item.as_str(), r.pointer.as_str(), r.code.as_str()))
        .collect()
}

#[track_caller]
fn assert_refused(items: Value, inventory: &Inventory, expected: &[(&str, &str, &str)]) {
    let verdict = verdict(items, inventory);
    assert_eq!(refused(&verdict), expected, "{:#?}", verdict.refusals);
    assert!(verdict.placed.is_empty());
    assert!(verdict.refusals.iter().all(|r| r.message.len() > 5));
}

#[track_caller]
fn accepted(items: Value, inventory: &Inventory) -> Vec<PlacedItem> {
    let verdict = verdict(items, inventory);
    assert_eq!(verdict.refusals, [], "refused");
    verdict.placed
}

fn value<'p>(placed: &'p PlacedItem, name: &str) -> Option<&'p Value> {
    let mut own = placed.characteristics.iter();
    own.find(|own| own.name == name).map(|own| &own.value)
}

fn none() -> Inventory {
    Inventory::default()
}

fn line() -> Inventory {
    installed(&[(
        "p1",
        "mobile-s",
        "mobile-line",
        "active",
        json!({"msisdn": "+436601234567", "simType": "eSIM", "dataAllowance": 5,
               "networkGeneration": "4G", "voicemail": false}),
    )])
}

fn home_duo(parts: Value) -> Value {
    with(add("1", "home-duo", json!({})), "productOrderItem", parts)
}

fn fibre(id: &str) -> Value {
    add(
        id,
        "fibre-500",
        json!({"installationAddress": "Elm Street 1"}),
    )
}

fn home() -> Inventory {
    let part = |id: &'static str, offering: &'static str, specification: &'static str| {
        (id, offering, specification, "active", json!({}))
    };
    let mut inventory = installed(&[
        part("h", "home-duo", "home-converged"),
        part("f", "fibre-500", "fibre-access"),
        part("r", "fibre-router", "fibre-router"),
        part("t", "tv-basic", "tv-service"),
    ]);
    let relations = |kind: &str, ids: &[&str]| -> Vec<(String, String)> {
        let ids = ids.iter();
        ids.map(|id| (kind.to_owned(), (*id).to_owned())).collect()
    };
    let products = &mut inventory.products;
    products.get_mut("h").unwrap().relationships = relations("bundles", &["f", "r"]);
    // The relation may stand on either side.
    products.get_mut("t").unwrap().relationships = relations("bundledBy", &["h"]);
    inventory
}
