//! A job under way, as its handler sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::runtime::Handle;

use super::handler::Stop;
use crate::domain::clock::Clock;
use crate::domain::problem::{Outcome, Problem};
use crate::store::{DbError, JobRow, Store, Tx};

/// What others tell a job under way.
#[derive(Default)]
pub(super) struct Signals {
    /// The lease is lost or the job is gone.
    pub gone: AtomicBool,
}

/// A job under way.
pub struct Running {
    pub(super) row: JobRow,
    pub(super) finished: bool,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) runtime: Handle,
    /// Microseconds that a lease lasts from each checkpoint on.
    pub(super) lease: i64,
    pub(super) signals: Arc<Signals>,
    pub(super) stopping: Arc<AtomicBool>,
}

impl Running {
    /// The row as it was saved last.
    pub fn row(&self) -> &JobRow {
        &self.row
    }

    /// What the job was given.
    ///
    /// # Errors
    /// `Internal` when it is not JSON.
    pub fn payload(&self) -> Outcome<Value> {
        serde_json::from_str(&self.row.payload).map_err(Problem::internal)
    }

    /// Where the last run got to, as it was saved; what `Tx::enqueue` was given at first.
    ///
    /// # Errors
    /// `Internal` when it is not JSON.
    pub fn progress(&self) -> Outcome<Value> {
        serde_json::from_str(&self.row.progress).map_err(Problem::internal)
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// For calls to async code; the thread of a handler may block on it.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// A checkpoint without a write: says whether to go on.
    ///
    /// # Errors
    /// `Gone` or `Stopping`.
    pub fn check(&self) -> Result<(), Stop> {
        if self.signals.gone.load(Ordering::SeqCst) {
            return Err(Stop::Gone);
        }
        if self.stopping.load(Ordering::SeqCst) {
            return Err(Stop::Stopping);
        }
        Ok(())
    }

    /// A checkpoint: what was done so far is known to the next run.
    ///
    /// # Errors
    /// As [`Running::commit`].
    pub fn save_progress(&mut self, progress: &Value) -> Result<(), Stop> {
        self.commit(progress, |_| Ok(()))
    }

    /// A checkpoint with work: both are committed together or not at all. `work` may run several
    /// times and must keep no effects outside the transaction.
    ///
    /// # Errors
    /// `Gone` when nothing was written, because the job is no longer ours; `Stopping` when all was
    /// written, but no more should be begun; what `work` refused.
    pub fn commit<T, F>(&mut self, progress: &Value, work: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        let next = self.after(&self.row, progress);
        let value = self.write(next, work)?;
        self.check()?;
        Ok(value)
    }

    /// The last piece of work and the end of the job in one transaction.
    ///
    /// # Errors
    /// As [`Running::commit`]; `Stopping` does not occur.
    pub fn finish<T, F>(&mut self, work: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        let next = done(&self.row, self.clock.now().0);
        let value = self.write(next, work)?;
        self.finished = true;
        Ok(value)
    }

    fn write<T, F>(&mut self, next: JobRow, mut work: F) -> Result<T, Stop>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        let row = next.clone();
        let written = self.store.write_blocking(move |tx| {
            tx.hold_job(row.clone());
            work(tx)
        });
        let value = written.map_err(stop)?;
        self.row = next;
        Ok(value)
    }

    /// The row with other progress.
    pub(super) fn after(&self, row: &JobRow, progress: &Value) -> JobRow {
        let until = self.clock.now().0.saturating_add(self.lease);
        let progress = progress.to_string();
        // Only a run that gets nowhere counts as an attempt.
        let attempts = if progress == row.progress {
            row.attempts
        } else {
            0
        };
        JobRow {
            progress,
            attempts,
            lease_until: until,
            run_at: until,
            ..row.clone()
        }
    }
}

/// What a failed write means to the job.
pub(super) fn stop(problem: Problem) -> Stop {
    match DbError::is_lease_lost(&problem) {
        true => Stop::Gone,
        false => problem.into(),
    }
}

/// The row of a job that is done; `run_at` keeps when.
pub(super) fn done(row: &JobRow, now: i64) -> JobRow {
    JobRow {
        state: "done".to_owned(),
        run_at: now,
        lease_until: 0,
        last_error: None,
        ..row.clone()
    }
}
