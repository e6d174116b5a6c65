//! Fallout: work that needs a person's decision.

use serde::{Deserialize, Serialize};

/// Why it needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// Tried as often as the policy allows.
    TransientExhausted,
    /// The other side refused it, or ended it without having done it.
    Business,
    /// Done in part.
    Partial,
    Timeout,
    /// The other side contradicts itself.
    Lying,
    /// What was done could not be undone.
    CompensationFailed,
    /// Our own work failed.
    Internal,
    /// The order was stopped while this was out there.
    Aborted,
}

impl Cause {
    pub fn as_str(self) -> &'static str {
        match self {
            Cause::TransientExhausted => "transientExhausted",
            Cause::Business => "business",
            Cause::Partial => "partial",
            Cause::Timeout => "timeout",
            Cause::Lying => "lying",
            Cause::CompensationFailed => "compensationFailed",
            Cause::Internal => "internal",
            Cause::Aborted => "aborted",
        }
    }
}

/// An open fallout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallout {
    /// Follows from the external id and the number of fallouts before.
    pub id: String,
    /// Key of the node.
    pub node: String,
    /// Id of its item.
    pub item: String,
    pub cause: Cause,
    pub message: String,
    /// Microseconds since 1970.
    #[serde(rename = "at")]
    pub opened_at: i64,
    /// Tries so far.
    #[serde(rename = "n")]
    pub attempts: u32,
}

/// What became of a fallout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FalloutChange {
    Opened(Fallout),
    Resolved {
        id: String,
        /// `retry`, `editRetry`, `complete`, `skip`, `giveUp`, `cancel`, `amend`, `report`.
        how: &'static str,
        /// The operator; none when it resolved itself.
        by: Option<String>,
        note: Option<String>,
    },
}
