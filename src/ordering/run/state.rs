//! How far the work is: what is written anew with every step, so it is kept small.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fallout::Fallout;
use super::status::Status;
use super::work::At;
use crate::ordering::order::Characteristic;

/// Where a node stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Others must be completed before.
    #[default]
    Waiting,
    /// May be begun: at once, or after a pause between tries.
    Ready,
    /// It was decided to send it; whether that happened is not known yet.
    Sending,
    /// The other side has it.
    InProgress,
    Completed,
    /// It ended without being done.
    Failed,
    Skipped,
    /// Never begun, or taken back before it was done.
    Cancelled,
    UndoReady,
    UndoSending,
    Undoing,
    UndoFailed,
    Undone,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::Ready => "ready",
            Phase::Sending => "sending",
            Phase::InProgress => "inProgress",
            Phase::Completed => "completed",
            Phase::Failed => "failed",
            Phase::Skipped => "skipped",
            Phase::Cancelled => "cancelled",
            Phase::UndoReady => "undoReady",
            Phase::UndoSending => "undoSending",
            Phase::Undoing => "undoing",
            Phase::UndoFailed => "undoFailed",
            Phase::Undone => "undone",
        }
    }

    pub(super) fn is_undo(self) -> bool {
        matches!(
            self,
            Phase::UndoReady
                | Phase::UndoSending
                | Phase::Undoing
                | Phase::UndoFailed
                | Phase::Undone
        )
    }
}

/// What is wanted of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Goal {
    #[default]
    Do,
    /// Nothing of it shall remain.
    Undo,
    /// No more shall be done; what is done remains.
    Drop,
    /// As `Drop`, and the order goes on as if it were done.
    Skip,
    /// What is under way is waited for; a later revision takes it from there.
    Settle,
    /// It is left as it is, whatever that is.
    Abandon,
}

/// Where taking back an order that another system works on stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Recall {
    #[default]
    No,
    /// Decided; whether the other side heard of it is not known.
    Sending,
    /// To be sent again, at `wake`.
    Waiting,
    Asked,
    /// The other side will not; its end is waited for.
    Refused,
}

