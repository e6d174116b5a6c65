//! Units of work that run beside the writers, on a connection for reading: what they want written
//! is noted, and a writer takes it over. So the work of rules and documents is done by other threads
//! than those that write, which is what makes imports quick.
//!
//! A draft is a guess: another write may come between. What was updated is guarded by revisions,
//! and what was read is compared when the draft is taken over.
//! Where the guess was wrong, the units run again in a writer.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::attributes::Attributes;
use super::rows::Head;
use super::session::{IdKey, Session};
use super::staged::{Insert, Staged};
use super::tx::{Reads, Tx};
use crate::domain::problem::{Outcome, Problem};

/// What units want written, for [`Tx::adopt`].
pub struct Draft {
    pub(super) staged: Staged,
    /// What the units found in the database.
    pub(super) relied_on: HashMap<IdKey, Vec<Head>>,
}

impl Draft {
    fn new(staged: Staged, mut relied_on: HashMap<IdKey, Vec<Head>>) -> Self {
        // That nobody else makes what the units make, the database sees to.
        for Insert { row, keys } in &staged.inserts {
            if keys.alone {
                let key = IdKey::new(row.tenant, &row.kind, &row.id);
                if let Entry::Occupied(found) = relied_on.entry(key)
                    && found.get().is_empty()
                {
                    found.remove();
                }
            }
        }
        Draft { staged, relied_on }
    }
}

/// Drafts under way.
pub struct Drafting<'s> {
    session: &'s mut dyn Session,
    attributes: Arc<Attributes>,
    accepted: Staged,
    reads: Reads,
}

impl<'s> Drafting<'s> {
    pub(super) fn new(session: &'s mut dyn Session, attributes: Arc<Attributes>) -> Self {
        Drafting {
            session,
            attributes,
            accepted: Staged::default(),
            reads: Reads::default(),
        }
    }

    /// Makes room for so many units.
    pub fn expect(&mut self, units: usize) {
        self.accepted.inserts.reserve(units);
        self.accepted.events.reserve(units);
        self.accepted.view.reserve(units);
    }

    /// Runs a unit; one that fails leaves nothing behind.
    ///
    /// # Errors
    /// What the unit refused; `Internal` for one that a draft cannot hold, because it locks or has
    /// to see its writes in the database.
    pub fn unit<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Outcome<T>) -> Outcome<T> {
        let mut tx = Tx::new(
            self.session,
            &mut self.accepted,
            &mut self.reads,
            Arc::clone(&self.attributes),
        )
        .drafting();
        let result = work(&mut tx);
        tx.finish(result.is_ok()).map_err(Problem::from)?;
        result
    }

    /// Ends a draft and begins another. Units of the other do not see what those before want
    /// written.
    pub fn cut(&mut self) -> Draft {
        Draft::new(std::mem::take(&mut self.accepted), self.reads.end_draft())
    }
}
