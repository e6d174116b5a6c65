//! What a job does, and how it ends.

use std::fmt;

use super::running::Running;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::store::{DbError, JobRow, Tx};

/// The work of one kind of job.
pub trait Handler: Send + Sync {
    /// The `task` of the jobs this is for.
    fn task(&self) -> &'static str;

    /// Does the work, from `job.progress()` on. Runs on a thread that may block. It should reach a
    /// checkpoint (`commit`, `save_progress` or `check`) every few seconds and pass on what that
    /// returns with `?`.
    ///
    /// # Errors
    /// A [`Stop`].
    fn run(&self, job: &mut Running) -> JobOutcome;

    /// Runs in the transaction that marks a job as failed for good, for example to tell so in the
    /// resource it belongs to.
    ///
    /// # Errors
    /// A problem is logged; the job is marked all the same.
    fn gave_up(&self, tx: &mut Tx<'_>, job: &JobRow, error: &str) -> Outcome<()> {
        let _ = (tx, job, error);
        Ok(())
    }
}

/// `Ok` when the work is done.
pub type JobOutcome = Result<(), Stop>;

/// Why a run ended before the work was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The job is gone, or another process has it. Nothing more may be written for it.
    Gone,
    /// The process stops; another run goes on from the progress.
    Stopping,
    /// What was to be written was worked out from what has changed since; worked out anew, it may do.
    Outdated(String),
    /// May pass: tried again later.
    Transient(String),
    /// Will not pass.
    Failed(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Gone => f.write_str("the job is gone"),
            Stop::Stopping => f.write_str("the server stops"),
            Stop::Outdated(why) | Stop::Transient(why) | Stop::Failed(why) => f.write_str(why),
        }
    }
}

impl From<Problem> for Stop {
    /// Faults of ours and of the database may pass; a refusal will not.
    fn from(problem: Problem) -> Self {
        match problem.code {
            Code::Unavailable if DbError::is_outdated(&problem) => {
                Stop::Outdated(problem.to_string())
            }
            Code::Internal | Code::Unavailable => Stop::Transient(problem.to_string()),
            _ => Stop::Failed(problem.to_string()),
        }
    }
}
