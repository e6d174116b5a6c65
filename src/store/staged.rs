//! Writes that wait to be sent to the database together.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::attributes::Attributes;
use super::error::{DbError, DbResult};
use super::rows::{
    EventRow, IndexRow, JobRow, OrderInputRow, OrderLogRow, PendingRow, ResourceRow, RevisionRow,
    RunRow, TallyRow, WordsRow,
};
use super::session::{
    Addition, BalanceKey, BookEntry, DeleteRow, IdKey, NewRows, RunMove, Session, UpdateRow,
};
use super::usage::{IdentifierKey, IdentifierRow, KIND};

/// Values of indexed attributes: attribute number and index text.
pub type IndexValues = Vec<(i64, String)>;

/// What a resource is found by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    pub index: IndexValues,
    /// Words for text search, separated by spaces; empty when the kind is not searched.
    pub words: String,
    /// An id of the kind has one version at most, so that whoever makes it twice is refused by the
    /// database.
    pub alone: bool,
}

/// A new resource; its sequence number is given when it is sent.
pub(super) struct Insert {
    pub row: Arc<ResourceRow>,
    pub keys: Keys,
}

/// Versions of an id. Shared: a document is not copied for each who looks at it.
pub(super) type Versions = Vec<Arc<ResourceRow>>;

/// What one unit of work, or a batch of them, wants written.
#[derive(Default)]
pub(super) struct Staged {
    pub inserts: Vec<Insert>,
    pub updates: Vec<UpdateRow>,
    pub deletes: Vec<DeleteRow>,
    pub revisions: Vec<RevisionRow>,
    pub index_added: Vec<IndexRow>,
    pub index_removed: Vec<IndexRow>,
    pub words_added: Vec<WordsRow>,
    /// Resources by their sequence numbers.
    pub words_removed: Vec<i64>,
    pub events: Vec<EventRow>,
    pub jobs: Vec<JobRow>,
    /// Jobs under way, whose holders write with them what they did.
    pub held: Vec<JobRow>,
    pub counts: BTreeMap<(i64, String, i64, String), i64>,
    /// What is added to balances, by key: rows are then locked in the same order by everybody.
    pub additions: BTreeMap<BalanceKey, Addition>,
    /// Accounts whose balances go.
    pub balances_gone: Vec<IdKey>,
    /// Orders that begin.
    pub runs: Vec<RunRow>,
    /// Orders under way, with what they are next.
    pub moved_runs: Vec<RunMove>,
    /// What orders have yet to be told, and what they have been.
    pub inputs: Vec<OrderInputRow>,
    pub inputs_taken: Vec<OrderInputRow>,
    pub order_log: Vec<OrderLogRow>,
    /// Until when products are known by what; none for what they were never known by after all.
    pub identifiers: BTreeMap<IdentifierKey, Option<i64>>,
    /// Ids of the new usage that has a name, by tenant and name.
    pub usage: HashMap<(i64, Vec<u8>), String>,
    /// What changes of all that prices are compiled from, by tenant.
    pub books: BTreeMap<i64, BookChange>,
    /// All versions of the ids written here, as they will be.
    pub view: HashMap<IdKey, Versions>,
}

impl Staged {
    /// Nothing to send. The view may still be filled after a send, so it does not count; names of usage
    /// are those of inserts.
    pub fn is_empty(&self) -> bool {
        self.inserts.is_empty()
            && self.updates.is_empty()
            && self.deletes.is_empty()
            && self.events.is_empty()
            && self.jobs.is_empty()
            && self.held.is_empty()
            && self.counts.is_empty()
            && self.additions.is_empty()
            && self.balances_gone.is_empty()
            && self.runs.is_empty()
            && self.moved_runs.is_empty()
            && self.inputs.is_empty()
            && self.inputs_taken.is_empty()
            && self.order_log.is_empty()
            && self.identifiers.is_empty()
            && self.books.is_empty()
    }

