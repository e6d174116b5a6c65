//! Finds orders for which something is due, and works on them. Every process has one; several share a
//! database: an order is worked on by whoever comes first, and a step that another one was quicker
//! with finds nothing to do.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::prepare::{Prepared, prepare};
use super::unit::{Done, Given, Step, step};
use super::{Fulfilment, carry};
use crate::domain::problem::{Outcome, Problem};
use crate::ordering::run::{By, Effect, Input, Refusal};
use crate::store::Due;

/// Times that an order is planned again because it changed meanwhile.
const PLANS: usize = 8;
/// How long to wait before looking for more when there was more than is looked for at once.
const MORE: Duration = Duration::from_millis(20);

/// What lies on the desk of an order.
pub enum Item {
    /// Something may be due, or left for it to be told.
    Look {
        /// It has no plan yet.
        is_new: bool,
    },
    /// Something happened; whoever asked wants to know whether it was followed.
    Input(Input, oneshot::Sender<Outcome<Option<Refusal>>>),
    /// An answer to a call.
    Answer(Input),
    /// Someone wants a step taken again that failed on our own side, and to know whether it went well.
    Again(By, oneshot::Sender<Outcome<Option<Refusal>>>),
}

/// Calls under way.
#[derive(Default)]
pub struct Calls {
    /// What they are, as they are not made twice at once.
    open: Mutex<HashSet<String>>,
    ended: Notify,
}

impl Calls {
    /// Takes note of a call; none when the same one is under way.
    fn begin(&self, effect: &Effect) -> Option<String> {
        let name = match effect {
            Effect::Send(sent) | Effect::SendUndo(sent) => format!("send {}", sent.external_id),
            Effect::Poll { external_id, .. } => format!("poll {external_id}"),
            Effect::CancelRemote { external_id, .. } => format!("cancel {external_id}"),
            Effect::Internal(_) | Effect::OpenTask(_) | Effect::CloseTask(_) => {
                return None;
            }
        };
        self.lock().insert(name.clone()).then_some(name)
    }

    fn end(&self, name: &str) {
        let mut open = self.lock();
        open.remove(name);
        if open.is_empty() {
            self.ended.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no call is under way.
    async fn over(&self) {
        loop {
            let told = self.ended.notified();
            tokio::pin!(told);
            told.as_mut().enable();
            if self.lock().is_empty() {
                return;
            }
            told.await;
        }
    }
}

impl Fulfilment {
    /// Works until `shutdown` is ready, then lets what is under way come back.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        let subscribing = tokio::spawn(Arc::clone(&self).subscribe());
        loop {
            let more = match self.look_around().await {
                Ok(more) => more,
                Err(problem) => {
                    tracing::warn!(problem = %problem.logged(), "orders could not be looked for");
                    false
                }
            };
            let pause = if more { MORE } else { self.settings.poll };
            let poll = tokio::time::sleep(pause.min(self.settings.poll));
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = self.woken.notified() => {}
                () = poll => {}
            }
        }
        subscribing.abort();
        self.closing.send_replace(true);
        self.desks.closed().await;
        self.calls.over().await;
    }

    /// Begins to work on what is due. True when there was more than is looked for at once.
    async fn look_around(self: &Arc<Self>) -> Outcome<bool> {
        let found = self.find_due().await?;
        let more = found.len() >= self.settings.concurrency;
        for (due, is_new) in found {
            if !self.desks.is_open(&due) {
                self.put(due, Item::Look { is_new });
            }
        }
        Ok(more)
    }

    /// Orders to look at, and whether they are new.
    async fn find_due(&self) -> Outcome<Vec<(Due, bool)>> {
        let now = self.core.clock.now().0;
        let most = i64::try_from(self.settings.concurrency).unwrap_or(i64::MAX);
        self.store
            .point(move |session| {
                let mut found = session.due_runs(now, most)?;
                for told in session.orders_with_input(now, most)? {
                    if found.iter().all(|(due, _)| *due != told) {
                        found.push((told, false));
                    }
                }
                Ok(found)
            })
            .await
    }

