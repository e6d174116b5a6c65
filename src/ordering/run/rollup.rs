//! From nodes to items to the order (TMF622's state machine): what states follow from theirs.

use super::Run;
use super::state::{CancelStage, Fate, Goal, Phase};
use super::status::Status;
use super::step::Step;
use crate::ordering::order::Action;

/// What the nodes of an item say together.
#[derive(Clone, Copy, Default)]
struct Sum {
    nodes: u32,
    begun: bool,
    /// Something is still to happen.
    open: bool,
    fallout: bool,
    held: bool,
    pending: bool,
    /// Something was left undone when the order was stopped.
    undone: bool,
}

/// A set of states.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct States(u16);

impl States {
    fn add(&mut self, status: Status) {
        self.0 |= 1 << (status as u16);
    }

    fn has(self, status: Status) -> bool {
        self.0 & (1 << (status as u16)) != 0
    }

    fn only(self, of: &[Status]) -> bool {
        let mut allowed = States::default();
        of.iter().for_each(|status| allowed.add(*status));
        self.0 & !allowed.0 == 0
    }

    /// The state of what has parts in these states.
    fn together(self) -> Status {
        use Status::{
            Acknowledged, AssessingCancellation, Cancelled, Completed, Failed, Held, InProgress,
            Pending, PendingCancellation,
        };
        if self.has(Held) {
            return Held;
        }
        if self.has(Pending) {
            return Pending;
        }
        if self.only(&[Acknowledged]) {
            return Acknowledged;
        }
        if self.has(AssessingCancellation) && self.only(&[AssessingCancellation, Cancelled]) {
            return AssessingCancellation;
        }
        if self.has(PendingCancellation) && self.only(&[PendingCancellation, Cancelled]) {
            return PendingCancellation;
        }
        let open = [
            Acknowledged,
            AssessingCancellation,
            InProgress,
            PendingCancellation,
        ];
        if open.into_iter().any(|status| self.has(status)) {
            return InProgress;
        }
        if self.has(Failed) {
            return Failed;
        }
        if self.has(Completed) {
            return Completed;
        }
        Cancelled
    }
}

impl Run {
    /// True when nothing more is to happen with a node.
    pub(super) fn is_settled(&self, place: usize) -> bool {
        let node = self.node(place);
        if node.goal == Goal::Abandon {
            return true;
        }
        if node.fallout.is_some() {
            return false;
        }
        let phase = node.phase;
        match node.goal {
            Goal::Do | Goal::Skip => matches!(phase, Phase::Completed | Phase::Skipped),
            Goal::Drop => matches!(
                phase,
                Phase::Completed | Phase::Skipped | Phase::Cancelled | Phase::Undone
            ),
            Goal::Settle => matches!(
                phase,
                Phase::Completed
                    | Phase::Skipped
                    | Phase::Cancelled
                    | Phase::Failed
                    | Phase::Undone
            ),
            Goal::Undo => matches!(phase, Phase::Undone | Phase::Cancelled | Phase::Skipped),
            Goal::Abandon => true,
        }
    }

    fn sums(&self) -> Vec<Sum> {
        let mut sums = vec![Sum::default(); self.work.items.len()];
        for place in self.all() {
            let node = self.node(place);
            let Some(sum) = sums.get_mut(self.job(place).node.item) else {
                continue;
            };
            sum.nodes = sum.nodes.saturating_add(1);
            sum.open |= !self.is_settled(place);
            sum.begun |= node.started.is_some() || node.phase != Phase::Waiting;
            if node.goal == Goal::Abandon {
                sum.undone |= !matches!(node.phase, Phase::Completed | Phase::Skipped);
                continue;
            }
            sum.fallout |= node.fallout.is_some();
            if node.phase == Phase::InProgress {
                sum.held |= node.remote_state == Some(Status::Held);
                sum.pending |= node.remote_state == Some(Status::Pending);
            }
        }
        sums
    }

    /// The states of all items.
    pub(super) fn item_statuses(&self) -> Vec<Status> {
        let sums = self.sums();
        let mut below = vec![States::default(); sums.len()];
        let mut statuses = vec![Status::Acknowledged; sums.len()];
        // Parts follow their bundle, so that going backwards they come first.
        for (place, sum) in sums.iter().enumerate().rev() {
            let mut set = below.get(place).copied().unwrap_or_default();
            let idle = sum.nodes == 0 && set == States::default() && !self.is_ordered(place);
            let fate = self.fate(place);
            if sum.nodes > 0 || fate.is_some() || set == States::default() {
                set.add(self.own_status(place, sum, fate));
            }
            let status = set.together();
            if let Some(slot) = statuses.get_mut(place) {
                *slot = status;
            }
            let parent = self.work.items.get(place).and_then(|item| item.parent);
            // What was taken out of a bundle, or brings no work, says nothing of the rest of it.
            let counts = status != Status::Cancelled && !idle;
            if let Some(outer) = parent.and_then(|parent| below.get_mut(parent))
                && counts
            {
                outer.add(status);
            }
        }
        statuses
    }

    /// False for what a bundle brings.
    fn is_ordered(&self, item: usize) -> bool {
        let items = &self.work.items;
        items.get(item).is_some_and(|item| item.ordered)
    }

    fn fate(&self, item: usize) -> Option<Fate> {
        if self.state.fates.is_empty() {
            return None;
        }
        self.state.fates.get(self.work.item_id(item)).copied()
    }

