//! Whose turn it is to write what a rating thread keeps in memory: mostly the thread's, for each batch; now and
//! then that of somebody who rates again what hangs together with usage that comes all the time, and who
//! would always come second otherwise.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::payer::Payer;

/// The turns of one thread. Holds the owners that others have written in between, which the thread is to
/// read anew.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<Mutex<Vec<(i64, String)>>>);

/// A turn; it ends when this is dropped.
pub struct Turn<'t>(MutexGuard<'t, Vec<(i64, String)>>);

impl Turns {
    /// Waits for a turn.
    pub fn wait(&self) -> Turn<'_> {
        Turn(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Turn<'_> {
    /// Notes that the owners of payers were written.
    pub fn wrote<'p>(&mut self, payers: impl Iterator<Item = &'p Arc<Payer>>) {
        for payer in payers {
            let names = payer.owner_names();
            self.0
                .extend(names.map(|name| (payer.tenant, name.clone())));
        }
    }

    /// What others have written since the last time.
    pub fn written(&mut self) -> Vec<(i64, String)> {
        std::mem::take(&mut self.0)
    }
}
