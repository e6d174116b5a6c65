//! What an input brought about.

use super::effect::Effect;
use super::fallout::FalloutChange;
use crate::domain::clock::Micros;

/// All that came of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// To be carried out, in this order.
    pub effects: Vec<Effect>,
    /// What changed, for the log of the order.
    pub notes: Vec<Note>,
    pub fallouts: Vec<FalloutChange>,
    /// Why what someone wanted was not done. Nothing else changed then, save that a refused cancel
    /// is remembered.
    pub refused: Option<Refusal>,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub at: Micros,
    /// Key of the node; none for the order.
    pub node: Option<String>,
    /// What the node is called in other systems, as it was done, or undone, then.
    pub external_id: Option<String>,
    pub from: &'static str,
    pub to: &'static str,
    pub why: String,
    /// The operator; none where nobody was needed.
    pub by: Option<String>,
}

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: RefusalCode,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCode {
    /// There is no such node, item or request.
    Unknown,
    /// Not in this state.
    State,
    /// A point of no return lies behind; for a soft one there is `force`.
    PointOfNoReturn,
    /// Other items rely on it.
    Dependants,
    /// The plan is not a later one of this order.
    Plan,
}
