//! What must hold in the end. What is there is compared with what follows from the final states of the
//! orders alone; nothing of the run's own bookkeeping is believed but its open failures.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Findings;
use super::deeds::Placed;
use super::world::World;
use crate::cli::Failure;
use crate::oss_sim::{OrderState, SimOrder};

/// States in which nothing more happens to an order.
const FINAL: [&str; 5] = ["completed", "cancelled", "failed", "partial", "rejected"];
/// States of products that a customer has.
const PRODUCT: &str = "product";

pub fn is_final(state: &str) -> bool {
    FINAL.contains(&state)
}

/// An order at the end.
struct Ended {
    id: String,
    state: String,
    order: Value,
    plan: Value,
    /// Someone has to look at it, so it may be half done.
    visible: bool,
}

/// What a product should be.
#[derive(Default)]
struct Wanted {
    /// None where an order that is not at its end decides.
    active: Option<bool>,
    characteristics: BTreeMap<String, Value>,
    because: String,
}

/// Checks everything; what does not hold is added to the findings.
///
/// # Errors
/// When the store fails.
pub async fn check(
    world: &World,
    placed: &[Placed],
    findings: &mut Findings,
) -> Result<(), Failure> {
    let mut ended = Vec::new();
    for one in placed {
        let order = world.order(&one.id).await?;
        let plan = world.plan(&one.id).await?.unwrap_or_default();
        let state = text(&order, "state").to_owned();
        let fallout =
            nodes(&plan).any(|(node, _)| node.get("fallout").is_some_and(Value::is_string));
        let odd = plan
            .pointer("/anomaly")
            .and_then(Value::as_array)
            .is_some_and(|all| !all.is_empty());
        let lacks = text(&plan, "stage").is_empty() && state == "pending";
        if !is_final(&state) && !fallout && !lacks {
            let tree = states(&plan);
            findings.broken.push(format!(
                "{} ({}) is '{state}' and nobody sees why: {tree}",
                one.id, one.sample
            ));
        }
        *findings.states.entry(state.clone()).or_default() += 1;
        ended.push(Ended {
            id: one.id.clone(),
            visible: !is_final(&state) || fallout || odd,
            state,
            order,
            plan,
        });
    }
    let lies = lies(&world.oss.orders(), &ended);
    for one in &mut ended {
        // What the OSS said of it was not so: only a comparison of inventories could find that out.
        one.visible |= lies.contains(&one.id);
    }
    let wanted = model(&ended);
    let numbers = inventory(world, &wanted, findings).await?;
    let left = left_by_lies(&world.oss.orders(), &ended);
    services(world, &ended, &wanted, &left, findings);
    names(&world.oss.orders(), findings);
    reserved(world, &ended, &numbers, findings).await
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The nodes of a plan, as they stand and as they were planned.
fn nodes(plan: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let list = |pointer: &str| {
        plan.pointer(pointer)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    list("/node").zip(list("/plan/nodes"))
}

fn states(plan: &Value) -> String {
    let shown = nodes(plan).map(|(node, _)| {
        let (state, key) = (text(node, "state"), text(node, "externalId"));
        format!(
            "{key} {state} {}",
            node.get("remoteState").unwrap_or(&Value::Null)
        )
    });
    let all: Vec<String> = shown.collect();
    format!(
        "{} {} [{}]",
        text(plan, "stage"),
        text(plan, "state"),
        all.join(", ")
    )
}

/// Orders of which the OSS said that something was done that it had not done, or the other way round.
fn lies(orders: &[SimOrder], ended: &[Ended]) -> BTreeSet<String> {
    let ends: BTreeMap<&str, OrderState> = orders
        .iter()
        .filter_map(|order| Some((order.external_id.as_deref()?, order.state)))
        .collect();
    let lied = |one: &&Ended| {
        nodes(&one.plan).any(|(node, planned)| {
            // An operator left it as it is.
            let left = text(node, "state") == "skipped" && text(planned, "action") == "delete";
            let id = text(node, "externalId");
            let done = ["completed", "undone"].contains(&text(node, "state"));
            let base = id.split(".undo").next().unwrap_or_default();
            let not_so = |id: &str| {
                ends.get(id)
                    .is_some_and(|state| *state != OrderState::Completed)
            };
            left || done
                && (not_so(id)
                    || (id != base && text(node, "remoteState") == "completed" && not_so(base)))
        })
    };
    ended
        .iter()
        .filter(lied)
        .map(|one| one.id.clone())
        .collect()
}

/// Services that the OSS said to have ended, and has not.
fn left_by_lies(orders: &[SimOrder], ended: &[Ended]) -> BTreeSet<String> {
    let mut done = BTreeSet::new();
    for one in ended {
        for (node, _) in nodes(&one.plan) {
            if ["completed", "undone", "skipped"].contains(&text(node, "state")) {
                done.insert(text(node, "externalId"));
            }
        }
    }
    let not_so = orders.iter().filter(|order| {
        let id = order.external_id.as_deref().unwrap_or_default();
        order.state != OrderState::Completed && done.contains(id)
    });
    not_so
        .flat_map(|order| order.services.iter().cloned())
        .collect()
}

/// Items of an order with their states, nested ones too.
fn items<'v>(of: &'v Value, found: &mut Vec<&'v Value>) {
    let list = of.get("productOrderItem").and_then(Value::as_array);
    for item in list.into_iter().flatten() {
        found.push(item);
        items(item, found);
    }
}

/// What the orders, in the order in which they ended, make of each product.
fn model(ended: &[Ended]) -> BTreeMap<String, Wanted> {
    let mut all: Vec<&Ended> = ended.iter().collect();
    all.sort_by_key(|one| text(&one.order, "completionDate").to_owned());
    let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
    for one in all {
        let mut ordered = Vec::new();
        items(&one.order, &mut ordered);
        let planned = one.plan.pointer("/plan/items").and_then(Value::as_array);
        let planned: Vec<&Value> = planned.into_iter().flatten().collect();
        for item in &planned {
            let Some(product) = item.get("product").and_then(Value::as_str) else {
                continue;
            };
            let entry = wanted.entry(product.to_owned()).or_default();
            let own = nearest(item, &planned, &ordered);
            let at = planned.iter().position(|other| std::ptr::eq(*other, *item));
            let inner = |part: &&Value| {
                part.get("parent").and_then(Value::as_u64) == at.map(|at| at as u64)
            };
            let is_bundle = planned.iter().any(inner);
            if is_bundle && own.is_some_and(|own| text(own, "state") == "failed") {
                // A bundle is there as long as one of its parts is, and fails with any of them.
                entry.because = format!("{}: a part failed", one.id);
                continue;
            }
            apply(entry, one, item, own);
        }
    }
    wanted
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
    let action = text(item, "action");
    entry.because = format!(
        "{}: {action} of {} in {state}, {}",
        one.id,
        text(item, "id"),
        one.state
    );
    if one.visible {
        entry.active = None;
        entry.characteristics.clear();
        return;
    }
    let done = state == "completed";
    match action {
        "add" => entry.active = Some(done),
        "delete" if done => entry.active = Some(false),
        "modify" if done => {}
        _ => return,
    }
    let given = own.and_then(|own| own.pointer("/product/productCharacteristic"));
    let is_own = own.is_some_and(|own| text(own, "id") == text(item, "id"));
    for given in given
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|_| is_own)
    {
        let value = given.get("value").cloned().unwrap_or_default();
        entry
            .characteristics
            .insert(text(given, "name").to_owned(), value);
    }
}

