//! The loop that fans out and sends, and its parts.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::courier::{Tally, deliver};
use super::fanout::{self, Round};
use super::feed::Feeds;
use super::lease::Leases;
use super::payload::Render;
use super::settings::Settings;
use crate::domain::clock::Clock;
use crate::domain::descriptor::Api;
use crate::domain::ids;
use crate::domain::problem::{Outcome, Problem};
use crate::outbound::Outbound;
use crate::store::{DbResult, Session, Store, SubscriptionRow};

/// What a dispatcher is made of.
pub struct Parts {
    pub store: Store,
    pub clock: Clock,
    /// The APIs that subscriptions may be for.
    pub apis: &'static [&'static Api],
    pub render: Arc<dyn Render>,
    pub outbound: Outbound,
    pub settings: Settings,
}

/// What the rooms of the dispatcher share.
pub(super) struct Core {
    pub store: Store,
    pub clock: Clock,
    pub render: Arc<dyn Render>,
    pub outbound: Outbound,
    pub settings: Settings,
    pub feeds: Feeds,
    pub leases: Leases,
    /// Notifications under way beyond one for each subscriber.
    pub turns: Arc<Semaphore>,
    stopping: AtomicBool,
}

impl Core {
    /// Writes on a thread that may block: it waits for room in the queue of writes, where a request
    /// would be sent away.
    pub async fn write<T, F>(&self, mut work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnMut(&mut dyn Session) -> DbResult<T> + Send + 'static,
    {
        let store = self.store.clone();
        tokio::task::spawn_blocking(move || {
            store.write_blocking(move |tx| tx.direct(|session| work(session)))
        })
        .await
        .map_err(Problem::internal)?
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }
}

/// Tells a dispatcher that there is work. Cheap to clone and to call.
#[derive(Clone, Default)]
pub struct Waker {
    committed: Arc<Notify>,
    subscribed: Arc<Notify>,
}

impl Waker {
    /// After a commit with events.
    pub fn wake(&self) {
        self.committed.notify_one();
    }

    /// After a subscription came: a dispatcher without subscribers hardly looks at events.
    pub fn subscribed(&self) {
        self.subscribed.notify_one();
    }
}

/// What [`Dispatcher::drain`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Events taken off the list of pending ones.
    pub events: usize,
    /// Deliveries that were received.
    pub delivered: usize,
    /// Attempts that failed.
    pub failed: usize,
}

/// One subscriber's place in this process: one courier at a time.
#[derive(Default)]
struct Desk {
    turn: Arc<tokio::sync::Mutex<()>>,
    poke: Notify,
}

/// Fans events out and delivers them. One for each process.
pub struct Dispatcher {
    core: Arc<Core>,
    waker: Waker,
    desks: Mutex<HashMap<String, Arc<Desk>>>,
}

