//! Tells the worker that orders may have something to do. Rules set the mark before their transaction
//! commits, and the worker is woken by every commit: so for a while after a mark it looks each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Commits after a mark that the worker looks at: more than can wait for one.
const LOOKS: u32 = 4096;

/// The mark of a process.
#[derive(Clone, Default)]
pub struct OrderMark(Arc<AtomicU32>);

impl OrderMark {
    /// Something is being written for an order.
    pub fn mark(&self) {
        self.0.store(LOOKS, Ordering::SeqCst);
    }

    /// Whether a commit may have been one of those.
    pub fn is_hot(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        self.0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less)
            .is_ok()
    }
}
