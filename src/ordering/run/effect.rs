//! What a run wants done outside of it.

use serde_json::{Map, Value};

use crate::domain::clock::Micros;
use crate::ordering::order::{Action, Characteristic};
use crate::ordering::plan::{NodeKind, SpecificationRef};

/// Something to do. `node` is the key of the node, `external_id` names the doing: answers come
/// back under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// After the commit: send it. Answer with the report of the system's answer, or `SendFailed`.
    Send(Box<Delivery>),
    /// After the commit, likewise: what takes back an earlier sending.
    SendUndo(Box<Delivery>),
    /// After the commit: ask how it stands. Answer with a report or `NotFound`; failing to ask
    /// needs no answer.
    Poll {
        node: String,
        external_id: String,
        /// Its id in the system; if not known, it is searched for by the external id.
        remote_id: Option<String>,
        target: Option<String>,
    },
    /// After the commit: ask the system to take it back. Answer with `CancelAccepted` or
    /// `CancelFailed`; its end comes by a report.
    CancelRemote {
        node: String,
        external_id: String,
        remote_id: String,
        target: Option<String>,
    },
    /// In the same transaction: our own work. Answer at once with `InternalDone` or
    /// `InternalFailed`.
    Internal(Box<Internal>),
    /// In the same transaction: a person has something to do, and says so by `Complete`.
    OpenTask(Box<TaskStart>),
    /// In the same transaction: nobody need do it any more.
    CloseTask(TaskEnd),
}

/// What a person is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStart {
    pub node: String,
    pub external_id: String,
    pub kind: NodeKind,
    /// Id of the item of the order.
    pub item: String,
    /// What the work is called.
    pub name: String,
    /// What is to be done.
    pub text: String,
    /// True when it takes back what was done.
    pub undo: bool,
    /// Names of what is to be found out on the way.
    pub supplies: Vec<String>,
    pub due: Option<Micros>,
}

/// The end of what a person was to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskEnd {
    pub node: String,
    pub external_id: String,
    /// It was done, not dropped.
    pub is_done: bool,
    pub why: String,
}

/// A request to a system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub node: String,
    pub external_id: String,
    /// Comes back in `SendFailed`.
    pub attempt: u32,
    /// It may be there already: ask by the external id first, send only if it is not known.
    pub maybe_sent: bool,
    pub request: Request,
}

/// What a system is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub kind: NodeKind,
    pub target: Option<String>,
    /// For people.
    pub name: String,
    pub action: Action,
    pub specification: Option<SpecificationRef>,
    /// The service to change or end, where its id is known.
    pub service: Option<String>,
    pub characteristics: Vec<Characteristic>,
    pub parameters: Map<String, Value>,
    /// Place in the items of the work, and the id: for place, parties and dates of the order.
    pub item: usize,
    pub item_id: String,
    pub priority: u8,
    /// When it must be done.
    pub due: Option<Micros>,
    /// For what takes back: the external id of what it takes back.
    pub reverses: Option<String>,
}

/// Our own work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Internal {
    pub node: String,
    pub external_id: String,
    pub op: InternalOp,
    /// Place in the items of the work, and the id.
    pub item: usize,
    pub item_id: String,
    /// The product that it is about.
    pub product: Option<String>,
    /// Of the node.
    pub settings: Vec<Characteristic>,
    pub parameters: Map<String, Value>,
    /// Names under which the work gives what it found.
    pub supplies: Vec<String>,
    /// Results of the item's nodes that become characteristics of the product.
    pub supplied: Vec<Characteristic>,
    /// Services that realize the item so far.
    pub services: Vec<Realized>,
    /// What the node itself gave when it was done: for what takes back.
    pub results: Vec<Characteristic>,
    /// For what takes back: the external id of what it takes back.
    pub reverses: Option<String>,
}

/// What our own work is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InternalOp {
    ReserveNumber,
    ReleaseNumber,
    /// Write the new product as active.
    WriteProduct,
    /// Write the changed product; what it was is kept.
    ChangeProduct,
    TerminateProduct,
    /// Take back a product that was written: it never was the customer's.
    WithdrawProduct,
    /// Set back a product to what it was before it was changed or terminated.
    RestoreProduct,
    StartBilling,
    ChangeBilling,
    StopBilling,
    /// Set back the charging to what it was.
    RestoreBilling,
}

/// A service of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Realized {
    pub node: String,
    pub id: String,
    pub target: Option<String>,
    pub specification: Option<SpecificationRef>,
    /// What the request gave and the system answered.
    pub characteristics: Vec<Characteristic>,
    /// True when the node ended it.
    pub ended: bool,
}
