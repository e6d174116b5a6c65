//! What a run looks like from outside: what goes into the order and onto an operator's screen.

use super::fallout::Fallout;
use super::state::{Cancellation, Goal, Phase};
use super::status::Status;
use crate::domain::clock::Micros;
use crate::ordering::plan::NodeKind;

/// A run at a glance. Lists are in the order of plan and items, so two views compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub state: Status,
    /// When it came to its end.
    pub ended: Option<Micros>,
    /// Items of the order by their ids; what bundles bring counts for its parent.
    pub items: Vec<(String, Status)>,
    /// When it should be done, to the minute; none once it has ended or is being cancelled.
    pub expected_completion: Option<Micros>,
    pub milestones: Vec<Milestone>,
    pub jeopardies: Vec<Jeopardy>,
    pub errors: Vec<ErrorMessage>,
    pub fallouts: Vec<Fallout>,
    pub cancellations: Vec<Cancellation>,
    pub progress: Progress,
    pub suspended: bool,
    /// An amendment waits for another order.
    pub waiting: bool,
}

/// For `productOrderMilestone`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// The key of its node.
    pub id: String,
    pub name: String,
    pub status: MilestoneStatus,
    /// When it was reached.
    pub date: Option<Micros>,
    pub message: Option<String>,
    pub item: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MilestoneStatus {
    YetToReach,
    Completed,
    Violated,
}

impl MilestoneStatus {
    /// The name in TMF622.
    pub fn as_str(self) -> &'static str {
        match self {
            MilestoneStatus::YetToReach => "Yet-To-Reach",
            MilestoneStatus::Completed => "Completed",
            MilestoneStatus::Violated => "Violated",
        }
    }
}

/// For `productOrderJeopardyAlert`. An alert stays when its reason has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jeopardy {
    pub id: String,
    pub date: Micros,
    pub name: String,
    /// `jeopardyType`: `completionDate`, `nodeTimeout` or `remoteBlocked`.
    pub kind: &'static str,
    pub message: String,
    /// None for the whole order.
    pub item: Option<String>,
}

/// For `productOrderErrorMessage`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorMessage {
    pub timestamp: Micros,
    pub code: String,
    pub message: String,
    pub item: String,
}

/// Nodes by where they stand; those of earlier revisions do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub total: u32,
    /// Completed or skipped.
    pub done: u32,
    pub running: u32,
    pub waiting: u32,
    pub failed: u32,
    /// Cancelled or undone.
    pub taken_back: u32,
}

/// A node on an operator's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeView {
    pub key: String,
    pub revision: u32,
    pub external_id: String,
    pub item: String,
    pub name: String,
    pub kind: NodeKind,
    pub target: Option<String>,
    pub phase: Phase,
    pub goal: Goal,
    pub attempts: u32,
    pub remote_id: Option<String>,
    pub remote_state: Option<Status>,
    pub started: Option<Micros>,
    pub ended: Option<Micros>,
    pub due: Option<Micros>,
    pub fallout: Option<String>,
    /// Keys of what must be done before.
    pub after: Vec<String>,
}
