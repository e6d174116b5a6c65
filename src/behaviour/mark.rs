//! Tells a worker that there may be something to do. Rules set a mark before their transaction commits, and
//! every commit asks for it: so for a while after a mark the worker looks each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Commits after a mark at which the worker looks: more than can wait for one.
const LOOKS: u32 = 4096;

/// A mark, shared by who sets it and who asks.
#[derive(Clone, Default)]
pub struct Mark(Arc<AtomicU32>);

impl Mark {
    /// Something is being written that the worker is for.
    pub fn set(&self) {
        self.0.store(LOOKS, Ordering::SeqCst);
    }

    /// Whether a commit may have been of such.
    pub fn is_hot(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        let looked = self
            .0
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less);
        looked.is_ok()
    }
}
