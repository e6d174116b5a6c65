//! What single orders are to meet, for tests that want one thing and not chance.

use serde::Deserialize;

/// What becomes of an order under a script. Chance is out of it then: whatever the deed does not
/// change goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Deed {
    /// All goes well.
    Work,
    /// Refused with `status`, 400 unless given.
    Reject,
    /// Answered with 503 and `Retry-After`.
    Unavailable,
    /// The connection is closed without an answer; nothing is done.
    Drop,
    /// Taken, then the connection is closed without an answer.
    Lose,
    /// Taken, and never answered.
    NoAnswer,
    /// The callbacks come before the answer.
    Early,
    /// Ends as failed.
    Fail,
    /// Ends as rejected, after it was taken.
    RejectLater,
    /// Waits in progress until it is released.
    Hold,
    /// Asks for information, and waits as pending until it is released.
    Ask,
    /// No callback is made.
    Silent,
    /// Every callback comes three times.
    Repeat,
    /// The end is called back before the beginning.
    Reorder,
    /// Called back as completed although it failed.
    LieAboutState,
    /// Called back as failed although it was completed.
    LieAboutFailure,
    /// An event about an order that does not exist is sent too.
    LieAboutOrder,
    /// A milestone and a jeopardy alert are called back on the way.
    Alarm,
    /// Waits in progress, and is not cancelled when asked.
    RefuseCancel,
}

/// Decides for the orders it matches. Of several, the one that came last decides.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Part of the external id, or the id of the specification of an item. Empty matches all.
    #[serde(rename = "match")]
    pub matching: String,
    #[serde(rename = "do")]
    pub deed: Deed,
    /// How many attempts it decides; all without it. Chance does not decide those after it either.
    #[serde(default)]
    pub times: Option<u32>,
    /// Status of a refusal.
    #[serde(default)]
    pub status: Option<u16>,
    /// Words of a refusal or failure.
    #[serde(default)]
    pub message: Option<String>,
}

impl Script {
    /// For every attempt.
    pub fn new(matching: impl Into<String>, deed: Deed) -> Self {
        Script {
            matching: matching.into(),
            deed,
            times: None,
            status: None,
            message: None,
        }
    }

    /// For the next attempts only.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// With these words.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    pub(super) fn matches(&self, external_id: &str, specifications: &[String]) -> bool {
        external_id.contains(&self.matching) || specifications.contains(&self.matching)
    }
}
