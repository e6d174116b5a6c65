//! The resource of a job: its `status` and what stands beside it. Every step is a write of the
//! resource like any other, so that subscribers hear of it.

use serde_json::Value;

use crate::behaviour::durable;
use crate::domain::clock::Micros;
use crate::domain::descriptor::Change;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Core, rewrite_in};
use crate::store::{IdKey, JobRow, ResourceRow, Tx};

/// `JobStateType` of TMF620.
pub const NOT_STARTED: &str = "Not Started";
pub const RUNNING: &str = "Running";
pub const SUCCEEDED: &str = "Succeeded";
pub const FAILED: &str = "Failed";

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub status: &'static str,
    pub error_log: Option<String>,
    /// Product catalogs to announce a batch of changes for.
    pub catalogs: Vec<String>,
}

/// Sets the status to `Running`; a job that runs again is so already.
///
/// # Errors
/// When the store fails.
pub fn begin_in(core: &Core, tx: &mut Tx<'_>, job: &JobRow) -> Outcome<()> {
    change(core, tx, job, &mut |doc| {
        doc.insert("status".to_owned(), Value::from(RUNNING));
    })
}

/// Writes how a job ended.
///
/// # Errors
/// When the store fails.
pub fn end_in(core: &Core, tx: &mut Tx<'_>, job: &JobRow, end: &End) -> Outcome<()> {
    let now = core.clock.now();
    change(core, tx, job, &mut |doc| {
        doc.insert("status".to_owned(), Value::from(end.status));
        doc.insert("completionDate".to_owned(), Value::from(now.to_rfc3339()));
        match &end.error_log {
            Some(text) => doc.insert("errorLog".to_owned(), Value::from(text.as_str())),
            None => doc.shift_remove("errorLog"),
        };
    })?;
    end.catalogs
        .iter()
        .try_for_each(|id| announce_batch(tx, job, id, now))
}

/// A job whose resource has gone has nothing to write to; it is deleted with it, so that is rare.
fn change(
    core: &Core,
    tx: &mut Tx<'_>,
    job: &JobRow,
    edit: &mut dyn FnMut(&mut serde_json::Map<String, Value>),
) -> Outcome<()> {
    let resource = core
        .registry
        .canonical(&job.subject_kind)
        .ok_or_else(|| Problem::internal(format!("no stored form of {}", job.subject_kind)))?;
    let Some(row) = current(tx, job.tenant, &job.subject_kind, &job.subject_id)? else {
        return Ok(());
    };
    let mut doc: Value = serde_json::from_str(&row.doc).map_err(Problem::internal)?;
    if let Some(attributes) = doc.as_object_mut() {
        edit(attributes);
    }
    rewrite_in(
        core,
        tx,
        &durable::caller(job),
        resource,
        row,
        doc,
        core.clock.now(),
    )?;
    Ok(())
}

/// Tells subscribers that many things of a catalog have changed (`CatalogBatchEvent` of v4).
fn announce_batch(tx: &mut Tx<'_>, job: &JobRow, id: &str, now: Micros) -> Outcome<()> {
    if let Some(row) = current(tx, job.tenant, "productCatalog", id)? {
        tx.announce(&row, &job.principal, Change::Batch, None, now.0);
    }
    Ok(())
}

fn current(tx: &mut Tx<'_>, tenant: i64, kind: &str, id: &str) -> Outcome<Option<ResourceRow>> {
    let key = IdKey::new(tenant, kind, id);
    Ok(tx.versions(&key)?.into_iter().find(|row| row.current))
}

#[cfg(test)]
mod tests {
    use super::{FAILED, NOT_STARTED, RUNNING, SUCCEEDED};
    use crate::behaviour::transfer::KINDS;
    use crate::domain::mode::Mode;
    use crate::domain::state_machine::{Definitions, Machines};

    #[test]
    fn jobs_move_as_their_published_machine_says() {
        let machines = Machines::build(&Definitions::new(), Mode::Strict).unwrap();
        for kind in KINDS {
            let machine = machines.of(kind).unwrap();
            assert!(machine.is_server_owned());
            assert_eq!(machine.default_state(), NOT_STARTED);
            for (from, to) in [
                (NOT_STARTED, RUNNING),
                (NOT_STARTED, FAILED),
                (RUNNING, SUCCEEDED),
                (RUNNING, FAILED),
            ] {
                machine.check_move(from, to).unwrap();
            }
            assert_eq!(machine.states().len(), 4);
        }
    }
}
