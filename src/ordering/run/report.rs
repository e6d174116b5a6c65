//! What other systems say: in their answers, to questions, in callbacks; once, twice, late, in any
//! order, and not always the truth.

use super::fallout::Cause;
use super::ids::{Named, Purpose, named};
use super::input::Report;
use super::state::{Goal, Phase};
use super::status::Status;
use super::step::{Step, merge};

impl Step<'_> {
    pub(super) fn report(&mut self, report: &Report) {
        let Some(named) = named(&self.work, &report.external_id) else {
            self.anomaly(&report.external_id, "nothing of this order is called so");
            return;
        };
        let node = self.node(named.job);
        let undo_fits = named.purpose == Purpose::Do || named.undo_round == node.undo_round;
        if named.round != node.round || !undo_fits {
            return self.stray(named, report);
        }
        match named.purpose {
            Purpose::Do => self.report_done(named.job, report),
            Purpose::Undo => self.report_undone(named.job, report),
        }
    }

    /// A report under the external id of another round. An earlier one had come to an end that left
    /// nothing: one that says now that it was done means that it is there twice. What else is said
    /// of it is late.
    fn stray(&mut self, named: Named, report: &Report) {
        let node = self.node(named.job);
        let is_later = named.round > node.round || named.undo_round > node.undo_round;
        if is_later && named.round >= node.round {
            self.anomaly(&report.external_id, "a report of what was never sent");
            return;
        }
        if report.state != Status::Completed || named.purpose == Purpose::Undo {
            return;
        }
        let message = format!(
            "{} failed, and was then said to be done",
            report.external_id
        );
        if self.anomaly(&report.external_id, message.clone()) {
            self.open(named.job, Cause::Lying, message);
        }
    }

    fn report_done(&mut self, place: usize, report: &Report) {
        let phase = self.node(place).phase;
        if phase == Phase::Waiting || self.doer(place) != super::work::Doer::Remote {
            self.anomaly(&report.external_id, "a report of what was never sent");
            return;
        }
        if phase.is_undo() {
            return self.late_for_undo(place, report);
        }
        if self.is_of_another(place, report) {
            return;
        }
        match report.state {
            Status::Completed => self.said_done(place, report),
            state if state.is_final() => self.said_ended(place, report),
            _ => self.said_alive(place, report),
        }
    }

    /// Being undone says that it was done; only the opposite is worth a word.
    fn late_for_undo(&mut self, _place: usize, report: &Report) {
        if report.state.is_empty_end() {
            let message = format!("{} after it was completed", report.state.as_str());
            self.anomaly(&report.external_id, message);
        }
    }

    /// One external id with two orders at the other side: the first counts.
    fn is_of_another(&mut self, place: usize, report: &Report) -> bool {
        let first = self.node(place).remote.clone();
        match (first, &report.remote_id) {
            (Some(first), Some(id)) if first != *id => {
                let message = format!("it is `{first}` there, and now also `{id}`");
                self.anomaly(&report.external_id, message);
                true
            }
            _ => false,
        }
    }

    fn absorb(&mut self, place: usize, report: &Report) {
        let now = self.now;
        let node = self.node_mut(place);
        if node.remote.is_none() {
            node.remote.clone_from(&report.remote_id);
        }
        if report.service.is_some() {
            node.service.clone_from(&report.service);
        }
        merge(&mut node.results, &report.results);
        node.reported = node.reported.max(report.at.map(|at| at.0));
        node.remote_state = Some(report.state);
        let blocked = matches!(report.state, Status::Held | Status::Pending);
        if blocked && node.blocked.is_none() {
            node.blocked = Some(now);
        }
    }

    fn said_alive(&mut self, place: usize, report: &Report) {
        let node = self.node(place);
        let over = node.remote_state.is_some_and(Status::is_final);
        let why = format!("the other side says {}", report.state.as_str());
        match node.phase {
            Phase::InProgress if self.is_old_news(place, report) => {}
            Phase::InProgress => {
                let changed = node.remote_state != Some(report.state);
                self.absorb(place, report);
                self.rest(place);
                if changed {
                    self.note_node(place, why);
                }
            }
            Phase::Sending | Phase::Ready => self.revive(place, report, why),
            Phase::Failed if !over => self.revive(place, report, why),
            // It was thought not to be there.
            Phase::Cancelled if !over => {
                self.anomaly(&report.external_id, "it was there after all");
                self.revive(place, report, why);
            }
            Phase::Skipped if !over => {
                self.anomaly(
                    &report.external_id,
                    "it is under way although it was skipped",
                );
            }
            _ => {}
        }
    }

    fn revive(&mut self, place: usize, report: &Report, why: String) {
        self.absorb(place, report);
        self.resolve(place, "report");
        if self.node(place).due.is_none() {
            self.restart_clock(place);
        }
        self.set(place, Phase::InProgress, why);
        self.rest(place);
    }

    /// True for what was so before what is known.
    fn is_old_news(&self, place: usize, report: &Report) -> bool {
        let node = self.node(place);
        let older = matches!((report.at, node.reported), (Some(at), Some(known)) if at.0 < known);
        let begins = report.state == Status::Acknowledged
            && node.remote_state.is_some_and(|s| s != Status::Acknowledged);
        older || begins
    }

    fn said_done(&mut self, place: usize, report: &Report) {
        let node = self.node(place);
        let over = node.remote_state.is_some_and(Status::is_final);
        match node.phase {
            Phase::Completed => {}
            Phase::Failed if over && node.goal == Goal::Do => {
                if !node.touched {
                    self.node_mut(place).touched = true;
                    let message = "it ended undone, and was then said to be done";
                    self.take_results(place, report);
                    self.open(place, Cause::Lying, message);
                }
            }
            _ => {
                if matches!(node.phase, Phase::Cancelled | Phase::Skipped) || over {
                    self.anomaly(&report.external_id, "it was done after all");
                }
                self.absorb(place, report);
                self.resolve(place, "report");
                self.set(place, Phase::Completed, "the other side says completed");
            }
        }
    }

    fn take_results(&mut self, place: usize, report: &Report) {
        let node = self.node_mut(place);
        if report.service.is_some() {
            node.service.clone_from(&report.service);
        }
        merge(&mut node.results, &report.results);
    }

    fn said_ended(&mut self, place: usize, report: &Report) {
        match self.node(place).phase {
            Phase::Completed => self.contradicted(place, report),
            Phase::Sending | Phase::Ready | Phase::InProgress => self.ended_undone(place, report),
            Phase::Failed if !self.node(place).remote_state.is_some_and(Status::is_final) => {
                self.ended_undone(place, report);
            }
            Phase::Cancelled if report.state == Status::Partial => {
                self.anomaly(&report.external_id, "it was done in part after all");
                self.ended_undone(place, report);
            }
            _ => {}
        }
    }

    /// It was completed, and now it was not. Where its being done matters, people must look.
    fn contradicted(&mut self, place: usize, report: &Report) {
        let message = format!("completed, and then {}", report.state.as_str());
        let is_new = self.anomaly(&report.external_id, message.clone());
        let matters = self.node(place).goal == Goal::Do && self.state.ended.is_none();
        if is_new && matters && !self.node(place).touched {
            self.node_mut(place).touched = true;
            self.open(place, Cause::Lying, message);
        }
    }

    fn ended_undone(&mut self, place: usize, report: &Report) {
        self.absorb(place, report);
        let partial = report.state == Status::Partial;
        let node = self.node_mut(place);
        node.maybe = false;
        node.touched = partial;
        let message = match &report.message {
            Some(message) => message.clone(),
            None => format!("the other side says {}", report.state.as_str()),
        };
        let goal = node.goal;
        if goal == Goal::Do {
            let cause = if partial {
                Cause::Partial
            } else {
                Cause::Business
            };
            self.fail(place, cause, &message);
        } else if partial || goal == Goal::Settle {
            self.resolve(place, "report");
            self.set(place, Phase::Failed, message);
        } else {
            self.stop(place, &message);
        }
    }

    fn report_undone(&mut self, place: usize, report: &Report) {
        let phase = self.node(place).phase;
        if !phase.is_undo() {
            self.anomaly(
                &report.external_id,
                "a report of an undoing that was never sent",
            );
            return;
        }
        let first = self.node(place).undo_remote.clone();
        if let (Some(first), Some(id)) = (&first, &report.remote_id)
            && first != id
        {
            let message = format!("it is `{first}` there, and now also `{id}`");
            self.anomaly(&report.external_id, message);
            return;
        }
        match report.state {
            Status::Completed if phase != Phase::Undone => {
                self.absorb_undo(place, report);
                self.resolve(place, "report");
                self.set(place, Phase::Undone, "undone");
            }
            Status::Completed => {}
            state if state.is_final() => self.undo_ended(place, report),
            _ => self.undo_alive(place, report),
        }
    }

    fn undo_ended(&mut self, place: usize, report: &Report) {
        let state = report.state.as_str();
        if self.node(place).phase == Phase::Undone {
            let message = format!("undone, and then {state}");
            if self.anomaly(&report.external_id, message.clone()) {
                self.open(place, Cause::CompensationFailed, message);
            }
            return;
        }
        if self.node(place).remote_state.is_some_and(Status::is_final) {
            return;
        }
        self.absorb_undo(place, report);
        let message = match &report.message {
            Some(message) => message.clone(),
            None => format!("the other side says {state}"),
        };
        self.fail(place, Cause::CompensationFailed, &message);
    }

    fn undo_alive(&mut self, place: usize, report: &Report) {
        let node = self.node(place);
        let over = node.remote_state.is_some_and(Status::is_final);
        if over || node.phase == Phase::Undone {
            return;
        }
        self.absorb_undo(place, report);
        if self.node(place).phase == Phase::UndoFailed {
            self.resolve(place, "report");
        }
        self.set(place, Phase::Undoing, "the other side undoes it");
        self.rest(place);
    }

    fn absorb_undo(&mut self, place: usize, report: &Report) {
        let node = self.node_mut(place);
        if node.undo_remote.is_none() {
            node.undo_remote.clone_from(&report.remote_id);
        }
        if report.service.is_some() {
            node.undo_service.clone_from(&report.service);
        }
        node.remote_state = Some(report.state);
    }
}
