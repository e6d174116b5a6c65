//! The sample operator: Bluefern, which exists only here, with a catalog of mobile, fibre,
//! television, IoT and VPN offerings. `tollgate seed` and `tollgate demo` fill a database with it.
//!
//! The data lies in `sample/`, in the v5 form that a client would post, tariff tables as CSV, and is part
//! of the program. Ids are readable (`mobile-m`), references lead backwards only, so that everything can
//! be created one after the other in strict mode.

pub mod subscribers;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use crate::behaviour::rating::{Beside, Form, Sent, Shelf};
use crate::domain::descriptor::{ApiVersion, Resource};
use crate::domain::json::Limits;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Caller, NewResource, upsert_in};
use crate::store::IdKey;

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../sample/", $name, ".json"))
    };
}

/// Collections and what goes into them, in the order in which it can be created.
const FILES: [(&str, &str); 10] = [
    (
        "serviceSpecification",
        file!("ordering/service_specifications"),
    ),
    ("usageSpecification", file!("usage/specifications")),
    ("category", file!("catalog/categories")),
    ("productSpecification", file!("catalog/specifications")),
    ("productOfferingPrice", file!("catalog/prices")),
    ("productOffering", file!("catalog/offerings")),
    ("productOffering", file!("catalog/bundles")),
    ("productCatalog", file!("catalog/catalog")),
    ("numberPool", file!("ordering/number_pools")),
    ("decompositionRule", file!("ordering/rules")),
];

/// What the systems of the sample operator find out when they work: specification, name of the result,
/// and its form, in which every `#` is a digit.
pub const FOUND: [(&str, &str, &str); 9] = [
    ("res-sim", "iccid", "8999966000########"),
    ("res-sim", "accessNumber", "M########"),
    ("res-iot-sim", "iccid", "8999966700########"),
    ("res-msisdn", "msisdn", "+9996609######"),
    ("res-fibre-port", "portId", "P-####-##"),
    ("res-ont", "ontSerialNumber", "BLFN########"),
    ("res-ipv4", "prefix", "198.51.100.#/32"),
    ("res-vrf", "routeDistinguisher", "64496:####"),
    ("rfs-site-access", "accessNumber", "L########"),
];

/// Tariff table of calls to all countries, by the real numbering plan (`cargo xtask numbering` writes it): as a
/// client would post it.
pub const INTERNATIONAL_TARIFF: &str = include_str!("../../sample/tariff/international.json");

/// Orders that fit the catalog.
const ORDERS: &str = file!("ordering/orders");

/// What became of the sample data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    pub created: usize,
    /// Was there with another content.
    pub changed: usize,
    /// Was there already, just so.
    pub unchanged: usize,
}

/// The sample catalog: the path segment of the v5 collection and the document to post there, in an
/// order in which nothing refers to what comes later.
///
/// # Errors
/// A fault of ours when the data is no JSON; a test sees to that.
pub fn catalog() -> Outcome<impl Iterator<Item = (&'static str, Value)>> {
    let mut all = Vec::new();
    for (path, text) in FILES {
        let records: Vec<Value> = serde_json::from_str(text).map_err(Problem::internal)?;
        all.extend(records.into_iter().map(|record| (path, record)));
    }
    Ok(all.into_iter())
}

/// A sample order by its id, as a client would post it in v5.
pub fn order(id: &str) -> Option<Value> {
    let orders: Vec<Value> = serde_json::from_str(ORDERS).ok()?;
    let is_it = |order: &Value| order.get("id").and_then(Value::as_str) == Some(id);
    orders.into_iter().find(is_it)
}

/// Loads the tariff tables, and then writes the sample catalog in one transaction: creates what is not
/// there, and gives what has changed its content back. Repeating it changes nothing.
///
/// # Errors
/// What the rules of the catalog refuse, because the database holds something else under an id of
/// the sample; then nothing is written.
pub async fn load(shelf: &Shelf) -> Outcome<Loaded> {
    let sent = Sent {
        form: Form::Json,
        beside: Beside::default(),
        body: INTERNATIONAL_TARIFF.into(),
        limits: Limits::default(),
    };
    shelf.load("international", sent).await?;
    let (engine, caller) = (&shelf.engine, shelf.caller.clone());
    let core = Arc::clone(&engine.core);
    let mut records: Vec<(&'static Resource, NewResource)> = Vec::new();
    for (path, record) in catalog()? {
        let unknown = || Problem::internal(format!("there is no collection {path}"));
        let resource = core
            .registry
            .in_version(path, ApiVersion::V5)
            .or_else(|| core.registry.in_version(path, ApiVersion::V4))
            .ok_or_else(unknown)?;
        let mut record = record;
        // Versions in which clients do not choose ids get theirs all the same.
        let id = record
            .as_object_mut()
            .and_then(|record| record.shift_remove("id"));
        let id = id.as_ref().and_then(Value::as_str).map(str::to_owned);
        let new = NewResource {
            id,
            ..core.accept(resource, record)?
        };
        records.push((core.canonical(resource)?, new));
    }
    let loaded = engine
        .store
        .write(move |tx| {
            let now = core.clock.now();
            let mut loaded = Loaded::default();
            for (resource, new) in &records {
                let before = tx.versions(&key(&caller, resource, new))?;
                let after = upsert_in(&core, tx, &caller, resource, new.clone(), now)?;
                match before.iter().find(|row| row.version == after.version) {
                    None => loaded.created += 1,
                    Some(before) if before.revision == after.revision => loaded.unchanged += 1,
                    Some(_) => loaded.changed += 1,
                }
            }
            Ok(loaded)
        })
        .await?;
    engine.wake();
    Ok(loaded)
}

fn key(caller: &Caller, resource: &Resource, new: &NewResource) -> IdKey {
    IdKey {
        tenant: caller.tenant,
        kind: resource.kind.to_owned(),
        id: new.id.clone().unwrap_or_default(),
    }
}
