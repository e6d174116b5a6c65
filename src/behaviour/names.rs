//! What references say of a resource follows the resource: when its name changes, a durable job
//! writes all that refer to it again. Each is an ordinary change, with a revision and an event, and
//! the rules about references put in the new name.
//!
//! A reference that another PostgreSQL writer is just committing may be missed; it gets the name
//! with its next write.

use std::sync::Arc;

use serde_json::json;

use super::stored::document;
use super::{copy, durable, referrers};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Caller, Change, Core, Rewritten, rewrite_in};
use crate::job::{Handler, JobOutcome, Running};
use crate::store::{Head, IdKey, ResourceRow, Tx};

/// Name of the job.
const TASK: &str = "nameRefresh";
/// Resources that are written in one transaction.
const CHUNK: i64 = 100;

/// Plans the job when what references copy has changed and something refers to the resource.
///
/// # Errors
/// A fault of the store.
pub fn after_change(change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
    let renamed = written.old.label != written.row.label;
    if renamed || copy::differs(written.before, written.doc) {
        plan(change, written.row)?;
    }
    Ok(())
}

/// A new version of an id may take the place of one with another name.
///
/// # Errors
/// A fault of the store.
pub fn after_new_version(change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
    if row.current {
        return Ok(());
    }
    let versions = change.tx.versions(&key(row.tenant, &row.kind, &row.id))?;
    if versions.iter().any(|other| other.label != row.label) {
        plan(change, row)?;
    }
    Ok(())
}

fn plan(change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
    let core = change.core;
    let attributes = referrers::attributes(&core.registry, change.tx.attributes(), &row.kind);
    if attributes.is_empty() {
        return Ok(());
    }
    let first = change
        .tx
        .heads_by_index(row.tenant, &attributes, &row.id, 1)?;
    if !first.is_empty() {
        durable::enqueue(change, TASK, &row.id, &json!({}));
    }
    Ok(())
}

/// Runs the jobs.
pub struct NameRefresh {
    pub core: Arc<Core>,
}

impl Handler for NameRefresh {
    fn task(&self) -> &'static str {
        TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let row = job.row().clone();
        let known = job.store().attributes();
        let attributes = referrers::attributes(&self.core.registry, known, &row.subject_kind);
        let progress = job.progress()?;
        let mut after = progress.get("after").and_then(serde_json::Value::as_i64);
        loop {
            let from = after.unwrap_or(i64::MIN);
            let (id, tenant) = (row.subject_id.as_str(), row.tenant);
            let heads = job.store().read_blocking(|session| {
                session.heads_by_index(tenant, &attributes, id, from, CHUNK)
            })?;
            let Some(last) = heads.last() else {
                return job.finish(|_| Ok(()));
            };
            after = Some(last.seq);
            let core = Arc::clone(&self.core);
            let caller = durable::caller(&row);
            job.commit(&json!({ "after": last.seq }), move |tx| {
                heads
                    .iter()
                    .try_for_each(|head| write_again(&core, tx, &caller, head))
            })?;
        }
    }
}

/// Writes a resource as it is; the rules bring its references up to date. One that the rules refuse
/// (it was taken in when they were laxer) keeps the old name.
fn write_again(core: &Core, tx: &mut Tx<'_>, caller: &Caller, head: &Head) -> Outcome<()> {
    let Some(resource) = core.registry.canonical(&head.kind) else {
        return Ok(());
    };
    let rows = tx.versions(&key(caller.tenant, &head.kind, &head.id))?;
    let Some(row) = rows.into_iter().find(|row| row.version == head.version) else {
        return Ok(());
    };
    let doc = document(&row)?;
    match rewrite_in(core, tx, caller, resource, row, doc, core.clock.now()) {
        Err(problem) if is_fault(&problem) => Err(problem),
        Err(problem) => {
            let (kind, id) = (head.kind.as_str(), head.id.as_str());
            tracing::warn!(kind, id, problem = %problem.logged(), "a name was not refreshed");
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

fn is_fault(problem: &Problem) -> bool {
    matches!(problem.code, Code::Internal | Code::Unavailable)
}

fn key(tenant: i64, kind: &str, id: &str) -> IdKey {
    IdKey::new(tenant, kind, id)
}
