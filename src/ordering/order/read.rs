//! Reading a product order from its stored form.
//!
//! Nothing here refuses: what is not as it should be is left out and noted as a fault, so that
//! validation can name everything that is wrong at once.

use serde_json::Value;

use super::{Action, Characteristic, Fault, Item, ItemProduct, Order, Place, Related};
use crate::domain::clock::Micros;
use crate::domain::value::{Object, items, text};

/// Where the items are.
const ITEMS: &str = "productOrderItem";
/// The lowest priority: that of an order which asks for none (TMF622: 0 is the highest).
const PRIORITY_LOWEST: u8 = 4;

impl Order {
    /// Reads a stored order. `placed_at` is when it was placed: neither the document's own date,
    /// which a client may have sent, nor now, when an old order is planned anew.
    pub fn read(id: &str, doc: &Value, placed_at: Micros) -> Self {
        let mut order = Order {
            id: id.to_owned(),
            placed_at,
            priority: PRIORITY_LOWEST,
            ..Order::default()
        };
        let Some(object) = doc.as_object() else {
            return order;
        };
        order.requested_start = instant(object, "requestedStartDate");
        order.requested_completion = instant(object, "requestedCompletionDate");
        order.category = owned(object, "category");
        order.billing_account = member_id(object, "billingAccount");
        order.channels = items(object, "channel")
            .iter()
            .filter_map(channel)
            .collect();
        order.parties = items(object, "relatedParty")
            .iter()
            .filter_map(party)
            .collect();
        if let Some(priority) = priority(object) {
            order.priority = priority;
        }
        read_items(object, "", None, &mut order);
        order
    }
}

/// Reads the items of an order or of an item; each is followed by its own.
fn read_items(object: &Object, pointer: &str, parent: Option<usize>, order: &mut Order) {
    for (index, value) in items(object, ITEMS).iter().enumerate() {
        let pointer = format!("{pointer}/{ITEMS}/{index}");
        let Some(object) = value.as_object() else {
            order.faults.push(Fault {
                item: String::new(),
                pointer,
                message: "an item must be an object".to_owned(),
            });
            continue;
        };
        let place = order.items.len();
        let item = read_item(object, pointer.clone(), parent, &mut order.faults);
        order.items.push(item);
        read_items(object, &pointer, Some(place), order);
    }
}

fn read_item(
    object: &Object,
    pointer: String,
    parent: Option<usize>,
    faults: &mut Vec<Fault>,
) -> Item {
    let id = match object.get("id") {
        Some(Value::String(id)) if !id.is_empty() => id.clone(),
        Some(Value::Number(id)) => id.to_string(),
        _ => String::new(),
    };
    let mut fault = |at: &str, message: &str| {
        faults.push(Fault {
            item: id.clone(),
            pointer: format!("{pointer}/{at}"),
            message: message.to_owned(),
        });
    };
    if id.is_empty() {
        fault("id", "an item has an id, unique in the order");
    }
    let action = text(object, "action").and_then(Action::parse);
    if action.is_none() {
        fault("action", "must be one of: add, modify, delete, noChange");
    }
    let quantity = quantity(object);
    if quantity.is_none() {
        fault("quantity", "must be a whole number");
    }
    let product = object.get("product").and_then(Value::as_object);
    if product.is_some_and(brings_products) {
        let message = "parts of a product are ordered as items of their own";
        fault("product/product", message);
    }
    let product = product.map(|product| read_product(product, &mut fault));
    Item {
        pointer,
        parent,
        action: action.unwrap_or(Action::NoChange),
        quantity: quantity.unwrap_or(1),
        offering: member_id(object, "productOffering"),
        product,
        relationships: relationships(object, "productOrderItemRelationship"),
        appointment: member_id(object, "appointment"),
        billing_account: member_id(object, "billingAccount"),
        terms: items(object, "itemTerm").to_vec(),
        prices: items(object, "itemPrice").to_vec(),
        id,
    }
}

