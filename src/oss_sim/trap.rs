//! Requests that get stuck, so that a crash of the client finds them under way: before the OSS has
//! taken them, or after that and before the answer.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::fate::text_hash;

/// Where a request gets stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stuck {
    Never,
    Before,
    After,
}

/// Catches requests while it is set.
#[derive(Default)]
pub(super) struct Trap {
    /// Which requests it catches follows from this number and their names.
    seed: Mutex<Option<u64>>,
    caught: AtomicUsize,
    opened: Notify,
}

impl Trap {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<u64>> {
        self.seed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set(&self, seed: u64) {
        *self.lock() = Some(seed);
    }

    /// Lets everything go that is caught.
    pub fn open(&self) {
        *self.lock() = None;
        self.opened.notify_waiters();
    }

    /// How many requests are stuck.
    pub fn caught(&self) -> usize {
        self.caught.load(Ordering::SeqCst)
    }

    /// Half of the requests get stuck.
    pub fn catches(&self, name: &str) -> Stuck {
        match self.lock().map(|seed| text_hash(seed, name) % 4) {
            Some(0) => Stuck::Before,
            Some(1) => Stuck::After,
            _ => Stuck::Never,
        }
    }

    /// Waits until the trap opens.
    pub async fn stick(&self) {
        let opened = self.opened.notified();
        tokio::pin!(opened);
        opened.as_mut().enable();
        if self.lock().is_none() {
            return;
        }
        let _caught = Caught::new(&self.caught);
        opened.await;
    }
}

/// Counts as long as it is there: a request ends early when its client is gone.
struct Caught<'a>(&'a AtomicUsize);

impl<'a> Caught<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Caught(count)
    }
}

impl Drop for Caught<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
