//! What moves a run.

use serde::{Deserialize, Serialize};

use super::status::Status;
use crate::domain::clock::Micros;
use crate::ordering::order::Characteristic;
use crate::ordering::plan::Plan;

/// Something that happened. Every input is possible in every state; what it does not fit is kept
/// as an anomaly or refused, and the same input twice does what it does once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Input {
    /// The order may begin: no other order holds its products.
    Start,
    /// Time has passed, see [`super::Run::wake_at`].
    Tick,
    /// What a system says of an order of ours: in its answer to a sending, to a question, or in a
    /// callback.
    Report(Report),
    /// A sending ([`super::Effect::Send`] or `SendUndo`) failed.
    SendFailed {
        external_id: String,
        /// As in the effect.
        attempt: u32,
        fault: Fault,
        message: String,
        /// Milliseconds that the other side asks to be left alone for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait: Option<u64>,
    },
    /// The system that was asked ([`super::Effect::Poll`]) does not know the order.
    NotFound { external_id: String },
    /// A system accepted to take an order back ([`super::Effect::CancelRemote`]).
    CancelAccepted { external_id: String },
    CancelFailed {
        external_id: String,
        fault: Fault,
        message: String,
        /// As in `SendFailed`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait: Option<u64>,
    },
    /// Our own work ([`super::Effect::Internal`]) is done, with what came out of it.
    InternalDone {
        external_id: String,
        results: Vec<Characteristic>,
    },
    InternalFailed {
        external_id: String,
        message: String,
    },
    /// Someone wants something.
    Act { act: Act, by: By },
}

/// What a system says of an order of ours.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub external_id: String,
    /// The id of the order in that system.
    pub remote_id: Option<String>,
    pub state: Status,
    pub message: Option<String>,
    /// The service that was made or changed.
    pub service: Option<String>,
    /// Characteristics that it has now.
    pub results: Vec<Characteristic>,
    /// When that was so, by the other side's clock; tells old news from new.
    pub at: Option<Micros>,
}

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// It surely had no effect and may succeed later: refused connection, 503, open circuit.
    Transient,
    /// The other side understood and refuses: 4xx.
    Business,
    /// It may have had its effect: time-out, broken connection, 500.
    Unknown,
}

/// Who wants it, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct By {
    pub who: String,
    pub note: Option<String>,
}

/// What someone wants. Nodes are named by their keys, or by an external id of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// Try again what is in fallout.
    Retry {
        node: String,
        /// The fallout that is meant; a later one is left alone.
        fallout: Option<String>,
    },
    /// Try again with other settings.
    EditRetry {
        node: String,
        settings: Vec<Characteristic>,
    },
    /// It was done: a person's task, or by hand what a system failed to do.
    Complete {
        node: String,
        results: Vec<Characteristic>,
    },
    /// Go on without it. What a system has is taken back first, unless forced.
    Skip {
        node: String,
        force: bool,
    },
    /// Its item fails for good, with the items that rely on it.
    GiveUp {
        node: String,
        /// What is done of the item remains; otherwise it is undone.
        keep: bool,
    },
    /// Take back the order, or one item.
    Cancel {
        /// Id of the `cancelProductOrder`; the same id again is the same request.
        task: String,
        item: Option<String>,
        /// Also beyond a soft point of no return.
        force: bool,
        /// Also the items that rely on the one; otherwise they prevent it.
        dependants: bool,
    },
    /// Decide on a cancel that waits for consent.
    Decide {
        task: String,
        consent: bool,
    },
    /// The order was changed, and this is its new plan.
    Amend {
        plan: Plan,
        /// Also beyond a soft point of no return.
        force: bool,
    },
    /// Begin nothing new.
    Suspend,
    Resume,
    /// Stop, undo nothing.
    Abort,
}
