//! The orders that are placed, and what changes them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::dice::Dice;
use super::world::World;
use crate::cli::Failure;
use crate::domain::clock::Micros;
use crate::sample;

/// Sample orders that add, and how often each is taken.
const ADDING: [&str; 10] = [
    "order-mobile",
    "order-mobile",
    "order-mobile",
    "order-mobile-ported",
    "order-family",
    "order-fibre",
    "order-fibre",
    "order-fibre-pending",
    "order-vpn",
    "order-fleet",
];

/// Sample orders that change what another one added.
const CHANGING: [(&str, &str); 6] = [
    ("order-mobile", "order-mobile-upgrade"),
    ("order-mobile", "order-mobile-esim"),
    ("order-mobile", "order-mobile-end"),
    ("order-fibre", "order-fibre-faster"),
    ("order-fibre", "order-fibre-end"),
    ("order-vpn", "order-vpn-site"),
];

/// An order that was placed.
#[derive(Clone, Debug)]
pub struct Placed {
    pub id: String,
    pub sample: &'static str,
    /// The products that it adds, by the ids that they have in the sample.
    pub products: BTreeMap<String, String>,
    pub amended: bool,
}

/// Products of the sample orders that others change: ids in the order of the plan's items.
#[derive(Default)]
pub struct Templates(BTreeMap<&'static str, Vec<String>>);

impl Templates {
    /// Plans the sample orders, so that the products that they would make are known.
    ///
    /// # Errors
    /// When one cannot be planned.
    pub async fn read(world: &World) -> Result<Self, Failure> {
        let mut all = BTreeMap::new();
        for name in ["order-mobile", "order-fibre", "order-vpn"] {
            let order = sample::order(name).unwrap_or_default();
            let plan = world.would_plan(&order).await?;
            let products = products(plan.pointer("/plan/items"));
            if products.is_empty() {
                return Err(Failure::new(format!("{name} cannot be planned: {plan}")));
            }
            all.insert(name, products);
        }
        Ok(Templates(all))
    }

    /// Which products of the sample those of a plan stand for.
    pub fn fit(&self, sample: &str, plan: &Value) -> BTreeMap<String, String> {
        let Some(known) = self.0.get(sample) else {
            return BTreeMap::new();
        };
        let made = products(plan.pointer("/plan/items"));
        if made.len() != known.len() {
            return BTreeMap::new();
        }
        known.iter().cloned().zip(made).collect()
    }
}

fn products(items: Option<&Value>) -> Vec<String> {
    let items = items.and_then(Value::as_array).into_iter().flatten();
    let product = |item: &Value| {
        item.get("product")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    items.filter_map(product).collect()
}

/// A new order like one of the sample.
pub fn adding(dice: Dice, name: &str, id: &str) -> Option<(&'static str, Value)> {
    let sample = *dice.pick(&format!("{name} sample"), &ADDING)?;
    let mut order = sample::order(sample)?;
    order.as_object_mut()?.insert("id".to_owned(), json!(id));
    if sample == "order-mobile" && dice.percent(&format!("{name} esim"), 50) {
        let sim = order.pointer_mut("/productOrderItem/0/product/productCharacteristic/0/value")?;
        *sim = json!("eSIM");
    }
    Some((sample, order))
}

/// An order that changes or ends what an earlier one added.
pub fn changing(dice: Dice, name: &str, id: &str, of: &Placed) -> Option<(&'static str, Value)> {
    let fitting = CHANGING.iter().filter(|(source, _)| *source == of.sample);
    let fitting: Vec<&'static str> = fitting.map(|(_, sample)| *sample).collect();
    let sample = *dice.pick(&format!("{name} change"), &fitting)?;
    if of.products.is_empty() {
        return None;
    }
    let mut text = sample::order(sample)?.to_string();
    for (known, own) in &of.products {
        text = text.replace(known, own);
    }
    let mut order: Value = serde_json::from_str(&text).ok()?;
    order.as_object_mut()?.insert("id".to_owned(), json!(id));
    Some((sample, order))
}

/// Some orders are to begin later, or to be done by a certain time, and not all are as urgent.
pub fn date(dice: Dice, name: &str, order: &mut Value, now: Micros) {
    let Some(order) = order.as_object_mut() else {
        return;
    };
    let mut put = |attribute: &str, percent| {
        if dice.percent(&format!("{name} {attribute}"), percent) {
            let seconds = dice.roll(&format!("{name} {attribute} when")) % 7200;
            let at =
                now.plus_millis(i64::try_from(seconds.saturating_mul(1000)).unwrap_or_default());
            order.insert(attribute.to_owned(), json!(at.to_rfc3339()));
        }
    };
    put("requestedStartDate", 8);
    put("requestedCompletionDate", 20);
    let priority = dice.roll(&format!("{name} priority")) % 5;
    order.insert("priority".to_owned(), json!(priority.to_string()));
}

/// Other items for an order: the last one is left out, one is added, or something is chosen otherwise.
pub fn amended(dice: Dice, name: &str, order: &Value) -> Option<Value> {
    let mut items = order.get("productOrderItem")?.as_array()?.clone();
    match dice.roll(&format!("{name} how")) % 3 {
        0 if items.len() > 1 => {
            items.pop();
        }
        1 => items.push(one_more(items.len())),
        _ => {
            let first = items.first_mut()?;
            let chosen = first.pointer_mut("/product/productCharacteristic/0/value")?;
            *chosen = match chosen.as_str()? {
                "physical" => json!("eSIM"),
                "eSIM" => json!("physical"),
                _ => return None,
            };
        }
    }
    Some(json!({ "productOrderItem": items }))
}

/// An item that goes with every order.
fn one_more(number: usize) -> Value {
    json!({
        "@type": "ProductOrderItem",
        "id": format!("more-{number}"),
        "action": "add",
        "productOffering": {
            "@type": "ProductOfferingRef",
            "id": "aster-9",
            "name": "Aster 9",
            "@referredType": "ProductOffering",
        },
        "product": {
            "@type": "Product",
            "productCharacteristic": [
                { "@type": "IntegerCharacteristic", "name": "storage", "valueType": "integer", "value": 128 },
                { "@type": "StringCharacteristic", "name": "colour", "valueType": "string", "value": "moss" },
            ],
        },
    })
}

/// The appointments that an order lacks; none when it lacks none.
pub fn supplied(order: &Value) -> Option<Value> {
    if order.get("state").and_then(Value::as_str) != Some("pending") {
        return None;
    }
    let mut items = order.get("productOrderItem")?.as_array()?.clone();
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        let booked =
            json!({ "@type": "AppointmentRef", "id": "booked", "@referredType": "Appointment" });
        item.entry("appointment").or_insert(booked);
    }
    Some(json!({ "productOrderItem": items }))
}

/// The id of one of the items of an order, nested ones too.
pub fn any_item(dice: Dice, name: &str, order: &Value) -> Option<String> {
    let mut found = Vec::new();
    items(order, &mut found);
    let item = dice.pick(&format!("{name} item"), &found)?;
    Some(item.get("id")?.as_str()?.to_owned())
}

/// Items of an order, nested ones too.
pub fn items<'v>(of: &'v Value, found: &mut Vec<&'v Value>) {
    let list = of.get("productOrderItem").and_then(Value::as_array);
    for item in list.into_iter().flatten() {
        found.push(item);
        items(item, found);
    }
}
