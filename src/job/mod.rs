//! Durable work: imports, exports, version switches, and what later engines hand over.
//!
//! A job is a row, written in the transaction that wanted it (`store::Tx::enqueue`). A [`Worker`]
//! claims it by a lease, runs its [`Handler`] on a thread that may block, and renews the lease while
//! the handler works. When a process dies, the lease ends and any process goes on from the progress
//! that was saved last; so a handler saves progress together with what it wrote
//! ([`Running::commit`]), and nothing is done twice.
//!
//! A process runs a number of jobs at once, and one more where somebody waits for it ([`AT_ONCE`]).
//!
//! A job ends as `done` or `failed`; a job whose row is deleted (its subject was deleted) is stopped
//! at its next checkpoint. Errors that may pass are tried again on a schedule; the schedule starts
//! over whenever a job made progress.

mod command;
mod handler;
mod keeper;
mod overlapped;
mod running;
mod settle;
mod worker;

#[cfg(test)]
mod tests;

pub use handler::{Handler, JobOutcome, Stop};
pub use overlapped::Begun;
pub use running::Running;
pub use worker::{AT_ONCE, Settings, Waker, Worker};
