//! The sample operator's catalog, compiled, and orders in short form, for tests.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, as the tests do"
)]

use std::sync::Arc;

use serde_json::{Value, json};

use super::catalog::{Catalog, Offering, Price, ProductSpecification};
use super::inventory::{Installed, Inventory};
use super::order::Order;
use crate::domain::clock::Micros;

/// The date of all orders.
pub const PLACED: &str = "2026-11-22T10:00:00Z";

fn documents(text: &str) -> Vec<(String, Value)> {
    let documents: Vec<Value> = serde_json::from_str(text).unwrap();
    let id = |doc: &Value| doc["id"].as_str().unwrap().to_owned();
    documents.into_iter().map(|doc| (id(&doc), doc)).collect()
}

/// Everything that the sample operator sells.
pub fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    for (id, doc) in documents(include_str!("../../sample/catalog/specifications.json")) {
        let specification = ProductSpecification::compile(&id, &doc);
        catalog.specifications.insert(id, Arc::new(specification));
    }
    for (id, doc) in documents(include_str!("../../sample/catalog/prices.json")) {
        let price = Price::compile(&id, &doc);
        catalog.prices.insert(id, Arc::new(price));
    }
    for text in [
        include_str!("../../sample/catalog/offerings.json"),
        include_str!("../../sample/catalog/bundles.json"),
    ] {
        for (id, doc) in documents(text) {
            offer(&mut catalog, &id, &doc);
        }
    }
    catalog
}

/// Adds or replaces an offering.
pub fn offer(catalog: &mut Catalog, id: &str, doc: &Value) {
    let offering = Arc::new(Offering::compile(id, doc));
    catalog.offerings.insert(id.to_owned(), offering);
}

/// Adds or replaces a price.
pub fn price(catalog: &mut Catalog, id: &str, doc: &Value) {
    let price = Arc::new(Price::compile(id, doc));
    catalog.prices.insert(id.to_owned(), price);
}

/// Adds or replaces a specification.
pub fn specify(catalog: &mut Catalog, id: &str, doc: &Value) {
    let specification = Arc::new(ProductSpecification::compile(id, doc));
    catalog.specifications.insert(id.to_owned(), specification);
}

/// An order of items in the form of TMF622.
pub fn order(items: Value) -> Order {
    let doc = json!({"@type": "ProductOrder", "productOrderItem": items});
    Order::read("order-1", &doc, Micros::parse(PLACED).unwrap())
}

/// An item that adds an offering.
pub fn add(id: &str, offering: &str, characteristics: Value) -> Value {
    json!({
        "@type": "ProductOrderItem", "id": id, "action": "add",
        "productOffering": {"@type": "ProductOfferingRef", "id": offering},
        "product": {"@type": "Product", "productCharacteristic": named(characteristics)},
    })
}

/// An item about a product that is there.
pub fn on(action: &str, id: &str, product: &str, characteristics: Value) -> Value {
    json!({
        "@type": "ProductOrderItem", "id": id, "action": action,
        "product": {
            "@type": "Product", "id": product,
            "productCharacteristic": named(characteristics),
        },
    })
}

/// An item with a member more.
pub fn with(mut item: Value, name: &str, value: Value) -> Value {
    item[name] = value;
    item
}

/// Installed products: id, offering, specification, status and characteristics.
pub fn installed(products: &[(&str, &str, &str, &str, Value)]) -> Inventory {
    let mut inventory = Inventory::default();
    for (id, offering, specification, status, characteristics) in products {
        let doc = json!({
            "@type": "Product", "status": status,
            "productOffering": {"id": offering}, "productSpecification": {"id": specification},
            "productCharacteristic": named(characteristics.clone()),
        });
        inventory
            .products
            .insert((*id).to_owned(), Installed::read(id, &doc));
    }
    inventory
}

/// `{"a": 1}` as a list of characteristics.
fn named(characteristics: Value) -> Value {
    let object = characteristics.as_object().cloned().unwrap_or_default();
    let list = object.into_iter();
    list.map(|(name, value)| json!({"@type": "Characteristic", "name": name, "value": value}))
        .collect()
}
