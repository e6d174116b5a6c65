//! Checkpoints of which the next is worked on while the one before is committed, on a connection of
//! its own. They are committed in their order all the same: each waits, with its rows sent, until it is
//! known what became of the one before, and takes over the job's row last.

use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::Value;

use super::handler::Stop;
use super::running::{Running, stop};
use crate::domain::problem::{Outcome, Problem};
use crate::store::{JobRow, Submitted, Tx};

/// A checkpoint that was begun: [`Running::settle`] waits for its commit. One that is dropped is not
/// committed unless it was let go.
pub struct Begun<T> {
    next: JobRow,
    answer: Submitted<T>,
    /// Told when its transaction begins; closed when it has ended.
    started: Receiver<()>,
    turn: Sender<()>,
}

impl<T> Begun<T> {
    /// Lets it be committed: all before it was.
    pub fn let_go(&self) {
        // When it has failed meanwhile, that is told when it is settled.
        let _ = self.turn.send(());
    }
}

impl Running {
    /// Begins a checkpoint with work, behind one that is under way. At most two may be under way.
    ///
    /// # Errors
    /// When the store is closing.
    pub fn begin<T, F>(
        &self,
        before: Option<&Begun<T>>,
        progress: &Value,
        mut work: F,
    ) -> Result<Begun<T>, Stop>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        let next = self.after(before.map_or(&self.row, |before| &before.next), progress);
        if let Some(before) = before {
            // Handed in together, the two could share a transaction and wait for its own commit.
            let _ = before.started.recv();
        }
        let (starts, started) = channel();
        let (turn, turns) = channel();
        let row = next.clone();
        let answer = self.store.submit(move |tx| {
            let _ = starts.send(());
            let value = work(tx)?;
            tx.flush()?;
            let undone = |_| Problem::internal("the checkpoint before was not committed");
            turns.recv().map_err(undone)?;
            tx.hold_job(row.clone());
            Ok(value)
        });
        Ok(Begun {
            next,
            answer: answer.map_err(Stop::from)?,
            started,
            turn,
        })
    }

    /// Waits for the commit of a checkpoint that was let go, or for the end of one that is not to be.
    ///
    /// # Errors
    /// As [`Running::commit`].
    pub fn settle<T>(&mut self, begun: Begun<T>) -> Result<T, Stop> {
        let Begun {
            next, answer, turn, ..
        } = begun;
        drop(turn);
        let value = answer.wait().map_err(stop)?;
        self.row = next;
        self.check()?;
        Ok(value)
    }
}
