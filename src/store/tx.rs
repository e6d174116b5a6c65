//! A unit of work inside a write transaction.
//!
//! Many units share one transaction (group commit). Each stages its writes; those of the units
//! that succeed are sent together at the end, so a unit that fails leaves nothing behind and costs
//! no savepoint. A unit that needs the database to see its writes at once asks for
//! [`Tx::direct`], which costs one.

mod ahead;
mod book;
mod identifiers;
mod orders;
mod usage;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::attributes::Attributes;
use super::error::{DbError, DbResult};
use super::rows::{BalanceRow, EventRow, Head, IndexRow, JobRow, ResourceRow, RevisionRow};
use super::session::{Addition, DeleteRow, Hold, IdKey, Session, UpdateRow};
use super::staged::{IndexValues, Insert, Keys, Staged, Versions, index_rows, words_row};
use crate::domain::descriptor::Change;
use crate::domain::ids;
use crate::domain::problem::{Outcome, Problem};

/// A unit that asks for heads more often than this handles many resources, which tend to refer to
/// the same few: from then on answers are kept.
const FEW_QUESTIONS: usize = 8;

/// A new state of a stored resource.
pub struct Update {
    pub old: ResourceRow,
    pub old_keys: Keys,
    /// The new row; its revision is counted up here.
    pub new: ResourceRow,
    pub new_keys: Keys,
}

/// What the units of one transaction have read, and sent to the database on their own.
#[derive(Default)]
pub(super) struct Reads {
    /// New resources that units have sent.
    pub made: u64,
    /// Something that prices are compiled from was changed.
    pub book_changed: bool,
    /// Times that heads were asked for.
    asked: usize,
    /// Heads of what others wrote: locked, so they stay until the commit.
    known: HashMap<IdKey, Vec<Head>>,
    /// Versions that were read. Not locked: a write compares revisions and keys are unique.
    ahead: HashMap<IdKey, Versions>,
    /// What the units of a draft found in the database, also that something was not there.
    relied_on: HashMap<IdKey, Vec<Head>>,
}

impl Reads {
    /// Ends a draft: what its units relied on. Nothing that was read counts for the next.
    pub fn end_draft(&mut self) -> HashMap<IdKey, Vec<Head>> {
        std::mem::take(self).relied_on
    }
}

/// How the writes of a unit reach the database.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// All together when the batch ends.
    Staged,
    /// A savepoint is open and writes go to the database as they come.
    Direct,
    /// Not at all: a writer takes them over later.
    Draft,
}

