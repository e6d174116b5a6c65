//! Sends bills on the mailing date of their cycle.

use std::collections::HashMap;

use serde_json::Value;

use super::bill::{Bill, VALIDATED};
use super::{BILL, id_in, server};
use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Core, rewrite_in};
use crate::store::{Hold, IdKey, Tx};

const CYCLE: &str = "billCycle";

/// Sends those of some bills that are `validated` and whose mailing date has come; a bill without a cycle has
/// none to wait for. Answers the others that are `validated`, with their dates.
///
/// # Errors
/// A fault of the store.
pub fn send(
    core: &Core,
    tx: &mut Tx<'_>,
    tenant: i64,
    bills: &[String],
    now: Micros,
) -> Outcome<Vec<(String, Micros)>> {
    let resource = core.registry.canonical(BILL);
    let resource = resource.ok_or_else(|| Problem::internal("no form of bills"))?;
    let mut dates = HashMap::new();
    let mut later = Vec::new();
    for id in bills {
        let rows = tx.hold(&IdKey::new(tenant, BILL, id), Hold::Alone)?;
        let Some(row) = rows.into_iter().find(|row| row.current) else {
            continue;
        };
        if row.state.as_deref() != Some(VALIDATED) {
            continue;
        }
        let Some(mut bill) = Bill::stored(row)? else {
            continue;
        };
        if let Some(at) = mailing_date(tx, tenant, &bill.doc, &mut dates)?.filter(|at| *at > now) {
            later.push((id.clone(), at));
            continue;
        }
        if bill.send()
            && let Some(row) = bill.row
        {
            rewrite_in(core, tx, &server(tenant), resource, row, bill.doc, now)?;
        }
    }
    Ok(later)
}

/// The mailing date of the run of the cycle that a bill is from.
fn mailing_date(
    tx: &mut Tx<'_>,
    tenant: i64,
    bill: &Value,
    known: &mut HashMap<String, Option<Micros>>,
) -> Outcome<Option<Micros>> {
    let Some(cycle) = id_in(bill, CYCLE) else {
        return Ok(None);
    };
    if let Some(date) = known.get(cycle) {
        return Ok(*date);
    }
    let rows = tx.versions(&IdKey::new(tenant, CYCLE, cycle))?;
    let row = rows.iter().find(|row| row.current);
    let doc = row.map(document).transpose()?;
    let date = doc
        .as_ref()
        .and_then(|doc| doc.get("mailingDate")?.as_str());
    let date = date.and_then(Micros::parse);
    known.insert(cycle.to_owned(), date);
    Ok(date)
}
