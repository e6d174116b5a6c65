//! Whose turn it is to write what a rating thread keeps in memory: mostly the thread's, for each batch; now and
//! then that of somebody who rates again what hangs together with usage that comes all the time, and who
//! would always come second otherwise. Who asks first comes first, so that whoever takes one turn after
//! the other lets the thread come in between.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::payer::Payer;

/// The turns of one thread.
#[derive(Clone, Debug, Default)]
pub struct Turns(Arc<Queue>);

#[derive(Debug, Default)]
struct Queue {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// How many have asked for a turn.
    asked: u64,
    /// How many turns have ended.
    done: u64,
    /// Owners that others have written in between, which the thread is to read anew.
    written: Vec<(i64, String)>,
}

/// A turn; it ends when this is dropped.
pub struct Turn<'t>(&'t Queue);

impl Turns {
    /// Waits for a turn.
    pub fn wait(&self) -> Turn<'_> {
        let mut state = self.0.lock();
        let own = state.asked;
        state.asked += 1;
        while state.done != own {
            let woken = self.0.ended.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
        Turn(&self.0)
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Notes that the owners of payers were written.
    pub fn wrote<'p>(&mut self, payers: impl Iterator<Item = &'p Arc<Payer>>) {
        let mut state = self.0.lock();
        for payer in payers {
            let names = payer.owner_names();
            let owners = names.map(|name| (payer.tenant, name.clone()));
            state.written.extend(owners);
        }
    }

    /// What others have written since the last time.
    pub fn written(&mut self) -> Vec<(i64, String)> {
        std::mem::take(&mut self.0.lock().written)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.lock().done += 1;
        self.0.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_first_comes_first() {
        let turns = Turns::default();
        let order = Arc::new(Mutex::new(Vec::new()));
        let first = turns.wait();
        let waiting: Vec<_> = (0..8_u64)
            .map(|number| {
                let (turns, order) = (turns.clone(), Arc::clone(&order));
                let before = turns.0.lock().asked;
                let thread = {
                    let turns = turns.clone();
                    std::thread::spawn(move || {
                        let turn = turns.wait();
                        order.lock().expect("a lock").push(number);
                        drop(turn);
                    })
                };
                // The next one asks once this one has.
                while turns.0.lock().asked == before {
                    std::thread::yield_now();
                }
                thread
            })
            .collect();
        drop(first);
        waiting
            .into_iter()
            .for_each(|own| own.join().expect("it ends"));
        let order = order.lock().expect("a lock").clone();
        assert_eq!(order, (0..8).collect::<Vec<u64>>());
    }
}
