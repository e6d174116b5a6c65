//! Watching over what others have: questions when they are silent, alarms when they are late.

use super::Run;
use super::effect::Effect;
use super::fallout::Cause;
use super::state::Phase;
use super::step::Step;
use super::work::{At, Doer, micros};

impl Step<'_> {
    pub(super) fn watch(&mut self, place: usize) {
        self.poll(place);
        self.alarm(place);
    }

    fn poll(&mut self, place: usize) {
        if !self.is_remote(place) || self.node(place).goal == super::Goal::Abandon {
            return;
        }
        if self.node(place).poll.is_none_or(|at| at > self.now) {
            return;
        }
        let node = self.node_mut(place);
        node.polls = node.polls.saturating_add(1);
        let (now, wait) = (self.now, self.poll_wait(place));
        let node = self.node_mut(place);
        node.poll = Some(now.saturating_add(wait));
        let undoing = node.phase == Phase::Undoing;
        let remote_id = if undoing {
            node.undo_remote.clone()
        } else {
            node.remote.clone()
        };
        let job = self.job(place);
        let effect = Effect::Poll {
            node: job.node.key.clone(),
            external_id: self.current_id(place),
            remote_id,
            target: job.node.target.clone(),
        };
        self.effect(effect);
    }

    pub(super) fn ask_from_the_beginning(&mut self, place: usize) {
        let node = self.node_mut(place);
        node.polls = 0;
        node.misses = 0;
        node.missed = 0;
    }

    /// The other side said something: it is asked only after a new silence.
    pub(super) fn rest(&mut self, place: usize) {
        let now = self.now;
        self.ask_from_the_beginning(place);
        let wait = self.poll_wait(place);
        let remote = self.is_remote(place);
        let node = self.node_mut(place);
        node.poll = remote.then(|| now.saturating_add(wait));
    }

    fn alarm(&mut self, place: usize) {
        if self.node(place).fallout.is_some() || self.node(place).goal == super::Goal::Abandon {
            return;
        }
        let now = self.now;
        if self.node(place).jeopardy.is_none()
            && self.jeopardy_at(place).is_some_and(|at| at <= now)
        {
            self.node_mut(place).jeopardy = Some(now);
            self.note_node(place, "most of its time is over");
        }
        if self.node(place).due.is_some_and(|due| due <= now) {
            self.node_mut(place).late = true;
            let cause = if self.node(place).phase == Phase::Undoing {
                Cause::CompensationFailed
            } else {
                Cause::Timeout
            };
            self.open(place, cause, "it did not end in its time");
        }
    }

    /// Its time begins anew.
    pub(super) fn restart_clock(&mut self, place: usize) {
        let (now, limit) = (self.now, self.work.policy.limit(self.job(place)));
        self.node_mut(place).due = limit.map(|limit| now.saturating_add(limit));
    }
}

/// When and whether others are asked, and alarms are raised.
impl Run {
    /// True when another system has it, or its undoing.
    pub(super) fn is_remote(&self, place: usize) -> bool {
        let by_hand = self.node(place).phase == Phase::Undoing && self.is_manual_undo(place);
        self.doer(place) == Doer::Remote && !by_hand
    }

    /// Microseconds until it is asked after: the longer, the more often it was asked in vain.
    fn poll_wait(&self, place: usize) -> At {
        let policy = &self.work.policy;
        let doublings = self.node(place).polls.min(20);
        let wait = policy.poll_first.max(1).saturating_mul(1 << doublings);
        micros(wait.min(policy.poll_max.max(1)))
    }

    /// When it becomes endangered.
    fn jeopardy_at(&self, place: usize) -> Option<At> {
        let node = self.node(place);
        let due = node.due?;
        let limit = self.work.policy.limit(self.job(place))?;
        let percent = i64::from(100_u8.saturating_sub(self.work.policy.jeopardy.min(100)));
        Some(due.saturating_sub((limit / 100).saturating_mul(percent)))
    }

    /// When time alone changes what is said of it.
    pub(super) fn next_alarm(&self, place: usize) -> Option<At> {
        let node = self.node(place);
        if node.fallout.is_some() {
            return None;
        }
        match node.jeopardy {
            None => self.jeopardy_at(place),
            Some(_) => node.due,
        }
    }
}
