//! What an order makes of products: the documents of the product inventory (TMF637, stored form).
//! Billing and rating read nothing but these.

use serde_json::{Map, Value, json};

use crate::domain::clock::Micros;
use crate::ordering::order::Characteristic;
use crate::ordering::plan::PlacedItem;
use crate::rating::card::is_usage;

/// Attribute of ours: from when to when a product is charged for.
const CHARGED: &str = "chargedPeriod";
const CHARACTERISTICS: &str = "productCharacteristic";

/// The order that a product comes from, as far as products repeat it.
pub struct Origin<'a> {
    pub order_id: &'a str,
    pub order: &'a Value,
    /// The item in the order's document; that of the bundle for what a bundle brings.
    pub item: &'a Value,
    pub placed: &'a PlacedItem,
    /// Characteristics that the work found out: numbers, serial numbers.
    pub found: &'a [Characteristic],
    /// `(id, name, class)` of the services that realize the product.
    pub services: &'a [(String, Option<String>)],
    /// Products that are parts of this one, by id. Parts that the order does not mention stay.
    pub parts: &'a [String],
    /// Products that were parts of this one and end with the order.
    pub parted: &'a [String],
    pub now: Micros,
}

/// A product that there was not before, active from now on.
pub fn new(origin: &Origin<'_>) -> Value {
    let sent = origin.item.get("product").filter(|_| origin.placed.ordered);
    let mut doc = Map::new();
    doc.insert("@type".to_owned(), json!("Product"));
    if let Some(sent) = sent {
        copy(
            sent,
            &mut doc,
            &[
                "name",
                "description",
                "productSerialNumber",
                "place",
                "isCustomerVisible",
                "agreementItem",
                "intent",
            ],
        );
        copy_extensions(sent, &mut doc);
    }
    if !doc.contains_key("name")
        && let Some(name) = offering_name(origin)
    {
        doc.insert("name".to_owned(), json!(name));
    }
    doc.insert("isBundle".to_owned(), json!(!origin.parts.is_empty()));
    if !doc.contains_key("isCustomerVisible") {
        doc.insert("isCustomerVisible".to_owned(), json!(true));
    }
    copy_as(origin.order, &mut doc, "creationDate", "orderDate");
    doc.insert("startDate".to_owned(), json!(origin.now.to_rfc3339()));
    doc.insert("status".to_owned(), json!("active"));
    references(origin, &mut doc);
    parties(origin, &mut doc);
    settle(origin, &mut doc);
    Value::Object(doc)
}

/// A product that an order changed: what it has now, with the order added to its history.
pub fn changed(before: &Value, origin: &Origin<'_>) -> Value {
    let mut doc = before.as_object().cloned().unwrap_or_default();
    if let Some(sent) = origin.item.get("product").filter(|_| origin.placed.ordered) {
        copy(
            sent,
            &mut doc,
            &["name", "description", "productSerialNumber", "place"],
        );
    }
    references(origin, &mut doc);
    settle(origin, &mut doc);
    Value::Object(doc)
}

/// A product that an order ended.
pub fn ended(before: &Value, origin: &Origin<'_>, status: &str) -> Value {
    let mut doc = before.as_object().cloned().unwrap_or_default();
    doc.insert("status".to_owned(), json!(status));
    doc.insert("terminationDate".to_owned(), json!(origin.now.to_rfc3339()));
    remember(origin, &mut doc);
    charge_until(&mut doc, origin.now);
    Value::Object(doc)
}

/// A product that was written already, by a step that is done again.
pub fn again(before: &Value, origin: &Origin<'_>) -> Value {
    let mut doc = changed(before, origin);
    if let Some(doc) = doc.as_object_mut() {
        doc.insert("status".to_owned(), json!("active"));
        doc.shift_remove("terminationDate");
    }
    doc
}

/// A product as it was before a change that is taken back. That the order had to do with it stays.
pub fn restored(now: &Value, before: Option<&Characteristic>) -> Value {
    let Some(before) = before.and_then(|kept| kept.value.as_object()) else {
        return now.clone();
    };
    let mut doc = before.clone();
    if let Some(items) = now.get("productOrderItem") {
        doc.insert("productOrderItem".to_owned(), items.clone());
    }
    Value::Object(doc)
}

/// From now on the product is charged for.
pub fn charged_from(before: &Value, now: Micros) -> Value {
    let mut doc = before.as_object().cloned().unwrap_or_default();
    let begun = json!({ "startDateTime": now.to_rfc3339() });
    let charged = doc.entry(CHARGED).or_insert(begun);
    if let Some(charged) = charged.as_object_mut() {
        charged.shift_remove("endDateTime");
    }
    Value::Object(doc)
}

