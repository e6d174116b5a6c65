//! What follows from where nodes stand: what can begin, end, or be taken back now.

use super::Run;
use super::effect::{Delivery, Effect, TaskStart};
use super::fallout::Cause;
use super::ids::Purpose;
use super::state::{CancelStage, Goal, Phase};
use super::step::Step;
use super::work::{At, Doer};
use crate::domain::clock::Micros;
use crate::ordering::order::Action;

impl Step<'_> {
    /// Moves all nodes as far as they go by themselves.
    pub(super) fn advance(&mut self) {
        self.begin_order();
        // A node passes each phase at most once before someone else has to say something, so this
        // ends well before the limit.
        for _ in 0..self.state.nodes.len().saturating_add(2) {
            let mut moved = false;
            for place in self.all() {
                let before = self.node(place).phase;
                self.go_on(place);
                moved |= self.node(place).phase != before;
            }
            if !moved {
                return;
            }
        }
    }

    fn begin_order(&mut self) {
        if self.state.released.is_none() || self.state.begun.is_some() {
            return;
        }
        let start = self.work.terms.requested_start;
        if start.is_none_or(|start| start <= self.now) {
            self.state.begun = Some(self.now);
        }
    }

    fn go_on(&mut self, place: usize) {
        let node = self.node(place);
        let (goal, due) = (node.goal, node.wake.is_none_or(|wake| wake <= self.now));
        match node.phase {
            Phase::Waiting if goal != Goal::Do => self.stop(place, "never begun"),
            Phase::Waiting if self.is_ready(place) => {
                self.set(place, Phase::Ready, "what it waited for is done");
                self.go_on(place);
            }
            Phase::Ready if goal != Goal::Do => self.leave_ready(place),
            Phase::Ready if due && self.may_begin(place) => self.begin(place),
            Phase::InProgress => self.follow(place),
            Phase::Completed if goal == Goal::Undo && self.may_undo(place) => {
                self.begin_undo(place);
            }
            Phase::Failed if goal != Goal::Do => self.leave_failed(place),
            Phase::Sending | Phase::UndoSending if due && !self.state.suspended => {
                self.take_over(place);
            }
            Phase::UndoReady if due && self.may_go_on_undoing(place) => self.send_undo(place),
            Phase::Undoing => self.watch(place),
            Phase::Undone if node.again && goal == Goal::Do => self.do_again(place),
            _ => {}
        }
    }

    /// Nothing of it is out there, and nothing more is wanted.
    pub(super) fn stop(&mut self, place: usize, why: &str) {
        let to = match self.node(place).goal {
            Goal::Skip => Phase::Skipped,
            Goal::Settle | Goal::Do => Phase::Failed,
            Goal::Undo | Goal::Drop | Goal::Abandon => Phase::Cancelled,
        };
        self.resolve(place, "cancel");
        self.set(place, to, why);
    }

    /// What was done in part is undone: now for the whole.
    fn do_again(&mut self, place: usize) {
        if self.node(place).fallout.is_some() {
            return;
        }
        let node = self.node_mut(place);
        node.again = false;
        node.touched = false;
        node.service = None;
        // Whatever the undoing said, the order that was done in part is over.
        node.remote_state = Some(super::status::Status::Partial);
        self.redo(place);
    }

    fn leave_ready(&mut self, place: usize) {
        let node = self.node(place);
        match (node.maybe, node.goal) {
            (false, _) => self.stop(place, "not sent"),
            (true, Goal::Abandon) => self.set(place, Phase::Failed, "stopped"),
            (true, _) => self.ask(place),
        }
    }

    fn leave_failed(&mut self, place: usize) {
        let node = self.node(place);
        if node.fallout.is_some() {
            return;
        }
        match node.goal {
            Goal::Do | Goal::Abandon => {}
            Goal::Undo if node.touched => {
                if self.may_undo(place) {
                    self.begin_undo(place);
                }
            }
            _ if node.maybe => self.ask(place),
            Goal::Settle => {}
            _ => self.stop(place, "nothing of it is there"),
        }
    }

    /// Nobody knows whether it is there: the other side is asked before anything else is done.
    fn ask(&mut self, place: usize) {
        let (now, limit) = (self.now, self.work.policy.limit(self.job(place)));
        self.set(place, Phase::InProgress, "whether it was sent is not known");
        self.ask_from_the_beginning(place);
        let node = self.node_mut(place);
        node.poll = Some(now);
        node.due = limit.map(|limit| now.saturating_add(limit));
        self.follow(place);
    }

    /// Begins a node.
    fn begin(&mut self, place: usize) {
        if self.job(place).node.action == Action::NoChange {
            return self.set(place, Phase::Completed, "nothing is to be changed");
        }
        let base = self.base(place);
        self.node_mut(place).based = base;
        let settings = match self.settings(place) {
            Ok(settings) => settings,
            Err(message) => return self.fail(place, Cause::Internal, &message),
        };
        self.start_clock(place);
        match self.doer(place) {
            Doer::Remote => {
                self.set(place, Phase::Sending, "begun");
                let request = self.request(place, settings);
                let delivery = self.delivery(place, Purpose::Do, request);
                self.effect(Effect::Send(Box::new(delivery)));
            }
            Doer::Ourselves => {
                self.set(place, Phase::Sending, "begun");
                let internal = self.internal(place, Purpose::Do, settings);
                self.effect(Effect::Internal(Box::new(internal)));
            }
            Doer::Person => {
                self.set(place, Phase::InProgress, "given to a person");
                let text = self.task_text(place);
                self.open_task(place, Purpose::Do, text);
            }
        }
    }

    fn task_text(&self, place: usize) -> String {
        let node = &self.job(place).node;
        let text = node.parameters.get("text").and_then(|text| text.as_str());
        text.unwrap_or(node.name.as_str()).to_owned()
    }

    pub(super) fn open_task(&mut self, place: usize, purpose: Purpose, text: String) {
        let node = &self.job(place).node;
        let undo = purpose == Purpose::Undo;
        let start = TaskStart {
            node: node.key.clone(),
            external_id: self.external_id(place, purpose),
            kind: node.kind,
            item: self.work.item_id(self.work.ordered(node.item)).to_owned(),
            name: node.name.clone(),
            text,
            undo,
            supplies: if undo {
                Vec::new()
            } else {
                node.supplies.clone()
            },
            due: self.node(place).due.map(Micros),
        };
        self.effect(Effect::OpenTask(Box::new(start)));
    }

    /// The request with the ids of this try.
    pub(super) fn delivery(
        &mut self,
        place: usize,
        purpose: Purpose,
        request: super::effect::Request,
    ) -> Delivery {
        let external_id = self.external_id(place, purpose);
        let key = self.job(place).node.key.clone();
        let lost = self.takeover_at();
        let node = self.node_mut(place);
        node.wake = Some(lost);
        node.attempt = node.attempt.saturating_add(1);
        Delivery {
            node: key,
            external_id,
            attempt: node.attempt,
            maybe_sent: node.maybe,
            request,
        }
    }

    /// Its time runs from its first try.
    fn start_clock(&mut self, place: usize) {
        if self.node(place).started.is_some() {
            return;
        }
        let (now, limit) = (self.now, self.work.policy.limit(self.job(place)));
        let node = self.node_mut(place);
        node.started = Some(now);
        node.due = limit.map(|limit| now.saturating_add(limit));
    }

    /// A node that someone else has.
    fn follow(&mut self, place: usize) {
        let taken_back = matches!(self.node(place).goal, Goal::Undo | Goal::Drop | Goal::Skip);
        if taken_back {
            self.recall(place);
        }
        if self.node(place).phase == Phase::InProgress {
            self.watch(place);
        }
    }
}