/// Compares the products; the values of all characteristics of those that are active, by product.
async fn inventory(
    world: &World,
    wanted: &BTreeMap<String, Wanted>,
    findings: &mut Findings,
) -> Result<BTreeMap<String, Vec<Value>>, Failure> {
    let mut values = BTreeMap::new();
    for (id, wanted) in wanted {
        let product = world.read(PRODUCT, id).await?;
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
        let own = has.iter().filter_map(|own| own.get("value")).cloned();
        values.insert(id.clone(), own.collect());
    }
    Ok(values)
}

/// No service is active that nobody has and nobody looks at.
fn services(
    world: &World,
    ended: &[Ended],
    wanted: &BTreeMap<String, Wanted>,
    left: &BTreeSet<String>,
    findings: &mut Findings,
) {
    let mut makers: BTreeMap<&str, (&Ended, &Value, &Value)> = BTreeMap::new();
    for one in ended {
        for (node, planned) in nodes(&one.plan) {
            let id = text(node, "externalId");
            makers.insert(id, (one, node, planned));
            // What is undone had its own name before.
            makers.insert(id.split(".undo").next().unwrap_or(id), (one, node, planned));
        }
    }
    for service in world.oss.services().iter().filter(|service| service.active) {
        let order = service.made_by.split('.').next().unwrap_or_default();
        let seen = ended.iter().any(|one| one.id == order && one.visible);
        if seen || left.contains(&service.id) {
            continue;
        }
        let Some((one, node, planned)) = makers.get(service.made_by.as_str()) else {
            findings.broken.push(format!(
                "service {} is active; nothing of {} stands for it",
                service.id, service.made_by
            ));
            continue;
        };
        let item = planned
            .get("item")
            .and_then(Value::as_u64)
            .and_then(|at| usize::try_from(at).ok());
        let item = item.and_then(|at| one.plan.pointer("/plan/items")?.as_array()?.get(at));
        let product = item.map(|item| text(item, "product")).unwrap_or_default();
        let active = wanted
            .get(product)
            .is_some_and(|wanted| wanted.active != Some(false));
        // A rule may say that nothing need be done to undo it, or that people do it their way.
        let remains = text(planned, "compensation") != "reverse";
        if remains && text(node, "state") == "undone" {
            continue;
        }
        let state = match service.made_by.contains(".undo") {
            true => "undone",
            false => "completed",
        };
        if !active || text(node, "state") != state {
            findings.broken.push(format!(
                "service {} of {} ({}) is active; product {product}: {}",
                service.id,
                service.made_by,
                text(node, "state"),
                wanted
                    .get(product)
                    .map(|wanted| wanted.because.as_str())
                    .unwrap_or_default()
            ));
        }
    }
}

