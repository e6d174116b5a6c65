//! Making views.

use super::Run;
use super::ids::Purpose;
use super::state::{Goal, Phase};
use super::status::Status;
use super::view::{ErrorMessage, Jeopardy, Milestone, MilestoneStatus, NodeView, Progress, View};
use super::work::At;
use crate::domain::clock::Micros;

const MINUTE: At = 60_000_000;

impl Run {
    pub(super) fn make_view(&self) -> View {
        let state = &self.state;
        let statuses = self.item_statuses();
        let items = self.work.items.iter().zip(&statuses);
        let ordered = items.filter(|(item, _)| item.ordered);
        View {
            state: state.order,
            ended: state.ended.map(Micros),
            items: ordered.map(|(item, s)| (item.id.clone(), *s)).collect(),
            expected_completion: self.expected(),
            milestones: self.milestones(),
            jeopardies: self.jeopardies(),
            errors: self.errors(),
            fallouts: state
                .nodes
                .iter()
                .filter_map(|n| n.fallout.clone())
                .collect(),
            cancellations: state.cancellations.clone(),
            progress: self.progress(),
            suspended: state.suspended,
            waiting: state.waiting,
        }
    }

    /// To the minute, later rather than earlier: not every step makes it another.
    fn expected(&self) -> Option<Micros> {
        let over = self.state.ended.is_some() || self.state.order == Status::PendingCancellation;
        let end = self.expected_end().filter(|_| !over)?;
        let minutes = end.saturating_add(MINUTE - 1).div_euclid(MINUTE);
        Some(Micros(minutes.saturating_mul(MINUTE)))
    }

    fn item_of(&self, place: usize) -> String {
        let item = self.work.ordered(self.job(place).node.item);
        self.work.item_id(item).to_owned()
    }

    /// Jobs that count: the latest of their keys.
    fn latest_jobs(&self) -> Vec<usize> {
        let superseded: Vec<usize> = self
            .work
            .jobs
            .iter()
            .filter_map(|job| job.supersedes)
            .collect();
        let live = self.all().filter(|place| !superseded.contains(place));
        live.collect()
    }

    fn milestones(&self) -> Vec<Milestone> {
        let mut milestones = Vec::new();
        for place in self.latest_jobs() {
            let Some(name) = self.job(place).node.milestone.clone() else {
                continue;
            };
            let node = self.node(place);
            let reached = node.phase == Phase::Completed || node.phase.is_undo();
            let (status, message) = match node.phase {
                _ if reached => (MilestoneStatus::Completed, None),
                Phase::Skipped => (MilestoneStatus::Violated, Some("it was skipped")),
                Phase::Cancelled => (MilestoneStatus::Violated, Some("it was taken back")),
                _ if node.late => (MilestoneStatus::Violated, Some("it is late")),
                _ => (MilestoneStatus::YetToReach, None),
            };
            milestones.push(Milestone {
                id: self.job(place).node.key.clone(),
                name,
                status,
                date: node.reached().map(Micros).filter(|_| reached),
                message: message.map(str::to_owned),
                item: self.item_of(place),
            });
        }
        milestones
    }

    fn jeopardies(&self) -> Vec<Jeopardy> {
        let mut alerts = Vec::new();
        if let Some(at) = self.state.jeopardy {
            alerts.push(Jeopardy {
                id: "order".to_owned(),
                date: Micros(at),
                name: "requested completion".to_owned(),
                kind: "completionDate",
                message: "the order is expected to end after its requested completion".to_owned(),
                item: None,
            });
        }
        for place in self.all() {
            let node = self.node(place);
            let name = &self.job(place).node.name;
            if let Some(at) = node.jeopardy {
                let message = format!("most of the time for {name} is over");
                alerts.push(self.alert(place, at, "nodeTimeout", message));
            }
            if let Some(at) = node.blocked {
                let message = format!("{name} is held or lacks information at the other side");
                alerts.push(self.alert(place, at, "remoteBlocked", message));
            }
        }
        alerts
    }

    fn alert(&self, place: usize, at: At, kind: &'static str, message: String) -> Jeopardy {
        Jeopardy {
            id: format!("{}.{kind}", self.external_id(place, Purpose::Do)),
            date: Micros(at),
            name: self.job(place).node.name.clone(),
            kind,
            message,
            item: Some(self.item_of(place)),
        }
    }

    fn errors(&self) -> Vec<ErrorMessage> {
        let errors = self.state.errors.iter();
        errors
            .map(|error| ErrorMessage {
                timestamp: Micros(error.at),
                code: error.code.clone(),
                message: error.message.clone(),
                item: error.item.clone(),
            })
            .collect()
    }

    fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        for place in self.latest_jobs() {
            let node = self.node(place);
            let slot = match node.phase {
                Phase::Completed if node.goal != Goal::Undo => &mut progress.done,
                Phase::Skipped => &mut progress.done,
                Phase::Waiting | Phase::Ready => &mut progress.waiting,
                Phase::Failed | Phase::UndoFailed => &mut progress.failed,
                Phase::Cancelled | Phase::Undone => &mut progress.taken_back,
                _ => &mut progress.running,
            };
            *slot = slot.saturating_add(1);
            progress.total = progress.total.saturating_add(1);
        }
        progress
    }

    pub(super) fn node_views(&self) -> Vec<NodeView> {
        self.all().map(|place| self.node_view(place)).collect()
    }

    fn node_view(&self, place: usize) -> NodeView {
        let (job, state) = (self.job(place), self.node(place));
        let before = job.node.after.iter();
        NodeView {
            key: job.node.key.clone(),
            revision: job.revision,
            external_id: self.current_id(place),
            item: self.work.item_id(job.node.item).to_owned(),
            name: job.node.name.clone(),
            kind: job.node.kind,
            target: job.node.target.clone(),
            phase: state.phase,
            goal: state.goal,
            attempts: state.attempt,
            remote_id: if state.phase.is_undo() {
                state.undo_remote.clone()
            } else {
                state.remote.clone()
            },
            remote_state: state.remote_state,
            started: state.started.map(Micros),
            ended: state.ended.map(Micros),
            due: state.due.map(Micros),
            fallout: state.fallout.as_ref().map(|f| f.id.clone()),
            after: before.map(|b| self.job(*b).node.key.clone()).collect(),
        }
    }
}
