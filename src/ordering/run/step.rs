//! One step of a run: what an input may look at and change.

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

use super::Run;

use super::effect::{Effect, TaskEnd};
use super::fallout::{Cause, Fallout, FalloutChange};
use super::ids::{Purpose, external_id};
use super::input::By;
use super::outcome::{Note, Outcome, Refusal, RefusalCode};
use super::state::{Anomaly, Goal, NodeState, PastError, Phase};
use super::work::{At, Doer, Job};
use crate::domain::clock::Micros;
use crate::ordering::order::{Action, Characteristic};
use crate::ordering::plan::{Because, Compensation, Node, NodeKind};

/// Anomalies and past errors that are kept; older ones go.
const KEPT: usize = 20;

/// It reads as the run that it changes.
pub(super) struct Step<'a> {
    run: &'a mut Run,
    pub(super) now: At,
    /// Who wanted it, where someone did.
    pub(super) by: Option<By>,
    pub(super) out: Outcome,
    /// Written to where there is no such node: nothing is written, nothing breaks.
    nowhere: NodeState,
}

/// Read where there is no such job.
static NO_JOB: LazyLock<Job> = LazyLock::new(|| Job {
    node: Node {
        key: String::new(),
        item: usize::MAX,
        kind: NodeKind::ManualTask,
        name: String::new(),
        action: Action::NoChange,
        specification: None,
        service: None,
        settings: Vec::new(),
        previous: Vec::new(),
        target: None,
        after: Vec::new(),
        compensation: Compensation::Nothing,
        point_of_no_return: None,
        timeout: None,
        milestone: None,
        supplies: Vec::new(),
        parameters: serde_json::Map::new(),
        because: Because {
            item: String::new(),
            path: Vec::new(),
            rule: None,
        },
    },
    revision: 0,
    supersedes: None,
});

static NO_NODE: LazyLock<NodeState> = LazyLock::new(NodeState::default);

impl Deref for Step<'_> {
    type Target = Run;

    fn deref(&self) -> &Run {
        self.run
    }
}

impl DerefMut for Step<'_> {
    fn deref_mut(&mut self) -> &mut Run {
        self.run
    }
}

/// What can be read of a run by place; there is nothing that does not exist.
impl Run {
    pub(super) fn job(&self, place: usize) -> &Job {
        self.work.jobs.get(place).unwrap_or(&NO_JOB)
    }

    pub(super) fn node(&self, place: usize) -> &NodeState {
        self.state.nodes.get(place).unwrap_or(&NO_NODE)
    }

    pub(super) fn all(&self) -> std::ops::Range<usize> {
        0..self.state.nodes.len()
    }

    pub(super) fn doer(&self, place: usize) -> Doer {
        self.job(place).doer()
    }

    /// The external id under which a node is done, or undone.
    pub(super) fn external_id(&self, place: usize, purpose: Purpose) -> String {
        let node = self.node(place);
        external_id(&self.work, place, purpose, (node.round, node.undo_round))
    }

    /// The one that counts in the phase that it is in.
    pub(super) fn current_id(&self, place: usize) -> String {
        let purpose = if self.node(place).phase.is_undo() {
            Purpose::Undo
        } else {
            Purpose::Do
        };
        self.external_id(place, purpose)
    }

    pub(super) fn is_manual_undo(&self, place: usize) -> bool {
        matches!(self.job(place).node.compensation, Compensation::Manual(_))
    }
}

impl<'a> Step<'a> {
    pub(super) fn new(run: &'a mut Run, now: Micros) -> Self {
        Step {
            run,
            now: now.0,
            by: None,
            out: Outcome::default(),
            nowhere: NodeState::default(),
        }
    }

    pub(super) fn node_mut(&mut self, place: usize) -> &mut NodeState {
        let nodes = &mut self.run.state.nodes;
        nodes.get_mut(place).unwrap_or(&mut self.nowhere)
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.out.effects.push(effect);
    }

    pub(super) fn refuse(&mut self, code: RefusalCode, message: impl Into<String>) {
        self.out.refused = Some(Refusal {
            code,
            message: message.into(),
        });
    }

    fn who(&self) -> Option<String> {
        self.by.as_ref().map(|by| by.who.clone())
    }

    /// An entry of the log about the order.
    pub(super) fn note_order(&mut self, from: &'static str, to: &'static str, why: String) {
        let by = self.who();
        self.out.notes.push(Note {
            at: Micros(self.now),
            node: None,
            external_id: None,
            from,
            to,
            why,
            by,
        });
    }

    /// An entry of the log about a node that does not change its phase.
    pub(super) fn note_node(&mut self, place: usize, why: impl Into<String>) {
        let phase = self.node(place).phase.as_str();
        self.note(place, phase, phase, why.into());
    }

    fn note(&mut self, place: usize, from: &'static str, to: &'static str, why: String) {
        let by = self.who();
        let node = Some(self.job(place).node.key.clone());
        let external_id = Some(self.current_id(place));
        self.out.notes.push(Note {
            at: Micros(self.now),
            node,
            external_id,
            from,
            to,
            why,
            by,
        });
    }

