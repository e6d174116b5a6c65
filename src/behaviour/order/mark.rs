//! Tells the worker that orders may have something to do. Rules set the mark before their transaction
//! commits, and the worker is woken by every commit: so for a while after a mark it looks each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// Commits after a mark that the worker looks at: more than can wait for one.
const LOOKS: u32 = 4096;

/// The marks of a process.
#[derive(Clone, Default)]
pub struct OrderMark {
    looks: Arc<AtomicU32>,
    rules: Arc<AtomicU64>,
}

impl OrderMark {
    /// Something is being written for an order.
    pub fn mark(&self) {
        self.looks.store(LOOKS, Ordering::SeqCst);
    }

    /// A decomposition rule is being written.
    pub fn mark_rule(&self) {
        self.rules.fetch_add(1, Ordering::SeqCst);
    }

    /// How many rules this process has written.
    pub fn rules_written(&self) -> u64 {
        self.rules.load(Ordering::SeqCst)
    }

    /// Whether a commit may have been one of those.
    pub fn is_hot(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        self.looks
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_ok()
    }
}
