//! How usage gets into the pool: checked in any order, handed to the threads in the order in which it came.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::task::spawn_blocking;

use super::charge::Task;
use super::intake::{Intake, Sent};
use super::pool::Pool;
use super::reply::Answer;
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::{Outcome, Problem};

/// Room for a part of a stream, and its place in it. Whoever has one waits for nobody behind it: room is
/// given out in the order of the parts.
pub struct Place {
    _room: OwnedSemaphorePermit,
    /// Ends when the part before has been handed over, or will not be.
    before: Option<oneshot::Receiver<()>>,
    /// Dropped when this part has been.
    handed: oneshot::Sender<()>,
}

/// The order of a stream's parts.
#[derive(Debug, Default)]
pub struct Order {
    last: Option<oneshot::Receiver<()>>,
}

/// What was checked: what is answered already, and tasks with the places of their answers.
struct Checked {
    answers: Vec<Option<Answer>>,
    places: Vec<usize>,
    tasks: Vec<Task>,
}

impl Pool {
    /// Waits for room for so many records, as the next part of a stream.
    ///
    /// # Errors
    /// `Unavailable` when the pool is closed.
    pub async fn place(&self, records: usize, order: &mut Order) -> Outcome<Place> {
        let room = Arc::clone(&self.room);
        let room = room.acquire_many_owned(self.share(records)).await;
        Ok(order.next(room.map_err(|_| Problem::busy(1))?))
    }

    /// The part of all room that so many records take: never more than there is.
    fn share(&self, records: usize) -> u32 {
        u32::try_from(records.min(self.settings.queue.max(1))).unwrap_or(u32::MAX)
    }

    /// Takes usage in that came by itself. Whoever brings more than there is room for is refused.
    ///
    /// # Errors
    /// `Unavailable` where there is no room, and when the database cannot be read.
    pub async fn take_in(
        self: &Arc<Self>,
        tenant: i64,
        version: ApiVersion,
        records: Vec<Sent>,
    ) -> Outcome<Vec<Answer>> {
        let room = Arc::clone(&self.room);
        let room = room.try_acquire_many_owned(self.share(records.len()));
        let room = room.map_err(|_| Problem::busy(1))?;
        let place = Order::default().next(room);
        self.take_part(place, tenant, version, records).await
    }

    /// Takes a part of a stream in, rates it, where this process does, and answers after the commit.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn take_part(
        self: &Arc<Self>,
        place: Place,
        tenant: i64,
        version: ApiVersion,
        records: Vec<Sent>,
    ) -> Outcome<Vec<Answer>> {
        let Place {
            _room,
            before,
            handed,
        } = place;
        let own = Arc::clone(self);
        let checked = spawn_blocking(move || own.check(tenant, version, records)).await;
        let Checked {
            mut answers,
            places,
            tasks,
        } = checked.map_err(Problem::internal)??;
        if let Some(before) = before {
            // An error says that it was not handed over: then this is the next all the same.
            let _ = before.await;
        }
        let own = Arc::clone(self);
        let waiting = spawn_blocking(move || own.dispatch(tasks)).await;
        drop(handed);
        let rated = waiting.map_err(Problem::internal)??.await;
        let rated = rated.map_err(|_| Problem::internal("a rating thread went away"))?;
        for (place, answer) in places.into_iter().zip(rated) {
            if let Some(own) = answers.get_mut(place) {
                *own = Some(answer);
            }
        }
        let answers = answers.into_iter();
        Ok(answers.map(|own| own.unwrap_or(Answer::Gone)).collect())
    }

    fn check(&self, tenant: i64, version: ApiVersion, records: Vec<Sent>) -> Outcome<Checked> {
        let mut checked = Checked {
            answers: vec![None; records.len()],
            places: Vec::with_capacity(records.len()),
            tasks: Vec::with_capacity(records.len()),
        };
        let mut intake = Intake::new(&self.core, &self.forms, &self.settings.json, version)?;
        for (place, (record, answer)) in records.into_iter().zip(&mut checked.answers).enumerate() {
            match intake.accept(record) {
                Ok(new) => {
                    checked.places.push(place);
                    checked.tasks.push(Task::accepted(tenant, new));
                }
                Err(problem) => *answer = Some(Answer::Refused(problem)),
            }
        }
        Ok(checked)
    }
}

impl Order {
    fn next(&mut self, room: OwnedSemaphorePermit) -> Place {
        let (handed, is_handed) = oneshot::channel();
        Place {
            _room: room,
            before: self.last.replace(is_handed),
            handed,
        }
    }
}