fn read_product(object: &Object, fault: &mut impl FnMut(&str, &str)) -> ItemProduct {
    for (index, value) in items(object, "productCharacteristic").iter().enumerate() {
        if characteristic(value).is_none() {
            let at = format!("product/productCharacteristic/{index}");
            fault(&at, "a characteristic has a name and a value");
        }
    }
    ItemProduct {
        id: owned(object, "id"),
        name: owned(object, "name"),
        specification: member_id(object, "productSpecification"),
        characteristics: characteristics(object, "productCharacteristic"),
        places: places(object),
        serial: owned(object, "productSerialNumber"),
        relationships: relationships(object, "productRelationship"),
    }
}

/// True where new products are written into a product. References to existing parts do no harm.
fn brings_products(product: &Object) -> bool {
    let mut parts = items(product, "product").iter();
    parts.any(|part| part.get("id").and_then(Value::as_str).is_none())
}

/// The characteristics in a list, as they are written.
pub fn characteristics(object: &Object, list: &str) -> Vec<Characteristic> {
    items(object, list)
        .iter()
        .filter_map(characteristic)
        .collect()
}

fn characteristic(value: &Value) -> Option<Characteristic> {
    let object = value.as_object()?;
    Some(Characteristic {
        name: owned(object, "name")?,
        value: object.get("value")?.clone(),
    })
}

/// The places of a product: v5 has role and place beside each other, some clients only the place.
pub fn places(object: &Object) -> Vec<Place> {
    let read = |value: &Value| {
        let outer = value.as_object()?;
        let inner = outer.get("place").unwrap_or(value);
        Some(Place {
            id: owned(inner.as_object()?, "id"),
            role: owned(outer, "role"),
            value: inner.clone(),
        })
    };
    items(object, "place").iter().filter_map(read).collect()
}

/// Relations: type and id. In the v4 form of a product the id is in a nested product.
pub fn relationships(object: &Object, list: &str) -> Vec<(String, String)> {
    let read = |value: &Value| {
        let object = value.as_object()?;
        let id = owned(object, "id").or_else(|| member_id(object, "product"))?;
        let kind = text(object, "relationshipType").unwrap_or_default();
        Some((kind.to_owned(), id))
    };
    items(object, list).iter().filter_map(read).collect()
}

fn channel(value: &Value) -> Option<String> {
    let outer = value.as_object()?;
    let inner = match outer.get("channel") {
        Some(channel) => channel.as_object()?,
        None => outer,
    };
    owned(inner, "id").or_else(|| owned(inner, "name"))
}

fn party(value: &Value) -> Option<Related> {
    let outer = value.as_object()?;
    let inner = match outer.get("partyOrPartyRole") {
        Some(party) => party.as_object()?,
        None => outer,
    };
    Some(Related {
        id: owned(inner, "id")?,
        name: owned(inner, "name"),
        role: owned(outer, "role"),
    })
}

/// TMF622 has a text of 0 to 4.
fn priority(object: &Object) -> Option<u8> {
    let number: u8 = match object.get("priority")? {
        Value::String(text) => text.trim().parse().ok()?,
        Value::Number(number) => number.as_str().parse().ok()?,
        _ => return None,
    };
    Some(number.min(PRIORITY_LOWEST))
}

/// 1 unless stated; `None` for what is no number of things.
fn quantity(object: &Object) -> Option<u32> {
    match object.get("quantity") {
        None | Some(Value::Null) => Some(1),
        Some(value) => value.as_u64()?.try_into().ok(),
    }
}

fn instant(object: &Object, name: &str) -> Option<Micros> {
    text(object, name).and_then(Micros::parse)
}

fn owned(object: &Object, name: &str) -> Option<String> {
    text(object, name).map(str::to_owned)
}

/// The id of a reference.
fn member_id(object: &Object, name: &str) -> Option<String> {
    owned(object.get(name)?.as_object()?, "id")
}
