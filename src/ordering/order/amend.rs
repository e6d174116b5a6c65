//! An order that amends another one: which one, and what becomes of that one's items.
//!
//! TMF622 has no resource for amendments. An order says by `orderRelationship` that it `amends` another,
//! and an item of it by `productOrderItemRelationship` likewise which item it is about; without that it
//! is about the item with the same id.

use serde_json::{Map, Value, json};

use super::Fault;
use crate::domain::value::{Object, items, text};

const ITEMS: &str = "productOrderItem";
const RELATIONS: &str = "productOrderItemRelationship";
/// What the amended order takes over beside items.
const TERMS: [&str; 3] = ["priority", "requestedStartDate", "requestedCompletionDate"];
/// What an order is given while it is placed and planned, and is worked out anew.
const PRICES: [&str; 3] = ["itemPrice", "itemTotalPrice", "orderTotalPrice"];

/// Ids of the orders that an order amends.
pub fn amends(doc: &Value) -> Vec<&str> {
    let relations = doc.get("orderRelationship").and_then(Value::as_array);
    let relations = relations.into_iter().flatten();
    relations.filter_map(amended).collect()
}

fn amended(relation: &Value) -> Option<&str> {
    let relation = relation.as_object()?;
    let meant = matches!(text(relation, "relationshipType"), Some("amend" | "amends"));
    text(relation, "id").filter(|_| meant)
}

/// The amended order.
///
/// - An item that is about one of the order takes its place. With the action `delete` and no product
///   it takes it out: what it would have made is not there to be deleted. `noChange` leaves it.
/// - Any other item is added.
/// - Dates and priority that the amending order names replace those of the order.
///
/// # Errors
/// A fault for each item that is about one which the order does not have; the pointers are into the
/// amending order.
pub fn merge(order: &Value, amending: &Value) -> Result<Value, Vec<Fault>> {
    let mut merged = order.clone();
    let (Some(target), Some(source)) = (merged.as_object_mut(), amending.as_object()) else {
        return Ok(merged);
    };
    without_prices(target);
    for name in TERMS {
        if let Some(value) = source.get(name) {
            target.insert(name.to_owned(), value.clone());
        }
    }
    let mut faults = Vec::new();
    for (place, item) in items(source, ITEMS).iter().enumerate() {
        let mut item = item.clone();
        let named = item.as_object_mut().and_then(take_relation);
        let own = item.get("id").and_then(Value::as_str).map(str::to_owned);
        let Some(id) = named.clone().or(own) else {
            // Planning says what is wrong with it.
            push(target, item);
            continue;
        };
        let is_known = replace(target, &id, &item);
        if !is_known && named.is_some() {
            faults.push(Fault {
                item: id.clone(),
                pointer: format!("/{ITEMS}/{place}/{RELATIONS}"),
                message: format!("the amended order has no item '{id}'"),
            });
        } else if !is_known {
            push(target, item);
        }
    }
    if faults.is_empty() {
        Ok(merged)
    } else {
        Err(faults)
    }
}

/// Takes out of an item what it says about the item that it amends; its id.
fn take_relation(item: &mut Map<String, Value>) -> Option<String> {
    let relations = item.get_mut(RELATIONS)?.as_array_mut()?;
    let place = relations
        .iter()
        .position(|relation| amended(relation).is_some())?;
    let id = amended(&relations.remove(place)).map(str::to_owned);
    if relations.is_empty() {
        item.shift_remove(RELATIONS);
    }
    id
}

/// Puts an item in the place of the one with the id, nested ones included; false without one.
fn replace(holder: &mut Map<String, Value>, id: &str, item: &Value) -> bool {
    let Some(all) = holder.get_mut(ITEMS).and_then(Value::as_array_mut) else {
        return false;
    };
    let has_id = |known: &Value| known.get("id").and_then(Value::as_str) == Some(id);
    let Some(place) = all.iter().position(has_id) else {
        let mut inner = all.iter_mut().filter_map(Value::as_object_mut);
        return inner.any(|known| replace(known, id, item));
    };
    match item.get("action").and_then(Value::as_str) {
        Some("noChange") => {}
        Some("delete") if item.pointer("/product/id").is_none() => {
            all.remove(place);
        }
        _ => {
            if let Some(known) = all.get_mut(place) {
                let state = known.get("state").cloned();
                known.clone_from(item);
                if let Some(known) = known.as_object_mut() {
                    known.insert("id".to_owned(), json!(id));
                    known.insert("state".to_owned(), state.unwrap_or_else(placed));
                }
            }
        }
    }
    true
}