/// From now on the product is not charged for.
pub fn charged_until(before: &Value, now: Micros) -> Value {
    let mut doc = before.as_object().cloned().unwrap_or_default();
    charge_until(&mut doc, now);
    Value::Object(doc)
}

fn charge_until(doc: &mut Map<String, Value>, now: Micros) {
    if let Some(Value::Object(charged)) = doc.get_mut(CHARGED)
        && !charged.contains_key("endDateTime")
    {
        charged.insert("endDateTime".to_owned(), json!(now.to_rfc3339()));
    }
}

fn offering_name(origin: &Origin<'_>) -> Option<String> {
    let named = origin.item.get("productOffering")?;
    let is_same = named.get("id").and_then(Value::as_str) == origin.placed.offering.as_deref();
    let name = named.get("name").filter(|_| is_same)?;
    Some(name.as_str()?.to_owned())
}

/// Offering and specification; names are filled in when the product is written.
fn references(origin: &Origin<'_>, doc: &mut Map<String, Value>) {
    if let Some(id) = &origin.placed.offering {
        let offering =
            json!({ "@type": "ProductOfferingRef", "id": id, "@referredType": "ProductOffering" });
        doc.insert("productOffering".to_owned(), offering);
    }
    if let Some(id) = &origin.placed.specification {
        let specification = json!({ "@type": "ProductSpecificationRef", "id": id, "@referredType": "ProductSpecification" });
        doc.insert("productSpecification".to_owned(), specification);
    }
}

/// Who has it and who pays for it.
fn parties(origin: &Origin<'_>, doc: &mut Map<String, Value>) {
    copy(origin.order, doc, &["relatedParty", "billingAccount"]);
    copy(origin.item, doc, &["billingAccount"]);
    if let Some(sent) = origin.item.get("product") {
        copy(sent, doc, &["relatedParty", "billingAccount"]);
    }
}

/// Characteristics, prices, terms, services, parts and history.
fn settle(origin: &Origin<'_>, doc: &mut Map<String, Value>) {
    merge(doc, &origin.placed.characteristics);
    merge(doc, origin.found);
    if origin.placed.ordered {
        copy_as(origin.item, doc, "itemTerm", "productTerm");
        retype(doc, "productTerm", "ProductTerm");
        copy_as(origin.item, doc, "itemPrice", "productPrice");
        retype(doc, "productPrice", "ProductPrice");
        leave_usage_to_catalog(doc);
    }
    if !origin.services.is_empty() {
        let services = origin.services.iter().map(|(id, name)| {
            let mut service =
                json!({ "@type": "ServiceRef", "id": id, "@referredType": "Service" });
            if let (Some(name), Some(service)) = (name, service.as_object_mut()) {
                service.insert("name".to_owned(), json!(name));
            }
            service
        });
        doc.insert("realizingService".to_owned(), services.collect());
    }
    if !origin.parts.is_empty() || !origin.parted.is_empty() {
        relate(origin, doc);
    }
    remember(origin, doc);
}

/// An order lists what usage costs as the catalog says it. In a product that would be an amount agreed with
/// this customer, which stays when the catalog changes.
fn leave_usage_to_catalog(doc: &mut Map<String, Value>) {
    const PRICES: &str = "productPrice";
    if let Some(Value::Array(prices)) = doc.get_mut(PRICES) {
        prices.retain(|price| !is_usage(price));
        if prices.is_empty() {
            doc.shift_remove(PRICES);
        }
    }
}

/// Names the parts of a bundle.
fn relate(origin: &Origin<'_>, doc: &mut Map<String, Value>) {
    let mut all = relations(doc);
    let is_part = |relation: &Value, id: &str| {
        relation.get("relationshipType") == Some(&json!("bundles"))
            && relation.get("id").and_then(Value::as_str) == Some(id)
    };
    all.retain(|relation| origin.parted.iter().all(|id| !is_part(relation, id)));
    for id in origin.parts {
        if all.iter().any(|relation| is_part(relation, id)) {
            continue;
        }
        all.push(relation("bundles", id));
    }
    doc.insert("productRelationship".to_owned(), Value::Array(all));
}

