//! What must hold in the end. What is there is compared with what follows from the final states of the
//! orders alone; nothing of the run's own bookkeeping is believed.
//!
//! - here: every order has ended, and nothing is left of what is kept while orders are worked on;
//! - `products`: the product inventory is what the orders make of it;
//! - `services`: what is active at the OSS belongs to a product, and the other way round;
//! - `numbers`: numbers are conserved.

mod numbers;
mod products;
mod services;

use std::collections::BTreeMap;

use serde_json::Value;

use super::Findings;
use super::deeds::Placed;
use super::people::Answered;
use super::world::World;
use crate::cli::Failure;
use crate::domain::ids;
use crate::oss_sim::SimOrder;

/// States in which nothing more happens to an order.
const FINAL: [&str; 5] = ["completed", "cancelled", "failed", "partial", "rejected"];
const CANCEL: &str = "cancelProductOrder";

pub fn is_final(state: &str) -> bool {
    FINAL.contains(&state)
}

/// Everything at the end.
pub struct End<'a> {
    pub world: &'a World,
    pub placed: &'a [Placed],
    /// Ids of requests to cancel.
    pub tasks: &'a [String],
    /// What people answer for.
    pub answered: &'a Answered,
}

/// An order at the end.
struct Ended {
    id: String,
    state: String,
    order: Value,
    plan: Value,
    /// It was stopped as it was.
    stopped: bool,
}

/// Checks everything; what does not hold is added to the findings.
///
/// # Errors
/// When the store fails.
pub async fn check(end: &End<'_>, findings: &mut Findings) -> Result<(), Failure> {
    let mut ended = Vec::new();
    for placed in end.placed {
        ended.push(read(end, placed, findings).await?);
    }
    for one in &ended {
        *findings.states.entry(one.state.clone()).or_default() += 1;
    }
    tasks(end, findings).await?;
    leftovers(end, findings).await?;
    let active = products::check(end.world, &ended, findings).await?;
    let sent = end.world.oss.orders();
    services::check(end, &ended, &active, &sent, findings).await?;
    services::names(&sent, findings);
    numbers::check(end.world, &ended, &active, findings).await?;
    findings.digest = digest(&ended, &sent);
    Ok(())
}

async fn read(end: &End<'_>, placed: &Placed, findings: &mut Findings) -> Result<Ended, Failure> {
    let order = end.world.order(&placed.id).await?;
    let plan = end.world.plan(&placed.id).await?.unwrap_or_default();
    let state = text(&order, "state").to_owned();
    if !is_final(&state) {
        findings.broken.push(format!(
            "{} ({}) has not ended but is '{state}': {}",
            placed.id,
            placed.sample,
            states(&plan)
        ));
    }
    let left = end.world.left_of(&placed.id).await?;
    if left > 0 {
        findings.broken.push(format!(
            "{} is over and {left} things wait for it",
            placed.id
        ));
    }
    Ok(Ended {
        stopped: end.answered.stopped.contains(&placed.id),
        id: placed.id.clone(),
        state,
        order,
        plan,
    })
}

/// Every request to cancel has been answered.
async fn tasks(end: &End<'_>, findings: &mut Findings) -> Result<(), Failure> {
    for task in end.tasks {
        let stored = end.world.read(CANCEL, task).await?.unwrap_or_default();
        let state = text(&stored, "state");
        if !["done", "terminatedWithError"].contains(&state) {
            let order = stored.pointer("/productOrder/id").unwrap_or(&Value::Null);
            findings
                .broken
                .push(format!("the request {task} to cancel {order} is '{state}'"));
        }
    }
    Ok(())
}

/// Nothing waits for a decision, and no service order is under way in our own records.
async fn leftovers(end: &End<'_>, findings: &mut Findings) -> Result<(), Failure> {
    for fallout in end.world.open_fallouts().await? {
        let said = ["node", "cause", "message"].map(|name| text(&fallout, name));
        findings
            .broken
            .push(format!("nobody decided on {}", said.join(", ")));
    }
    for state in ["acknowledged", "inProgress"] {
        let path = format!("/tmf-api/serviceOrdering/v5/serviceOrder?state={state}");
        for record in end.world.list(&path).await? {
            let id = text(&record, "id");
            let order = id.split('.').next().unwrap_or_default();
            if !end.answered.stopped.contains(order) {
                findings
                    .broken
                    .push(format!("our record of the service order {id} is '{state}'"));
            }
        }
    }
    Ok(())
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
        let there = node.get("remoteState").unwrap_or(&Value::Null);
        format!("{key} {state} {there}")
    });
    let all: Vec<String> = shown.collect();
    format!(
        "{} {} [{}]",
        text(plan, "stage"),
        text(plan, "state"),
        all.join(", ")
    )
}

/// The end of every order here and there, in few letters.
fn digest(ended: &[Ended], sent: &[SimOrder]) -> String {
    let mut all: BTreeMap<&str, &str> = BTreeMap::new();
    for one in ended {
        all.insert(&one.id, &one.state);
    }
    for order in sent {
        let id = order.external_id.as_deref().unwrap_or(&order.id);
        all.insert(id, order.state.as_str());
    }
    let lines: Vec<String> = all
        .iter()
        .map(|(id, state)| format!("{id} {state}\n"))
        .collect();
    ids::digest(lines.concat().as_bytes())
        .chars()
        .take(12)
        .collect()
}
