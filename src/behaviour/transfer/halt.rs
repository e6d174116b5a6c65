//! Why a run of a job ends before its work is done.

use std::error::Error;
use std::io;

use crate::domain::problem::{Code, Problem};
use crate::job::Stop;
use crate::outbound::Failure;

/// Why a run ends early. Unlike [`Stop`], all texts are fit for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The job was deleted or another process has it now: nothing more may be written for it.
    Gone,
    /// The server stops; another run goes on.
    Stopping,
    /// Something that may pass: a network, a busy database. The run goes on later where it was.
    Later(String),
    /// Nothing that a repetition would mend.
    Fatal(String),
}

impl std::fmt::Display for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Halt::Gone => f.write_str("another process does this now"),
            Halt::Stopping => f.write_str("stopped; the next run goes on from here"),
            Halt::Later(why) | Halt::Fatal(why) => f.write_str(why),
        }
    }
}

/// What a client is told when the fault is ours.
const OURS: &str = "the server could not go on; its log tells why";

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        match problem.code {
            Code::Unavailable | Code::Internal => Halt::ours(&problem.logged()),
            _ => Halt::Fatal(problem.message),
        }
    }
}

impl Halt {
    /// A fault of ours or of the database: goes to the log, and is tried again.
    pub fn ours(error: &dyn std::fmt::Display) -> Self {
        tracing::warn!(%error, "an import or export was interrupted");
        Halt::Later(OURS.to_owned())
    }
}

impl From<Stop> for Halt {
    /// What a checkpoint said.
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Gone => Halt::Gone,
            Stop::Stopping => Halt::Stopping,
            Stop::Transient(error) | Stop::Outdated(error) => Halt::ours(&error),
            Stop::Failed(error) => Halt::Fatal(error),
        }
    }
}

impl From<Halt> for Stop {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Gone => Stop::Gone,
            Halt::Stopping => Stop::Stopping,
            Halt::Later(why) => Stop::Transient(why),
            Halt::Fatal(why) => Stop::Failed(why),
        }
    }
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        let text = failure.to_string();
        match failure {
            Failure::Unreachable(_) | Failure::Status(408 | 425 | 429 | 500..=599) => {
                Halt::Later(text)
            }
            Failure::Refused(_) | Failure::Status(_) | Failure::TooLarge { .. } => {
                Halt::Fatal(text)
            }
        }
    }
}

impl From<io::Error> for Halt {
    /// Errors of files are final; a failure of the network inside a reader is what it is.
    fn from(error: io::Error) -> Self {
        let mut inner: Option<&(dyn Error + 'static)> = error.get_ref().map(|e| e as _);
        while let Some(cause) = inner {
            if let Some(failure) = cause.downcast_ref::<Failure>() {
                return failure.clone().into();
            }
            inner = cause.source();
        }
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Halt::Later(error.to_string())
            }
            _ => Halt::Fatal(error.to_string()),
        }
    }
}
