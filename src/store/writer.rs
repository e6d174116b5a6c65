//! Group commit: units of work wait in a bounded queue; a writer takes what is there, runs the
//! units one after the other in one transaction and commits once for all of them.
//!
//! SQLite has one writer thread. PostgreSQL has several, each with its own connection, sharing the
//! queue: while one commits, the next fills. When a batch meets a conflict with another process it
//! is rolled back and its units run again, each in a transaction of its own.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::attributes::Attributes;
use super::error::{DbError, DbResult};
use super::growth::Growth;
use super::session::Session;
use super::staged::Staged;
use super::tx::{Reads, Tx};
use crate::domain::problem::{Code, Outcome, Problem};

/// How often a unit is tried again when others are in its way.
const TRIES: u32 = 8;
/// Batches after which a writer folds the counts.
const FOLD_AFTER: u32 = 256;
/// Seconds after which a client that met a full queue may come back.
const BUSY_SECONDS: u32 = 1;

/// A unit of work, whatever it returns. It may run several times; only the last run counts.
trait Work: Send {
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller, after the commit (or instead of it).
    fn finish(self: Box<Self>, committed: Result<(), Problem>);
}

struct Unit<T, F> {
    work: F,
    result: Option<Outcome<T>>,
    reply: oneshot::Sender<Outcome<T>>,
}

impl<T, F> Work for Unit<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let result = (self.work)(tx);
        let success = result.is_ok();
        self.result = Some(result);
        success
    }

    fn finish(self: Box<Self>, committed: Result<(), Problem>) {
        let result = match (committed, self.result) {
            // What the unit saw of the database is told better by what became of its transaction.
            (Err(problem), Some(Err(own))) if own.code == Code::Internal => Err(problem),
            // A refusal stands whatever became of the batch.
            (_, Some(Err(problem))) => Err(problem),
            (Err(problem), _) => Err(problem),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Ok(()), None) => Err(Problem::internal("a unit of work was never run")),
        };
        // The caller may have gone away; the write stands all the same.
        let _ = self.reply.send(result);
    }
}

/// A unit of work that was handed in.
pub struct Submitted<T>(oneshot::Receiver<Outcome<T>>);

impl<T> Submitted<T> {
    /// Waits for its commit.
    ///
    /// # Errors
    /// What the unit refused.
    pub fn wait(self) -> Outcome<T> {
        let answer = self.0.blocking_recv();
        answer.unwrap_or_else(|_| Err(Problem::internal("the writer dropped a unit of work")))
    }
}

/// The queue and its threads.
pub(super) struct Writers {
    queue: Mutex<Option<mpsc::Sender<Box<dyn Work>>>>,
    sender: mpsc::WeakSender<Box<dyn Work>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    alive: Arc<AtomicBool>,
    book_watch: BookWatch,
}

/// Who is told, on the writer's thread, that something that prices are compiled from was committed.
type BookWatch = Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>;

type Queue = Arc<Mutex<mpsc::Receiver<Box<dyn Work>>>>;

/// Makes a connection, at the start and after one is lost.
pub(super) type Connect = Arc<dyn Fn() -> DbResult<Box<dyn Session>> + Send + Sync>;

