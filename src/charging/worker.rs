//! A rating thread: takes what waits in its queue, rates it in order, and writes it in one transaction.
//!
//! All usage of one owner goes to one thread, so that what is in memory is what is in the database. That
//! is not taken for granted: whatever is written is written over the revision that was read, and records
//! are told apart by a unique key. Where that fails, because another process was quicker or a record
//! came twice, the thread forgets what it knows, looks, and rates the rest again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, mpsc};

use super::batch::{Batch, Counts, outcome};
use super::charge::{Charged, Rater, Task};
use super::measure;
use super::reply::{Answer, Reply};
use super::turn::Turns;
use crate::behaviour::arrival::{Repeat, differs, repeat_of};
use crate::domain::clock::Clock;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Core;
use crate::store::usage::{UsageRow, UsageWrite, id_of, made_id};
use crate::store::{DbError, Store};

/// Records of one transaction at most.
pub const BATCH: usize = 2_048;
/// How often a batch is rated anew because something has changed. Each time somebody else has come further.
const TRIES: usize = 32;

/// Shapes that a thread knows to be stored.
const SHAPES_MAX: usize = 100_000;

/// A task, and who waits for it.
pub struct Job {
    pub task: Task,
    pub reply: Reply,
}

/// One thread.
pub struct RatingThread {
    pub queue: mpsc::Receiver<Job>,
    pub core: Arc<Core>,
    pub store: Store,
    pub clock: Clock,
    pub rater: Rater,
    /// Whose counts these are.
    pub number: i64,
    pub shapes: HashSet<i64>,
    /// Batches for which it looks first whether records are there.
    pub wary: usize,
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Usage that comes is rated; else it is stored, for another process to rate.
    pub rates_new: bool,
    pub turns: Turns,
}

impl RatingThread {
    /// Works until nobody can send any more.
    pub fn run(&mut self) {
        while let Ok(first) = self.queue.recv() {
            let mut batch = vec![first];
            while batch.len() < BATCH {
                match self.queue.try_recv() {
                    Ok(job) => batch.push(job),
                    Err(_) => break,
                }
            }
            let started = std::time::Instant::now();
            let size = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            metrics::histogram!("tollgate_rating_batch_size").record(f64::from(size));
            let turns = self.turns.clone();
            let mut turn = turns.wait();
            metrics::histogram!("tollgate_rating_turn_seconds")
                .record(started.elapsed().as_secs_f64());
            for (tenant, owner) in turn.written() {
                self.rater.world.forget_owner(tenant, &owner);
            }
            self.rate(batch);
            drop(turn);
            metrics::histogram!("tollgate_rating_batch_seconds")
                .record(started.elapsed().as_secs_f64());
        }
    }

    fn rate(&mut self, batch: Vec<Job>) {
        let (mut batch, later) = set_aside(batch);
        for attempt in 0..TRIES {
            if attempt > 0 || self.wary > 0 {
                batch = match self.without_known(batch) {
                    Ok(rest) => rest,
                    Err((batch, problem)) => return fail(batch.into_iter().chain(later), &problem),
                };
            }
            if batch.is_empty() {
                break;
            }
            match self.try_batch(&mut batch) {
                Ok(answers) => {
                    let jobs = std::mem::take(&mut batch);
                    jobs.into_iter()
                        .zip(answers)
                        .for_each(|(job, answer)| job.reply.send(answer));
                    (self.wake)();
                    break;
                }
                Err(problem) if DbError::is_outdated(&problem) => {
                    metrics::counter!("tollgate_rating_batches_again_total").increment(1);
                    self.rater.world.forget();
                    self.wary = 16;
                    batch.iter_mut().for_each(|job| job.task.reset());
                }
                // Something in it cannot be written: the rest shall not suffer from it.
                Err(problem) if problem.code == Code::Internal && batch.len() > 1 => {
                    self.rater.world.forget();
                    batch.iter_mut().for_each(|job| job.task.reset());
                    let mut rest = batch.split_off(batch.len() / 2);
                    self.rate(batch);
                    rest.extend(later);
                    return self.rate(rest);
                }
                Err(problem) => {
                    self.rater.world.forget();
                    return fail(batch.into_iter().chain(later), &problem);
                }
            }
        }
        if !batch.is_empty() {
            return fail(batch.into_iter().chain(later), &Problem::busy(1));
        }
        self.wary = self.wary.saturating_sub(1);
        if !later.is_empty() {
            self.wary = self.wary.max(1);
            self.rate(later);
        }
    }

