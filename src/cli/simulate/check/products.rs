//! The product inventory is what the orders, in the order in which they ended, make of it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::Findings;
use super::super::deeds;
use super::super::world::World;
use super::{Ended, nodes, text};
use crate::cli::Failure;

const PRODUCT: &str = "product";

/// What a product should be.
#[derive(Default)]
struct Wanted {
    /// None where an order that was stopped decides.
    active: Option<bool>,
    characteristics: BTreeMap<String, Value>,
    because: String,
}

/// The products that customers have, by id.
pub type Active = BTreeMap<String, Value>;

/// Compares the products that orders were about with what the orders make of them; gives those that are
/// active.
///
/// # Errors
/// When the store fails.
pub async fn check(
    world: &World,
    ended: &[Ended],
    findings: &mut Findings,
) -> Result<Active, Failure> {
    let mut found = Active::new();
    for (id, wanted) in model(ended) {
        let product = world.read(PRODUCT, &id).await?;
        let status = product
            .as_ref()
            .map_or("missing", |product| text(product, "status"));
        let is_active = status == "active";
        if wanted.active.is_some_and(|active| active != is_active) {
            findings.broken.push(format!(
                "product {id} is {status}, after {}",
                wanted.because
            ));
        }
        let Some(product) = product.filter(|_| is_active) else {
            continue;
        };
        if wanted.active.is_some() {
            characteristics(&id, &product, &wanted, findings);
        }
        for part in parts(&product) {
            if world.read(PRODUCT, &part).await?.is_none() {
                let message = format!("product {id} consists of {part}, which is not there");
                findings.broken.push(message);
            }
        }
        found.insert(id, product);
    }
    Ok(found)
}

/// Products that a bundle consists of.
fn parts(product: &Value) -> Vec<String> {
    let relations = product.get("productRelationship").and_then(Value::as_array);
    let bundled = relations.into_iter().flatten();
    let bundled = bundled.filter(|own| text(own, "relationshipType") == "bundles");
    bundled.map(|own| text(own, "id").to_owned()).collect()
}

fn characteristics(id: &str, product: &Value, wanted: &Wanted, findings: &mut Findings) {
    let has = product
        .get("productCharacteristic")
        .and_then(Value::as_array);
    let has: Vec<&Value> = has.into_iter().flatten().collect();
    for (name, value) in &wanted.characteristics {
        let own = has.iter().find(|own| text(own, "name") == name);
        if own.and_then(|own| own.get("value")) != Some(value) {
            let shown = own.map(|own| own.to_string());
            findings.broken.push(format!(
                "product {id}: {name} should be {value} and is {shown:?}, after {}",
                wanted.because
            ));
        }
    }
}

/// What the orders make of each product.
fn model(ended: &[Ended]) -> BTreeMap<String, Wanted> {
    let mut all: Vec<&Ended> = ended.iter().collect();
    // Stable: of those that ended at one instant the first placed came first.
    all.sort_by_key(|one| last_end(one));
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    for one in all {
        let mut ordered = Vec::new();
        deeds::items(&one.order, &mut ordered);
        let planned = one.plan.pointer("/plan/items").and_then(Value::as_array);
        let planned: Vec<&Value> = planned.into_iter().flatten().collect();
        for (at, item) in planned.iter().enumerate() {
            let Some(product) = item.get("product").and_then(Value::as_str) else {
                continue;
            };
            let entry = wanted.entry(product.to_owned()).or_default();
            let own = nearest(item, &planned, &ordered);
            let is_part = |part: &&Value| {
                part.get("parent").and_then(Value::as_u64) == u64::try_from(at).ok()
            };
            let is_bundle = planned.iter().any(is_part);
            if is_bundle && own.is_some_and(|own| text(own, "state") == "failed") {
                // A bundle is there as long as one of its parts is, and fails with any of them.
                entry.active = None;
                entry.characteristics.clear();
                entry.because = format!("{}: a part failed", one.id);
                continue;
            }
            apply(entry, one, item, own);
        }
    }
    wanted
}

/// When the last node of an order ended: only what is completed has a date of its own.
fn last_end(one: &Ended) -> &str {
    let ends = nodes(&one.plan).map(|(node, _)| text(node, "ended"));
    ends.max().unwrap_or_default()
}

/// The item of the order that a planned item belongs to: itself, or what brought it.
fn nearest<'v>(item: &Value, planned: &[&Value], ordered: &[&'v Value]) -> Option<&'v Value> {
    let mut at = Some(item);
    for _ in 0..=planned.len() {
        let here = at?;
        let is_ordered = here.get("ordered").and_then(Value::as_bool).unwrap_or(true);
        if is_ordered {
            let id = text(here, "id");
            return ordered.iter().find(|own| text(own, "id") == id).copied();
        }
        let parent = here.get("parent").and_then(Value::as_u64)?;
        at = planned.get(usize::try_from(parent).ok()?).copied();
    }
    None
}

fn apply(entry: &mut Wanted, one: &Ended, item: &Value, own: Option<&Value>) {
    let state = own.map_or("cancelled", |own| text(own, "state"));
    let (action, id) = (text(item, "action"), text(item, "id"));
    if one.stopped {
        entry.active = None;
        entry.characteristics.clear();
        entry.because = format!("{}: {action} of {id} was stopped", one.id);
        return;
    }
    let done = state == "completed";
    match action {
        "add" => entry.active = Some(done),
        "delete" if done => entry.active = Some(false),
        "modify" if done => {}
        _ => return,
    }
    entry.because = format!("{}: {action} of {id} in {state}, {}", one.id, one.state);
    let is_own = own.is_some_and(|own| text(own, "id") == id);
    let given = own.and_then(|own| own.pointer("/product/productCharacteristic"));
    let given = given.and_then(Value::as_array).into_iter().flatten();
    for given in given.filter(|_| is_own) {
        let value = given.get("value").cloned().unwrap_or_default();
        entry
            .characteristics
            .insert(text(given, "name").to_owned(), value);
    }
}
