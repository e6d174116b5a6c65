//! The right to deliver to a subscriber, held by one process at a time.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::dispatcher::Core;
use super::settings::micros;
use crate::domain::problem::Outcome;

/// The leases of this process. One is kept until it ends, so that a steady stream of events costs no
/// write for it; it is renewed when half of it is over.
pub(super) struct Leases {
    owner: String,
    length: i64,
    held: Mutex<HashMap<String, i64>>,
}

impl Leases {
    pub fn new(owner: String, length: std::time::Duration) -> Self {
        Leases {
            owner,
            length: micros(length),
            held: Mutex::new(HashMap::new()),
        }
    }

    /// Takes or keeps the lease of a subscription; false when another process has it or the
    /// subscription is gone.
    pub async fn hold(&self, core: &Core, id: &str) -> Outcome<bool> {
        let now = core.clock.now().0;
        let left = self
            .lock()
            .get(id)
            .map_or(0, |until| until.saturating_sub(now));
        if left > self.length / 2 {
            return Ok(true);
        }
        let until = now.saturating_add(self.length);
        let (owner, key) = (self.owner.clone(), id.to_owned());
        let got = core
            .write(move |session| session.lease_subscription(&key, &owner, now, until))
            .await?;
        if got {
            self.lock().insert(id.to_owned(), until);
        } else {
            self.lock().remove(id);
        }
        Ok(got)
    }

    /// Gives everything back, so that another process need not wait for the end.
    pub async fn release(&self, core: &Core) -> Outcome<()> {
        let ids: Vec<String> = self.lock().drain().map(|(id, _)| id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let (owner, now) = (self.owner.clone(), core.clock.now().0);
        core.write(move |session| {
            for id in &ids {
                session.lease_subscription(id, &owner, now, 0)?;
            }
            Ok(())
        })
        .await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, i64>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
