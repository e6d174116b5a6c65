//! How usage arrives: what the server adds to a record, and how a record is told that came twice.

use serde_json::{Map, Value};

use super::usage::KIND;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::usage_facts::characteristic;
use crate::domain::usage_status::{PRODUCT_USAGE_STATUS, USAGE_STATUS, UsageStatus};

/// What the server writes beside what was sent.
const ADDED: [&str; 6] = [
    USAGE_STATUS,
    PRODUCT_USAGE_STATUS,
    "statusReason",
    "creationDate",
    "lastUpdate",
    "bill",
];
/// What rating writes unless it was sent.
const RATED: [&str; 2] = ["product", "usageProductPrice"];
const START: &str = "startTime";
const DATE: &str = "usageDate";

/// A record that has the name of one that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It says the same.
    Same,
    /// It says something else; a pointer to the first difference.
    Differs(String),
}

/// Completes a record that arrives by itself, in the stored form: its status, its dates.
///
/// # Errors
/// `InvalidBody` for one that says it is further than it can be.
pub fn arrive(doc: &mut Value, now: Micros) -> Outcome<()> {
    let status = UsageStatus::of(doc);
    if status.is_some_and(|status| status != UsageStatus::Received) {
        let message = "is 'received' for a usage that comes in; rating moves it on";
        return Err(Problem::at(Code::InvalidBody, "/status", message));
    }
    begin_when_it_started(doc);
    let Some(object) = doc.as_object_mut() else {
        return Err(Problem::internal(format!("a {KIND} that is no object")));
    };
    UsageStatus::Received.write(object);
    let now = Value::from(now.to_rfc3339());
    for stamp in ["creationDate", "lastUpdate"] {
        object.insert(stamp.to_owned(), now.clone());
    }
    Ok(())
}

/// Usage without a date began when its characteristic says so.
pub fn begin_when_it_started(doc: &mut Value) {
    if doc.get(DATE).is_some() {
        return;
    }
    let start = characteristic(doc, START).and_then(Value::as_str);
    let start = start.filter(|start| Micros::parse(start).is_some());
    if let Some(start) = start.map(Value::from)
        && let Some(object) = doc.as_object_mut()
    {
        object.insert(DATE.to_owned(), start);
    }
}

/// The refusal of a record that says something else at a pointer than the stored one of the same name.
pub fn differs(pointer: String, first: &str) -> Problem {
    let message = format!("differs from what the record '{first}' said, which has the same name");
    Problem::at(Code::AlreadyExists, pointer, message)
}

/// Compares a record with the stored one of the same name.
pub fn repeat_of(first: &Value, again: &Value) -> Repeat {
    let empty = Map::new();
    let first = first.as_object().unwrap_or(&empty);
    let again = again.as_object().unwrap_or(&empty);
    let sent = again
        .iter()
        .filter(|(name, _)| !ADDED.contains(&name.as_str()));
    for (name, value) in sent {
        if first.get(name) != Some(value) {
            return Repeat::Differs(format!("/{name}"));
        }
    }
    let ours = |name: &String| ADDED.contains(&name.as_str()) || RATED.contains(&name.as_str());
    let missing = first
        .keys()
        .find(|name| !ours(name) && !again.contains_key(*name));
    match missing {
        Some(name) => Repeat::Differs(format!("/{name}")),
        None => Repeat::Same,
    }
}
