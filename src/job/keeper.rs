//! Keeping the lease of a job whose handler is between its checkpoints.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Notify;

use super::running::Signals;
use crate::domain::clock::Clock;
use crate::domain::problem::{Outcome, Problem};
use crate::store::{Store, Tx};

/// Writes on a thread that may block: waits for room in the queue of writes, where a request would
/// be sent away.
pub(super) async fn write<T, F>(store: Store, work: F) -> Outcome<T>
where
    T: Send + 'static,
    F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
{
    tokio::task::spawn_blocking(move || store.write_blocking(work))
        .await
        .map_err(Problem::internal)?
}

/// Renews a lease while a handler is between its checkpoints.
pub(super) struct Keeper {
    pub store: Store,
    pub clock: Clock,
    pub id: String,
    pub owner: String,
    pub lease: Duration,
    pub signals: Arc<Signals>,
    pub enough: Arc<Notify>,
}

impl Keeper {
    /// Renews until `enough` is told.
    pub async fn keep(self) {
        loop {
            tokio::select! {
                () = self.enough.notified() => return,
                () = tokio::time::sleep(self.lease / 3) => {}
            }
            let (id, owner) = (self.id.clone(), self.owner.clone());
            let until = self.clock.now().0.saturating_add(micros(self.lease));
            let renewed = write(self.store.clone(), move |tx| {
                tx.direct(|session| session.renew_job(&id, &owner, until))
            });
            match renewed.await {
                Ok(true) => {}
                Ok(false) => {
                    self.signals.gone.store(true, Ordering::SeqCst);
                    return;
                }
                Err(problem) => {
                    tracing::warn!(job = self.id, problem = %problem.logged(), "a lease was not renewed")
                }
            }
        }
    }
}

/// A duration in microseconds, as the store counts.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
