//! A job that a command runs by itself: its row keeps the progress, and no worker claims it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::runtime::Handle;

use super::running::{Running, Signals};
use crate::domain::clock::Clock;
use crate::domain::ids;
use crate::domain::problem::Outcome;
use crate::store::{JobRow, Store};

/// State of such a job: workers look for those that wait.
const BY_COMMAND: &str = "command";
/// Microseconds; nobody takes over on its own.
const LEASE: i64 = 3_600_000_000;

impl Running {
    /// Begins the job of a subject, or takes over the one that was not finished. A command that
    /// still runs for the same subject finds at its next checkpoint that it is no longer the owner.
    ///
    /// # Errors
    /// When the store fails.
    pub fn by_command(
        store: Store,
        clock: Clock,
        runtime: Handle,
        stopping: Arc<AtomicBool>,
        row: JobRow,
    ) -> Outcome<Self> {
        let mine = JobRow {
            state: BY_COMMAND.to_owned(),
            lease_owner: Some(ids::new_id()),
            ..row
        };
        let row = store.write_blocking(move |tx| {
            let wanted = mine.clone();
            tx.direct(move |session| {
                let (tenant, kind, id) = (wanted.tenant, &wanted.subject_kind, &wanted.subject_id);
                let known = session.job_of(tenant, kind, id)?;
                let unfinished = known.filter(|known| known.state == BY_COMMAND);
                session.delete_jobs_of(tenant, kind, id)?;
                let row = JobRow {
                    progress: unfinished.map_or_else(|| wanted.progress.clone(), |j| j.progress),
                    ..wanted.clone()
                };
                session.insert_jobs(std::slice::from_ref(&row))?;
                Ok(row)
            })
        })?;
        Ok(Running {
            row,
            finished: false,
            store,
            clock,
            runtime,
            lease: LEASE,
            signals: Arc::new(Signals::default()),
            stopping,
        })
    }
}