fn push(order: &mut Map<String, Value>, mut item: Value) {
    if let Some(item) = item.as_object_mut() {
        item.insert("state".to_owned(), placed());
    }
    let all = order.entry(ITEMS).or_insert_with(|| json!([]));
    if let Some(all) = all.as_array_mut() {
        all.push(item);
    }
}

fn placed() -> Value {
    json!("acknowledged")
}

/// Takes out the prices that an order was given when it was planned.
pub fn without_prices(holder: &mut Object) {
    for name in PRICES {
        holder.shift_remove(name);
    }
    let inner = holder.get_mut(ITEMS).and_then(Value::as_array_mut);
    let inner = inner.into_iter().flatten();
    inner
        .filter_map(Value::as_object_mut)
        .for_each(without_prices);
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{amends, merge};

    fn order() -> Value {
        json!({
            "priority": "4",
            "orderTotalPrice": [{ "price": 1 }],
            "productOrderItem": [
                { "id": "1", "action": "add", "state": "inProgress", "itemPrice": [],
                  "productOrderItem": [{ "id": "1.1", "action": "add", "state": "pending" }] },
                { "id": "2", "action": "modify", "state": "held", "product": { "id": "p2" } },
            ],
        })
    }

    fn ids(order: &Value) -> Vec<&str> {
        let items = order["productOrderItem"].as_array().expect("items");
        items
            .iter()
            .filter_map(|item| item["id"].as_str())
            .collect()
    }

    #[test]
    fn the_relation_names_the_order() {
        let relation =
            |word: &str| json!({ "orderRelationship": [{ "id": "o1", "relationshipType": word }] });
        assert_eq!(amends(&relation("amends")), ["o1"]);
        assert_eq!(amends(&relation("amend")), ["o1"]);
        assert!(amends(&relation("dependsOn")).is_empty());
        assert!(amends(&json!({ "orderRelationship": "o1" })).is_empty());
    }

    #[test]
    fn items_take_the_place_of_those_they_are_about() {
        let amending = json!({
            "priority": "0",
            "productOrderItem": [
                { "id": "a", "action": "add", "quantity": 2, "productOrderItemRelationship": [
                    { "id": "1.1", "relationshipType": "amends" },
                    { "id": "2", "relationshipType": "reliesOn" },
                ] },
                { "id": "2", "action": "delete", "product": { "id": "p2" } },
                { "id": "3", "action": "add" },
            ],
        });
        let merged = merge(&order(), &amending).expect("known items");
        assert_eq!(ids(&merged), ["1", "2", "3"]);
        assert_eq!(merged["priority"], "0");
        let nested = &merged["productOrderItem"][0]["productOrderItem"][0];
        assert_eq!(
            *nested,
            json!({ "id": "1.1", "action": "add", "quantity": 2, "state": "pending",
                "productOrderItemRelationship": [{ "id": "2", "relationshipType": "reliesOn" }] })
        );
        let second = &merged["productOrderItem"][1];
        assert_eq!(second["action"], "delete");
        assert_eq!(second["state"], "held");
        assert_eq!(merged["productOrderItem"][2]["state"], "acknowledged");
        assert!(merged.get("orderTotalPrice").is_none());
        assert!(merged["productOrderItem"][0].get("itemPrice").is_none());
    }

    #[test]
    fn items_are_taken_out_or_left() {
        let amending = json!({ "productOrderItem": [
            { "id": "1", "action": "noChange", "quantity": 7 },
            { "id": "2", "action": "delete" },
        ] });
        let merged = merge(&order(), &amending).expect("known items");
        assert_eq!(ids(&merged), ["1"]);
        assert!(merged["productOrderItem"][0].get("quantity").is_none());
    }

    #[test]
    fn what_is_about_nothing_is_a_fault() {
        let amending = json!({ "productOrderItem": [{ "id": "1", "action": "add",
            "productOrderItemRelationship": [{ "id": "9", "relationshipType": "amends" }] }] });
        let faults = merge(&order(), &amending).expect_err("no such item");
        assert_eq!(
            faults[0].pointer,
            "/productOrderItem/0/productOrderItemRelationship"
        );
    }
}