/// A unit of work under way.
pub struct Tx<'a> {
    session: &'a mut dyn Session,
    accepted: &'a mut Staged,
    reads: &'a mut Reads,
    unit: Staged,
    /// What the unit is about to make.
    promised: HashMap<IdKey, Head>,
    attributes: Arc<Attributes>,
    way: Way,
    broken: Option<DbError>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(
        session: &'a mut dyn Session,
        accepted: &'a mut Staged,
        reads: &'a mut Reads,
        attributes: Arc<Attributes>,
    ) -> Self {
        Tx {
            session,
            accepted,
            reads,
            unit: Staged::default(),
            promised: HashMap::new(),
            attributes,
            way: Way::Staged,
            broken: None,
        }
    }

    /// A unit whose writes are only noted.
    pub(super) fn drafting(self) -> Self {
        Tx {
            way: Way::Draft,
            ..self
        }
    }

    /// The numbers of indexed attributes.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Heads of all versions of the ids, kept from deletion by others until the commit.
    pub fn heads(&mut self, tenant: i64, kind: &str, ids: &[&str]) -> Outcome<Vec<Head>> {
        self.reads.asked += 1;
        let mut found = Vec::with_capacity(ids.len());
        let mut unseen = Vec::with_capacity(ids.len());
        for id in ids {
            let key = IdKey::new(tenant, kind, id);
            if let Some(promised) = self.promised.get(&key) {
                found.push(promised.clone());
                continue;
            }
            match (self.seen(&key), self.reads.known.get(&key)) {
                (Some(rows), _) => found.extend(rows.iter().map(|row| Head::from(&**row))),
                (None, Some(heads)) => found.extend(heads.iter().cloned()),
                (None, None) => unseen.push(key),
            }
        }
        if unseen.is_empty() {
            return Ok(found);
        }
        let asked: Vec<&str> = unseen.iter().map(|key| key.id.as_str()).collect();
        let fetched = self.run(|session| session.heads(tenant, kind, &asked))?;
        if self.reads.asked > FEW_QUESTIONS || self.way == Way::Draft {
            for key in unseen {
                let of_id = fetched.iter().filter(|head| head.id == key.id);
                let heads: Vec<Head> = of_id.cloned().collect();
                if self.way == Way::Draft {
                    self.reads.relied_on.insert(key.clone(), heads.clone());
                }
                self.reads.known.insert(key, heads);
            }
        }
        found.extend(fetched);
        Ok(found)
    }

    /// All versions of an id as they are now, held until the commit: nobody closes or deletes what
    /// is held shared, nobody adds to the balances of what is held alone.
    pub fn hold(&mut self, key: &IdKey, hold: Hold) -> Outcome<Vec<ResourceRow>> {
        self.not_in_a_draft()?;
        let staged = self.seen(key).map(owned);
        // What this batch is about to change cannot be changed by others as well, since revisions
        // are compared when it is sent; but others may still add to its balances until then.
        if let Some(rows) = &staged
            && hold == Hold::Shared
        {
            return Ok(rows.clone());
        }
        let held = self.run(|session| session.hold(key, hold))?;
        let rows = held.iter().cloned().map(Arc::new).collect();
        self.reads.ahead.insert(key.clone(), rows);
        Ok(staged.unwrap_or(held))
    }

    /// Stages an addition to a balance. The caller holds the account.
    pub fn add_to_balance(&mut self, addition: Addition) {
        self.unit.add(addition);
    }

    /// Balances of accounts of a kind, with what the unit has added.
    pub fn balances(
        &mut self,
        tenant: i64,
        kind: &str,
        accounts: &[String],
    ) -> Outcome<Vec<BalanceRow>> {
        self.not_in_a_draft()?;
        let waits = self.unit.touches_balances(tenant, kind, accounts)
            || self.accepted.touches_balances(tenant, kind, accounts);
        if waits {
            self.send_all()?;
        }
        self.run(|session| session.balances(tenant, kind, accounts))
    }

    /// Stages the end of the balances of an account.
    pub fn delete_balances(&mut self, account: IdKey) {
        self.unit.balances_gone.push(account);
    }

    /// Lets others refer to a resource that the unit makes later: two may so refer to each other. The
    /// caller makes it, or fails.
    pub fn promise(&mut self, key: IdKey, head: Head) {
        self.promised.insert(key, head);
    }

    /// Heads of resources whose indexed attributes hold a value: who refers to it.
    pub fn heads_by_index(
        &mut self,
        tenant: i64,
        attributes: &[i64],
        value: &str,
        limit: i64,
    ) -> Outcome<Vec<Head>> {
        self.send_all()?;
        self.run(|session| session.heads_by_index(tenant, attributes, value, i64::MIN, limit))
    }

    /// Holds a named lock until the transaction ends.
    pub fn lock(&mut self, name: &str) -> Outcome<()> {
        self.not_in_a_draft()?;
        // What was read before another let go of it may have changed.
        self.reads.ahead.clear();
        self.run(|session| session.lock(name))
    }

    /// Stages a new resource.
    pub fn insert(&mut self, row: ResourceRow, keys: Keys) -> Outcome<()> {
        self.insert_shared(Arc::new(row), keys)
    }

    /// [`Tx::insert`] for who goes on with the row.
    pub fn insert_shared(&mut self, row: Arc<ResourceRow>, keys: Keys) -> Outcome<()> {
        let attributes = Arc::clone(&self.attributes);
        self.unit.count(&attributes, &row, &keys.index, 1);
        let key = key_of(&row);
        self.promised.remove(&key);
        let mut rows = match self.seen(&key) {
            Some(rows) => rows.clone(),
            // A first version has no siblings, so nothing need be read.
            None if row.current => Vec::new(),
            None => self.peek(&key)?.to_vec(),
        };
        rows.push(Arc::clone(&row));
        self.reads.known.remove(&key);
        self.unit.view.insert(key, rows);
        self.unit.inserts.push(Insert { row, keys });
        Ok(())
    }

    /// Stages a new state of a resource that this unit has read, and returns the row as it will
    /// be. The old document goes to the past, where events find it.
    pub fn update(&mut self, update: Update) -> Outcome<ResourceRow> {
        let Update {
            old,
            old_keys,
            mut new,
            new_keys,
        } = update;
        if let Some(at) = self.made_here(&old) {
            return Ok(self.amend(at, &old_keys, new, new_keys));
        }
        let old = self.settled(old)?;
        new.seq = old.seq;
        new.revision = old.revision.saturating_add(1);
        let attributes = Arc::clone(&self.attributes);
        self.unit.count(&attributes, &old, &old_keys.index, -1);
        self.unit.count(&attributes, &new, &new_keys.index, 1);
        if old_keys.words != new_keys.words {
            self.forget_words(&old, &old_keys);
            self.unit
                .words_added
                .extend(words_row(new.seq, new_keys.words));
        }
        let (removed, added) = difference(&old, old_keys.index, &new, new_keys.index);
        self.unit.index_removed.extend(removed);
        self.unit.index_added.extend(added);
        let mut rows = self.peek(&key_of(&old))?.to_vec();
        rows.retain(|row| row.version != old.version);
        rows.push(Arc::new(new.clone()));
        self.reads.known.remove(&key_of(&old));
        self.unit.view.insert(key_of(&old), rows);
        self.unit.revisions.push(past(&old, new.updated_at));
        self.unit.updates.push(UpdateRow {
            row: new.clone(),
            expected_revision: old.revision,
        });
        Ok(new)
    }

    /// Stages the end of a resource that this unit has read.
    pub fn delete(&mut self, old: ResourceRow, keys: Keys, at: i64) -> Outcome<()> {
        let old = self.settled(old)?;
        let attributes = Arc::clone(&self.attributes);
        self.unit.count(&attributes, &old, &keys.index, -1);
        self.forget_words(&old, &keys);
        self.unit.index_removed.extend(index_rows(&old, keys.index));
        let mut rows = self.peek(&key_of(&old))?.to_vec();
        rows.retain(|row| row.version != old.version);
        self.reads.known.remove(&key_of(&old));
        self.unit.view.insert(key_of(&old), rows);
        self.unit.revisions.push(past(&old, at));
        self.unit.deletes.push(DeleteRow {
            seq: old.seq,
            revision: old.revision,
        });
        Ok(())
    }

    /// The place of a resource among those that this unit makes.
    fn made_here(&self, row: &ResourceRow) -> Option<usize> {
        let inserts = &self.unit.inserts;
        inserts.iter().rposition(|insert| {
            let made = &insert.row;
            made.id == row.id && made.kind == row.kind && made.version == row.version
        })
    }

    /// Changes a resource that this unit makes: nobody has seen what it was, so it stays in its
    /// first revision.
    fn amend(
        &mut self,
        at: usize,
        old_keys: &Keys,
        mut new: ResourceRow,
        new_keys: Keys,
    ) -> ResourceRow {
        let attributes = Arc::clone(&self.attributes);
        let Some(insert) = self.unit.inserts.get_mut(at) else {
            return new;
        };
        new.revision = insert.row.revision;
        let shared = Arc::new(new.clone());
        let old = std::mem::replace(&mut insert.row, Arc::clone(&shared));
        self.unit.count(&attributes, &old, &old_keys.index, -1);
        self.unit.count(&attributes, &new, &new_keys.index, 1);
        if let Some(insert) = self.unit.inserts.get_mut(at) {
            insert.keys = new_keys;
        }
        let rows = self.unit.view.entry(key_of(&new)).or_default();
        rows.retain(|row| row.version != new.version);
        rows.push(shared);
        new
    }

    fn forget_words(&mut self, old: &ResourceRow, keys: &Keys) {
        if !keys.words.is_empty() {
            self.unit.words_removed.push(old.seq);
        }
    }

    /// Stages an event about a row, for the outbox.
    pub fn announce(
        &mut self,
        row: &ResourceRow,
        principal: &str,
        change: Change,
        changed: Option<String>,
        at: i64,
    ) {
        // Whoever hears of the creation finds there what was changed since.
        let told = !matches!(
            change,
            Change::Create | Change::Delete | Change::Batch | Change::Failure
        );
        if told && self.made_here(row).is_some() {
            return;
        }
        self.unit.events.push(EventRow {
            at,
            seq: 0,
            tenant: row.tenant,
            principal: principal.to_owned(),
            event_id: ids::new_id(),
            change: change.as_str().to_owned(),
            kind: row.kind.clone(),
            id: row.id.clone(),
            version: row.version.clone(),
            revision: row.revision,
            changed,
        });
    }

    /// Stages durable work.
    pub fn enqueue(&mut self, job: JobRow) {
        self.unit.jobs.push(job);
    }

    /// Stages what the holder of a job makes of it; the transaction fails when another has it now
    /// ([`DbError::is_lease_lost`]).
    pub fn hold_job(&mut self, job: JobRow) {
        self.unit.held.push(job);
    }

    /// The connection itself, for what is not staged: what is written there is undone when the
    /// unit fails.
    pub fn direct<T>(&mut self, work: impl FnOnce(&mut dyn Session) -> DbResult<T>) -> Outcome<T> {
        self.send_all()?;
        self.run(work)
    }

    /// Sends the writes of the unit now rather than at its end.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn flush(&mut self) -> Outcome<()> {
        self.send_all()
    }

    /// Lets the database see all writes so far; from here on a savepoint guards the unit.
    fn send_all(&mut self) -> Outcome<()> {
        self.not_in_a_draft()?;
        if self.way == Way::Staged {
            let accepted = std::mem::take(self.accepted);
            self.reads.book_changed |= !accepted.books.is_empty();
            self.reads.made += self.run(|session| {
                let made = accepted.send(session)?;
                session.savepoint()?;
                Ok(made)
            })?;
            self.way = Way::Direct;
        }
        // What was staged is no longer in the view, so from here on the database is asked.
        self.reads.ahead.clear();
        let unit = std::mem::take(&mut self.unit);
        self.reads.book_changed |= !unit.books.is_empty();
        self.reads.made += self.run(|session| unit.send(session))?;
        Ok(())
    }

    /// A row as the database has it. One that is still staged (by this unit or another of the
    /// batch) is sent first, because a second write of it must find the first.
    fn settled(&mut self, row: ResourceRow) -> Outcome<ResourceRow> {
        let key = key_of(&row);
        if self.seen(&key).is_none() {
            return Ok(row);
        }
        self.send_all()?;
        let rows = self.run(|session| session.versions(&key))?;
        Ok(rows
            .into_iter()
            .find(|stored| stored.version == row.version && stored.revision == row.revision)
            .unwrap_or(row))
    }

    fn seen(&self, key: &IdKey) -> Option<&Versions> {
        self.unit
            .view
            .get(key)
            .or_else(|| self.accepted.view.get(key))
    }

    fn run<T>(&mut self, work: impl FnOnce(&mut dyn Session) -> DbResult<T>) -> Outcome<T> {
        work(self.session).map_err(|error| {
            let shown = match &error {
                DbError::OutOfRange(text) => DbError::OutOfRange(text.clone()),
                other => DbError::Fault(other.to_string()),
            };
            self.broken = Some(error);
            shown.into()
        })
    }

    /// Ends the unit: its writes join the batch or are dropped. A database error ends the batch.
    pub(super) fn finish(mut self, success: bool) -> DbResult<()> {
        if let Some(error) = self.broken.take() {
            return Err(error);
        }
        if self.way != Way::Direct {
            if success {
                self.accepted.absorb(self.unit);
            }
            return Ok(());
        }
        // What was read shows the unit's own writes, or what was there before them.
        self.reads.ahead.clear();
        if success {
            self.reads.book_changed |= !self.unit.books.is_empty();
            self.reads.made += self.unit.send(self.session)?;
            return self.session.release_savepoint();
        }
        // Locks taken since the savepoint are gone.
        self.reads.known.clear();
        self.session.rollback_to_savepoint()
    }

    fn not_in_a_draft(&self) -> Outcome<()> {
        if self.way == Way::Draft {
            return Err(Problem::internal("a draft can neither write nor lock"));
        }
        Ok(())
    }
}