/// The state of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeState {
    #[serde(rename = "p", skip_serializing_if = "is_default")]
    pub(super) phase: Phase,
    #[serde(rename = "g", skip_serializing_if = "is_default")]
    pub(super) goal: Goal,
    /// Sendings so far, of whatever; an answer to an earlier one says nothing of the last.
    #[serde(rename = "n", skip_serializing_if = "is_default")]
    pub(super) attempt: u32,
    /// The attempt from which on tries are counted.
    #[serde(rename = "n0", skip_serializing_if = "is_default")]
    pub(super) base: u32,
    /// Times that it was begun anew after a definite end; part of the external id.
    #[serde(rename = "r", skip_serializing_if = "is_default")]
    pub(super) round: u32,
    #[serde(rename = "ur", skip_serializing_if = "is_default")]
    pub(super) undo_round: u32,
    /// It may have reached the other side although no answer came.
    #[serde(rename = "mb", skip_serializing_if = "is_default")]
    pub(super) maybe: bool,
    /// It ended badly and yet something of it may be there.
    #[serde(rename = "t", skip_serializing_if = "is_default")]
    pub(super) touched: bool,
    /// Once undone it is done anew: it was tried again after it was done in part.
    #[serde(rename = "ag", skip_serializing_if = "is_default")]
    pub(super) again: bool,
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    pub(super) remote: Option<String>,
    #[serde(rename = "uid", skip_serializing_if = "Option::is_none")]
    pub(super) undo_remote: Option<String>,
    /// What the other side said last.
    #[serde(rename = "rs", skip_serializing_if = "Option::is_none")]
    pub(super) remote_state: Option<Status>,
    /// When it says it was so.
    #[serde(rename = "ra", skip_serializing_if = "Option::is_none")]
    pub(super) reported: Option<At>,
    /// Times in a row that the other side did not know it.
    #[serde(rename = "ms", skip_serializing_if = "is_default")]
    pub(super) misses: u32,
    /// Questions asked when that was said last: an answer counts once.
    #[serde(rename = "mq", skip_serializing_if = "is_default")]
    pub(super) missed: u32,
    /// The job of an earlier revision whose work it changes, as of when it was begun.
    #[serde(rename = "on", skip_serializing_if = "Option::is_none")]
    pub(super) based: Option<usize>,
    /// Id of the service that it made or changed.
    #[serde(rename = "sv", skip_serializing_if = "Option::is_none")]
    pub(super) service: Option<String>,
    /// Id of the service that took the place of the one that it had ended, when that was undone.
    #[serde(rename = "us", skip_serializing_if = "Option::is_none")]
    pub(super) undo_service: Option<String>,
    #[serde(rename = "res", skip_serializing_if = "Vec::is_empty")]
    pub(super) results: Vec<Characteristic>,
    /// Settings that an operator changed.
    #[serde(rename = "ed", skip_serializing_if = "Vec::is_empty")]
    pub(super) edited: Vec<Characteristic>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    pub(super) started: Option<At>,
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<At>,
    /// When it was first completed: its being undone does not change that.
    #[serde(rename = "ok", skip_serializing_if = "Option::is_none")]
    pub(super) completed: Option<At>,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    pub(super) due: Option<At>,
    /// Not to be sent before; for what is being sent, when that is taken for lost.
    #[serde(rename = "w", skip_serializing_if = "Option::is_none")]
    pub(super) wake: Option<At>,
    /// When to ask the other side.
    #[serde(rename = "q", skip_serializing_if = "Option::is_none")]
    pub(super) poll: Option<At>,
    #[serde(rename = "qn", skip_serializing_if = "is_default")]
    pub(super) polls: u32,
    #[serde(rename = "c", skip_serializing_if = "is_default")]
    pub(super) recall: Recall,
    /// Tries to take it back so far.
    #[serde(rename = "cn", skip_serializing_if = "is_default")]
    pub(super) recalls: u32,
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    pub(super) fallout: Option<Fallout>,
    /// Fallouts so far; part of their ids.
    #[serde(rename = "fn", skip_serializing_if = "is_default")]
    pub(super) fallouts: u32,
    /// Since when it is in jeopardy.
    #[serde(rename = "j", skip_serializing_if = "Option::is_none")]
    pub(super) jeopardy: Option<At>,
    /// Since when the other side holds it or lacks something.
    #[serde(rename = "b", skip_serializing_if = "Option::is_none")]
    pub(super) blocked: Option<At>,
    #[serde(rename = "l", skip_serializing_if = "is_default")]
    pub(super) late: bool,
}

impl NodeState {
    /// When it was first completed.
    pub(super) fn reached(&self) -> Option<At> {
        self.completed
    }
}

/// What became of an item other than being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Fate {
    Cancelled,
    Failed,
    /// An amendment took it away.
    Gone,
}

/// Where a request to cancel stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CancelStage {
    /// An operator must consent.
    Assessing,
    /// Granted; being carried out.
    Pending,
    Done,
    Refused,
}

/// A request to cancel the order or one of its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancellation {
    /// Id of the `cancelProductOrder`.
    pub task: String,
    /// The item; none for the whole order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Ids of all items that it takes back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope: Vec<String>,
    pub stage: CancelStage,
    /// Why it was refused, or what must be consented to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Something that should not have happened and needs no one to act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anomaly {
    /// Microseconds since 1970.
    pub at: i64,
    #[serde(rename = "id")]
    pub external_id: String,
    #[serde(rename = "m")]
    pub message: String,
}

/// An error of the past, for `productOrderErrorMessage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PastError {
    pub(super) at: At,
    #[serde(rename = "i")]
    pub(super) item: String,
    #[serde(rename = "c")]
    pub(super) code: String,
    #[serde(rename = "m")]
    pub(super) message: String,
}

/// The state of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// One for each job.
    pub(super) nodes: Vec<NodeState>,
    /// The order's, as of the last step.
    pub(super) order: Status,
    /// When it was released to run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) released: Option<At>,
    /// When it began: released and no longer before its requested start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) begun: Option<At>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<At>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) suspended: bool,
    /// An amendment waits for another order; nothing new begins.
    #[serde(skip_serializing_if = "is_default")]
    pub(super) waiting: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) aborted: bool,
    /// By id of the item.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) fates: BTreeMap<String, Fate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) cancellations: Vec<Cancellation>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) anomalies: Vec<Anomaly>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) errors: Vec<PastError>,
    /// Since when the requested completion is in jeopardy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) jeopardy: Option<At>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