    /// Takes over what another set wants written.
    pub fn absorb(&mut self, other: Staged) {
        self.inserts.extend(other.inserts);
        self.updates.extend(other.updates);
        self.deletes.extend(other.deletes);
        self.revisions.extend(other.revisions);
        self.index_added.extend(other.index_added);
        self.index_removed.extend(other.index_removed);
        self.words_added.extend(other.words_added);
        self.words_removed.extend(other.words_removed);
        self.events.extend(other.events);
        self.jobs.extend(other.jobs);
        self.held.extend(other.held);
        for (key, n) in other.counts {
            *self.counts.entry(key).or_default() += n;
        }
        for addition in other.additions.into_values() {
            self.add(addition);
        }
        self.balances_gone.extend(other.balances_gone);
        self.runs.extend(other.runs);
        self.moved_runs.extend(other.moved_runs);
        self.inputs.extend(other.inputs);
        self.inputs_taken.extend(other.inputs_taken);
        self.order_log.extend(other.order_log);
        self.identifiers.extend(other.identifiers);
        self.usage.extend(other.usage);
        for (tenant, change) in other.books {
            self.books.entry(tenant).or_default().join(change);
        }
        self.view.extend(other.view);
    }

    /// Adds to a balance.
    pub fn add(&mut self, new: Addition) {
        match self.additions.entry(new.key.clone()) {
            Entry::Vacant(place) => {
                place.insert(new);
            }
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                known.amount = known.amount.saturating_add(new.amount);
                known.valid_from = new.valid_from.or(known.valid_from);
                known.valid_to = new.valid_to.or(known.valid_to);
                known.at = known.at.max(new.at);
            }
        }
    }

    /// True when balances of one of the accounts wait here.
    pub fn touches_balances(&self, tenant: i64, kind: &str, accounts: &[String]) -> bool {
        let is_one =
            |t: i64, k: &str, id: &String| t == tenant && k == kind && accounts.contains(id);
        self.additions
            .keys()
            .any(|key| is_one(key.tenant, &key.kind, &key.account))
            || self
                .balances_gone
                .iter()
                .any(|key| is_one(key.tenant, &key.kind, &key.id))
    }

    /// Adds to the counts of a kind for the values of a current row.
    pub fn count(
        &mut self,
        attributes: &Attributes,
        row: &ResourceRow,
        index: &[(i64, String)],
        by: i64,
    ) {
        if !row.current {
            return;
        }
        let mut add = |attribute: i64, value: &str| {
            let key = (row.tenant, row.kind.clone(), attribute, value.to_owned());
            *self.counts.entry(key).or_default() += by;
        };
        add(0, "");
        for (attribute, value) in index {
            if attributes.is_tallied(*attribute) {
                add(*attribute, value);
            }
        }
    }

    /// Sends everything. Sequence numbers are drawn after the updates, whose row locks then order
    /// the events of one resource over all writers. Answers how many resources are new.
    pub fn send(mut self, session: &mut dyn Session) -> DbResult<u64> {
        if self.is_empty() {
            return Ok(0);
        }
        // The rows are nobody else's then.
        drop(std::mem::take(&mut self.view));
        // Jobs and runs first, so that one that was taken over writes nothing. All writers lock runs in
        // the same order.
        self.moved_runs
            .sort_by(|a, b| (a.row.tenant, &a.row.order_id).cmp(&(b.row.tenant, &b.row.order_id)));
        non_empty(&self.moved_runs, |rows| session.update_runs(rows))?;
        non_empty(&self.inputs_taken, |rows| session.delete_order_inputs(rows))?;
        for job in &self.held {
            if !session.update_job(job)? {
                return Err(DbError::LeaseLost);
            }
        }
        non_empty(&self.updates, |rows| session.update_resources(rows))?;
        non_empty(&self.deletes, |rows| session.delete_resources(rows))?;
        non_empty(&self.revisions, |rows| session.insert_revisions(rows))?;
        non_empty(&self.index_removed, |rows| session.delete_index(rows))?;
        non_empty(&self.words_removed, |seqs| session.delete_words(seqs))?;
        let rows = NewRows {
            index: self.index_added,
            words: self.words_added,
            tallies: tally_rows(self.counts),
            ..NewRows::default()
        };
        let rows = numbered(session, rows, self.inserts, self.events)?;
        let made = u64::try_from(rows.resources.len()).unwrap_or(u64::MAX);
        if !rows.is_empty() {
            session.insert(&rows)?;
        }
        non_empty(&self.jobs, |rows| session.insert_jobs(rows))?;
        non_empty(&self.runs, |rows| session.insert_runs(rows))?;
        non_empty(&self.inputs, |rows| session.insert_order_inputs(rows))?;
        non_empty(&self.order_log, |rows| session.insert_order_log(rows))?;
        let (known, unknown) = identifier_rows(self.identifiers);
        non_empty(&unknown, |keys| session.delete_identifiers(keys))?;
        non_empty(&known, |rows| session.write_identifiers(rows))?;
        non_empty(&self.balances_gone, |keys| session.delete_balances(keys))?;
        // Last, because many writers may want the same balance: it is held only for the commit.
        let additions: Vec<Addition> = self.additions.into_values().collect();
        non_empty(&additions, |rows| session.add_to_balances(rows))?;
        for (tenant, change) in self.books {
            change.send(session, tenant)?;
        }
        Ok(made)
    }
}