    fn try_batch(&mut self, batch: &mut [Job]) -> Outcome<Vec<Answer>> {
        let payers = batch.iter();
        let payers: Vec<_> = payers
            .filter_map(|job| job.task.guided.as_ref().ok())
            .cloned()
            .collect();
        let world = &mut self.rater.world;
        self.store
            .read_blocking(|session| Ok(world.load(session, payers.iter())))??;
        let now = self.clock.now();
        // Within a batch, in the order in which things happened.
        batch.sort_by_key(|job| job.task.facts.start_at);
        let mut charged: Vec<Charged> = Vec::with_capacity(batch.len());
        for job in batch.iter_mut() {
            charged.push(match self.rates_new || job.task.stored.is_some() {
                true => self.rater.charge(&mut job.task, now),
                false => self.rater.receive(&mut job.task, now),
            });
        }
        let told: Vec<_> = charged
            .iter()
            .map(|own| (own.status, own.reason.clone(), own.row.id.clone()))
            .collect();
        let tasks: Vec<&Task> = batch.iter().map(|job| &job.task).collect();
        let writes = self.rater.world.writes();
        let late = self.rater.late_jobs(now);
        let unit = Batch::new(&tasks, charged, writes, &self.shapes, self.number, now);
        let unit = unit.followed_by(late);
        let shapes: Vec<i64> = unit.shapes().collect();
        let seqs = unit.commit(&self.core, &self.store)?;
        self.rater.world.committed();
        if self.shapes.len() > SHAPES_MAX {
            self.shapes.clear();
        }
        self.shapes.extend(shapes);
        let became = told
            .iter()
            .map(|(status, reason, _)| (*status, reason.as_ref()));
        let became = batch.iter().zip(became);
        measure::rated(
            became.map(|(job, (status, reason))| (&job.task, status, reason)),
            now,
        );
        let mut seqs = seqs.into_iter();
        let answers = batch.iter().zip(told).map(|(job, (status, reason, id))| {
            let id = match &job.task.stored {
                Some(row) => id_of(row),
                None => {
                    let seq = seqs.next().unwrap_or_default();
                    id.unwrap_or_else(|| made_id(seq))
                }
            };
            Answer::Stored { id, status, reason }
        });
        Ok(answers.collect())
    }

    /// Answers for records that are stored already, and drops tasks about rows that others have taken
    /// care of.
    fn without_known(&mut self, batch: Vec<Job>) -> Result<Vec<Job>, (Vec<Job>, Problem)> {
        let known = match self.known(&batch) {
            Ok(known) => known,
            Err(problem) => return Err((batch, problem)),
        };
        let mut counts = Counts::default();
        let now = self.clock.now().0;
        let mut rest = Vec::with_capacity(batch.len());
        let mut answers = Vec::new();
        for job in batch {
            match known.about(&job.task) {
                None => rest.push(job),
                Some(answer) => {
                    if matches!(answer, Answer::Repeated { .. } | Answer::Refused(_)) {
                        let task = &job.task;
                        counts.add(task.tenant, &task.source, now, outcome::RECEIVED, 1);
                        counts.add(task.tenant, &task.source, now, outcome::DUPLICATE, 1);
                    }
                    answers.push((job.reply, answer));
                }
            }
        }
        let counts = counts.rows(self.number);
        if !counts.is_empty() {
            let write = UsageWrite {
                counts,
                ..UsageWrite::default()
            };
            let written = self
                .store
                .write_blocking(move |tx| tx.direct(|session| session.write_usage(&write)));
            if let Err(problem) = written {
                tracing::warn!(problem = %problem.logged(), "duplicates were not counted");
            }
        }
        // Whoever asks right behind the answer finds them counted.
        for (reply, answer) in answers {
            reply.send(answer);
        }
        Ok(rest)
    }