/// No work reached the OSS under two names that both count.
fn names(orders: &[SimOrder], findings: &mut Findings) {
    let done = |order: &SimOrder| order.state == OrderState::Completed;
    let mut rounds: BTreeMap<String, Vec<&SimOrder>> = BTreeMap::new();
    let mut all = BTreeSet::new();
    for order in orders {
        let Some(id) = order.external_id.as_deref() else {
            findings
                .broken
                .push(format!("order {} came without an external id", order.id));
            continue;
        };
        if !all.insert(id) {
            findings
                .broken
                .push(format!("the OSS has two orders called {id}"));
        }
        if id.contains(".undo") {
            continue;
        }
        rounds
            .entry(without_round(id).to_owned())
            .or_default()
            .push(order);
    }
    let undone: BTreeSet<&str> = orders
        .iter()
        .filter(|order| done(order))
        .filter_map(|order| order.external_id.as_deref()?.split(".undo").next())
        .collect();
    for (work, orders) in rounds {
        let alive = orders.iter().filter(|order| {
            let id = order.external_id.as_deref().unwrap_or_default();
            let taken_back = undone.contains(id)
                && all
                    .iter()
                    .any(|other| other.starts_with(&format!("{id}.undo")));
            (done(order) && !taken_back) || !order.state.is_final()
        });
        if alive.count() > 1 {
            findings
                .broken
                .push(format!("{work} is there more than once"));
        }
    }
}

fn without_round(id: &str) -> &str {
    match id.rsplit_once(".r") {
        Some((root, round)) if round.parse::<u32>().is_ok() => root,
        _ => id,
    }
}

/// Numbers that are taken belong to someone, and nobody has one that is free.
async fn reserved(
    world: &World,
    ended: &[Ended],
    values: &BTreeMap<String, Vec<Value>>,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (product, values) in values {
        for value in values.iter().filter_map(Value::as_str) {
            owners.entry(value).or_default().push(product);
        }
    }
    let visible = |id: &str| ended.iter().any(|one| one.id == id && one.visible);
    let any_visible = ended.iter().any(|one| one.visible);
    for (number, order) in world.numbers().await? {
        let owned = owners.get(number.as_str()).map_or(0, Vec::len);
        match (&order, owned) {
            (Some(order), 0) if !visible(order) => {
                findings
                    .broken
                    .push(format!("number {number} is kept by {order} for nobody"));
            }
            (None, 1..) if !any_visible => {
                findings
                    .broken
                    .push(format!("number {number} is free, and a product has it"));
            }
            _ => {}
        }
    }
    Ok(())
}
