//! Taking back: recalling what another system still works on, undoing what is done.

use super::Run;
use super::effect::Effect;
use super::fallout::Cause;
use super::ids::Purpose;
use super::state::{Goal, Phase, Recall};
use super::step::Step;
use super::work::Doer;
use crate::ordering::order::Action;
use crate::ordering::plan::Compensation;

impl Step<'_> {
    /// Wants something else of a node. What is to be undone stays so, what is abandoned too.
    pub(super) fn aim(&mut self, place: usize, goal: Goal, how: &'static str) {
        let node = self.node(place);
        if node.goal == goal || matches!(node.goal, Goal::Undo | Goal::Abandon) {
            return;
        }
        let in_doubt = node.remote.is_none() && self.doer(place) == Doer::Remote;
        let now = self.now;
        let node = self.node_mut(place);
        node.goal = goal;
        // A call under way is waited for all the same.
        if !matches!(node.phase, Phase::Sending | Phase::UndoSending) {
            node.wake = None;
        }
        node.recall = Recall::No;
        node.recalls = 0;
        if node.phase == Phase::InProgress {
            if in_doubt {
                node.poll = Some(now);
            }
            self.restart_clock(place);
        }
        // What could not be undone still cannot.
        if self.node(place).phase != Phase::UndoFailed {
            self.resolve(place, how);
        }
    }

    /// Takes back what someone has.
    pub(super) fn recall(&mut self, place: usize) {
        match self.doer(place) {
            Doer::Person => return self.stop(place, "taken back"),
            Doer::Ourselves => return,
            Doer::Remote => {}
        }
        let node = self.node(place);
        let due = match node.recall {
            Recall::No => true,
            Recall::Sending => node.wake.is_some_and(|lost| lost <= self.now),
            Recall::Waiting => node.wake.is_none_or(|wake| wake <= self.now),
            Recall::Asked | Recall::Refused => false,
        };
        // One whose id there is not known is searched for first.
        let Some(remote_id) = node.remote.clone().filter(|_| due && !self.state.suspended) else {
            return;
        };
        let lost = self.takeover_at();
        let node = self.node_mut(place);
        node.recall = Recall::Sending;
        node.recalls = node.recalls.saturating_add(1);
        node.wake = Some(lost);
        self.send_recall(place, remote_id);
    }

    pub(super) fn send_recall(&mut self, place: usize, remote_id: String) {
        let effect = Effect::CancelRemote {
            node: self.job(place).node.key.clone(),
            external_id: self.external_id(place, Purpose::Do),
            remote_id,
            target: self.job(place).node.target.clone(),
        };
        self.effect(effect);
    }

    pub(super) fn begin_undo(&mut self, place: usize) {
        let compensation = self.job(place).node.compensation.clone();
        let node = self.node_mut(place);
        node.maybe = false;
        node.base = node.attempt;
        node.remote_state = None;
        node.reported = None;
        node.undo_remote = None;
        node.blocked = None;
        node.jeopardy = None;
        node.due = None;
        self.ask_from_the_beginning(place);
        let nothing = self.job(place).node.action == Action::NoChange;
        match compensation {
            _ if nothing => self.set(place, Phase::Undone, "nothing was changed"),
            Compensation::Manual(_) if self.goes_with_base(place) => {
                self.set(place, Phase::Undone, "what it changed is undone as a whole");
            }
            Compensation::Nothing => {
                self.set(place, Phase::Undone, "nothing need be done to undo it");
            }
            Compensation::Manual(text) => self.undo_by_hand(place, text),
            Compensation::Reverse if self.doer(place) == Doer::Person => {
                let text = format!("Take back: {}", self.job(place).node.name);
                self.undo_by_hand(place, text);
            }
            Compensation::Reverse => {
                self.set(place, Phase::UndoReady, "to be undone");
                self.send_undo(place);
            }
        }
    }

    fn undo_by_hand(&mut self, place: usize, text: String) {
        self.restart_clock(place);
        self.set(place, Phase::Undoing, "given to a person to undo");
        self.open_task(place, Purpose::Undo, text);
    }

    pub(super) fn send_undo(&mut self, place: usize) {
        if self.is_manual_undo(place) || self.doer(place) == Doer::Person {
            let text = match &self.job(place).node.compensation {
                Compensation::Manual(text) => text.clone(),
                _ => format!("Take back: {}", self.job(place).node.name),
            };
            return self.undo_by_hand(place, text);
        }
        if self.node(place).due.is_none() {
            self.restart_clock(place);
        }
        self.set(place, Phase::UndoSending, "undoing");
        if self.doer(place) == Doer::Ourselves {
            let settings = self.settings(place).unwrap_or_default();
            let internal = self.internal(place, Purpose::Undo, settings);
            return self.effect(Effect::Internal(Box::new(internal)));
        }
        let request = self.undo_request(place);
        let delivery = self.delivery(place, Purpose::Undo, request);
        self.effect(Effect::SendUndo(Box::new(delivery)));
    }

    /// Our own work is done, or undone.
    pub(super) fn internal_done(
        &mut self,
        external_id: &str,
        results: &[crate::ordering::order::Characteristic],
    ) {
        let Some(place) = self.own_work(external_id) else {
            return;
        };
        if self.node(place).phase == Phase::UndoSending {
            return self.set(place, Phase::Undone, "undone");
        }
        super::step::merge(&mut self.node_mut(place).results, results);
        self.set(place, Phase::Completed, "done");
    }

    pub(super) fn internal_failed(&mut self, external_id: &str, message: &str) {
        if let Some(place) = self.own_work(external_id) {
            self.fail(place, Cause::Internal, message);
        }
    }

    /// The node of our own that waits for an answer under an external id.
    fn own_work(&self, external_id: &str) -> Option<usize> {
        let named = super::ids::named(&self.work, external_id)?;
        let place = named.job;
        let waits = matches!(self.node(place).phase, Phase::Sending | Phase::UndoSending);
        let ours = self.doer(place) == Doer::Ourselves;
        (waits && ours && self.current_id(place) == external_id).then_some(place)
    }
}

/// What undoing waits for.
impl Run {
    /// True when nothing that is to be undone rests on it any more, so that work is undone in the
    /// reverse order of its doing.
    pub(super) fn may_undo(&self, place: usize) -> bool {
        if self.state.suspended {
            return false;
        }
        self.all().all(|other| {
            let job = self.job(other);
            let rests = job.node.after.contains(&place) || job.supersedes == Some(place);
            let node = self.node(other);
            !rests
                || node.goal != Goal::Undo
                || matches!(
                    node.phase,
                    Phase::Cancelled | Phase::Undone | Phase::Skipped
                )
        })
    }

    /// True when what the node changed is undone, too.
    fn goes_with_base(&self, place: usize) -> bool {
        let base = self.base(place);
        base.is_some_and(|base| self.node(base).goal == Goal::Undo)
    }

    /// What rests on it may be to be undone only since its own undoing began; what may have been
    /// sent already has to be made sure of.
    pub(super) fn may_go_on_undoing(&self, place: usize) -> bool {
        (self.node(place).maybe && !self.state.suspended) || self.may_undo(place)
    }
}
