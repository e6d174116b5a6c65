//! Top-ups, adjustments and transfers: carried out when they are made, in the same transaction.

use std::sync::Arc;

use serde_json::{Value, json};

use super::booking::{Refusal, book};
use super::purse::{By, Purse, Purses, Reading};
use crate::behaviour::Own;
use crate::domain::descriptor::Change as Told;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::engine::Change;
use crate::store::usage::{StateWrite, UsageWrite};
use crate::store::{DbError, DbResult, ResourceRow, Session};

const STATUS: &str = "status";
const COMPLETED: &str = "completed";
const FAILED: &str = "failed";
/// Ours, as with usage: why it failed.
const REASON: &str = "statusReason";
const CONFIRMED: &str = "confirmationDate";
/// What was done by.
const DONE_BY: [&str; 9] = [
    "amount",
    "bucket",
    "usageType",
    "validFor",
    "product",
    "receiverBucket",
    "receiverBucketUsageType",
    "receiverProduct",
    "partyAccount",
];

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    TopUp,
    Adjust,
    Transfer,
}

impl Deed {
    /// What actions of a kind do; none for what changes no bucket.
    pub fn of_kind(kind: &str) -> Option<Self> {
        match kind {
            "topupBalance" => Some(Deed::TopUp),
            "adjustBalance" => Some(Deed::Adjust),
            "transferBalance" => Some(Deed::Transfer),
            _ => None,
        }
    }
}

/// The rules of one kind of action.
pub struct Actions {
    pub purses: Arc<Purses>,
    pub deed: Deed,
}

impl Actions {
    /// The action on the database. Who was quicker has it read anew: the unit is then run again.
    fn carry_out(
        &self,
        session: &mut dyn Session,
        change: (i64, crate::domain::clock::Micros, By),
        doc: &Value,
        id: &str,
    ) -> DbResult<Outcome<Result<(), Refusal>>> {
        let (tenant, now, by) = change;
        let mut reading = Reading::new(&mut *session, tenant, now, by);
        let purses = match book(&self.purses, &mut reading, (self.deed, doc, id)) {
            Ok(Ok(purses)) => purses,
            Ok(Err(refusal)) => return Ok(Ok(Err(refusal))),
            Err(problem) => return Ok(Err(problem)),
        };
        let changed = purses.iter().filter(|own| own.is_changed);
        let write = UsageWrite {
            states: changed.map(|own| next(tenant, own)).collect(),
            ..UsageWrite::default()
        };
        match session.write_usage(&write) {
            Err(DbError::Outdated(text)) => Err(DbError::Retry(text)),
            Err(error) => Err(error),
            Ok(()) => Ok(Ok(Ok(()))),
        }
    }
}

fn next(tenant: i64, purse: &Purse) -> StateWrite {
    StateWrite {
        tenant,
        owner: purse.name.clone(),
        expected_revision: purse.revision,
        state: purse.owner.bytes(),
    }
}

impl Own for Actions {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        if let Some(old) = old {
            return keep_done(old, doc);
        }
        if doc.get("adjustType").and_then(Value::as_str) == Some("recurring") {
            return Err(Problem::at(
                Code::InvalidBody,
                "/adjustType",
                "only 'oneTime' is supported: what is granted in every period is an allowance of the catalog",
            ));
        }
        let by = By::new(change.tx.attributes());
        let at = (change.caller.tenant, change.now, by);
        let id = change.id;
        let asked: &Value = doc;
        let done = change
            .tx
            .direct(|session| self.carry_out(session, at, asked, id))??;
        let Some(object) = doc.as_object_mut() else {
            return Ok(());
        };
        object.shift_remove(REASON);
        match done {
            Ok(()) => {
                object.insert(STATUS.to_owned(), Value::from(COMPLETED));
                let now = Value::from(change.now.to_rfc3339());
                object.insert(CONFIRMED.to_owned(), now);
            }
            Err(Refusal { code, detail }) => {
                object.insert(STATUS.to_owned(), Value::from(FAILED));
                object.insert(REASON.to_owned(), json!({ "code": code, "detail": detail }));
            }
        }
        Ok(())
    }

    fn before_delete(&self, _change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        if row.state.as_deref() != Some(COMPLETED) {
            return Ok(());
        }
        Err(Problem::new(
            Code::Conflict,
            "What was done to a balance is not deleted; it is undone by another action.",
        ))
    }

    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        _doc: &Value,
    ) -> Outcome<()> {
        if row.state.as_deref() == Some(FAILED) {
            let (principal, at) = (&change.caller.principal, change.now.0);
            let status = Some(STATUS.to_owned());
            change
                .tx
                .announce(row, principal, Told::Failure, status, at);
        }
        Ok(())
    }
}

/// What was done stays as it was done.
fn keep_done(old: &Value, doc: &mut Value) -> Outcome<()> {
    if let Some(object) = doc.as_object_mut() {
        match old.get(REASON) {
            Some(reason) => object.insert(REASON.to_owned(), reason.clone()),
            None => object.shift_remove(REASON),
        };
    }
    if old.get(STATUS).and_then(Value::as_str) != Some(COMPLETED) {
        return Ok(());
    }
    let changed = DONE_BY
        .into_iter()
        .filter(|name| old.get(*name) != doc.get(*name));
    let violations: Vec<Violation> = changed
        .map(|name| Violation {
            path: format!("/{name}"),
            message: "is what was done and cannot be changed any more".to_owned(),
        })
        .collect();
    match violations.is_empty() {
        true => Ok(()),
        false => Err(Problem::many(Code::Conflict, violations)),
    }
}
