//! What becomes of a job after a run.

use super::handler::{JobOutcome, Stop};
use super::running::done;
use crate::store::JobRow;

/// What is written at the end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing: the row is gone or another's.
    Nothing,
    /// The row as it stands for the next run, or as it is done.
    Row(JobRow),
    /// The row of a job that is given up.
    GaveUp(JobRow, String),
}

/// Decides by the outcome. `schedule` holds the seconds before each further attempt.
pub(super) fn settle(row: &JobRow, outcome: JobOutcome, schedule: &[u32], now: i64) -> Ending {
    match outcome {
        Ok(()) => Ending::Row(done(row, now)),
        Err(Stop::Gone) => Ending::Nothing,
        Err(Stop::Stopping) => Ending::Row(JobRow {
            // A stop of the server is no failed attempt.
            attempts: row.attempts.saturating_sub(1).max(0),
            last_error: None,
            run_at: now,
            lease_until: 0,
            ..row.clone()
        }),
        Err(Stop::Failed(error)) => gave_up(row, error, now),
        Err(Stop::Transient(error) | Stop::Outdated(error)) => retry(row, error, schedule, now),
    }
}

fn retry(row: &JobRow, error: String, schedule: &[u32], now: i64) -> Ending {
    // Zero when the run made progress; it failed all the same.
    let attempts = row.attempts.max(1);
    let wait = usize::try_from(attempts - 1)
        .ok()
        .and_then(|at| schedule.get(at));
    let Some(seconds) = wait else {
        return gave_up(row, error, now);
    };
    Ending::Row(JobRow {
        attempts,
        run_at: now.saturating_add(i64::from(*seconds) * 1_000_000),
        lease_until: 0,
        last_error: Some(error),
        ..row.clone()
    })
}

fn gave_up(row: &JobRow, error: String, now: i64) -> Ending {
    let failed = JobRow {
        state: "failed".to_owned(),
        run_at: now,
        lease_until: 0,
        last_error: Some(error.clone()),
        ..row.clone()
    };
    Ending::GaveUp(failed, error)
}