    fn known(&self, batch: &[Job]) -> Outcome<Known> {
        let new = || batch.iter().filter(|job| job.task.stored.is_none());
        let mut by_tenant: HashMap<i64, Vec<Vec<u8>>> = HashMap::new();
        let mut ids: Vec<(i64, String)> = Vec::new();
        for Job { task, .. } in new() {
            if let Some(identity) = &task.facts.identity {
                by_tenant
                    .entry(task.tenant)
                    .or_default()
                    .push(identity.clone());
            }
            ids.extend(task.id.clone().map(|id| (task.tenant, id)));
        }
        let stored = batch.iter().filter_map(|job| job.task.stored.as_ref());
        let seqs: Vec<i64> = stored.map(|row| row.seq).collect();
        self.store.read_blocking(|session| {
            let mut known = Known::default();
            for (tenant, identities) in &by_tenant {
                let rows = session.usage_by_identity(*tenant, identities)?;
                let documents = session.usage_documents(rows.clone())?;
                for (row, document) in rows.into_iter().zip(documents) {
                    if let Some(identity) = row.identity.clone() {
                        known
                            .records
                            .insert((*tenant, identity), (row, document.doc));
                    }
                }
            }
            for (tenant, id) in ids {
                if session.usage_record(tenant, &id)?.is_some() {
                    known.ids.insert((tenant, id));
                }
            }
            if !seqs.is_empty() {
                let stamps = session.current_revisions(&seqs)?;
                known.revisions = stamps.iter().map(|own| (own.seq, own.revision)).collect();
            }
            Ok(known)
        })
    }
}

/// What is in the database of what a batch is about.
#[derive(Default)]
struct Known {
    records: HashMap<(i64, Vec<u8>), (UsageRow, String)>,
    ids: HashSet<(i64, String)>,
    revisions: HashMap<i64, i64>,
}

impl Known {
    /// The answer to a task that is done already; none for one that is not.
    fn about(&self, task: &Task) -> Option<Answer> {
        if let Some(row) = &task.stored {
            let same = self.revisions.get(&row.seq) == Some(&row.revision);
            return (!same).then_some(Answer::Gone);
        }
        if let Some(identity) = &task.facts.identity
            && let Some((row, text)) = self.records.get(&(task.tenant, identity.clone()))
        {
            let first = serde_json::from_str(text).unwrap_or_default();
            return Some(match repeat_of(&first, &task.content.doc()) {
                Repeat::Same => Answer::Repeated { id: id_of(row) },
                Repeat::Differs(pointer) => Answer::Refused(differs(pointer, &id_of(row))),
            });
        }
        let id = task.id.as_ref()?;
        self.ids.contains(&(task.tenant, id.clone())).then(|| {
            let message = format!("there is a usage '{id}' already");
            Answer::Refused(Problem::at(Code::AlreadyExists, "/id", message))
        })
    }
}

/// Of records with the same name, and of tasks about the same row, those behind the first wait until that
/// is stored.
fn set_aside(batch: Vec<Job>) -> (Vec<Job>, Vec<Job>) {
    let mut names: HashSet<(i64, Vec<u8>)> = HashSet::with_capacity(batch.len());
    let mut rows: HashSet<i64> = HashSet::new();
    batch.into_iter().partition(|job| {
        let task = &job.task;
        match (&task.stored, &task.facts.identity) {
            (Some(row), _) => rows.insert(row.seq),
            (None, Some(identity)) => names.insert((task.tenant, identity.clone())),
            (None, None) => true,
        }
    })
}

fn fail(jobs: impl Iterator<Item = Job>, problem: &Problem) {
    jobs.for_each(|job| job.reply.send(Answer::Refused(problem.clone())));
}
