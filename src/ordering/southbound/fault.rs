//! Why a call to an OSS failed, and what that means for the order.

use std::fmt;
use std::time::Duration;

/// What may be concluded from a failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Nothing happened at the OSS, and the same call may succeed later: not reachable, overloaded.
    Transient,
    /// The OSS, or the configuration, says no; the same call would be refused again.
    Business,
    /// The call was sent, and whether it was carried out is not known: no answer, a broken
    /// connection, an answer that says nothing about it.
    Unknown,
    /// Nothing was sent, because the OSS has been failing and is left alone for a while.
    CircuitOpen,
}

impl FaultKind {
    /// As a label of metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            FaultKind::Transient => "transient",
            FaultKind::Business => "business",
            FaultKind::Unknown => "unknown",
            FaultKind::CircuitOpen => "circuitOpen",
        }
    }
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// For operators. Holds words of the OSS, so it is not for the log.
    pub message: String,
    /// The status of the answer, when there was one.
    pub status: Option<u16>,
    /// `code` of the error body, when there was one: it groups faults of the same cause.
    pub code: Option<String>,
    /// How long to wait at least, where the OSS (`Retry-After`) or the circuit says so.
    pub retry_after: Option<Duration>,
}

impl Fault {
    /// Without an answer.
    pub fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Fault {
            kind,
            message: message.into(),
            status: None,
            code: None,
            retry_after: None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "status {status}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Fault {}
