//! What follows when bills are there: their documents are made, and they are sent when that is due. Jobs do it,
//! enqueued in the transaction that writes the bills.

use std::collections::BTreeMap;

use serde_json::json;

use super::receivable::BILL;
use crate::domain::clock::Micros;
use crate::engine::Caller;
use crate::store::{IdKey, JobRow, Tx};

/// Task of the job that makes and keeps documents.
pub const KEEP_TASK: &str = "billDocuments";
/// Task of the job that sends bills.
pub const MAIL_TASK: &str = "billMailing";

/// Has the documents of bills made, which have their numbers.
pub fn keep_documents(tx: &mut Tx<'_>, caller: &Caller, bills: &[&str], now: Micros) {
    enqueue(tx, caller, KEEP_TASK, bills, (now, now));
}

/// Has bills sent that are `validated`, each at an instant at the earliest.
pub fn mail<'b>(
    tx: &mut Tx<'_>,
    caller: &Caller,
    bills: impl IntoIterator<Item = (&'b str, Micros)>,
    now: Micros,
) {
    let mut dates: BTreeMap<Micros, Vec<&str>> = BTreeMap::new();
    for (bill, at) in bills {
        dates.entry(at).or_default().push(bill);
    }
    for (at, bills) in dates {
        enqueue(tx, caller, MAIL_TASK, &bills, (at, now));
    }
}

fn enqueue(
    tx: &mut Tx<'_>,
    caller: &Caller,
    task: &str,
    bills: &[&str],
    (at, now): (Micros, Micros),
) {
    let Some(first) = bills.first() else { return };
    let subject = IdKey::new(caller.tenant, BILL, first);
    tx.enqueue(JobRow {
        payload: json!({ "bills": bills }).to_string(),
        run_at: at.0,
        ..JobRow::new(task, subject, &caller.principal, now.0)
    });
}