impl Writers {
    /// Starts `threads` writers. Connecting happens here, so a bad database is an error at once.
    pub fn start(
        connect: &Connect,
        threads: usize,
        queue_length: usize,
        batch_max: usize,
        attributes: &Arc<Attributes>,
        growth: Growth,
    ) -> DbResult<Self> {
        let growth = Arc::new(growth);
        let book_watch = BookWatch::default();
        let (sender, receiver) = mpsc::channel(queue_length.max(1));
        let receiver: Queue = Arc::new(Mutex::new(receiver));
        let alive = Arc::new(AtomicBool::new(true));
        let mut handles = Vec::with_capacity(threads);
        for number in 0..threads {
            let mut writer = Writer {
                session: connect()?,
                unfolded: 0,
                connect: Arc::clone(connect),
                queue: Arc::clone(&receiver),
                batch_max: batch_max.max(1),
                attributes: Arc::clone(attributes),
                growth: Arc::clone(&growth),
                book_watch: Arc::clone(&book_watch),
                made: 0,
            };
            let handle = std::thread::Builder::new()
                .name(format!("writer-{number}"))
                .spawn(move || writer.work())
                .map_err(|error| DbError::Fault(format!("no writer thread: {error}")))?;
            handles.push(handle);
        }
        Ok(Writers {
            sender: sender.downgrade(),
            queue: Mutex::new(Some(sender)),
            threads: Mutex::new(handles),
            alive,
            book_watch,
        })
    }

    /// Hands in a unit of work and waits for its commit.
    ///
    /// # Errors
    /// What the unit refused; `Unavailable` when the queue is full or the store is closing.
    pub async fn write<T, F>(&self, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let unit = Box::new(Unit {
            work,
            result: None,
            reply,
        });
        self.sender
            .upgrade()
            .ok_or_else(|| Problem::busy(BUSY_SECONDS))?
            .try_send(unit)
            .map_err(|_| Problem::busy(BUSY_SECONDS))?;
        answer
            .await
            .unwrap_or_else(|_| Err(Problem::internal("the writer dropped a unit of work")))
    }

    /// The same for a thread outside any runtime; waits for room in the queue.
    pub fn write_blocking<T, F>(&self, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.submit(work)?.wait()
    }

    /// Hands in a unit of work, for a thread outside any runtime; waits for room in the queue, not for
    /// the commit.
    pub fn submit<T, F>(&self, work: F) -> Outcome<Submitted<T>>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let unit = Box::new(Unit {
            work,
            result: None,
            reply,
        });
        self.sender
            .upgrade()
            .ok_or_else(|| Problem::busy(BUSY_SECONDS))?
            .blocking_send(unit)
            .map_err(|_| Problem::busy(BUSY_SECONDS))?;
        Ok(Submitted(answer))
    }

    /// Names who is told of changes of what prices are compiled from, once.
    pub fn watch_book(&self, told: Box<dyn Fn() + Send + Sync>) {
        let _ = self.book_watch.set(told);
    }

    /// Takes no more work, finishes what waits, ends the threads.
    pub fn close(&self) {
        self.alive.store(false, Ordering::SeqCst);
        drop(lock(&self.queue).take());
        for handle in std::mem::take(&mut *lock(&self.threads)) {
            let _ = handle.join();
        }
    }
}

impl Drop for Writers {
    fn drop(&mut self) {
        self.close();
    }
}

struct Writer {
    session: Box<dyn Session>,
    /// Batches since the counts were folded.
    unfolded: u32,
    connect: Connect,
    queue: Queue,
    batch_max: usize,
    attributes: Arc<Attributes>,
    growth: Arc<Growth>,
    book_watch: BookWatch,
    /// Resources made since the last look at the growth.
    made: u64,
}

impl Writer {
    fn work(&mut self) {
        while let Some(mut batch) = self.next_batch() {
            metrics::histogram!("tollgate_write_batch_size").record(batch_size(batch.len()));
            match self.commit(&mut batch) {
                Ok(()) => {
                    batch.into_iter().for_each(|unit| unit.finish(Ok(())));
                    self.fold_now_and_then();
                }
                Err(error) => self.one_by_one(batch, &error),
            }
            self.tell_the_planner();
        }
    }

    /// Waits for the first unit, takes what else is there.
    fn next_batch(&self) -> Option<Vec<Box<dyn Work>>> {
        let mut queue = lock(&self.queue);
        let mut batch = vec![queue.blocking_recv()?];
        while batch.len() < self.batch_max {
            match queue.try_recv() {
                Ok(unit) => batch.push(unit),
                Err(_) => break,
            }
        }
        Some(batch)
    }

