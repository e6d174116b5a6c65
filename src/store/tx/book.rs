//! What a unit changes of all that prices are compiled from.

use super::Tx;
use crate::domain::problem::Outcome;
use crate::store::DbResult;
use crate::store::session::{BookEntry, Session};

impl Tx<'_> {
    /// Stages that a price has changed. `seen` is the library that it was compiled with, where it had
    /// to be: when another one holds at the commit, the transaction is tried again.
    pub fn price_changed(&mut self, tenant: i64, seen: Option<i64>) {
        let change = self.unit.books.entry(tenant).or_default();
        change.catalog = true;
        change.seen = change.seen.or(seen);
    }

    /// Stages that the names in usage specifications have changed.
    pub fn names_changed(&mut self, tenant: i64) {
        self.unit.books.entry(tenant).or_default().library = true;
    }

    /// Counts a change of the documents at once: prices that refer to them are written before, and then
    /// the unit sees them, or after.
    pub fn hold_library(&mut self, tenant: i64) -> Outcome<()> {
        self.direct(|session| session.count_in_book(tenant, BookEntry::Library))?;
        self.reads.book_changed = true;
        Ok(())
    }

    /// Reads what no other method here reads; a draft may as well. What is staged is not seen.
    pub fn look<T>(&mut self, read: impl FnOnce(&mut dyn Session) -> DbResult<T>) -> Outcome<T> {
        self.run(read)
    }
}
