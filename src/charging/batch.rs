//! What a batch of rated usage writes: records, states, counts, alerts and, where somebody listens,
//! events; all in one transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::alert::{Alert, Cause};
use super::charge::{Charged, Task};
use super::world::Writes;
use crate::domain::clock::Micros;
use crate::domain::descriptor::Change;
use crate::domain::ids;
use crate::domain::problem::Outcome;
use crate::domain::usage_status::{PRODUCT_USAGE_STATUS, USAGE_STATUS, UsageStatus};
use crate::engine::Core;
use crate::store::usage::{CountRow, KIND, Shape, SumLogRow, UsageRow, UsageWrite, id_of};
use crate::store::{
    DbResult, EventRow, JobRow, NewRows, PendingRow, RevisionRow, Session, Store, TallyRow, Tx,
};

/// Who writes, in events.
const PRINCIPAL: &str = "@rating";
/// The API whose subscribers hear of usage.
const API: &str = "TMF635";
const HOUR: i64 = 3_600_000_000;

/// What became of records, as it is counted.
pub mod outcome {
    pub const RECEIVED: &str = "received";
    pub const DUPLICATE: &str = "duplicate";
    pub const RATED: &str = "rated";
    pub const REJECTED: &str = "rejected";
}

/// Counts by tenant, source, hour and outcome.
#[derive(Clone, Debug, Default)]
pub struct Counts(HashMap<(i64, Arc<str>, i64, &'static str), i64>);

impl Counts {
    /// Adds to a count. The hour is that in which the record came.
    pub fn add(&mut self, tenant: i64, source: &Arc<str>, at: i64, outcome: &'static str, n: i64) {
        let key = (tenant, Arc::clone(source), at.div_euclid(HOUR), outcome);
        *self.0.entry(key).or_default() += n;
    }

    /// As rows of one who counts.
    pub fn rows(self, writer: i64) -> Vec<CountRow> {
        let rows = self.0.into_iter().filter(|(_, n)| *n != 0);
        let rows = rows.map(|((tenant, source, hour, outcome), n)| CountRow {
            tenant,
            source: source.to_string(),
            hour,
            outcome: outcome.to_owned(),
            writer,
            n,
        });
        // In one order, so that two who count the same do not wait for each other crosswise.
        let mut rows: Vec<CountRow> = rows.collect();
        rows.sort_by(|a, b| {
            (a.tenant, &a.source, a.hour, &a.outcome)
                .cmp(&(b.tenant, &b.source, b.hour, &b.outcome))
        });
        rows
    }
}

/// A batch that is ready to be written.
pub struct Batch {
    write: UsageWrite,
    tallies: Vec<Tally>,
    /// What was updated, as it was: events that were not sent yet may be about it.
    before: Vec<UsageRow>,
    /// Work that follows from it.
    jobs: Vec<JobRow>,
    /// What it adds to what waits to be billed.
    sums: Vec<SumLogRow>,
    /// Tenants in it.
    tenants: HashSet<i64>,
    now: i64,
    /// Who is heard of, in order: whether it is new, and its place among records or updates.
    announced: Vec<(bool, usize)>,
    alerts: Vec<(Raiser, Alert)>,
}

/// The usage that raised an alert.
enum Raiser {
    /// Place among the new records, which have no ids yet.
    New(usize),
    Stored {
        id: String,
        start_at: i64,
    },
}

impl Raiser {
    fn stored(row: &UsageRow) -> Self {
        Raiser::Stored {
            id: id_of(row),
            start_at: row.start_at,
        }
    }
}

struct Tally {
    tenant: i64,
    from: Option<UsageStatus>,
    to: UsageStatus,
    n: i64,
}

impl Batch {
    /// Puts together what was rated. Also answers where each stands in the order of the tasks: records
    /// and updates keep it.
    pub fn new(
        tasks: &[&Task],
        charged: Vec<Charged>,
        writes: Writes,
        known_shapes: &HashSet<i64>,
        writer: i64,
        now: Micros,
    ) -> Self {
        let mut write = UsageWrite {
            states: writes.states,
            ..UsageWrite::default()
        };
        let mut counts = Counts::default();
        let mut tallies: Vec<Tally> = Vec::new();
        let mut announced = Vec::with_capacity(charged.len());
        let mut shapes: HashSet<i64> = HashSet::new();
        let mut alerts = Vec::new();
        for (task, own) in tasks.iter().zip(charged) {
            for Shape { number, text } in own.shapes.into_iter().flatten() {
                if !known_shapes.contains(&number) && shapes.insert(number) {
                    write.shapes.push((number, text.to_string()));
                }
            }
            count(&mut counts, task, own.row.created_at, own.status);
            let from = task.stored.as_ref();
            let from = from.and_then(|row| UsageStatus::numbered(row.state));
            tally(&mut tallies, task.tenant, from, own.status);
            let is_new = task.stored.is_none();
            let rows = if is_new {
                &mut write.records
            } else {
                &mut write.updates
            };
            announced.push((is_new, rows.len()));
            for alert in own.alerts {
                let raiser = match is_new {
                    true => Raiser::New(rows.len()),
                    false => Raiser::stored(&own.row),
                };
                alerts.push((raiser, alert));
            }
            rows.push(own.row);
        }
        write.counts = counts.rows(writer);
        Batch {
            before: tasks
                .iter()
                .filter_map(|task| task.stored.clone())
                .collect(),
            tenants: tasks.iter().map(|task| task.tenant).collect(),
            jobs: Vec::new(),
            sums: writes.sums,
            write,
            tallies,
            announced,
            alerts,
            now: now.0,
        }
    }

    /// Adds work that is to be done once it is written.
    pub fn followed_by(mut self, jobs: Vec<JobRow>) -> Self {
        self.jobs = jobs;
        self
    }

    /// Adds what a stored usage raised that is not written itself.
    pub fn add_alerts(&mut self, row: &UsageRow, raised: Vec<Alert>) {
        let raised = raised.into_iter();
        self.alerts
            .extend(raised.map(|alert| (Raiser::stored(row), alert)));
    }

    /// Shapes that are in the database once the batch is.
    pub fn shapes(&self) -> impl Iterator<Item = i64> {
        self.write.shapes.iter().map(|(number, _)| *number)
    }

    /// Writes everything and answers with the sequence numbers of the new records, in their order.
    ///
    /// # Errors
    /// `Unavailable` where something has changed meanwhile: [`Store::is_outdated`].
    pub fn commit(mut self, core: &Arc<Core>, store: &Store) -> Outcome<Vec<i64>> {
        let core = Arc::clone(core);
        store.write_blocking(move |tx| {
            let tallies = self.tally_rows(tx);
            let seqs = tx.direct(|session| self.write_to(session, &tallies))?;
            self.raise(&core, tx)?;
            Ok(seqs)
        })
    }

    /// Writes the alerts; new records have their ids by now. The unit may run again, so they are kept.
    fn raise(&self, core: &Core, tx: &mut Tx<'_>) -> Outcome<()> {
        for (raiser, alert) in &self.alerts {
            let new;
            let (id, start_at) = match raiser {
                Raiser::Stored { id, start_at } => (id, *start_at),
                Raiser::New(place) => {
                    let Some(row) = self.write.records.get(*place) else {
                        continue;
                    };
                    new = id_of(row);
                    (&new, row.start_at)
                }
            };
            let cause = Cause { id, start_at };
            let by = (PRINCIPAL, Micros(self.now));
            alert.clone().raise(core, tx, cause, by)?;
        }
        Ok(())
    }

    fn tally_rows(&self, tx: &Tx<'_>) -> Vec<TallyRow> {
        let attributes = tx.attributes();
        let mut rows = Vec::new();
        let mut add = |tenant: i64, attribute: i64, value: &str, n: i64| {
            rows.push(TallyRow {
                tenant,
                kind: KIND.to_owned(),
                attribute,
                value: value.to_owned(),
                n,
            });
        };
        for Tally {
            tenant,
            from,
            to,
            n,
        } in &self.tallies
        {
            if from.is_none() {
                add(*tenant, 0, "", *n);
            }
            for path in [USAGE_STATUS, PRODUCT_USAGE_STATUS] {
                let Some(number) = attributes.number(KIND, path) else {
                    continue;
                };
                let word = |status: UsageStatus| match path {
                    USAGE_STATUS => status.as_str(),
                    _ => status.in_v5(),
                };
                add(*tenant, number, word(*to), *n);
                if let Some(from) = from {
                    add(*tenant, number, word(*from), -n);
                }
            }
        }
        rows
    }

    fn write_to(&mut self, session: &mut dyn Session, tallies: &[TallyRow]) -> DbResult<Vec<i64>> {
        let heard: Vec<i64> = session
            .subscriptions()?
            .into_iter()
            .filter(|own| own.api == API && self.tenants.contains(&own.tenant))
            .map(|own| own.tenant)
            .collect();
        let seqs = match self.write.records.len() {
            0 => Vec::new(),
            n => session.allocate(n)?,
        };
        for (row, seq) in self.write.records.iter_mut().zip(&seqs) {
            row.seq = *seq;
        }
        session.write_usage(&self.write)?;
        if !self.sums.is_empty() {
            let own = session.allocate(self.sums.len())?;
            for (row, seq) in self.sums.iter_mut().zip(own) {
                row.seq = seq;
            }
            session.insert_sum_log(&self.sums)?;
        }
        let mut rows = NewRows {
            tallies: tallies.to_vec(),
            ..NewRows::default()
        };
        if !heard.is_empty() {
            keep(session, &self.before, self.now)?;
            self.announce(session, &heard, &mut rows)?;
        }
        session.insert(&rows)?;
        if !self.jobs.is_empty() {
            session.insert_jobs(&self.jobs)?;
        }
        Ok(seqs)
    }

    /// A record that is new is announced as such, and, where it is rated, in its state.
    fn announce(
        &self,
        session: &mut dyn Session,
        heard: &[i64],
        rows: &mut NewRows,
    ) -> DbResult<()> {
        for (is_new, place) in &self.announced {
            let list = if *is_new {
                &self.write.records
            } else {
                &self.write.updates
            };
            let Some(row) = list.get(*place).filter(|row| heard.contains(&row.tenant)) else {
                continue;
            };
            if *is_new {
                rows.events.push(self.event(row, Change::Create, None));
            }
            if *is_new && row.state == UsageStatus::Received.number() {
                continue;
            }
            let changed = format!("[\"{USAGE_STATUS}\",\"{PRODUCT_USAGE_STATUS}\"]");
            rows.events
                .push(self.event(row, Change::StateChange, Some(changed)));
        }
        let seqs = session.allocate(rows.events.len())?;
        for (event, seq) in rows.events.iter_mut().zip(seqs) {
            event.seq = seq;
            rows.pending.push(PendingRow {
                seq,
                at: event.at,
                tenant: event.tenant,
            });
        }
        Ok(())
    }

    fn event(&self, row: &UsageRow, change: Change, changed: Option<String>) -> EventRow {
        EventRow {
            at: self.now,
            seq: 0,
            tenant: row.tenant,
            principal: PRINCIPAL.to_owned(),
            event_id: ids::new_id(),
            change: change.as_str().to_owned(),
            kind: KIND.to_owned(),
            id: id_of(row),
            version: String::new(),
            revision: row.revision,
            changed,
        }
    }
}

/// Keeps what rows were before they are updated.
fn keep(session: &mut dyn Session, before: &[UsageRow], now: i64) -> DbResult<()> {
    if before.is_empty() {
        return Ok(());
    }
    let past = session.usage_documents(before.to_vec())?.into_iter();
    let past: Vec<RevisionRow> = past
        .map(|row| RevisionRow {
            tenant: row.tenant,
            kind: row.kind,
            id: row.id,
            version: row.version,
            revision: row.revision,
            ended_at: now,
            doc: row.doc,
        })
        .collect();
    session.insert_revisions(&past)
}

/// A record counts as received when it is rated for the first time, whatever the answer; one that waits
/// is counted by looking.
fn count(counts: &mut Counts, task: &Task, at: i64, status: UsageStatus) {
    let word = match status {
        UsageStatus::Received => return,
        UsageStatus::Rejected => outcome::REJECTED,
        _ => outcome::RATED,
    };
    let stored = task.stored.as_ref();
    let from = stored.and_then(|row| UsageStatus::numbered(row.state));
    match from {
        None | Some(UsageStatus::Received | UsageStatus::Guided) => {
            counts.add(task.tenant, &task.source, at, outcome::RECEIVED, 1);
        }
        Some(UsageStatus::Recycled) => {
            counts.add(task.tenant, &task.source, at, outcome::REJECTED, -1);
        }
        Some(_) => return,
    }
    counts.add(task.tenant, &task.source, at, word, 1);
}

fn tally(tallies: &mut Vec<Tally>, tenant: i64, from: Option<UsageStatus>, to: UsageStatus) {
    if from == Some(to) {
        return;
    }
    let same = |own: &&mut Tally| (own.tenant, own.from, own.to) == (tenant, from, to);
    match tallies.iter_mut().find(same) {
        Some(own) => own.n += 1,
        None => tallies.push(Tally {
            tenant,
            from,
            to,
            n: 1,
        }),
    }
}
