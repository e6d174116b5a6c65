//! What a step leads to is written: the order, the requests to cancel it, records, the run.

use serde_json::json;

use super::{DONE, Filed, KIND, Letters, OPEN, Progress, Stage, Step, Unit, records, sheet};
use crate::domain::ids;
use crate::domain::problem::{Outcome, Problem};
use crate::ordering::run::{CancelStage, Run, View};
use crate::store::{OrderInputRow, OrderLogRow, RunRow};

/// When an input is due that waits for another one.
const NEVER: i64 = i64::MAX;

impl Unit<'_, '_> {
    /// Writes the order, the requests to cancel it, the records of what was sent, and the run.
    pub(super) fn close(mut self, row: RunRow, letters: Letters) -> Outcome<Step> {
        if let Some(run) = &self.run {
            let view = run.view();
            let work = std::sync::Arc::clone(run.work());
            records::finished(&mut self.books, self.tx, run, &self.notes, self.now)?;
            let before = self.before.as_ref();
            if self.rewritten || before.is_none_or(|before| is_news(before, &view)) {
                self.show(&view, &work.items)?;
            }
            self.tasks(&view)?;
            let begun = matches!(self.stage, Stage::Queued | Stage::Running);
            if begun && view.state.is_final() {
                self.stage = Stage::Ended;
            }
        }
        let was_done = row.state == DONE;
        self.done.ended = self.stage == Stage::Ended && !was_done;
        if self.done.ended {
            self.free_products()?;
        }
        let wake_at = match (self.stage, &self.run) {
            (Stage::Running, Some(run)) => run.wake_at().map(|at| at.0),
            _ => None,
        };
        let work = match (&self.run, self.replanned) {
            (Some(run), true) => serde_json::to_string(&Filed {
                work: run.work().as_ref().clone(),
                context: self.context.clone(),
            })
            .map_err(Problem::internal)?,
            (None, _) if self.stage == Stage::Incomplete => String::new(),
            _ => row.work.clone(),
        };
        self.replanned |= work != row.work;
        let progress = Progress {
            stage: self.stage,
            state: self.run.as_ref().map(|run| run.state().clone()),
        };
        let progress = serde_json::to_string(&progress).map_err(Problem::internal)?;
        let idle = progress == row.progress && self.done.calls.is_empty();
        let wake_at = wake_at.map(|at| if idle { self.not_at_once(at) } else { at });
        self.log()?;
        self.put_off(&letters.later)?;
        self.done.context = std::mem::take(&mut self.context);
        self.books.close(self.tx)?;
        if !letters.taken.is_empty() {
            self.tx.took_in(letters.taken);
        }
        let priority = self.priority.unwrap_or(row.priority);
        self.replanned |= priority != row.priority;
        if progress != row.progress || wake_at != row.wake_at || self.replanned {
            let next = RunRow {
                state: if self.stage == Stage::Ended {
                    DONE
                } else {
                    OPEN
                }
                .to_owned(),
                wake_at,
                updated_at: self.now.0,
                priority,
                work,
                progress,
                ..row
            };
            self.tx.move_run(next, self.replanned);
        }
        Ok(Step::Done(self.done))
    }

    /// A run that has nothing to do now and yet wants to be looked at is a fault of ours: it would be
    /// looked at over and over, and nothing else.
    fn not_at_once(&self, wake_at: i64) -> i64 {
        const LATER: i64 = 60_000_000;
        if wake_at > self.now.0 {
            return wake_at;
        }
        tracing::error!(order = self.due.order, "wants to be looked at for nothing");
        self.now.0.saturating_add(LATER)
    }

    /// What the order is told another time: with the next step, or when the way is free.
    fn put_off(&mut self, later: &[OrderInputRow]) -> Outcome<()> {
        let waits = self.parked && self.stage != Stage::Ended;
        let at = if waits { NEVER } else { self.now.0 };
        for row in later.iter().filter(|row| waits != (row.at == NEVER)) {
            self.tx.direct(|session| session.put_off_input(row, at))?;
        }
        self.done.freed |= !later.is_empty() && !waits;
        if self.done.ended && self.run.as_ref().is_some_and(Run::is_waiting) {
            self.wait_no_more()?;
        }
        Ok(())
    }

    /// An order that has ended answers the amendments that waited.
    fn wait_no_more(&mut self) -> Outcome<()> {
        let left = self.tx.order_inputs(self.due.tenant, &self.due.order)?;
        for row in left.iter().filter(|row| row.at == NEVER) {
            let now = self.now.0;
            self.tx.direct(|session| session.put_off_input(row, now))?;
        }
        self.done.freed = true;
        Ok(())
    }

    pub(super) fn show(
        &mut self,
        view: &View,
        items: &[crate::ordering::plan::PlacedItem],
    ) -> Outcome<()> {
        let order = self.due.order.clone();
        let Some(mut doc) = self.books.read(self.tx, KIND, &order)?.cloned() else {
            return Ok(());
        };
        let told = sheet::show(&order, &mut doc, view, items, self.now);
        self.books.write(self.tx, KIND, &order, doc)?;
        for change in told {
            self.books.announce(KIND, &order, change);
        }
        Ok(())
    }

    /// Requests to cancel show what became of them.
    pub(super) fn tasks(&mut self, view: &View) -> Outcome<()> {
        for cancellation in &view.cancellations {
            let known = self.before.as_ref().and_then(|before| {
                let mut all = before.cancellations.iter();
                all.find(|one| one.task == cancellation.task && one.item == cancellation.item)
            });
            if known.map(|known| known.stage) == Some(cancellation.stage) {
                continue;
            }
            let task = &cancellation.task;
            match cancellation.stage {
                CancelStage::Assessing | CancelStage::Pending => {
                    records::move_task(&mut self.books, self.tx, task, "inProgress")?;
                }
                CancelStage::Done => records::end_task(&mut self.books, self.tx, task, None)?,
                CancelStage::Refused => {
                    let why = cancellation.reason.as_deref().unwrap_or("it is too late");
                    records::end_task(&mut self.books, self.tx, task, Some(why))?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn log(&mut self) -> Outcome<()> {
        if self.notes.is_empty() {
            return Ok(());
        }
        let entries = self.notes.iter().map(|note| {
            json!({
                "at": note.at.to_rfc3339(),
                "node": note.node,
                "from": note.from,
                "to": note.to,
                "why": note.why,
                "by": note.by,
            })
        });
        let entry: serde_json::Value = entries.collect();
        self.tx.log_order(OrderLogRow {
            tenant: self.due.tenant,
            order_id: self.due.order.clone(),
            id: ids::new_id(),
            at: self.now.0,
            entry: entry.to_string(),
        });
        Ok(())
    }
}

/// Whether the order has to be written anew. That all goes faster than it was expected is told when
/// there is something else to tell, or when it makes a difference.
fn is_news(before: &View, now: &View) -> bool {
    const WORTH_TELLING: i64 = 3_600_000_000;
    let expected = match (before.expected_completion, now.expected_completion) {
        (Some(before), Some(now)) => now > before || before.0.saturating_sub(now.0) > WORTH_TELLING,
        (before, now) => before != now,
    };
    expected
        || before.state != now.state
        || before.items != now.items
        || before.milestones != now.milestones
        || before.jeopardies != now.jeopardies
        || before.errors != now.errors
}
