//! What is active at the OSS belongs to a product that somebody has; what realizes such a product is active;
//! our own records of services say the same; and no work is there under two names.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::Findings;
use super::products::Active;
use super::{End, Ended, nodes, text};
use crate::cli::Failure;
use crate::oss_sim::{OrderState, SimOrder};

const SERVICE: &str = "service";

/// A node of an order.
struct Maker<'a> {
    one: &'a Ended,
    node: &'a Value,
    planned: &'a Value,
    /// The product that it is for.
    product: Option<&'a str>,
}

/// Compares services with products and with our records.
///
/// # Errors
/// When the store fails.
pub async fn check(
    end: &End<'_>,
    ended: &[Ended],
    active: &Active,
    sent: &[SimOrder],
    findings: &mut Findings,
) -> Result<(), Failure> {
    let makers = makers(ended);
    let excused = excused(end, &makers, sent);
    let realizing = realizing(active);
    let services = end.world.oss.services();
    for service in &services {
        let id = service.id.as_str();
        let Some(maker) = maker(&makers, &service.made_by) else {
            findings
                .broken
                .push(format!("service {id} was made by nothing that was ordered"));
            continue;
        };
        if maker
            .product
            .is_some_and(|product| excused.contains(product))
            || maker.leaves_it()
        {
            continue;
        }
        if service.active && !realizing.contains_key(id) {
            findings.broken.push(format!(
                "service {id} of {} ({}) is active, and no product has it",
                service.made_by,
                text(maker.node, "state")
            ));
        }
        recorded(end, maker, id, service.active, findings).await?;
    }
    let there: BTreeSet<&str> = services
        .iter()
        .filter(|service| service.active)
        .map(|service| service.id.as_str())
        .collect();
    for (service, product) in &realizing {
        if !there.contains(service) && !excused.contains(product) {
            findings.broken.push(format!(
                "product {product} is realized by service {service}, which is not active"
            ));
        }
    }
    Ok(())
}

impl Maker<'_> {
    /// A rule says that nothing need be done to undo it, or that people do it their way.
    fn leaves_it(&self) -> bool {
        text(self.planned, "compensation") != "reverse"
            && ["undone", "cancelled"].contains(&text(self.node, "state"))
    }

    /// It was for another system.
    fn is_remote(&self) -> bool {
        self.planned.get("target").is_some_and(Value::is_string)
    }
}

/// Our own record says whether a service is there.
async fn recorded(
    end: &End<'_>,
    maker: &Maker<'_>,
    id: &str,
    active: bool,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let key = format!("{}~{id}", text(maker.planned, "target"));
    let record = end.world.read(SERVICE, &key).await?;
    let known = record
        .as_ref()
        .map_or("missing", |record| text(record, "state"));
    if (known == "active") != active {
        let there = if active { "active" } else { "over" };
        let order = &maker.one.id;
        findings.broken.push(format!(
            "our record of service {key} of {order} is {known}, it is {there}"
        ));
    }
    Ok(())
}

fn makers(ended: &[Ended]) -> BTreeMap<&str, Maker<'_>> {
    let mut makers = BTreeMap::new();
    for one in ended {
        let items = one.plan.pointer("/plan/items").and_then(Value::as_array);
        for (node, planned) in nodes(&one.plan) {
            let place = planned.get("item").and_then(Value::as_u64);
            let place = place.and_then(|place| usize::try_from(place).ok());
            let item = items.zip(place).and_then(|(items, place)| items.get(place));
            let product = item.and_then(|item| item.get("product")?.as_str());
            // What is undone had its own name before; what was tried anew had one for each round.
            let id = text(node, "externalId")
                .split(".undo")
                .next()
                .unwrap_or_default();
            makers.insert(
                without_round(id),
                Maker {
                    one,
                    node,
                    planned,
                    product,
                },
            );
        }
    }
    makers
}

fn maker<'m, 'a>(
    makers: &'m BTreeMap<&str, Maker<'a>>,
    external_id: &str,
) -> Option<&'m Maker<'a>> {
    let id = external_id.split(".undo").next().unwrap_or_default();
    makers.get(without_round(id))
}

/// Products for which people answer, or of whose services the OSS did not tell the truth.
fn excused<'m>(
    end: &End<'_>,
    makers: &'m BTreeMap<&str, Maker<'_>>,
    sent: &[SimOrder],
) -> BTreeSet<&'m str> {
    let lied = sent.iter().filter(|order| order.lied);
    let lied = lied.filter_map(|order| order.external_id.as_deref());
    let by_hand = end.answered.by_hand.iter().map(String::as_str);
    let named = lied.chain(by_hand).filter_map(|id| maker(makers, id));
    let stopped = makers.values().filter(|maker| maker.one.stopped);
    named
        .filter(|maker| maker.is_remote())
        .chain(stopped)
        .filter_map(|maker| maker.product)
        .collect()
}

/// The services that realize products, as the OSS calls them, with the product.
fn realizing(active: &Active) -> BTreeMap<&str, &str> {
    let mut all = BTreeMap::new();
    for (product, doc) in active {
        let services = doc.get("realizingService").and_then(Value::as_array);
        for service in services.into_iter().flatten() {
            let id = text(service, "id");
            let id = id.split_once('~').map_or(id, |(_, id)| id);
            all.insert(id, product.as_str());
        }
    }
    all
}

/// No work reached the OSS under two names that both count, and none without a name.
pub fn names(sent: &[SimOrder], findings: &mut Findings) {
    let mut states: BTreeMap<&str, OrderState> = BTreeMap::new();
    for order in sent {
        let Some(id) = order.external_id.as_deref() else {
            findings
                .broken
                .push(format!("order {} came without an external id", order.id));
            continue;
        };
        if states.insert(id, order.state).is_some() {
            findings
                .broken
                .push(format!("the OSS has two orders called {id}"));
        }
        if !order.state.is_final() {
            findings.broken.push(format!("the OSS still works on {id}"));
        }
    }
    let undone: BTreeSet<&str> = states
        .iter()
        .filter(|(_, state)| **state == OrderState::Completed)
        .filter_map(|(id, _)| Some(id.split_once(".undo")?.0))
        .collect();
    let mut rounds: BTreeMap<&str, usize> = BTreeMap::new();
    for (id, state) in &states {
        if *state == OrderState::Completed && !id.contains(".undo") && !undone.contains(id) {
            *rounds.entry(without_round(id)).or_default() += 1;
        }
    }
    for (work, count) in rounds.into_iter().filter(|(_, count)| *count > 1) {
        findings
            .broken
            .push(format!("{work} was done {count} times"));
    }
}

fn without_round(id: &str) -> &str {
    match id.rsplit_once(".r") {
        Some((root, round)) if round.parse::<u32>().is_ok() => root,
        _ => id,
    }
}
