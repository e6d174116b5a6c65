//! Inputs are applied to the run, and our own work that follows is done.

use std::collections::VecDeque;

use super::{By, Desk, Unit, fallout, records, task};
use crate::domain::problem::{Outcome, Problem};
use crate::ordering::plan::DEFAULT_TARGET;
use crate::ordering::run::{Effect, FalloutChange, Input, Refusal, TaskEnd};

impl Unit<'_, '_> {
    /// Applies an input and does all of our own work that it brings about.
    pub(super) fn feed(&mut self, input: Input) -> Outcome<Option<Refusal>> {
        let mut refused = None;
        let mut waiting = VecDeque::from([input]);
        while let Some(input) = waiting.pop_front() {
            let Some(run) = &mut self.run else {
                return Ok(refused);
            };
            let by = match &input {
                Input::Act { by, .. } => Some(by.clone()),
                _ => None,
            };
            let outcome = run.apply(input, self.now);
            refused = refused.or(outcome.refused);
            self.notes.extend(outcome.notes);
            for change in outcome.fallouts {
                self.fallout(change)?;
            }
            for effect in outcome.effects {
                if let Effect::Internal(internal) = effect {
                    waiting.push_back(self.internal(&internal)?);
                } else {
                    self.outward(effect, by.as_ref())?;
                }
            }
        }
        Ok(refused)
    }

    pub(super) fn internal(&mut self, internal: &crate::ordering::run::Internal) -> Outcome<Input> {
        let Some(run) = &self.run else {
            return Err(Problem::internal("work without a run"));
        };
        let work = std::sync::Arc::clone(run.work());
        let mut desk = Desk {
            tx: self.tx,
            books: &mut self.books,
            due: self.due,
            work: &work,
            now: self.now,
        };
        let external_id = internal.external_id.clone();
        Ok(match desk.carry_out(internal)? {
            Ok(results) => Input::InternalDone {
                external_id,
                results,
            },
            Err(message) => Input::InternalFailed {
                external_id,
                message,
            },
        })
    }

    /// Keeps a record of what is sent and of what people are to do, and leaves calls for after the commit.
    fn outward(&mut self, effect: Effect, by: Option<&By>) -> Outcome<()> {
        match &effect {
            Effect::Send(delivery) | Effect::SendUndo(delivery) => {
                let request = self.shared.request(delivery, &self.context);
                let target = delivery.request.target.as_deref();
                let is_new = delivery.attempt <= 1 && !delivery.maybe_sent;
                let sent = records::Sent {
                    product_order: &self.due.order,
                    target: target.unwrap_or(DEFAULT_TARGET),
                    request: &request,
                    is_new,
                };
                records::sent(&mut self.books, self.tx, &sent)?;
            }
            Effect::Poll { .. } | Effect::CancelRemote { .. } => {}
            Effect::OpenTask(start) => {
                let doc = task::opened(&self.due.order, start, self.now);
                let id = task::id_of(&start.external_id);
                return self.books.write(self.tx, task::KIND, &id, doc);
            }
            Effect::CloseTask(end) => return self.close_task(end, by),
            Effect::Internal(_) => return Ok(()),
        }
        self.done.calls.push(effect);
        Ok(())
    }

    fn close_task(&mut self, end: &TaskEnd, by: Option<&By>) -> Outcome<()> {
        let id = task::id_of(&end.external_id);
        let Some(before) = self.books.read(self.tx, task::KIND, &id)?.cloned() else {
            // It was begun before tasks were kept.
            return Ok(());
        };
        let doc = task::closed(&before, end, by, self.now);
        self.books.write(self.tx, task::KIND, &id, doc)
    }

    pub(super) fn fallout(&mut self, change: FalloutChange) -> Outcome<()> {
        match change {
            FalloutChange::Opened(opened) => {
                metrics::counter!("tollgate_fallouts_total", "cause" => opened.cause.as_str())
                    .increment(1);
                let doc = fallout::opened(&self.due.order, &opened);
                self.books.write(self.tx, fallout::KIND, &opened.id, doc)
            }
            FalloutChange::Resolved { id, how, by, note } => {
                let (by, note) = (by.as_deref(), note.as_deref());
                fallout::resolve(&mut self.books, self.tx, &id, (how, by, note), self.now)
            }
        }
    }
}
