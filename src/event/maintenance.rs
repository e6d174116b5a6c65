//! Keeping what grows by time within bounds: events and what refers to them, past revisions,
//! answers to idempotent requests, finished jobs, the rows of the counts.

use std::future::Future;
use std::time::Duration;

use super::settings::micros;
use crate::domain::clock::Clock;
use crate::domain::problem::{Outcome, Problem};
use crate::store::{DbResult, Removed, Session, Store};

/// Rows of each kind that one transaction removes, so that writers wait for milliseconds only.
const SLICE: usize = 1000;

/// How long things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Events. A notification that could not be delivered within this time is dropped with its
    /// event, whether or not it was given up.
    pub events: Duration,
    /// Answers to requests with an Idempotency-Key.
    pub answers: Duration,
    /// Between two runs.
    pub every: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            events: Duration::from_secs(7 * 86_400),
            answers: Duration::from_secs(86_400),
            every: Duration::from_secs(3600),
        }
    }
}

/// The upkeep of a database. Several processes may do it at once.
#[derive(Clone)]
pub struct Maintenance {
    pub store: Store,
    pub clock: Clock,
    pub retention: Retention,
}

impl Maintenance {
    /// Runs at once and then at intervals until `shutdown` is ready.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        loop {
            match self.once().await {
                Ok(removed) => tracing::debug!(?removed, "old rows removed"),
                Err(problem) => {
                    tracing::warn!(problem = %problem.logged(), "upkeep failed; it is tried again later")
                }
            }
            tokio::select! {
                () = &mut shutdown => return,
                () = tokio::time::sleep(self.retention.every) => {}
            }
        }
    }

    /// One run: makes room for what comes, removes what is old, folds the counts.
    ///
    /// # Errors
    /// When the store fails; what was removed until then stays removed.
    pub async fn once(&self) -> Outcome<Removed> {
        let now = self.clock.now().0;
        let events_before = now.saturating_sub(micros(self.retention.events));
        let answers_before = now.saturating_sub(micros(self.retention.answers));
        self.write(move |session| session.prepare_partitions(now, events_before))
            .await?;
        let limit = i64::try_from(SLICE).unwrap_or(i64::MAX);
        let mut total = Removed::default();
        loop {
            let removed = self
                .write(move |session| session.remove_old(events_before, answers_before, limit))
                .await?;
            total.add(removed);
            if removed.most() < SLICE {
                break;
            }
        }
        self.write(|session| session.fold_tallies()).await?;
        Ok(total)
    }

    async fn write<T, F>(&self, mut work: F) -> Outcome<T>
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
}
