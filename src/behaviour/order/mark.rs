//! Tells the worker of orders that there may be something to do, and who keeps rules that some changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::behaviour::mark::Mark;

/// The marks of a process.
#[derive(Clone, Default)]
pub struct OrderMark {
    looks: Mark,
    rules: Arc<AtomicU64>,
}

impl OrderMark {
    /// Something is being written for an order.
    pub fn mark(&self) {
        self.looks.set();
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
        self.looks.is_hot()
    }
}