    fn commit(&mut self, batch: &mut [Box<dyn Work>]) -> DbResult<()> {
        let done = self.transaction(batch);
        if done.is_err() {
            // The connection may be gone as well, so a second failure says nothing new.
            let _ = self.session.rollback();
        }
        done
    }

    fn transaction(&mut self, batch: &mut [Box<dyn Work>]) -> DbResult<()> {
        self.session.begin_write()?;
        let mut accepted = Staged::default();
        let mut reads = Reads::default();
        for unit in batch {
            let mut tx = Tx::new(
                self.session.as_mut(),
                &mut accepted,
                &mut reads,
                Arc::clone(&self.attributes),
            );
            let success = unit.run(&mut tx);
            tx.finish(success)?;
        }
        let book_changed = reads.book_changed || !accepted.books.is_empty();
        let made = accepted.send(self.session.as_mut())?;
        self.session.commit()?;
        self.made += made + reads.made;
        if book_changed && let Some(told) = self.book_watch.get() {
            told();
        }
        Ok(())
    }

    /// Plans are good for tables of about the size that they were made for.
    fn tell_the_planner(&mut self) {
        if !self.growth.add(std::mem::take(&mut self.made)) {
            return;
        }
        if let Err(error) = self.session.refresh_statistics() {
            tracing::warn!(%error, "the statistics of the database were not refreshed");
        }
    }

    /// Each batch adds rows to the counts; adding them up keeps lists quick.
    fn fold_now_and_then(&mut self) {
        self.unfolded += 1;
        if self.unfolded < FOLD_AFTER {
            return;
        }
        self.unfolded = 0;
        let folded = self
            .session
            .begin_write()
            .and_then(|()| self.session.fold_tallies())
            .and_then(|()| self.session.commit());
        if let Err(error) = folded {
            let _ = self.session.rollback();
            tracing::warn!(%error, "the counts were not folded");
        }
    }

    fn one_by_one(&mut self, batch: Vec<Box<dyn Work>>, why: &DbError) {
        tracing::debug!(units = batch.len(), %why, "batch rolled back; its units run one by one");
        metrics::counter!("tollgate_write_batches_split_total").increment(1);
        for mut unit in batch {
            let committed = self.with_retries(&mut unit);
            unit.finish(committed);
        }
    }

    fn with_retries(&mut self, unit: &mut Box<dyn Work>) -> Result<(), Problem> {
        let mut last = DbError::Fault("never tried".into());
        for attempt in 0..TRIES {
            match self.commit(std::slice::from_mut(unit)) {
                Ok(()) => return Ok(()),
                Err(error @ DbError::Fault(_)) => {
                    tracing::error!(%error, "a write failed");
                    return Err(error.into());
                }
                Err(error @ DbError::OutOfRange(_)) => return Err(error.into()),
                Err(error @ (DbError::LeaseLost | DbError::Outdated(_))) => {
                    return Err(error.into());
                }
                Err(error @ DbError::Unreachable(_)) => {
                    self.reconnect();
                    last = error;
                }
                Err(error) => last = error,
            }
            backoff(attempt);
        }
        tracing::warn!(error = %last, "a write gave up after {TRIES} tries");
        Err(last.into())
    }

    fn reconnect(&mut self) {
        match (self.connect)() {
            Ok(session) => self.session = session,
            Err(error) => tracing::error!(%error, "the writer cannot connect"),
        }
    }
}

/// Lets the transaction in the way end: half a millisecond, doubling.
#[allow(
    clippy::disallowed_methods,
    reason = "a writer thread may wait; it serves no request meanwhile"
)]
fn backoff(attempt: u32) {
    std::thread::sleep(std::time::Duration::from_micros(500_u64 << attempt.min(8)));
}

fn batch_size(len: usize) -> f64 {
    f64::from(u32::try_from(len).unwrap_or(u32::MAX))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
