//! One unit at a time for each order in this process. What comes for an order while a unit is under
//! way waits on its desk, and the next unit takes in all of it: so the callbacks of an order do not
//! get in each other's way. Other processes may work on the same order; revisions tell them apart.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::store::Due;

/// The desks of all orders that something is done for.
pub struct Desks<T> {
    open: Mutex<HashMap<Due, Vec<T>>>,
    all_closed: Notify,
}

impl<T> Default for Desks<T> {
    fn default() -> Self {
        Desks {
            open: Mutex::default(),
            all_closed: Notify::new(),
        }
    }
}

impl<T> Desks<T> {
    /// Puts something on the desk of an order. True when nobody sits there: whoever put it then
    /// works until [`Desks::take`] says that nothing is left.
    pub fn put(&self, order: &Due, item: T) -> bool {
        let mut open = self.lock();
        if let Some(waiting) = open.get_mut(order) {
            waiting.push(item);
            return false;
        }
        open.insert(order.clone(), vec![item]);
        true
    }

    /// Whether someone works on an order.
    pub fn is_open(&self, order: &Due) -> bool {
        self.lock().contains_key(order)
    }

    /// Takes what lies there. When there is nothing, the desk is closed.
    pub fn take(&self, order: &Due) -> Option<Vec<T>> {
        let mut open = self.lock();
        let waiting = open.get_mut(order)?;
        if !waiting.is_empty() {
            return Some(std::mem::take(waiting));
        }
        open.remove(order);
        if open.is_empty() {
            self.all_closed.notify_waiters();
        }
        None
    }

    /// Whether nobody works on any order.
    pub fn are_closed(&self) -> bool {
        self.lock().is_empty()
    }

    /// Waits until nobody works on any order.
    pub async fn closed(&self) {
        loop {
            let told = self.all_closed.notified();
            tokio::pin!(told);
            // From here on nothing is missed.
            told.as_mut().enable();
            if self.are_closed() {
                return;
            }
            told.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Due, Vec<T>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