impl Dispatcher {
    /// Puts a dispatcher together; [`Dispatcher::run`] starts it.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            store,
            clock,
            apis,
            render,
            outbound,
            settings,
        } = parts;
        Arc::new(Dispatcher {
            core: Arc::new(Core {
                store,
                clock,
                render,
                outbound,
                feeds: Feeds::new(apis),
                leases: Leases::new(ids::new_id(), settings.lease()),
                turns: Arc::new(Semaphore::new(settings.concurrency)),
                settings,
                stopping: AtomicBool::new(false),
            }),
            waker: Waker::default(),
            desks: Mutex::default(),
        })
    }

    #[cfg(test)]
    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// What tells this dispatcher of work.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Works until `shutdown` is ready, then lets what is under way come back.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        let mut couriers: JoinSet<()> = JoinSet::new();
        let (mut quiet, mut more) = (false, false);
        loop {
            let wait = async {
                if !more {
                    self.work(quiet).await;
                }
            };
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = wait => {}
            }
            // One round at a time: a stream of events that never ends must not keep couriers waiting.
            match fanout::round(&self.core).await {
                Ok(round) => (quiet, more) = (round.subscribers == 0, round.more),
                Err(problem) => {
                    more = false;
                    tracing::warn!(problem = %problem.logged(), "events could not be handed on");
                }
            }
            if let Err(problem) = self.send_couriers(&mut couriers).await {
                tracing::warn!(problem = %problem.logged(), "due notifications could not be read");
            }
            while couriers.try_join_next().is_some() {}
        }
        self.core.stopping.store(true, Ordering::SeqCst);
        while couriers.join_next().await.is_some() {}
        if let Err(problem) = self.core.leases.release(&self.core).await {
            tracing::info!(problem = %problem.logged(), "leases end by themselves");
        }
    }

    /// Waits for work. Without subscribers commits wake nobody: their events are forgotten now and
    /// then, many at once.
    async fn work(&self, quiet: bool) {
        let poll = tokio::time::sleep(self.core.settings.poll);
        tokio::select! {
            () = poll => return,
            () = self.waker.subscribed.notified() => return,
            () = self.waker.committed.notified(), if !quiet => {}
        }
        tokio::time::sleep(self.core.settings.linger).await;
    }

    /// Hands all pending events on.
    async fn fan_out(&self) -> Outcome<Round> {
        let mut total = Round::default();
        loop {
            let round = fanout::round(&self.core).await?;
            total.events += round.events;
            total.deliveries += round.deliveries;
            total.subscribers = round.subscribers;
            if !round.more {
                return Ok(total);
            }
        }
    }

    async fn send_couriers(self: &Arc<Self>, couriers: &mut JoinSet<()>) -> Outcome<()> {
        for subscription in self.due().await? {
            let desk = self.desk(&subscription.id);
            let Ok(turn) = Arc::clone(&desk.turn).try_lock_owned() else {
                desk.poke.notify_one();
                continue;
            };
            let (core, waker) = (Arc::clone(&self.core), self.waker.clone());
            couriers.spawn(async move {
                let id = subscription.id.clone();
                let done = deliver(&core, subscription, &desk.poke).await;
                drop(turn);
                match done {
                    // It may have been poked while it was leaving.
                    Ok(tally) if tally != Tally::default() => waker.wake(),
                    Ok(_) => {}
                    Err(problem) => {
                        tracing::warn!(subscription = id, problem = %problem.logged(), "deliveries were interrupted");
                    }
                }
            });
        }
        self.desks_lock()
            .retain(|_, desk| Arc::strong_count(desk) > 1);
        Ok(())
    }

    async fn due(&self) -> Outcome<Vec<SubscriptionRow>> {
        let now = self.core.clock.now().0;
        self.core
            .store
            .scan(move |session| session.due_subscriptions(now))
            .await
    }

    fn desk(&self, id: &str) -> Arc<Desk> {
        Arc::clone(self.desks_lock().entry(id.to_owned()).or_default())
    }

    fn desks_lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Desk>>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands on and delivers until nothing is due by the clock, without waiting for retries. For
    /// tests and for commands that end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn drain(&self) -> Outcome<Drained> {
        let mut total = Drained::default();
        loop {
            total.events += self.fan_out().await?.events;
            let due = self.due().await?;
            let runs = due.into_iter().map(|subscription| async move {
                let desk = self.desk(&subscription.id);
                let _turn = desk.turn.lock().await;
                deliver(&self.core, subscription, &desk.poke).await
            });
            let mut progress = false;
            for tally in futures_util::future::join_all(runs).await {
                let tally = tally?;
                progress |= tally != Tally::default();
                total.delivered += tally.delivered;
                total.failed += tally.failed;
            }
            if !progress {
                return Ok(total);
            }
        }
    }

    /// How long [`Dispatcher::run`] may take to end after `shutdown`: the requests under way.
    pub fn longest_stop(&self) -> Duration {
        self.core.settings.timeout + Duration::from_secs(1)
    }

    /// Gives up all leases, as a stop does.
    ///
    /// # Errors
    /// When the store fails; the leases then end by themselves.
    pub async fn release(&self) -> Outcome<()> {
        self.core.leases.release(&self.core).await
    }
}
