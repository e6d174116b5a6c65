//! Delivering to one subscriber.
//!
//! The store hands out the oldest open delivery of each lane (a resource), so whatever is in hand
//! belongs to different lanes and may be sent at the same time, while order is kept within a lane.
//! A delivery that failed keeps its lane closed until its next attempt; other lanes go on.
//!
//! Deliveries are removed after they were received, many at once. A crash in between repeats them:
//! at least once, with the same `eventId`.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{Notify, OwnedSemaphorePermit};

use super::circuit::{Circuit, after_failure};
use super::dispatcher::Core;
use super::feed::Feed;
use super::post::post;
use crate::domain::problem::Outcome;
use crate::outbound::Failure;
use crate::store::{DbResult, DeliveryRow, Session, SubscriptionRow};

/// Deliveries rendered ahead.
const AHEAD: usize = 64;
/// Received deliveries that are removed together.
const BATCH: usize = 64;
/// Longest text kept of a failure.
const ERROR_CHARS: usize = 300;

/// What became of a subscriber's deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub delivered: usize,
    pub failed: usize,
}

/// Delivers until nothing is due, the circuit opens, the lease is lost or the process stops. `poke`
/// says that there may be more.
pub(super) async fn deliver(
    core: &Arc<Core>,
    subscription: SubscriptionRow,
    poke: &Notify,
) -> Outcome<Tally> {
    let Some(feed) = core.feeds.of(&subscription) else {
        return Ok(Tally::default());
    };
    let mut run = Run {
        core,
        circuit: Circuit::of(&subscription),
        subscription: Arc::new(subscription),
        feed,
        ready: VecDeque::new(),
        flying: HashSet::new(),
        flights: FuturesUnordered::new(),
        received: Vec::new(),
        more: true,
        halted: false,
        reset: false,
        tally: Tally::default(),
    };
    run.work(poke).await?;
    Ok(run.tally)
}

/// A delivery with what is sent.
struct Prepared {
    row: DeliveryRow,
    /// `None` when there is nothing to send any more.
    body: Option<String>,
}

/// A delivery that came back.
struct Landed {
    row: DeliveryRow,
    result: Result<(), Failure>,
    /// The shared turn it used; ends here.
    _turn: Option<OwnedSemaphorePermit>,
}

type Flight = Pin<Box<dyn Future<Output = Landed> + Send>>;

struct Run<'a> {
    core: &'a Arc<Core>,
    subscription: Arc<SubscriptionRow>,
    feed: Feed,
    circuit: Circuit,
    ready: VecDeque<Prepared>,
    flying: HashSet<i64>,
    flights: FuturesUnordered<Flight>,
    received: Vec<i64>,
    /// The store may have more that is due.
    more: bool,
    /// Nothing new is sent; what is under way comes back.
    halted: bool,
    /// The circuit closed and the store does not know yet.
    reset: bool,
    tally: Tally,
}