/// Rows to keep.
fn owned(rows: &Versions) -> Vec<ResourceRow> {
    rows.iter().map(|row| (**row).clone()).collect()
}

fn key_of(row: &ResourceRow) -> IdKey {
    IdKey::new(row.tenant, &row.kind, &row.id)
}

fn past(row: &ResourceRow, ended_at: i64) -> RevisionRow {
    RevisionRow {
        tenant: row.tenant,
        kind: row.kind.clone(),
        id: row.id.clone(),
        version: row.version.clone(),
        revision: row.revision,
        ended_at,
        doc: row.doc.clone(),
    }
}

/// An index row before and after an update.
type BeforeAndAfter = (Option<IndexRow>, Option<IndexRow>);

/// Index rows that go and that come: most updates leave most values alone.
fn difference(
    old: &ResourceRow,
    old_index: IndexValues,
    new: &ResourceRow,
    new_index: IndexValues,
) -> (Vec<IndexRow>, Vec<IndexRow>) {
    let mut change: BTreeMap<(i64, bool, String), BeforeAndAfter> = BTreeMap::new();
    for row in index_rows(old, old_index) {
        let key = (row.attribute, row.current, row.value.clone());
        change.entry(key).or_default().0 = Some(row);
    }
    for row in index_rows(new, new_index) {
        let key = (row.attribute, row.current, row.value.clone());
        change.entry(key).or_default().1 = Some(row);
    }
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for pair in change.into_values() {
        match pair {
            (Some(row), None) => gone.push(row),
            (None, Some(row)) => come.push(row),
            _ => {}
        }
    }
    (gone, come)
}