    /// Moves a node to a phase.
    pub(super) fn set(&mut self, place: usize, to: Phase, why: impl Into<String>) {
        let now = self.now;
        let person = self.doer(place) == Doer::Person;
        let node = self.node_mut(place);
        let from = node.phase;
        if from == to {
            return;
        }
        node.phase = to;
        node.wake = None;
        let ends = !matches!(
            to,
            Phase::Waiting
                | Phase::Ready
                | Phase::Sending
                | Phase::InProgress
                | Phase::UndoReady
                | Phase::UndoSending
                | Phase::Undoing
        );
        node.ended = ends.then_some(now);
        if ends {
            node.poll = None;
        }
        if to == Phase::Completed {
            node.completed = node.completed.or(Some(now));
        }
        // Whoever had it to do sees it go, also when it was they who did it.
        let undone_by_hand = person || self.is_manual_undo(place);
        let why = why.into();
        if (person && from == Phase::InProgress) || (undone_by_hand && from == Phase::Undoing) {
            self.close_task(place, from, why.clone());
        }
        self.note(place, from.as_str(), to.as_str(), why);
    }

    fn close_task(&mut self, place: usize, from: Phase, why: String) {
        let purpose = if from == Phase::Undoing {
            Purpose::Undo
        } else {
            Purpose::Do
        };
        let external_id = self.external_id(place, purpose);
        let node = self.job(place).node.key.clone();
        let is_done = matches!(self.node(place).phase, Phase::Completed | Phase::Undone);
        self.effect(Effect::CloseTask(TaskEnd {
            node,
            external_id,
            is_done,
            why,
        }));
    }

    /// Opens a fallout; one that is open already for the same cause stays as it is.
    pub(super) fn open(&mut self, place: usize, cause: Cause, message: impl Into<String>) {
        let open = self.node(place).fallout.as_ref().map(|open| open.cause);
        if open == Some(cause) {
            return;
        }
        self.resolve(place, "report");
        let message = message.into();
        let now = self.now;
        let (key, item) = (self.job(place).node.key.clone(), self.job(place).node.item);
        let item = self.work.item_id(self.work.ordered(item)).to_owned();
        let id = self.current_id(place);
        let node = self.node_mut(place);
        node.fallouts = node.fallouts.saturating_add(1);
        let fallout = Fallout {
            id: format!("{id}.f{}", node.fallouts),
            node: key,
            item: item.clone(),
            cause,
            message: message.clone(),
            opened_at: now,
            attempts: node.attempt.saturating_sub(node.base),
        };
        node.fallout = Some(fallout.clone());
        self.out.fallouts.push(FalloutChange::Opened(fallout));
        self.state.errors.push(PastError {
            at: now,
            item,
            code: cause.as_str().to_owned(),
            message,
        });
        keep_last(&mut self.state.errors);
    }

    /// Closes the fallout of a node, if there is one.
    pub(super) fn resolve(&mut self, place: usize, how: &'static str) {
        let Some(fallout) = self.node_mut(place).fallout.take() else {
            return;
        };
        self.out.fallouts.push(FalloutChange::Resolved {
            id: fallout.id,
            how,
            by: self.who(),
            note: self.by.as_ref().and_then(|by| by.note.clone()),
        });
    }

    /// A node could not be done, or undone. People are asked where its being done is wanted;
    /// where it is not, its not being done is what was wanted.
    pub(super) fn fail(&mut self, place: usize, cause: Cause, message: &str) {
        if self.node(place).phase.is_undo() {
            self.set(place, Phase::UndoFailed, message);
            self.open(place, Cause::CompensationFailed, message);
            return;
        }
        self.set(place, Phase::Failed, message);
        if self.node(place).goal == Goal::Do {
            self.open(place, cause, message);
        } else {
            self.resolve(place, "report");
        }
    }

    /// Remembers what should not have happened; false if it is remembered already.
    pub(super) fn anomaly(&mut self, external_id: &str, message: impl Into<String>) -> bool {
        let message = message.into();
        let known = self.state.anomalies.iter();
        let mut known = known.filter(|a| a.external_id == external_id && a.message == message);
        if known.next().is_some() {
            return false;
        }
        let at = self.now;
        self.state.anomalies.push(Anomaly {
            at,
            external_id: external_id.to_owned(),
            message,
        });
        keep_last(&mut self.state.anomalies);
        true
    }
}

fn keep_last<T>(list: &mut Vec<T>) {
    let over = list.len().saturating_sub(KEPT);
    list.drain(..over);
}

/// Takes over characteristics by name; later ones win.
pub(super) fn merge(into: &mut Vec<Characteristic>, from: &[Characteristic]) {
    for new in from {
        match into.iter_mut().find(|old| old.name == new.name) {
            Some(old) => old.value.clone_from(&new.value),
            None => into.push(new.clone()),
        }
    }
}
