//! Durable work that a rule hands over in the transaction of a write.

use serde_json::Value;

use crate::domain::ids;
use crate::engine::{Caller, Change};
use crate::store::JobRow;

/// Enqueues work about a resource of a kind, to be done after the commit in the caller's name.
pub fn enqueue(change: &mut Change<'_, '_>, task: &str, id: &str, payload: &Value) {
    change.tx.enqueue(JobRow {
        id: ids::new_id(),
        tenant: change.caller.tenant,
        principal: change.caller.principal.clone(),
        task: task.to_owned(),
        subject_kind: change.resource.kind.to_owned(),
        subject_id: id.to_owned(),
        payload: payload.to_string(),
        progress: "{}".to_owned(),
        state: "waiting".to_owned(),
        run_at: change.now.0,
        attempts: 0,
        lease_owner: None,
        lease_until: 0,
        created_at: change.now.0,
        last_error: None,
    });
}

/// Who a job acts for.
pub fn caller(job: &JobRow) -> Caller {
    Caller {
        tenant: job.tenant,
        principal: job.principal.clone(),
    }
}