/// What a node waits for.
impl Run {
    /// True when all that comes before is done.
    pub(super) fn is_ready(&self, place: usize) -> bool {
        let job = self.job(place);
        self.state.begun.is_some()
            && job.node.after.iter().all(|b| self.satisfies(*b, place))
            && job.supersedes.is_none_or(|old| self.has_made_way(old))
    }

    fn satisfies(&self, before: usize, after: usize) -> bool {
        let node = self.node(before);
        match node.phase {
            Phase::Completed => node.goal != Goal::Undo,
            Phase::Skipped => true,
            Phase::Cancelled | Phase::Undone => self.is_void(before, after),
            _ => false,
        }
    }

    /// True when `after` does without `before`: that is of a part that was taken out of the
    /// bundle that `after` belongs to.
    pub(super) fn is_void(&self, before: usize, after: usize) -> bool {
        let part = self.job(before).node.item;
        let taken_out = self.state.fates.contains_key(self.work.item_id(part));
        taken_out && self.work.is_within(part, self.job(after).node.item)
    }

    /// True when the job of a later revision may go on from this one.
    fn has_made_way(&self, old: usize) -> bool {
        let node = self.node(old);
        match node.phase {
            Phase::Undone | Phase::Cancelled | Phase::Skipped => true,
            Phase::Completed => node.goal != Goal::Undo,
            Phase::Failed => node.goal == Goal::Settle && node.fallout.is_none(),
            _ => false,
        }
    }

    fn may_begin(&self, place: usize) -> bool {
        let state = &self.state;
        let free = !state.suspended && !state.waiting && state.ended.is_none();
        // An amendment may have put something before what was begun in vain; what may be there
        // already has to be made sure of.
        free && !self.is_assessed(place) && (self.node(place).maybe || self.is_ready(place))
    }

    /// True while someone has to decide whether the node's item is cancelled.
    fn is_assessed(&self, place: usize) -> bool {
        let mut open = self.state.cancellations.iter();
        open.any(|cancel| {
            let item = self.work.item_id(self.job(place).node.item);
            cancel.stage == CancelStage::Assessing
                && (cancel.item.is_none() || cancel.scope.iter().any(|id| id == item))
        })
    }

    /// The earliest moment at which time alone moves something.
    pub(super) fn next_wake(&self) -> Option<At> {
        let mut times: Vec<At> = Vec::new();
        let state = &self.state;
        if state.released.is_some() && state.begun.is_none() && state.ended.is_none() {
            times.extend(self.work.terms.requested_start);
        }
        // Whoever cancels waits for nothing: that it is late is no alarm then, and must not wake.
        let alarms = state.ended.is_none() && state.jeopardy.is_none() && !self.is_cancelled();
        if alarms && state.begun.is_some() {
            times.extend(self.work.terms.requested_completion);
        }
        times.extend(self.all().filter_map(|place| self.wake_of(place)));
        times.into_iter().min()
    }

    fn wake_of(&self, place: usize) -> Option<At> {
        let node = self.node(place);
        if node.goal == Goal::Abandon {
            return None;
        }
        match node.phase {
            Phase::Sending | Phase::UndoSending if !self.state.suspended => node.wake,
            Phase::Ready => node.wake.filter(|_| self.may_begin(place)),
            Phase::UndoReady => node.wake.filter(|_| self.may_go_on_undoing(place)),
            Phase::InProgress | Phase::Undoing => {
                let recall = node.wake.filter(|_| !self.state.suspended);
                let times = [recall, node.poll, self.next_alarm(place)];
                times.into_iter().flatten().min()
            }
            _ => None,
        }
    }
}
