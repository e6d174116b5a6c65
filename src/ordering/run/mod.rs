//! Running a plan: a state machine without clock, network or database.
//!
//! [`Run::apply`] takes what happened and gives what is to be done. The worker around it reads the
//! run, applies, carries out the effects of our own in the same transaction, writes the run, and
//! after the commit makes the calls. Whatever is sent was written down as `sending` before, under
//! an external id that follows from order, revision and node. A process that dies tells no answer: after
//! [`Policy::takeover`] the run is due ([`Run::wake_at`]), and whoever looks at it then makes the
//! call again, asking first whether it had arrived.
//!
//! Every node has a phase (where it stands) and a goal (what is wanted of it). Cancelling,
//! amending, giving up only change goals; one rule per phase and goal (`advance`) moves the node.
//!
//! - `work` what is to be done, `state` how far it is, `status` the states of TM Forum;
//! - `input`, `effect`, `outcome`, `view`, `fallout` what goes in and comes out;
//! - `step` is one step: what it may look at and change; `advance` the rule of phases and goals,
//!   with `undo`, `watch` and `request`; `report`, `retry`, `operator`, `cancel` and `amend` take
//!   the inputs; `rollup`, `expect` and `show` make states and views; `ids` the external ids.
//!
//! Ends: all items completed (or skipped, or cancelled one by one): `completed`. Some failed for
//! good and others did not: `partial`; all failed: `failed`. Cancelled as a whole: `cancelled`.

mod advance;
mod amend;
mod cancel;
mod effect;
mod expect;
mod fallout;
mod ids;
mod input;
mod operator;
mod outcome;
mod realized;
mod report;
mod request;
mod retry;
mod rollup;
mod show;
mod state;
mod status;
mod step;
#[cfg(test)]
mod tests;

mod undo;
mod view;
mod watch;
mod work;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::clock::Micros;
use crate::ordering::plan::Plan;
use step::Step;

pub use effect::{Delivery, Effect, Internal, InternalOp, Realized, Request, TaskEnd, TaskStart};
pub use fallout::{Cause, Fallout, FalloutChange};
pub use input::{Act, By, Fault, Input, Report};
pub use outcome::{Note, Outcome, Refusal, RefusalCode};
pub use realized::Replaced;
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

    /// Gives the order other dates and another priority; what was begun stays begun. The work is to
    /// be stored anew.
    pub fn set_terms(&mut self, terms: Terms) {
        Arc::make_mut(&mut self.work).terms = terms;
    }

    /// Lets it begin nothing new, or again: while an amendment waits it could come to its end. True when
    /// that is a change; after the wait [`Input::Tick`] sets it going.
    pub fn wait(&mut self, waiting: bool) -> bool {
        let changed = self.state.waiting != waiting;
        self.state.waiting = waiting;
        changed
    }

    /// Whether it begins nothing new, see [`Run::wait`].
    pub fn is_waiting(&self) -> bool {
        self.state.waiting
    }

    /// What is to be done; to be stored anew when its revision has changed.
    pub fn work(&self) -> &Arc<Work> {
        &self.work
    }

    /// How far it is; to be stored after every step.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes what happened: the state after it is to be stored together with what it brought about.
    pub fn apply(&mut self, input: Input, now: Micros) -> Outcome {
        self.step(now, |step| match input {
            Input::Start => {
                if step.state.released.is_none() && step.state.ended.is_none() {
                    step.state.released = Some(step.now);
                }
            }
            Input::Tick => {}
            Input::Report(report) => step.report(&report),
            Input::SendFailed {
                external_id,
                attempt,
                fault,
                message,
                wait,
            } => step.send_failed(&external_id, attempt, fault, &message, wait),
            Input::NotFound { external_id } => step.not_found(&external_id),
            Input::CancelAccepted { external_id } => step.cancel_accepted(&external_id),
            Input::CancelFailed {
                external_id,
                fault,
                message,
                wait,
            } => step.cancel_failed(&external_id, fault, &message, wait),
            Input::InternalDone {
                external_id,
                results,
            } => step.internal_done(&external_id, &results),
            Input::InternalFailed {
                external_id,
                message,
            } => step.internal_failed(&external_id, &message),
            Input::Act { act, by } => {
                step.by = Some(by);
                step.act(act);
            }
        })
    }

    /// When [`Input::Tick`] is due; none while only others can move the run.
    pub fn wake_at(&self) -> Option<Micros> {
        self.next_wake().map(Micros)
    }

    /// What it looks like from outside.
    pub fn view(&self) -> View {
        self.make_view()
    }

    /// All nodes, those of earlier revisions too.
    pub fn nodes(&self) -> Vec<NodeView> {
        self.node_views()
    }

    /// The state of the order.
    pub fn status(&self) -> Status {
        self.state.order
    }

    /// What should not have happened, and when.
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.state.anomalies
    }

    /// True when an external id is one of this run's.
    pub fn knows(&self, external_id: &str) -> bool {
        ids::named(&self.work, external_id).is_some()
    }

    fn step(&mut self, now: Micros, change: impl FnOnce(&mut Step<'_>)) -> Outcome {
        let mut step = Step::new(self, now);
        change(&mut step);
        step.advance();
        step.close();
        step.out
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