    fn own_status(&self, item: usize, sum: &Sum, fate: Option<Fate>) -> Status {
        match fate {
            Some(Fate::Cancelled | Fate::Gone) if sum.open => return Status::PendingCancellation,
            Some(Fate::Cancelled | Fate::Gone) => return Status::Cancelled,
            Some(Fate::Failed) if !sum.open => return Status::Failed,
            _ => {}
        }
        if sum.undone {
            return Status::Failed;
        }
        let begun = self.state.begun.is_some() || self.state.ended.is_some();
        if begun && !sum.open {
            return Status::Completed;
        }
        if self.is_assessed_item(item) {
            return Status::AssessingCancellation;
        }
        if sum.fallout || sum.held || (self.state.suspended && sum.begun) {
            return Status::Held;
        }
        if sum.pending {
            return Status::Pending;
        }
        if sum.begun {
            Status::InProgress
        } else {
            Status::Acknowledged
        }
    }

    fn is_assessed_item(&self, item: usize) -> bool {
        let mut open = self.state.cancellations.iter();
        open.any(|cancel| {
            cancel.stage == CancelStage::Assessing
                && cancel.scope.iter().any(|id| id == self.work.item_id(item))
        })
    }

    /// All of it is being taken back, or was.
    pub(super) fn is_cancelled(&self) -> bool {
        let mut granted = self.state.cancellations.iter();
        granted.any(|c| {
            c.item.is_none() && matches!(c.stage, CancelStage::Pending | CancelStage::Done)
        })
    }

    fn final_status(&self) -> Status {
        let statuses = self.item_statuses();
        if self.is_cancelled() && !self.state.aborted {
            return Status::Cancelled;
        }
        let mut set = States::default();
        let mut unchanged = States::default();
        for (place, status) in statuses.into_iter().enumerate() {
            if self.fate(place) == Some(Fate::Gone) {
                continue;
            }
            // A bundle is as its parts are, and what is not changed cannot fail.
            let items = &self.work.items;
            let nodes = self.all().any(|job| self.job(job).node.item == place);
            let bundle = !nodes && items.iter().any(|item| item.parent == Some(place));
            let idle = items
                .get(place)
                .is_some_and(|item| item.action == Action::NoChange);
            match (bundle, idle) {
                _ if !nodes && !self.is_ordered(place) => {}
                (true, _) => {}
                (false, true) => unchanged.add(status),
                (false, false) => set.add(status),
            }
        }
        let set = if set == States::default() {
            unchanged
        } else {
            set
        };
        match (set.has(Status::Completed), set.has(Status::Failed)) {
            (true, true) => Status::Partial,
            (false, true) => Status::Failed,
            (false, false) if set.has(Status::Cancelled) => Status::Cancelled,
            _ => Status::Completed,
        }
    }

    fn running_status(&self) -> Status {
        let order = |stage| {
            let mut all = self.state.cancellations.iter();
            all.any(|c| c.item.is_none() && c.stage == stage)
        };
        if order(CancelStage::Pending) {
            return Status::PendingCancellation;
        }
        if order(CancelStage::Assessing) {
            return Status::AssessingCancellation;
        }
        if self.state.suspended {
            return Status::Held;
        }
        if self.state.begun.is_none() {
            return Status::Acknowledged;
        }
        let sums = self.sums();
        if sums.iter().any(|sum| sum.fallout || sum.held) {
            return Status::Held;
        }
        if sums.iter().any(|sum| sum.pending) {
            return Status::Pending;
        }
        Status::InProgress
    }
}

impl Step<'_> {
    /// Ends the order, if it is at its end, and its cancellations; says what state it is in now.
    pub(super) fn close(&mut self) {
        let before = self.state.order;
        if self.state.ended.is_none() {
            self.end_order();
            self.close_cancellations();
            self.alarm_order();
        } else {
            self.close_cancellations();
        }
        if self.state.ended.is_none() {
            self.state.order = self.running_status();
        }
        let after = self.state.order;
        if before != after {
            self.note_order(before.as_str(), after.as_str(), String::new());
        }
    }

    fn end_order(&mut self) {
        let fated = |item: &_| self.state.fates.contains_key(item);
        let began = self.state.begun.is_some()
            || self.state.aborted
            || (!self.state.fates.is_empty() && self.work.items.iter().all(|item| fated(&item.id)));
        let settled = self.all().all(|place| self.is_settled(place));
        if !began || !(settled || self.state.aborted) {
            return;
        }
        let end = self.final_status();
        self.state.ended = Some(self.now);
        self.state.order = end;
        let state = end.as_str();
        for cancel in &mut self.state.cancellations {
            if cancel.stage == CancelStage::Assessing {
                cancel.stage = CancelStage::Refused;
                cancel.reason = Some(format!("the order is {state}"));
            }
        }
    }

    fn close_cancellations(&mut self) {
        for at in 0..self.state.cancellations.len() {
            let Some(cancel) = self.state.cancellations.get(at) else {
                return;
            };
            if cancel.stage != CancelStage::Pending {
                continue;
            }
            let open = self.all().any(|place| {
                let id = self.work.item_id(self.job(place).node.item);
                let concerned = cancel.item.is_none() || cancel.scope.iter().any(|item| item == id);
                concerned && !self.is_settled(place)
            });
            if !open && let Some(cancel) = self.state.cancellations.get_mut(at) {
                cancel.stage = CancelStage::Done;
            }
        }
    }

    /// An order that is expected to be late is in jeopardy.
    fn alarm_order(&mut self) {
        let Some(wanted) = self.work.terms.requested_completion else {
            return;
        };
        if self.state.jeopardy.is_some() || self.state.ended.is_some() {
            return;
        }
        let begun = self.state.begun.is_some();
        let late = self.now > wanted || self.expected_end().is_some_and(|end| end > wanted);
        if begun && late && !self.is_cancelled() {
            self.state.jeopardy = Some(self.now);
            let state = self.state.order.as_str();
            self.note_order(
                state,
                state,
                "the requested completion is in jeopardy".into(),
            );
        }
    }
}
