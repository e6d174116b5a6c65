//! What an OSS says of an order.

use std::fmt;

use crate::domain::clock::Micros;
use crate::ordering::order::Characteristic;

/// State of a service order at the OSS (TMF641 `ServiceOrderStateType`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RemoteState {
    Acknowledged,
    Rejected,
    Pending,
    Held,
    InProgress,
    Cancelled,
    Completed,
    Failed,
    Partial,
    AssessingCancellation,
    PendingCancellation,
    /// A word that the standard does not have.
    Other(String),
}

impl RemoteState {
    const NAMED: [(&'static str, RemoteState); 11] = [
        ("acknowledged", RemoteState::Acknowledged),
        ("rejected", RemoteState::Rejected),
        ("pending", RemoteState::Pending),
        ("held", RemoteState::Held),
        ("inProgress", RemoteState::InProgress),
        ("cancelled", RemoteState::Cancelled),
        ("completed", RemoteState::Completed),
        ("failed", RemoteState::Failed),
        ("partial", RemoteState::Partial),
        ("assessingCancellation", RemoteState::AssessingCancellation),
        ("pendingCancellation", RemoteState::PendingCancellation),
    ];

    /// Reads a state; letter case does not matter.
    pub fn parse(text: &str) -> Self {
        Self::NAMED
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text.trim()))
            .map_or_else(|| RemoteState::Other(text.to_owned()), |(_, state)| state)
    }

    /// As TMF641 spells it.
    pub fn as_str(&self) -> &str {
        if let RemoteState::Other(text) = self {
            return text;
        }
        Self::NAMED
            .iter()
            .find(|(_, state)| state == self)
            .map_or("", |(name, _)| *name)
    }

    /// Nothing more will happen to the order.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            RemoteState::Rejected
                | RemoteState::Cancelled
                | RemoteState::Completed
                | RemoteState::Failed
                | RemoteState::Partial
        )
    }
}

impl fmt::Display for RemoteState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// State of a request to cancel (TMF641 `TaskStateType`; v4 calls the first one `accepted`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TaskState {
    Acknowledged,
    Rejected,
    InProgress,
    Cancelled,
    Done,
    TerminatedWithError,
    /// A word that the standard does not have.
    Other(String),
}

impl TaskState {
    /// Reads a state; letter case does not matter.
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "acknowledged" | "accepted" => TaskState::Acknowledged,
            "rejected" => TaskState::Rejected,
            "inprogress" => TaskState::InProgress,
            "cancelled" => TaskState::Cancelled,
            "done" => TaskState::Done,
            "terminatedwitherror" => TaskState::TerminatedWithError,
            _ => TaskState::Other(text.to_owned()),
        }
    }

    /// The OSS will not cancel the order.
    pub fn is_refusal(&self) -> bool {
        matches!(self, TaskState::Rejected | TaskState::TerminatedWithError)
    }
}

/// What a report is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Subject {
    /// The service order.
    #[default]
    Order,
    /// A request to cancel the order, in the state that it has; [`Report::state`] is then absent.
    Cancellation(TaskState),
    /// The order is no longer there (`ServiceOrderDeleteEvent`).
    Deletion,
}

/// A service as an OSS describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportedService {
    /// In the service inventory of the OSS.
    pub id: Option<String>,
    pub name: Option<String>,
    /// Id of its specification.
    pub specification: Option<String>,
    /// Life cycle state (TMF638).
    pub state: Option<String>,
    pub characteristics: Vec<Characteristic>,
    /// Ids of services and resources that it rests on.
    pub supporting: Vec<String>,
}

/// A milestone (TMF641 `Milestone`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub name: String,
    /// `Yet-To-Reach`, `Completed`, `Violated`, or whatever a v4 system says.
    pub status: Option<String>,
    pub message: Option<String>,
    pub at: Option<Micros>,
}

/// A warning that the order may be late or fail (TMF641 `JeopardyAlert`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    pub name: String,
    pub kind: Option<String>,
    pub message: Option<String>,
    pub at: Option<Micros>,
}

/// What an OSS says of an order, in an answer or a callback. All of it is optional: notifications may
/// carry nothing but what changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub subject: Subject,
    /// Ours, where the OSS repeats it.
    pub external_id: Option<String>,
    /// The one the OSS gave.
    pub remote_id: Option<String>,
    pub state: Option<RemoteState>,
    /// Errors of order and items, or what information is missing.
    pub message: Option<String>,
    /// `code` of the first error: it groups failures of the same cause.
    pub code: Option<String>,
    /// The OSS waits for information (`ServiceOrderInformationRequiredEvent`).
    pub information_required: bool,
    pub services: Vec<ReportedService>,
    pub milestones: Vec<Mark>,
    pub jeopardies: Vec<Alert>,
    pub expected_completion: Option<Micros>,
    /// `eventId` of a callback, which repetitions share.
    pub event_id: Option<String>,
    /// When it happened, by the clock of the OSS; only in callbacks.
    pub at: Option<Micros>,
}

/// Answer to a request to cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// Id of the task at the OSS.
    pub task: Option<String>,
    pub state: TaskState,
    pub message: Option<String>,
}

/// Answer to a registration of our callback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subscribed {
    /// A new one, with its id at the OSS where that told it.
    New(Option<String>),
    /// It was registered before.
    Already,
}