    /// Works until nothing is due by the clock and no call is under way. For tests and for commands
    /// that end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn drain(self: &Arc<Self>) -> Outcome<()> {
        loop {
            self.desks.closed().await;
            self.calls.over().await;
            self.desks.closed().await;
            if self.find_due().await?.is_empty() {
                return Ok(());
            }
            self.look_around().await?;
        }
    }

    /// Whether nothing moves any more but so many calls that wait for an answer. For simulations of
    /// crashes.
    pub fn is_stuck(&self, calls: usize) -> bool {
        self.desks.are_closed() && self.calls.lock().len() == calls
    }

    /// Tells an order something and waits until that is written. `None` says that it was followed.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn tell(self: &Arc<Self>, due: Due, input: Input) -> Outcome<Option<Refusal>> {
        let (reply, answer) = oneshot::channel();
        self.put(due, Item::Input(input, reply));
        heard(answer).await
    }

    /// Takes a step again that failed on our own side, and waits until that is written.
    ///
    /// # Errors
    /// Why it failed again.
    pub(super) async fn take_again(self: &Arc<Self>, due: Due, by: By) -> Outcome<()> {
        let (reply, answer) = oneshot::channel();
        self.put(due, Item::Again(by, reply));
        heard(answer).await.map(drop)
    }

    pub(super) fn put(self: &Arc<Self>, due: Due, item: Item) {
        if self.desks.put(&due, item) {
            let shared = Arc::clone(self);
            self.spawn(async move { shared.sit_at(due).await });
        }
    }

    /// A step, with the plan that it may need.
    pub(super) async fn take_step(
        self: &Arc<Self>,
        due: &Due,
        given: Arc<Given>,
        is_new: bool,
    ) -> Outcome<Done> {
        let mut prepared = match is_new {
            true => self.plan(due, 1).await?,
            false => None,
        };
        for _ in 0..PLANS {
            let now = self.core.clock.now();
            let (shared, order) = (Arc::clone(self), due.clone());
            let (plan, given) = (prepared.clone(), Arc::clone(&given));
            let stepped = self
                .store
                .write(move |tx| step(&shared, tx, &order, plan.as_deref(), &given, now))
                .await?;
            match stepped {
                Step::Nothing => return Ok(Done::default()),
                Step::Done(done) => return Ok(done),
                Step::NeedsPlan(revision) => prepared = self.plan(due, revision).await?,
            }
        }
        Err(Problem::busy(1))
    }

    async fn plan(self: &Arc<Self>, due: &Due, revision: u32) -> Outcome<Option<Arc<Prepared>>> {
        let (shared, due, now) = (Arc::clone(self), due.clone(), self.core.clock.now());
        let planned = self
            .store
            .point(move |session| Ok(prepare(&shared, session, &due, revision, now)))
            .await??;
        Ok(planned.map(Arc::new))
    }

    /// Makes the calls of a step; their answers come back to the desk.
    pub(super) fn follow_up(self: &Arc<Self>, due: &Due, done: Done) {
        (self.wake)();
        if done.freed {
            self.woken.notify_one();
        }
        if done.calls.is_empty() {
            return;
        }
        let context = Arc::new(done.context);
        for effect in done.calls {
            self.call(due, effect, Arc::clone(&context));
        }
    }

    fn call(self: &Arc<Self>, due: &Due, effect: Effect, context: Arc<super::stage::Context>) {
        let (shared, due) = (Arc::clone(self), due.clone());
        let Some(under_way) = self.calls.begin(&effect) else {
            // It was taken for lost and is only slow: its answer is still to come.
            return;
        };
        self.spawn(async move {
            let now = shared.core.clock.now();
            let answer = carry::call(shared.southbound.as_ref(), &effect, &context, now).await;
            // The answer lies on the desk before the call is over, so that nobody finds neither.
            if let Some(input) = answer {
                shared.put(due, Item::Answer(input));
            }
            shared.calls.end(&under_way);
        });
    }
}

async fn heard(answer: oneshot::Receiver<Outcome<Option<Refusal>>>) -> Outcome<Option<Refusal>> {
    answer
        .await
        .unwrap_or_else(|_| Err(Problem::internal("nobody worked on the order")))
}
