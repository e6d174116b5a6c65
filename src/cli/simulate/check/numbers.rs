//! Numbers are conserved: one that is taken belongs to one product, and nobody has one that is free.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::Findings;
use super::super::world::World;
use super::Ended;
use super::products::Active;
use crate::cli::Failure;

/// Compares the pools with what products have.
///
/// # Errors
/// When the store fails.
pub async fn check(
    world: &World,
    ended: &[Ended],
    active: &Active,
    findings: &mut Findings,
) -> Result<(), Failure> {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, product) in active {
        let values = product
            .get("productCharacteristic")
            .and_then(Value::as_array);
        let values = values
            .into_iter()
            .flatten()
            .filter_map(|own| own.get("value")?.as_str());
        for value in values.collect::<BTreeSet<_>>() {
            owners.entry(value).or_default().push(id);
        }
    }
    let stopped: BTreeSet<&str> = ended
        .iter()
        .filter(|one| one.stopped)
        .map(|one| one.id.as_str())
        .collect();
    for (number, order) in world.numbers().await? {
        let owned = owners.get(number.as_str()).map_or(0, Vec::len);
        let broken = match (&order, owned) {
            (_, 2..) => format!("{owned} products have the number {number}"),
            (Some(order), 0) if !stopped.contains(order.as_str()) => {
                format!("number {number} is kept by {order} for nobody")
            }
            (None, 1) => format!("number {number} is free, and a product has it"),
            _ => continue,
        };
        findings.broken.push(broken);
    }
    Ok(())
}
