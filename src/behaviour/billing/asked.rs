//! Runs and bills that are asked for: the job is enqueued in the transaction that accepts the request.

use serde_json::{Value, json};

use crate::behaviour::durable;
use crate::behaviour::own::Own;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Change;
use crate::store::ResourceRow;

/// Kind of bill runs, a resource of ours.
pub const BILL_RUN: &str = "billRun";
/// The job that does them.
pub const RUN_TASK: &str = "billRun";
/// Kind of bills on demand (TMF678).
pub const ON_DEMAND: &str = "customerBillOnDemand";
/// The job that makes them.
pub const ON_DEMAND_TASK: &str = "billOnDemand";
/// Why one has ended as it has; written by the server alone.
pub const STATE_REASON: &str = "stateReason";
/// What bills on demand are made as.
const CATEGORIES: [&str; 4] = ["interim", "last", "trial", "duplicate"];

/// The own rules of what is asked of billing.
pub struct AskedRules {
    pub task: &'static str,
}

impl AskedRules {
    fn check_run(change: &Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        let date = doc.get("billingDate").and_then(Value::as_str);
        let date = date.and_then(Micros::parse).unwrap_or(change.now);
        let is_trial = doc.get("trial") == Some(&Value::Bool(true));
        if date > change.now && !is_trial {
            let message = "lies ahead; only a trial can look there";
            return Err(Problem::at(Code::InvalidBody, "/billingDate", message));
        }
        if let Some(members) = doc.as_object_mut() {
            members.insert("billingDate".to_owned(), json!(date.to_rfc3339()));
            members.insert("state".to_owned(), json!("acknowledged"));
        }
        Ok(())
    }

    fn check_demand(doc: &mut Value) -> Outcome<()> {
        if let Some(members) = doc.as_object_mut() {
            members.shift_remove(STATE_REASON);
        }
        if doc.get("billingAccount").is_none() && doc.get("relatedParty").is_none() {
            let message = "is missing; it, or relatedParty, says whose bill it is";
            return Err(Problem::at(Code::InvalidBody, "/billingAccount", message));
        }
        match doc.get("category").and_then(Value::as_str) {
            Some(other) if !CATEGORIES.contains(&other) => {
                let message = format!("must be one of {}", CATEGORIES.join(", "));
                Err(Problem::at(Code::InvalidBody, "/category", message))
            }
            _ => Ok(()),
        }
    }
}

impl Own for AskedRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        if old.is_some() {
            return Ok(());
        }
        match change.resource.kind {
            BILL_RUN => Self::check_run(change, doc),
            _ => Self::check_demand(doc),
        }
    }

    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        _: &Value,
    ) -> Outcome<()> {
        match change.resource.kind {
            ON_DEMAND => durable::enqueue_first(change, self.task, &row.id, &json!({})),
            _ => durable::enqueue(change, self.task, &row.id, &json!({})),
        }
        Ok(())
    }
}
