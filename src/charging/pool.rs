//! The rating pool: threads that rate, and the ways by which usage gets to them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{Notify, Semaphore};

use super::charge::{Rater, Task};
use super::guide::guide;
use super::intake::Forms;
use super::payer::{Payer, Payers};
use super::reply::{Answer, Reply};
use super::turn::Turns;
use super::waiting;
use super::worker::{Job, RatingThread};
use crate::behaviour::rating::Book;
use crate::domain::json::Limits;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::Core;
use crate::store::Store;
use crate::store::usage::Waiting;

/// Time between two sums of what waits to be billed.
const FOLD: Duration = Duration::from_secs(60);
/// Rows that are looked for at once.
const LOOK: i64 = 4_096;

/// How rating works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Usage is rated by this process; else by another on the same database.
    pub enabled: bool,
    pub threads: usize,
    /// Records that may be under way; whoever brings more waits.
    pub queue: usize,
    /// How often usage is looked for that other processes took in.
    pub poll: Duration,
    /// Whose midnight begins a period.
    pub zone: chrono_tz::Tz,
    /// What a record may be at most.
    pub json: Limits,
    /// How long usage that comes late waits until it is rated again with what hangs together with it; none
    /// where it is left as it was rated.
    pub late: Option<Duration>,
    /// How old usage may be when it comes; none for any age.
    pub oldest: Option<Duration>,
}

/// The parts that a pool is made of.
pub struct Parts {
    pub core: Arc<Core>,
    pub store: Store,
    pub book: Arc<Book>,
    pub settings: Settings,
    /// Told after each batch: events may have been written.
    pub wake: Arc<dyn Fn() + Send + Sync>,
}

/// The pool. Threads begin with the first usage.
pub struct Pool {
    pub(super) core: Arc<Core>,
    pub(super) store: Store,
    pub(super) book: Arc<Book>,
    pub(super) settings: Settings,
    pub(super) payers: Arc<Payers>,
    pub(super) forms: Forms,
    pub(super) wake: Arc<dyn Fn() + Send + Sync>,
    threads: Mutex<Threads>,
    pub(super) room: Arc<Semaphore>,
    woken: Notify,
}

#[derive(Default)]
struct Threads {
    queues: Vec<mpsc::Sender<Job>>,
    /// Of each of them.
    turns: Vec<Turns>,
    handles: Vec<JoinHandle<()>>,
    closed: bool,
}

