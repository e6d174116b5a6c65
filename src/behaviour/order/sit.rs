//! Sitting at the desk of an order: one step after the other, until nothing lies there. A step that fails
//! on our own side is taken again, and what came for it is kept until it was written.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::Fulfilment;
use super::setback::can_be_kept;
use super::unit::Given;
use super::worker::Item;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::ordering::run::{Input, Refusal};
use crate::store::Due;

/// Steps in a row that fail in passing before the order is set aside.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);

type Reply = oneshot::Sender<Outcome<Option<Refusal>>>;

/// What lies on a desk, taken together.
#[derive(Default)]
struct Laid {
    given: Given,
    /// Who waits for an answer, with the place of the input that it is about.
    replies: Vec<(Option<usize>, Reply)>,
    is_new: bool,
}

/// What is left over of steps that failed.
#[derive(Default)]
struct Left {
    inputs: Vec<Input>,
    is_new: bool,
    tries: u32,
}

impl Laid {
    fn of(items: Vec<Item>, left: &mut Left) -> Self {
        let mut laid = Laid::default();
        if left.tries > 0 {
            laid.given.look = true;
            laid.is_new = left.is_new;
            laid.given.inputs = std::mem::take(&mut left.inputs);
        }
        for item in items {
            laid.add(item);
        }
        laid
    }

    fn add(&mut self, item: Item) {
        match item {
            Item::Look { is_new } => {
                self.given.look = true;
                self.is_new |= is_new;
            }
            Item::Input(input, reply) => {
                self.replies.push((Some(self.given.inputs.len()), reply));
                self.given.inputs.push(input);
            }
            Item::Answer(input) => self.given.inputs.push(input),
            Item::Again(by, reply) => {
                self.given.look = true;
                self.given.by = Some(by);
                self.replies.push((None, reply));
            }
        }
    }
}

impl Fulfilment {
    /// Works on an order until nothing lies on its desk.
    pub(super) async fn sit_at(self: Arc<Self>, due: Due) {
        let mut left = Left::default();
        while let Some(items) = self.desks.take(&due) {
            let laid = Laid::of(items, &mut left);
            let given = Arc::new(laid.given);
            match self.take_step(&due, Arc::clone(&given), laid.is_new).await {
                Ok(done) => {
                    for (place, reply) in laid.replies {
                        let refused = place.and_then(|place| done.refused.get(place));
                        // Whoever asked may have gone; it is done all the same.
                        let _ = reply.send(Ok(refused.cloned().flatten()));
                    }
                    left.tries = 0;
                    self.follow_up(&due, done);
                }
                Err(problem) => {
                    for (_, reply) in laid.replies {
                        let _ = reply.send(Err(problem.clone()));
                    }
                    let inputs = given.inputs.iter().filter(|input| can_be_kept(input));
                    left.inputs = inputs.cloned().collect();
                    left.is_new = laid.is_new;
                    self.recover(&due, &mut left, &problem).await;
                }
            }
        }
    }

    /// After a step that failed: waits and tries again, or sets the order aside.
    async fn recover(self: &Arc<Self>, due: &Due, left: &mut Left, problem: &Problem) {
        let passes = problem.code == Code::Unavailable;
        let kind = if passes { "transient" } else { "permanent" };
        metrics::counter!("tollgate_order_step_failures_total", "kind" => kind).increment(1);
        tracing::warn!(order = due.order, problem = %problem.logged(), "an order could not be moved");
        left.tries = left.tries.saturating_add(1);
        if !passes || left.tries >= TRIES {
            let inputs = left.inputs.clone();
            match self.set_aside(due, inputs, problem).await {
                Ok(()) => {
                    *left = Left::default();
                    return;
                }
                Err(problem) => tracing::warn!(
                    order = due.order,
                    problem = %problem.logged(),
                    "nor could it be set aside"
                ),
            }
        }
        let mut closing = self.closing.subscribe();
        let doublings = left.tries.saturating_sub(1).min(10);
        let pause = PAUSE.saturating_mul(1 << doublings).min(LONGEST);
        tokio::select! {
            () = tokio::time::sleep(pause) => self.put(due.clone(), Item::Look { is_new: left.is_new }),
            // Whoever takes it over asks the systems again.
            _ = closing.wait_for(|closing| *closing) => *left = Left::default(),
        }
    }
}