/// A product that names another one as an option of it.
pub fn enabling(before: &Value, option: &str) -> Value {
    let mut doc = before.as_object().cloned().unwrap_or_default();
    let mut all = relations(&doc);
    let is_known = |relation: &Value| {
        relation.get("relationshipType") == Some(&json!("enables"))
            && relation.get("id").and_then(Value::as_str) == Some(option)
    };
    if !all.iter().any(is_known) {
        all.push(relation("enables", option));
        doc.insert("productRelationship".to_owned(), Value::Array(all));
    }
    Value::Object(doc)
}

fn relation(word: &str, id: &str) -> Value {
    json!({
        "@type": "ProductRelationship",
        "relationshipType": word,
        "id": id,
        "@referredType": "Product",
    })
}

fn relations(doc: &Map<String, Value>) -> Vec<Value> {
    let relations = doc.get("productRelationship").and_then(Value::as_array);
    relations.cloned().unwrap_or_default()
}

/// Adds the item to those that made the product what it is, once.
fn remember(origin: &Origin<'_>, doc: &mut Map<String, Value>) {
    let action = origin.placed.action.name();
    let item = json!({
        "@type": "RelatedOrderItem",
        "role": action,
        "orderItemAction": action,
        "orderId": origin.order_id,
        "orderItemId": origin.placed.id,
        "@referredType": "ProductOrder",
    });
    let items = doc.entry("productOrderItem").or_insert_with(|| json!([]));
    if let Some(items) = items.as_array_mut()
        && !items.contains(&item)
    {
        items.push(item);
    }
}

/// Sets characteristics by name; others stay.
fn merge(doc: &mut Map<String, Value>, new: &[Characteristic]) {
    if new.is_empty() {
        return;
    }
    let all = doc.entry(CHARACTERISTICS).or_insert_with(|| json!([]));
    let Some(all) = all.as_array_mut() else {
        return;
    };
    for characteristic in new {
        let is_it = |known: &&mut Value| {
            known.get("name").and_then(Value::as_str) == Some(&characteristic.name)
        };
        match all.iter_mut().find(is_it).and_then(Value::as_object_mut) {
            Some(known) => {
                known.insert("@type".to_owned(), json!(class_of(&characteristic.value)));
                known.insert("value".to_owned(), characteristic.value.clone());
            }
            None => all.push(written(characteristic)),
        }
    }
}

/// A characteristic as v5 has it, with the class that fits its value.
pub fn written(characteristic: &Characteristic) -> Value {
    json!({
        "@type": class_of(&characteristic.value),
        "name": characteristic.name,
        "value": characteristic.value,
    })
}

fn class_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "BooleanCharacteristic",
        Value::Number(number) if number.is_i64() || number.is_u64() => "IntegerCharacteristic",
        Value::Number(_) => "NumberCharacteristic",
        Value::Object(_) => "ObjectCharacteristic",
        Value::Array(items) if items.iter().all(Value::is_string) => "StringArrayCharacteristic",
        Value::Array(items) if items.iter().all(Value::is_number) => "NumberArrayCharacteristic",
        Value::Array(items) if items.iter().all(Value::is_boolean) => "BooleanArrayCharacteristic",
        Value::Array(_) => "ObjectArrayCharacteristic",
        Value::String(_) | Value::Null => "StringCharacteristic",
    }
}

fn copy(from: &Value, to: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        copy_as(from, to, name, name);
    }
}

fn copy_as(from: &Value, to: &mut Map<String, Value>, name: &str, new_name: &str) {
    if let Some(value) = from.get(name) {
        to.insert(new_name.to_owned(), value.clone());
    }
}

/// What a client says of the product beyond the standard is kept.
fn copy_extensions(from: &Value, to: &mut Map<String, Value>) {
    const STANDARD: [&str; 24] = [
        "id",
        "href",
        "@type",
        "@baseType",
        "@schemaLocation",
        "@referredType",
        "agreementItem",
        "billingAccount",
        "creationDate",
        "orderDate",
        "product",
        "productCharacteristic",
        "productOffering",
        "productOrderItem",
        "productPrice",
        "productRelationship",
        "productSpecification",
        "productTerm",
        "realizingResource",
        "realizingService",
        "relatedParty",
        "startDate",
        "status",
        "terminationDate",
    ];
    for (name, value) in from.as_object().into_iter().flatten() {
        if !STANDARD.contains(&name.as_str()) && !to.contains_key(name) {
            to.insert(name.clone(), value.clone());
        }
    }
}

/// Gives the objects of an array the class that they have in a product.
fn retype(doc: &mut Map<String, Value>, name: &str, class: &str) {
    let objects = doc.get_mut(name).and_then(Value::as_array_mut);
    for object in objects
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        object.insert("@type".to_owned(), json!(class));
    }
}