impl Pool {
    /// A pool that has nothing to do yet.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            core,
            store,
            book,
            settings,
            wake,
        } = parts;
        Arc::new(Pool {
            room: Arc::new(Semaphore::new(settings.queue.max(1))),
            core,
            store,
            book,
            settings,
            payers: Arc::default(),
            forms: Forms::default(),
            wake,
            threads: Mutex::default(),
            woken: Notify::new(),
        })
    }

    /// Usage is rated by this process.
    pub fn is_enabled(&self) -> bool {
        self.settings.enabled
    }

    /// How old usage may be when it comes.
    pub fn oldest(&self) -> Option<Duration> {
        self.settings.oldest
    }

    /// Tells the pool that something waits.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Records that are under way.
    pub fn under_way(&self) -> usize {
        self.settings
            .queue
            .max(1)
            .saturating_sub(self.room.available_permits())
    }

    /// Finds who pays for tasks, and hands them to the threads. What another process will rate is only
    /// stored, and nobody asked.
    pub(super) fn dispatch(
        &self,
        mut tasks: Vec<Task>,
    ) -> Outcome<tokio::sync::oneshot::Receiver<Vec<Answer>>> {
        if self.settings.enabled || tasks.iter().any(|task| task.stored.is_some()) {
            self.store.read_blocking(|session| {
                Ok(guide(session, &self.book, &self.payers, &mut tasks))
            })??;
        }
        let (replies, answers) = Reply::places(tasks.len().max(1));
        if tasks.is_empty() {
            replies
                .into_iter()
                .for_each(|reply| reply.send(Answer::Gone));
            return Ok(answers);
        }
        let queues = self.queues()?;
        // A thread may begin its batch with the first of these before the
        // last has reached it, so what came together is sent in order of time.
        // Of records with one name the first that came stays the first.
        let times = in_turn(&tasks);
        let jobs: Vec<Job> = tasks
            .into_iter()
            .zip(replies)
            .map(|(task, reply)| Job { task, reply })
            .collect();
        let mut jobs: Vec<(i64, Job)> = times.into_iter().zip(jobs).collect();
        jobs.sort_by_key(|(time, _)| *time);
        for (_, job) in jobs {
            let root = match &job.task.guided {
                Ok(payer) => payer.root,
                Err(_) => job.task.facts.product.unsigned_abs(),
            };
            if let Some(queue) = queues.get(thread_of(root, queues.len()))
                && let Err(mpsc::SendError(job)) = queue.send(job)
            {
                job.reply.send(Answer::Refused(Problem::busy(1)));
            }
        }
        Ok(answers)
    }

    /// The queues of the threads, which begin now if they have not.
    fn queues(&self) -> Outcome<Vec<mpsc::Sender<Job>>> {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        if threads.closed {
            return Err(Problem::busy(1));
        }
        if threads.queues.is_empty() {
            let process = i64::from(std::process::id()) << 8;
            for number in 0..self.settings.threads.max(1) {
                let (sender, queue) = mpsc::channel();
                let turns = Turns::default();
                let mut rater = self.rater();
                rater.late = self.settings.late.map(micros);
                rater.oldest = self.settings.oldest;
                let mut thread = RatingThread {
                    queue,
                    core: Arc::clone(&self.core),
                    store: self.store.clone(),
                    clock: self.core.clock.clone(),
                    rater,
                    number: process + i64::try_from(number).unwrap_or(0),
                    shapes: HashSet::new(),
                    wary: 0,
                    rates_new: self.settings.enabled,
                    turns: turns.clone(),
                    wake: Arc::clone(&self.wake),
                };
                let handle = std::thread::Builder::new()
                    .name(format!("rating-{number}"))
                    .spawn(move || thread.run())
                    .map_err(|error| Problem::internal(format!("no rating thread: {error}")))?;
                threads.queues.push(sender);
                threads.handles.push(handle);
                threads.turns.push(turns);
            }
        }
        Ok(threads.queues.clone())
    }

    /// The turns of the threads that rate for payers, in the order in which everybody waits for several of
    /// them; none where there are no threads.
    pub(super) fn turns_of(&self, payers: &[Arc<Payer>]) -> Vec<Turns> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let places = payers
            .iter()
            .map(|payer| thread_of(payer.root, threads.turns.len()));
        let places: BTreeSet<usize> = places.collect();
        let turns = places.iter().filter_map(|place| threads.turns.get(*place));
        turns.cloned().collect()
    }

    /// One who rates beside the threads.
    pub(super) fn rater(&self) -> Rater {
        Rater::new(self.settings.zone, Arc::clone(&self.payers))
    }

    /// Rates what waits in the database, and answers how much it was.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn drain(self: &Arc<Self>) -> Outcome<u64> {
        let (mut done, mut after) = (0, i64::MIN);
        loop {
            let own = Arc::clone(self);
            let handed = tokio::task::spawn_blocking(move || own.look(after)).await;
            let Some((last, count, answers)) = handed.map_err(Problem::internal)?? else {
                return Ok(done);
            };
            let _ = answers.await;
            after = last;
            done += count;
        }
    }

    #[allow(clippy::type_complexity, reason = "only its caller takes it apart")]
    fn look(
        &self,
        after: i64,
    ) -> Outcome<Option<(i64, u64, tokio::sync::oneshot::Receiver<Vec<Answer>>)>> {
        let found = self
            .store
            .read_blocking(|session| session.waiting_usage(after, LOOK))?;
        let Some(last) = found.last().map(|own| own.row.seq) else {
            return Ok(None);
        };
        let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let tasks = found.into_iter().map(|Waiting { row, resource }| {
            let doc: Value = serde_json::from_str(&resource.doc)
                .map_err(|error| Problem::internal(format!("a stored usage: {error}")))?;
            Ok(Task::stored(row, doc))
        });
        let tasks = tasks.collect::<Outcome<Vec<Task>>>()?;
        Ok(Some((last, count, self.dispatch(tasks)?)))
    }

    /// Rates until `shutdown` is ready, then finishes what is under way.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        let mut folded = Instant::now();
        loop {
            if folded.elapsed() >= FOLD {
                folded = Instant::now();
                self.fold().await;
            }
            if let Err(problem) = self.drain().await {
                tracing::warn!(problem = %problem.logged(), "usage that waits could not be rated");
            }
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                () = self.woken.notified() => {}
                () = tokio::time::sleep(self.settings.poll) => {}
            }
        }
        let own = Arc::clone(&self);
        let _ = tokio::task::spawn_blocking(move || own.close()).await;
    }

    /// Adds up what waits to be billed, so that bills need not.
    async fn fold(&self) {
        let store = self.store.clone();
        let done = tokio::task::spawn_blocking(move || {
            waiting::fold(&store)?;
            waiting::put_together(&store)
        })
        .await;
        if let Ok(Err(problem)) = done {
            tracing::warn!(problem = %problem.logged(), "usage could not be added up for bills");
        }
    }

    /// Takes no more usage in and finishes what is under way.
    pub fn close(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.closed = true;
        threads.queues.clear();
        let handles = std::mem::take(&mut threads.handles);
        drop(threads);
        for handle in handles {
            let _ = handle.join();
        }
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

/// When each of tasks is to be looked at: when it began, but never before one of the same name that stands
/// before it.
fn in_turn(tasks: &[Task]) -> Vec<i64> {
    let mut named: HashMap<(i64, &[u8]), i64> = HashMap::with_capacity(tasks.len());
    let times = tasks.iter().map(|task| {
        let start = task.facts.start_at;
        let Some(name) = task.facts.identity.as_deref() else {
            return start;
        };
        let latest = named.entry((task.tenant, name)).or_insert(start);
        *latest = start.max(*latest);
        *latest
    });
    times.collect()
}

/// Which of so many threads rates for a root.
fn thread_of(root: u64, threads: usize) -> usize {
    let count = u64::try_from(threads).unwrap_or(1).max(1);
    usize::try_from(root % count).unwrap_or(0)
}
