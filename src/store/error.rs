//! What a database error means. The store speaks [`DbError`]; only the write queue and the read
//! entry points turn it into a [`Problem`].

use std::fmt;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::domain::masked::masked;
use crate::domain::problem::{Code, Problem};

/// `Result` of a database call.
pub type DbResult<T> = Result<T, DbError>;

/// Why a database call failed.
#[derive(Debug)]
pub enum DbError {
    /// Another transaction was in the way; the same work may succeed when tried again.
    Retry(String),
    /// The work found rows other than it expected (a key taken, a revision moved on).
    Stale(String),
    /// A number would be larger than can be kept; the text is for the client.
    OutOfRange(String),
    /// What was worked out beforehand does not hold any more, so it is of no use to try the same again.
    Outdated(String),
    /// A job is no longer its former owner's, so nothing may be written for it.
    LeaseLost,
    /// The database cannot be reached or has no connection free.
    Unreachable(String),
    /// A fault in our use of the database, or of the database.
    Fault(String),
}

const LEASE_LOST: &str = "the lease of a job was lost";
const OUTDATED: &str = "worked out from what has changed";

impl fmt::Display for DbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DbError::Retry(text) => write!(f, "conflict between transactions: {text}"),
            DbError::Stale(text) => write!(f, "rows changed meanwhile: {text}"),
            DbError::OutOfRange(text) => write!(f, "number out of range: {text}"),
            DbError::Outdated(text) => write!(f, "{OUTDATED}: {text}"),
            DbError::LeaseLost => f.write_str(LEASE_LOST),
            DbError::Unreachable(text) => write!(f, "database out of reach: {text}"),
            DbError::Fault(text) => write!(f, "database fault: {text}"),
        }
    }
}

impl std::error::Error for DbError {}

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        let text = told(&error);
        match &error {
            DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => {
                DbError::Retry(text)
            }
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => {
                DbError::Stale(text)
            }
            DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
            | DieselError::BrokenTransactionManager => DbError::Unreachable(text),
            _ if is_retryable_text(&text) => DbError::Retry(text),
            _ if text.contains("server closed the connection") => DbError::Unreachable(text),
            _ => DbError::Fault(text),
        }
    }
}

/// The text without values: they may be personal, and it goes to the log. What databases say of their
/// own tables and constraints stays.
fn told(error: &DieselError) -> String {
    const NAMES_ONLY: [&str; 8] = [
        "column ",
        "database ",
        "duplicate key value violates unique constraint ",
        "function ",
        "index ",
        "permission denied",
        "relation ",
        "role ",
    ];
    let text = error.to_string();
    match error {
        DieselError::DatabaseError(..)
            if NAMES_ONLY.iter().any(|start| text.starts_with(start)) =>
        {
            text
        }
        _ => masked(&text),
    }
}

/// Diesel has no kind for these two.
fn is_retryable_text(text: &str) -> bool {
    text.contains("deadlock detected") || text.contains("database is locked")
}

impl DbError {
    /// Whether a problem is [`DbError::LeaseLost`].
    pub fn is_lease_lost(problem: &Problem) -> bool {
        problem.code == Code::PreconditionFailed && problem.message == LEASE_LOST
    }
}

impl DbError {
    /// Whether a problem is [`DbError::Outdated`].
    pub fn is_outdated(problem: &Problem) -> bool {
        let why = problem.internal.as_deref();
        why.is_some_and(|why| why.starts_with(OUTDATED))
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Retry(_)
            | DbError::Stale(_)
            | DbError::Outdated(_)
            | DbError::Unreachable(_) => Problem {
                internal: Some(error.to_string()),
                ..Problem::busy(1)
            },
            DbError::OutOfRange(text) => Problem::new(Code::Conflict, text),
            DbError::LeaseLost => Problem::new(Code::PreconditionFailed, LEASE_LOST),
            DbError::Fault(_) => Problem::fault(error.to_string()),
        }
    }
}
