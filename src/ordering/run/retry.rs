//! Calls that failed: what is tried again and when, and what people must look at.

use super::fallout::Cause;
use super::ids::{Named, Purpose, named, spread};
use super::input::Fault;
use super::state::{Goal, Phase, Recall};
use super::step::Step;
use super::work::{At, micros};

/// The longest pause in milliseconds that another side may ask for, unless the policy itself has longer ones.
const ASKED_MAX: u64 = 3_600_000;

impl Step<'_> {
    /// What an external id names, if it is of the round that counts; otherwise it is remembered
    /// as an anomaly.
    pub(super) fn current(&mut self, external_id: &str) -> Option<Named> {
        let Some(named) = named(&self.work, external_id) else {
            self.anomaly(external_id, "nothing of this order is called so");
            return None;
        };
        let node = self.node(named.job);
        let undo_fits = named.purpose == Purpose::Do || named.undo_round == node.undo_round;
        (named.round == node.round && undo_fits).then_some(named)
    }

    /// A sending failed.
    pub(super) fn send_failed(
        &mut self,
        id: &str,
        attempt: u32,
        fault: Fault,
        message: &str,
        wait: Option<u64>,
    ) {
        let Some(named) = self.current(id) else {
            return;
        };
        let place = named.job;
        let waits = match named.purpose {
            Purpose::Do => Phase::Sending,
            Purpose::Undo => Phase::UndoSending,
        };
        // Who was overtaken, by a report or by a later try, has nothing to say any more.
        if self.node(place).phase != waits || self.node(place).attempt != attempt {
            return;
        }
        if fault == Fault::Business {
            return self.fail(place, Cause::Business, message);
        }
        if fault == Fault::Unknown {
            self.node_mut(place).maybe = true;
        }
        match named.purpose {
            Purpose::Do => self.try_again(place, Phase::Ready, message, wait),
            Purpose::Undo => self.try_again(place, Phase::UndoReady, message, wait),
        }
    }

    /// Sends it once more after a pause, if the policy has tries left.
    fn try_again(&mut self, place: usize, ready: Phase, message: &str, asked: Option<u64>) {
        let node = self.node(place);
        let tries = node.attempt.saturating_sub(node.base);
        if ready == Phase::Ready && node.goal != Goal::Do {
            // Nothing more is sent; what becomes of it is decided where ready nodes are left.
            return self.set(place, Phase::Ready, message);
        }
        if tries >= self.work.policy.retry_of(self.job(place)).attempts {
            return self.fail(place, Cause::TransientExhausted, message);
        }
        let wake = self.pause(place, tries, asked);
        self.set(place, ready, message);
        self.node_mut(place).wake = Some(wake);
    }

    /// When to try again after a number of tries: each wait doubles, and differs between nodes so
    /// that those that failed together do not come back together. Not before the other side asks for it.
    fn pause(&self, place: usize, tries: u32, asked: Option<u64>) -> At {
        let retry = self.work.policy.retry_of(self.job(place));
        let doublings = tries.saturating_sub(1).min(30);
        let wait = retry.first.saturating_mul(1 << doublings).min(retry.max);
        let asked = asked.unwrap_or(0).min(retry.max.max(ASKED_MAX));
        let jitter = spread(&self.current_id(place), tries) % 512;
        let wait = micros(wait.max(1)).saturating_div(1024);
        let wait = wait.saturating_mul(i64::try_from(768 + jitter).unwrap_or(1024));
        self.now.saturating_add(wait.max(micros(asked)).max(1))
    }

    pub(super) fn cancel_accepted(&mut self, id: &str) {
        let Some(place) = self.recalled(id) else {
            return;
        };
        self.node_mut(place).recall = Recall::Asked;
        self.node_mut(place).wake = None;
        self.rest(place);
    }

    pub(super) fn cancel_failed(
        &mut self,
        id: &str,
        fault: Fault,
        message: &str,
        wait: Option<u64>,
    ) {
        let Some(place) = self.recalled(id) else {
            return;
        };
        if self.node(place).recall != Recall::Sending {
            return;
        }
        let tries = self.node(place).recalls;
        let attempts = self.work.policy.retry_of(self.job(place)).attempts;
        if fault == Fault::Business || tries >= attempts {
            let node = self.node_mut(place);
            node.recall = Recall::Refused;
            node.wake = None;
            self.note_node(place, format!("it was not taken back: {message}"));
            return self.rest(place);
        }
        let wake = self.pause(place, tries, wait);
        let node = self.node_mut(place);
        node.recall = Recall::Waiting;
        node.wake = Some(wake);
    }

    fn recalled(&mut self, id: &str) -> Option<usize> {
        let named = self.current(id)?;
        let node = self.node(named.job);
        let fits = named.purpose == Purpose::Do
            && node.phase == Phase::InProgress
            && matches!(node.recall, Recall::Sending | Recall::Waiting);
        fits.then_some(named.job)
    }

    /// The other side was asked and does not know it. One such answer may come from a system that
    /// is behind its own acceptance; two in a row count.
    pub(super) fn not_found(&mut self, id: &str) {
        let Some(named) = self.current(id) else {
            return;
        };
        let place = named.job;
        let waits = match named.purpose {
            Purpose::Do => Phase::InProgress,
            Purpose::Undo => Phase::Undoing,
        };
        if self.node(place).phase != waits || self.doer(place) != super::work::Doer::Remote {
            return;
        }
        let again = self.now.saturating_add(micros(
            self.work.policy.retry_of(self.job(place)).first.max(1),
        ));
        let node = self.node_mut(place);
        if node.missed == node.polls {
            return;
        }
        node.missed = node.polls;
        node.misses = node.misses.saturating_add(1);
        if node.misses < 2 {
            node.poll = Some(again);
            return;
        }
        self.lost(place, named.purpose);
    }

    fn lost(&mut self, place: usize, purpose: Purpose) {
        let why = "the other side does not know it";
        self.ask_from_the_beginning(place);
        let node = self.node_mut(place);
        node.maybe = true;
        match purpose {
            Purpose::Undo => {
                node.undo_remote = None;
                self.try_again(place, Phase::UndoReady, why, None);
            }
            Purpose::Do if node.goal == Goal::Do => {
                node.remote = None;
                node.remote_state = None;
                self.resolve(place, "report");
                self.try_again(place, Phase::Ready, why, None);
            }
            Purpose::Do => {
                node.maybe = false;
                self.stop(place, why);
            }
        }
    }

    /// When a call that is made now is taken for lost.
    pub(super) fn takeover_at(&self) -> At {
        let patience = micros(self.work.policy.takeover.max(1));
        self.now.saturating_add(patience)
    }

    /// Whoever made the call is gone, or its answer was lost: it is made once more.
    pub(super) fn take_over(&mut self, place: usize) {
        let purpose = match self.node(place).phase {
            Phase::Sending => Purpose::Do,
            Phase::UndoSending => Purpose::Undo,
            _ => return,
        };
        if self.doer(place) != super::work::Doer::Remote {
            // Our own work and the state before it are written together.
            return;
        }
        self.note_node(place, "nobody told how the call ended");
        self.send_anew(place, purpose);
    }

    fn send_anew(&mut self, place: usize, purpose: Purpose) {
        let settings = match self.settings(place) {
            Ok(settings) => settings,
            Err(_) if purpose == Purpose::Undo => Vec::new(),
            Err(message) => return self.fail(place, Cause::Internal, &message),
        };
        use super::effect::Effect;
        self.node_mut(place).maybe = true;
        if purpose == Purpose::Do && self.node(place).goal != Goal::Do {
            return self.set(place, Phase::Ready, "whether it was sent is not known");
        }
        let effect = match purpose {
            Purpose::Do => {
                let request = self.request(place, settings);
                Effect::Send(Box::new(self.delivery(place, purpose, request)))
            }
            Purpose::Undo => {
                let request = self.undo_request(place);
                Effect::SendUndo(Box::new(self.delivery(place, purpose, request)))
            }
        };
        self.effect(effect);
    }
}