impl Run<'_> {
    async fn work(&mut self, poke: &Notify) -> Outcome<()> {
        loop {
            self.halted |= self.core.is_stopping();
            if !self.halted && (self.more || !self.ready.is_empty()) {
                self.keep_lease().await?;
            }
            if !self.halted && self.more && self.ready.is_empty() {
                self.refill().await?;
            }
            self.launch();
            if self.flights.is_empty() {
                if self.halted || (self.ready.is_empty() && !self.more) {
                    return self.flush().await;
                }
                continue;
            }
            tokio::select! {
                Some(landed) = self.flights.next() => self.landed(landed).await?,
                () = poke.notified(), if !self.halted => self.more = true,
            }
        }
    }

    async fn keep_lease(&mut self) -> Outcome<()> {
        let core = self.core;
        let held = core.leases.hold(core, &self.subscription.id).await?;
        self.halted |= !held;
        Ok(())
    }

    /// Fetches and renders what is due now, on a thread that may block.
    async fn refill(&mut self) -> Outcome<()> {
        // What was received must not be found again.
        self.flush().await?;
        self.more = false;
        let (core, feed) = (Arc::clone(self.core), self.feed.clone());
        let (subscription, flying) = (Arc::clone(&self.subscription), self.flying.clone());
        let prepared = self
            .core
            .store
            .scan(move |session| prepare(&core, &feed, &subscription, &flying, session))
            .await?;
        match prepared {
            Some(prepared) => self.ready.extend(prepared),
            None => self.halted = true,
        }
        Ok(())
    }

    /// Sends what there is a turn for: one delivery always, more as far as shared turns are free.
    fn launch(&mut self) {
        while !self.halted {
            let Ok(turn) = self.turn() else { return };
            let Some(Prepared { row, body }) = self.ready.pop_front() else {
                return;
            };
            let Some(body) = body else {
                self.received.push(row.event_seq);
                self.more = true;
                continue;
            };
            self.flying.insert(row.event_seq);
            let (core, subscription) = (Arc::clone(self.core), Arc::clone(&self.subscription));
            self.flights.push(Box::pin(async move {
                let result = post(&core, &subscription, body).await;
                Landed {
                    row,
                    result,
                    _turn: turn,
                }
            }));
        }
    }

    /// The right to send one more; `Ok(None)` is the turn that every subscriber has.
    fn turn(&self) -> Result<Option<OwnedSemaphorePermit>, ()> {
        let settings = &self.core.settings;
        if self.flights.is_empty() {
            return Ok(None);
        }
        if self.circuit.on_trial(settings) || self.flights.len() > settings.share() {
            return Err(());
        }
        Arc::clone(&self.core.turns)
            .try_acquire_owned()
            .map(Some)
            .map_err(drop)
    }

    async fn landed(&mut self, landed: Landed) -> Outcome<()> {
        let Landed { row, result, .. } = landed;
        self.flying.remove(&row.event_seq);
        match result {
            Ok(()) => self.succeeded(&row).await,
            Err(failure) => self.failed(row, &failure).await,
        }
    }

    async fn succeeded(&mut self, row: &DeliveryRow) -> Outcome<()> {
        self.tally.delivered += 1;
        metrics::counter!("tollgate_event_deliveries_total", "result" => "received").increment(1);
        let lag = u64::try_from(self.core.clock.now().0.saturating_sub(row.event_at));
        let lag = std::time::Duration::from_micros(lag.unwrap_or_default());
        metrics::histogram!("tollgate_event_delivery_lag_seconds").record(lag.as_secs_f64());
        self.reset |= self.circuit.succeeded();
        self.received.push(row.event_seq);
        self.more = true;
        if self.received.len() >= BATCH {
            self.flush().await?;
        }
        Ok(())
    }

    async fn failed(&mut self, row: DeliveryRow, failure: &Failure) -> Outcome<()> {
        let (core, now) = (self.core, self.core.clock.now().0);
        self.tally.failed += 1;
        let text: String = failure.to_string().chars().take(ERROR_CHARS).collect();
        let row = after_failure(row, &core.settings, now, text);
        let opened = self.circuit.failed(&core.settings, now);
        report(&row, opened);
        if opened {
            self.halted = true;
            self.ready.clear();
        }
        // A delivery that was given up opens its lane for the next one.
        self.more |= row.dead;
        self.reset = false;
        let (id, circuit) = (self.subscription.id.clone(), self.circuit);
        core.write(move |session| {
            session.postpone_delivery(&row)?;
            session.mark_subscription(&id, circuit.failures, circuit.retry_at)
        })
        .await
    }

    /// Removes what was received.
    async fn flush(&mut self) -> Outcome<()> {
        if self.received.is_empty() && !self.reset {
            return Ok(());
        }
        let id = self.subscription.id.clone();
        let (received, reset) = (std::mem::take(&mut self.received), self.reset);
        self.reset = false;
        self.core
            .write(move |session| {
                session.finish_deliveries(&id, &received)?;
                if reset {
                    session.mark_subscription(&id, 0, 0)?;
                }
                Ok(())
            })
            .await
    }
}

/// `None` when the subscription is gone.
fn prepare(
    core: &Core,
    feed: &Feed,
    subscription: &SubscriptionRow,
    flying: &HashSet<i64>,
    session: &mut dyn Session,
) -> DbResult<Option<Vec<Prepared>>> {
    let known = session.subscription(subscription.tenant, &subscription.id)?;
    if known.is_none() {
        return Ok(None);
    }
    let limit = i64::try_from(AHEAD + flying.len()).unwrap_or(i64::MAX);
    let due = session.due_deliveries(&subscription.id, core.clock.now().0, limit)?;
    let mut prepared = Vec::with_capacity(due.len());
    for row in due {
        if flying.contains(&row.event_seq) {
            continue;
        }
        // The event is gone when it is older than the retention; there is nothing to tell any more.
        let body = match session.event(row.event_at, row.event_seq)? {
            Some(event) => feed.document(session, core.render.as_ref(), &event)?,
            None => None,
        };
        prepared.push(Prepared {
            row,
            body: body.map(|document| document.to_string()),
        });
    }
    Ok(Some(prepared))
}

/// The callback stays out of the log: its query may hold a secret.
fn report(row: &DeliveryRow, opened: bool) {
    let (result, error) = (
        if row.dead { "given up" } else { "failed" },
        row.last_error.as_deref().unwrap_or_default(),
    );
    metrics::counter!("tollgate_event_deliveries_total", "result" => result).increment(1);
    let (subscription, attempts) = (row.subscription.as_str(), row.attempts);
    if row.dead {
        tracing::warn!(subscription, attempts, error, "a notification was given up");
    } else {
        tracing::info!(subscription, attempts, error, "a notification failed");
    }
    if opened {
        tracing::warn!(
            subscription,
            "a subscriber keeps failing and is left alone for a while"
        );
    }
}
