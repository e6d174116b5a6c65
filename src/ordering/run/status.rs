//! The states of orders and items, ours (TMF622) and those of an OSS (TMF641): the same names.

use serde::{Deserialize, Serialize};

/// `ProductOrderStateType`, `ProductOrderItemStateType` and `ServiceOrderStateType`, without those
/// of drafts, which have no run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    #[default]
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
}

impl Status {
    /// The name in TM Forum's APIs.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Acknowledged => "acknowledged",
            Status::Rejected => "rejected",
            Status::Pending => "pending",
            Status::Held => "held",
            Status::InProgress => "inProgress",
            Status::Cancelled => "cancelled",
            Status::Completed => "completed",
            Status::Failed => "failed",
            Status::Partial => "partial",
            Status::AssessingCancellation => "assessingCancellation",
            Status::PendingCancellation => "pendingCancellation",
        }
    }

    /// The state of that name in TM Forum's APIs.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "acknowledged" => Status::Acknowledged,
            "rejected" => Status::Rejected,
            "pending" => Status::Pending,
            "held" => Status::Held,
            "inProgress" | "inProgress.accepted" => Status::InProgress,
            "cancelled" => Status::Cancelled,
            "completed" => Status::Completed,
            "failed" => Status::Failed,
            "partial" => Status::Partial,
            "assessingCancellation" => Status::AssessingCancellation,
            "pendingCancellation" => Status::PendingCancellation,
            _ => return None,
        })
    }

    /// True for a state that is never left.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Status::Rejected
                | Status::Cancelled
                | Status::Completed
                | Status::Failed
                | Status::Partial
        )
    }

    /// True for an end at which nothing of the work is there.
    pub(super) fn is_empty_end(self) -> bool {
        matches!(self, Status::Rejected | Status::Cancelled | Status::Failed)
    }
}
