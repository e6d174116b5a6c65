//! What operators do about nodes and orders.

use super::fallout::Cause;
use super::ids::named;
use super::input::Act;
use super::outcome::RefusalCode;
use super::state::{Fate, Goal, Phase, Recall};
use super::status::Status;
use super::step::{Step, merge};
use super::work::Doer;
use crate::ordering::order::Characteristic;
use crate::ordering::plan::Compensation;

impl Step<'_> {
    pub(super) fn act(&mut self, act: Act) {
        match act {
            Act::Retry { node, fallout } => self.with(&node, |step, place| {
                step.retry(place, fallout.as_deref(), &[], "retry");
            }),
            Act::EditRetry { node, settings } => self.with(&node, |step, place| {
                step.retry(place, None, &settings, "editRetry");
            }),
            Act::Complete { node, results } => {
                self.with(&node, |step, place| step.complete(place, &results));
            }
            Act::Skip { node, force } => self.with(&node, |step, place| step.skip(place, force)),
            Act::GiveUp { node, keep } => {
                self.with(&node, |step, place| step.give_up(place, keep));
            }
            Act::Cancel {
                task,
                item,
                force,
                dependants,
            } => self.cancel(task, item, force, dependants),
            Act::Decide { task, consent } => self.decide(&task, consent),
            Act::Amend { plan, force } => self.amend(plan, force),
            Act::Suspend => self.suspend(true),
            Act::Resume => self.suspend(false),
            Act::Abort => self.abort(),
        }
    }

    /// Does something with the node of a key.
    fn with(&mut self, key: &str, then: impl FnOnce(&mut Self, usize)) {
        match self.find(key) {
            Some(place) => then(self, place),
            None if named(&self.work, key).is_some() => {
                self.refuse(RefusalCode::State, format!("`{key}` is over"));
            }
            None => self.refuse(RefusalCode::Unknown, format!("there is no node `{key}`")),
        }
    }

    /// The job that an operator means by a key: the one that waits for a decision, otherwise one
    /// that someone works on, otherwise one that is not at its end, otherwise the latest. An
    /// external id names one of them exactly.
    fn find(&self, key: &str) -> Option<usize> {
        let rank = |place: usize| {
            let node = self.node(place);
            let open = node.ended.is_none();
            let idle = matches!(node.phase, Phase::Waiting | Phase::Ready);
            (node.fallout.is_some(), open && !idle, open, place)
        };
        let of_key = self.all().filter(|place| self.job(*place).node.key == key);
        let found = of_key.max_by_key(|place| rank(*place));
        found.or_else(|| {
            let place = named(&self.work, key)?.job;
            (self.current_id(place) == key).then_some(place)
        })
    }

    /// Refuses what cannot be done to an order at its end. What became visible after the end is
    /// closed by `complete` and `skip`.
    pub(super) fn is_over(&mut self) -> bool {
        let over = self.state.ended.is_some();
        if over {
            let state = self.state.order.as_str();
            self.refuse(RefusalCode::State, format!("the order is {state}"));
        }
        over
    }

    fn retry(
        &mut self,
        place: usize,
        fallout: Option<&str>,
        settings: &[Characteristic],
        how: &'static str,
    ) {
        let open = self.node(place).fallout.as_ref().map(|f| f.id.clone());
        let Some(open) = open else {
            return self.refuse(RefusalCode::State, "nothing of it is in fallout");
        };
        if fallout.is_some_and(|meant| meant != open) {
            return self.refuse(RefusalCode::State, "this fallout is closed");
        }
        if self.node(place).goal == Goal::Abandon {
            return self.refuse(RefusalCode::State, "the order was stopped");
        }
        merge(&mut self.node_mut(place).edited, settings);
        let lying = self.is_contradicted(place);
        self.resolve(place, how);
        match self.node(place).phase {
            Phase::Failed | Phase::Completed if lying => self.ask_again(place),
            Phase::Failed => self.redo(place),
            Phase::InProgress | Phase::Undoing => self.more_time(place),
            Phase::UndoFailed | Phase::Undone => self.redo_undo(place),
            _ => {}
        }
    }

    fn is_contradicted(&self, place: usize) -> bool {
        let cause = self.node(place).fallout.as_ref().map(|f| f.cause);
        cause == Some(Cause::Lying)
    }

    /// The other side contradicted itself: what it says now counts.
    fn ask_again(&mut self, place: usize) {
        let now = self.now;
        self.restart_clock(place);
        let node = self.node_mut(place);
        node.remote_state = None;
        node.reported = None;
        node.touched = false;
        self.ask_from_the_beginning(place);
        self.set(place, Phase::InProgress, "asked again");
        self.node_mut(place).poll = Some(now);
    }

    pub(super) fn redo(&mut self, place: usize) {
        if self.node(place).touched {
            // What is there of it goes first.
            self.node_mut(place).again = true;
            return self.begin_undo(place);
        }
        let node = self.node_mut(place);
        // An order that ended there is not taken up again: the next has its own external id.
        if node.remote_state.is_some_and(Status::is_final) {
            node.round = node.round.saturating_add(1);
            node.remote = None;
            node.remote_state = None;
            node.reported = None;
            node.undo_round = 0;
            node.undo_remote = None;
            node.maybe = false;
        }
        node.base = node.attempt;
        node.started = None;
        node.due = None;
        node.blocked = None;
        node.late = false;
        self.set(place, Phase::Ready, "tried again");
    }

    fn more_time(&mut self, place: usize) {
        self.restart_clock(place);
        let (now, remote) = (self.now, self.is_remote(place));
        self.ask_from_the_beginning(place);
        let node = self.node_mut(place);
        node.poll = remote.then_some(now);
        node.recalls = 0;
        if node.recall != Recall::Sending {
            node.wake = None;
            node.recall = Recall::No;
        }
        self.note_node(place, "given more time");
    }

    fn redo_undo(&mut self, place: usize) {
        let node = self.node_mut(place);
        if node.remote_state.is_some_and(Status::is_final) {
            node.undo_round = node.undo_round.saturating_add(1);
            node.remote_state = None;
            node.undo_remote = None;
            node.maybe = false;
        }
        node.base = node.attempt;
        node.due = None;
        self.set(place, Phase::UndoReady, "tried again");
    }

    fn complete(&mut self, place: usize, results: &[Characteristic]) {
        let node = self.node(place);
        if node.goal == Goal::Abandon {
            return self.acknowledge(place, "complete");
        }
        match node.phase {
            Phase::UndoReady | Phase::UndoSending | Phase::Undoing | Phase::UndoFailed => {
                self.resolve(place, "complete");
                self.set(place, Phase::Undone, "undone by hand");
            }
            Phase::Ready | Phase::Sending | Phase::InProgress | Phase::Failed => {
                if self.doer(place) == Doer::Ourselves && node.phase == Phase::Sending {
                    return self.refuse(RefusalCode::State, "it is being done");
                }
                self.resolve(place, "complete");
                merge(&mut self.node_mut(place).results, results);
                self.node_mut(place).touched = false;
                self.set(place, Phase::Completed, "done by hand");
            }
            Phase::Completed | Phase::Skipped | Phase::Undone => {
                self.resolve(place, "complete");
            }
            Phase::Waiting => {
                self.refuse(RefusalCode::State, "what it waits for is not done");
            }
            Phase::Cancelled => self.refuse(RefusalCode::State, "it was taken back"),
        }
    }

    /// Someone looked at it.
    fn acknowledge(&mut self, place: usize, how: &'static str) {
        if self.node(place).fallout.is_none() {
            return self.refuse(RefusalCode::State, "the order was stopped");
        }
        self.resolve(place, how);
    }

    fn skip(&mut self, place: usize, force: bool) {
        let node = self.node(place);
        let (goal, maybe) = (node.goal, node.maybe || node.touched);
        match node.phase {
            _ if goal == Goal::Abandon => self.acknowledge(place, "skip"),
            Phase::Completed | Phase::Skipped | Phase::Undone => self.resolve(place, "skip"),
            Phase::Cancelled => self.refuse(RefusalCode::State, "it was taken back"),
            Phase::UndoFailed => {
                self.resolve(place, "skip");
                self.set(place, Phase::Undone, "left as it is");
            }
            Phase::UndoReady | Phase::UndoSending | Phase::Undoing if force => {
                self.resolve(place, "skip");
                self.set(place, Phase::Undone, "left as it is");
            }
            Phase::UndoReady | Phase::UndoSending | Phase::Undoing => {
                self.refuse(RefusalCode::State, "it is being undone");
            }
            Phase::Sending if self.doer(place) == Doer::Ourselves => {
                self.refuse(RefusalCode::State, "it is being done");
            }
            Phase::Waiting | Phase::Ready | Phase::Failed if !maybe => self.leave_out(place),
            Phase::InProgress if self.doer(place) == Doer::Person => self.leave_out(place),
            _ if force => self.leave_out(place),
            _ if self.node(place).touched => self.refuse(
                RefusalCode::State,
                "something of it may be there: ask again, give it up, or force it",
            ),
            _ if goal == Goal::Do => self.aim(place, Goal::Skip, "skip"),
            _ => {}
        }
    }

    fn leave_out(&mut self, place: usize) {
        self.resolve(place, "skip");
        let node = self.node_mut(place);
        if node.goal == Goal::Do {
            node.goal = Goal::Skip;
        }
        self.stop(place, "skipped");
    }

    fn give_up(&mut self, place: usize, keep: bool) {
        if self.is_over() {
            return;
        }
        let node = self.node(place);
        if node.phase == Phase::UndoFailed {
            return self.skip(place, false);
        }
        if node.goal != Goal::Do || node.phase == Phase::Skipped {
            return self.refuse(RefusalCode::State, "nothing more is wanted of it");
        }
        let item = self.work.ordered(self.job(place).node.item);
        let items = self.closure(&[item]);
        if !keep && let Some((key, _)) = self.beyond(&items, true) {
            let message = format!("`{key}` cannot be undone: what is done can only be kept");
            return self.refuse(RefusalCode::PointOfNoReturn, message);
        }
        let goal = if keep { Goal::Drop } else { Goal::Undo };
        self.give(&items, Fate::Failed, goal, "giveUp");
    }

    /// Gives items a fate, and their jobs the goal that goes with it.
    pub(super) fn give(&mut self, items: &[usize], fate: Fate, goal: Goal, how: &'static str) {
        for item in items {
            let id = self.work.item_id(*item).to_owned();
            self.state.fates.entry(id).or_insert(fate);
        }
        for place in self.all() {
            if items.contains(&self.job(place).node.item) {
                self.aim(place, goal, how);
            }
        }
    }

    fn suspend(&mut self, suspended: bool) {
        if self.is_over() || self.state.suspended == suspended {
            return;
        }
        self.state.suspended = suspended;
        let why = if suspended { "suspended" } else { "resumed" };
        let state = self.state.order.as_str();
        self.note_order(state, state, why.to_owned());
    }

    fn abort(&mut self) {
        if self.is_over() {
            return;
        }
        let items = self.item_statuses();
        self.state.aborted = true;
        for place in self.all() {
            let item = self.job(place).node.item;
            let complete = items.get(item) == Some(&Status::Completed);
            if !complete {
                self.abandon(place);
            }
        }
    }

    /// Leaves a node as it is; what may be out there of it is shown to people.
    fn abandon(&mut self, place: usize) {
        self.resolve(place, "abort");
        let person = self.doer(place) == Doer::Person;
        let node = self.node_mut(place);
        node.goal = Goal::Abandon;
        node.poll = None;
        let in_doubt = node.maybe || node.touched;
        let remains = match node.phase {
            Phase::Waiting | Phase::Skipped | Phase::Cancelled | Phase::Undone => false,
            Phase::Ready | Phase::Failed => in_doubt,
            Phase::InProgress if person => {
                self.stop(place, "stopped");
                false
            }
            Phase::Completed => !matches!(self.job(place).node.compensation, Compensation::Nothing),
            _ => true,
        };
        if remains {
            let node = self.node(place);
            let message = match &node.remote {
                Some(remote) => format!("{}: remains as `{remote}`", node.phase.as_str()),
                None => format!("{}: remains", node.phase.as_str()),
            };
            self.open(place, Cause::Aborted, message);
        }
    }
}
