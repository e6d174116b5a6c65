//! Durable work that a rule hands over in the transaction of a write.

use serde_json::Value;

use crate::engine::{Caller, Change};
use crate::job::AT_ONCE;
use crate::store::{IdKey, JobRow};

/// Enqueues work about a resource of a kind, to be done after the commit in the caller's name.
pub fn enqueue(change: &mut Change<'_, '_>, task: &str, id: &str, payload: &Value) {
    let subject = IdKey::new(change.caller.tenant, change.resource.kind, id);
    change.tx.enqueue(JobRow {
        payload: payload.to_string(),
        ..JobRow::new(task, subject, &change.caller.principal, change.now.0)
    });
}

/// The same for work that somebody waits for: it comes before all that is due.
pub fn enqueue_first(change: &mut Change<'_, '_>, task: &str, id: &str, payload: &Value) {
    let subject = IdKey::new(change.caller.tenant, change.resource.kind, id);
    change.tx.enqueue(JobRow {
        payload: payload.to_string(),
        run_at: AT_ONCE,
        ..JobRow::new(task, subject, &change.caller.principal, change.now.0)
    });
}

/// Who a job acts for.
pub fn caller(job: &JobRow) -> Caller {
    Caller {
        tenant: job.tenant,
        principal: job.principal.clone(),
    }
}