/// What changes of all that prices of a tenant are compiled from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BookChange {
    pub library: bool,
    pub catalog: bool,
    /// The oldest library that a price was compiled with.
    pub seen: Option<i64>,
}

impl BookChange {
    fn join(&mut self, other: BookChange) {
        self.library |= other.library;
        self.catalog |= other.catalog;
        self.seen = match (self.seen, other.seen) {
            (Some(own), Some(other)) => Some(own.min(other)),
            (own, other) => own.or(other),
        };
    }

    fn send(self, session: &mut dyn Session, tenant: i64) -> DbResult<()> {
        if self.catalog && !session.count_in_book(tenant, BookEntry::Price { seen: self.seen })? {
            let why = "what a price was compiled with has changed";
            return Err(DbError::Retry(why.to_owned()));
        }
        if self.library {
            session.count_in_book(tenant, BookEntry::Library)?;
        }
        Ok(())
    }
}

/// Adds new resources and events with their sequence numbers.
fn numbered(
    session: &mut dyn Session,
    mut rows: NewRows,
    inserts: Vec<Insert>,
    events: Vec<EventRow>,
) -> DbResult<NewRows> {
    if inserts.is_empty() && events.is_empty() {
        return Ok(rows);
    }
    let mut numbers = session.allocate(inserts.len() + events.len())?.into_iter();
    rows.resources.reserve(inserts.len());
    for Insert { row, keys } in inserts {
        let mut row = Arc::unwrap_or_clone(row);
        row.seq = numbers.next().unwrap_or_default();
        rows.index.extend(index_rows(&row, keys.index));
        rows.words.extend(words_row(row.seq, keys.words));
        rows.resources.push(row);
    }
    // Neighbours in the index share its pages.
    rows.index.sort_unstable();
    rows.events = events;
    for event in &mut rows.events {
        event.seq = numbers.next().unwrap_or_default();
        rows.pending.push(PendingRow {
            seq: event.seq,
            at: event.at,
            tenant: event.tenant,
        });
    }
    Ok(rows)
}

/// What products are known by, and what they are not. In the order of their keys, as all writers have
/// them.
fn identifier_rows(
    staged: BTreeMap<IdentifierKey, Option<i64>>,
) -> (Vec<IdentifierRow>, Vec<IdentifierKey>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for (key, valid_to) in staged {
        match valid_to {
            Some(valid_to) => known.push(key.until(valid_to)),
            None => unknown.push(key),
        }
    }
    (known, unknown)
}

/// The row for text search, when there is something to find.
pub(super) fn words_row(seq: i64, words: String) -> Option<WordsRow> {
    (!words.is_empty()).then_some(WordsRow { seq, words })
}

fn tally_rows(counts: BTreeMap<(i64, String, i64, String), i64>) -> Vec<TallyRow> {
    let counts = counts.into_iter().filter(|(_, n)| *n != 0);
    counts
        .map(|((tenant, kind, attribute, value), n)| TallyRow {
            tenant,
            kind,
            attribute,
            value,
            n,
        })
        .collect()
}

/// The index rows of a resource; the same value twice (in an array) makes one row.
pub(super) fn index_rows(
    row: &ResourceRow,
    mut values: IndexValues,
) -> impl Iterator<Item = IndexRow> {
    // What usage is found by stands in its own row.
    if row.kind == KIND {
        values.clear();
    }
    values.sort_unstable();
    values.dedup();
    let (tenant, current, seq) = (row.tenant, row.current, row.seq);
    values.into_iter().map(move |(attribute, value)| IndexRow {
        tenant,
        attribute,
        current,
        value,
        seq,
    })
}

fn non_empty<T>(rows: &[T], send: impl FnOnce(&[T]) -> DbResult<()>) -> DbResult<()> {
    if rows.is_empty() { Ok(()) } else { send(rows) }
}
