//! Running a plan: a state machine without clock, network or database.
//!
//! [`Run::apply`] takes what happened and gives what is to be done. The worker around it reads the
//! run, applies, carries out the effects of our own in the same transaction, writes the run, and
//! after the commit makes the calls. Whatever is sent was written down as `sending` before, under
//! an external id that follows from order, revision and node; so a process that dies leaves a run
//! that [`Run::resume`] takes up.
//!
//! Every node has a phase (where it stands) and a goal (what is wanted of it). Cancelling,
//! amending, giving up only change goals; one rule per phase and goal (`advance`) moves the node.
//!
//! - `work` what is to be done, `state` how far it is, `status` the states of TM Forum;
//! - `input`, `effect`, `outcome`, `view`, `fallout` what goes in and comes out;

mod effect;
mod fallout;
mod input;
mod outcome;
mod state;
mod status;
mod view;
mod work;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::clock::Micros;
use crate::ordering::plan::Plan;

pub use effect::{Delivery, Effect, Internal, InternalOp, Realized, Request};
pub use fallout::{Cause, Fallout, FalloutChange};
pub use input::{Act, By, Fault, Input, Report};
pub use outcome::{Note, Outcome, Refusal, RefusalCode};
pub use state::{Anomaly, CancelStage, Cancellation, Goal, NodeState, Phase, State};
pub use status::Status;
pub use view::{ErrorMessage, Jeopardy, Milestone, MilestoneStatus, NodeView, Progress, View};
pub use work::{Job, Policy, RetryPolicy, Terms, Typical, Work};

/// A plan that is being carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    #[serde(with = "shared")]
    work: Arc<Work>,
    state: State,
}

impl Run {
    /// A run of a first plan; nothing begins before [`Input::Start`].
    pub fn new(plan: Plan, terms: Terms, policy: Policy) -> Self {
        Run::from_parts(Arc::new(Work::of(plan, terms, policy)), State::default())
    }

    /// A run from what was stored: the work, which changes with amendments only, and the state.
    pub fn from_parts(work: Arc<Work>, mut state: State) -> Self {
        state.nodes.resize_with(work.jobs.len(), Default::default);
        Run { work, state }
    }

    /// What is to be done; to be stored anew when its revision has changed.
    pub fn work(&self) -> &Arc<Work> {
        &self.work
    }

    /// How far it is; to be stored after every step.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes what happened.
    pub fn apply(&mut self, _input: Input, _now: Micros) -> Outcome {
        Outcome::default()
    }

    /// After a crash, or when another process takes over: gives the effects of what was under way
    /// once more. Only for a run on which nobody else works.
    pub fn resume(&mut self, _now: Micros) -> Outcome {
        Outcome::default()
    }

    /// When [`Input::Tick`] is due; none while only others can move the run.
    pub fn wake_at(&self) -> Option<Micros> {
        None
    }
}

/// The work of a run is shared by copies of it.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Work;

    pub fn serialize<S: Serializer>(work: &Arc<Work>, out: S) -> Result<S::Ok, S::Error> {
        work.as_ref().serialize(out)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Work>, D::Error> {
        Work::deserialize(from).map(Arc::new)
    }
}
