//! Claims jobs and runs them.

use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::handler::{Handler, JobOutcome, Stop};
use super::keeper::{Keeper, micros, write};
use super::running::{Running, Signals};
use super::settle::{Ending, settle};
use crate::domain::clock::Clock;
use crate::domain::ids;
use crate::domain::masked::masked;
use crate::domain::problem::{Outcome, Problem};
use crate::store::{JobRow, Store, Tx};

/// How jobs are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Jobs that run at once in this process.
    pub concurrency: usize,
    /// How long a job of a dead process waits for another one.
    pub lease: Duration,
    /// How often the database is asked for jobs that nobody told this process of.
    pub poll: Duration,
    /// Seconds before each further attempt; after the last one a job has failed.
    pub retry_schedule_s: Vec<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            concurrency: 2,
            lease: Duration::from_secs(30),
            poll: Duration::from_secs(1),
            retry_schedule_s: vec![1, 5, 30, 120, 600],
        }
    }
}

/// `run_at` of a job that somebody waits for: it comes before all that is due.
pub const AT_ONCE: i64 = 0;
/// Jobs that run besides, as soon as they are there: those that somebody waits for ([`AT_ONCE`]).
const BESIDES: usize = 1;

/// A job of a task that this process does not know waits so long for one that does.
const UNKNOWN_TASK_WAIT: i64 = 60_000_000;

/// Tells a worker that there may be jobs. Cheap to clone and to call.
#[derive(Clone, Default)]
pub struct Waker(Arc<Notify>);

impl Waker {
    /// After a commit with jobs.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// How many more jobs may begin.
#[derive(Clone, Copy, Debug)]
enum Room {
    For(usize),
    /// Only such as run besides.
    ForUrgent(usize),
}

/// Runs jobs. One for each process.
pub struct Worker {
    store: Store,
    clock: Clock,
    settings: Settings,
    handlers: HashMap<&'static str, Arc<dyn Handler>>,
    waker: Waker,
    /// Begins the owner of each claim.
    name: String,
    stopping: Arc<AtomicBool>,
}

impl Worker {
    /// A worker with its handlers; [`Worker::run`] starts it.
    pub fn new(
        store: Store,
        clock: Clock,
        settings: Settings,
        handlers: Vec<Arc<dyn Handler>>,
    ) -> Arc<Self> {
        Worker::told_by(Waker::default(), store, clock, settings, handlers)
    }

    /// The same, told of jobs by a waker that others have already.
    pub fn told_by(
        waker: Waker,
        store: Store,
        clock: Clock,
        settings: Settings,
        handlers: Vec<Arc<dyn Handler>>,
    ) -> Arc<Self> {
        Arc::new(Worker {
            store,
            clock,
            settings,
            handlers: handlers.into_iter().map(|h| (h.task(), h)).collect(),
            waker,
            name: ids::new_id(),
            stopping: Arc::default(),
        })
    }

    /// What tells this worker of jobs.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Works until `shutdown` is ready; then jobs under way stop at their next checkpoint and are
    /// given back.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()>) {
        tokio::pin!(shutdown);
        let mut jobs: JoinSet<()> = JoinSet::new();
        loop {
            let wait = match self.take(self.room(jobs.len())).await {
                Ok((claimed, wait)) => {
                    for row in claimed {
                        jobs.spawn(Arc::clone(&self).work(row));
                    }
                    wait
                }
                Err(problem) => {
                    tracing::warn!(problem = %problem.logged(), "jobs could not be claimed");
                    self.settings.poll
                }
            };
            tokio::select! {
                () = &mut shutdown => break,
                () = self.waker.0.notified() => {}
                Some(_) = jobs.join_next() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.stopping.store(true, Ordering::SeqCst);
        while jobs.join_next().await.is_some() {}
    }

    /// Runs what is due by the clock, jobs that this makes included, without waiting for retries.
    /// Returns how many runs there were. For tests and for commands that end.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn drain(self: &Arc<Self>) -> Outcome<usize> {
        let mut runs = 0;
        loop {
            let done = self.step().await?;
            if done == 0 {
                return Ok(runs);
            }
            runs += done;
        }
    }

    /// Runs as many of the jobs that are due as run at once, and returns how many these were. A simulation
    /// that lets a process die stops between two steps, or within one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn step(self: &Arc<Self>) -> Outcome<usize> {
        let (claimed, _) = self.take(self.room(0)).await?;
        let runs = claimed.len();
        let jobs = claimed.into_iter().map(|row| Arc::clone(self).work(row));
        futures_util::future::join_all(jobs).await;
        Ok(runs)
    }

    /// What there is room for beside jobs that are under way.
    fn room(&self, under_way: usize) -> Room {
        let most = self.settings.concurrency.max(1);
        match most.checked_sub(under_way) {
            Some(free @ 1..) => Room::For(free),
            _ => Room::ForUrgent((most + BESIDES).saturating_sub(under_way)),
        }
    }

    /// Claims the jobs that there is room for, and says how long to wait for more.
    async fn take(&self, room: Room) -> Outcome<(Vec<JobRow>, Duration)> {
        let now = self.clock.now().0;
        let (due, most) = match room {
            Room::For(free) => (now, free),
            Room::ForUrgent(free) => (AT_ONCE, free),
        };
        if most == 0 {
            return Ok((Vec::new(), self.settings.poll));
        }
        let next = self.store.scan(|session| session.next_job_at()).await?;
        match next {
            Some(at) if at <= due => {
                let claimed = self.claim(most, (due, now)).await?;
                Ok((claimed, self.settings.poll))
            }
            Some(at) => {
                // What is due and finds no room waits for the end of another job.
                let ahead = u64::try_from(at.saturating_sub(now)).unwrap_or_default();
                let wait = match ahead {
                    0 => self.settings.poll,
                    ahead => Duration::from_micros(ahead).min(self.settings.poll),
                };
                Ok((Vec::new(), wait))
            }
            None => Ok((Vec::new(), self.settings.poll)),
        }
    }

    /// Claims jobs that are due by an instant and that nobody has now.
    async fn claim(&self, most: usize, (due, now): (i64, i64)) -> Outcome<Vec<JobRow>> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let until = now.saturating_add(self.lease());
        // Each claim has an owner of its own: a job that was lost to another claim of this same
        // process counts as lost.
        let owner = format!("{}/{}", self.name, ids::new_id());
        self.write(move |tx| {
            tx.direct(|session| session.claim_jobs(&owner, (due, now), until, limit))
        })
        .await
    }

    /// One run of a job, from its claim to what is written of its end.
    async fn work(self: Arc<Self>, row: JobRow) {
        let (id, task) = (row.id.clone(), row.task.clone());
        if let Err(problem) = self.try_work(row).await {
            // The lease ends by itself and the job runs again.
            tracing::warn!(job = id, task, problem = %problem.logged(), "a run could not be recorded");
        }
    }

    async fn try_work(&self, row: JobRow) -> Outcome<()> {
        let Some(handler) = self.handlers.get(row.task.as_str()).map(Arc::clone) else {
            return self.leave_to_others(row).await;
        };
        let Some(row) = self.begin(row).await? else {
            return Ok(());
        };
        let runs = i64::try_from(self.settings.retry_schedule_s.len()).unwrap_or(i64::MAX);
        let (row, outcome) = if row.attempts > runs.saturating_add(1) {
            let text = "each run ended with the process or without a trace";
            (row, Err(Stop::Failed(text.to_owned())))
        } else {
            match self.attempt(Arc::clone(&handler), row).await? {
                (running, _) if running.finished => {
                    count(&running.row.task, "done");
                    return Ok(());
                }
                (running, outcome) => (running.row, outcome),
            }
        };
        let now = self.clock.now().0;
        let ending = settle(&row, outcome, &self.settings.retry_schedule_s, now);
        self.end(handler, ending).await
    }

    async fn leave_to_others(&self, row: JobRow) -> Outcome<()> {
        tracing::warn!(
            job = row.id,
            task = row.task,
            "this process does not know the task"
        );
        let later = JobRow {
            run_at: self.clock.now().0.saturating_add(UNKNOWN_TASK_WAIT),
            lease_until: 0,
            ..row
        };
        self.write(move |tx| tx.direct(|session| session.update_job(&later).map(drop)))
            .await
    }

    /// Counts the attempt before it is made, so that a job that takes the process down with it is
    /// given up some day. `None` when the job was lost meanwhile.
    async fn begin(&self, row: JobRow) -> Outcome<Option<JobRow>> {
        let until = self.clock.now().0.saturating_add(self.lease());
        let row = JobRow {
            attempts: row.attempts.saturating_add(1),
            lease_until: until,
            run_at: until,
            ..row
        };
        let begun = row.clone();
        let ours = self
            .write(move |tx| tx.direct(|session| session.update_job(&begun)))
            .await?;
        Ok(ours.then_some(row))
    }

    /// Runs the handler while the lease is kept.
    async fn attempt(
        &self,
        handler: Arc<dyn Handler>,
        row: JobRow,
    ) -> Outcome<(Running, JobOutcome)> {
        let signals = Arc::new(Signals::default());
        let enough = Arc::new(Notify::new());
        let keeper = tokio::spawn(
            Keeper {
                store: self.store.clone(),
                clock: self.clock.clone(),
                id: row.id.clone(),
                owner: row.lease_owner.clone().unwrap_or_default(),
                lease: self.settings.lease,
                signals: Arc::clone(&signals),
                enough: Arc::clone(&enough),
            }
            .keep(),
        );
        let mut running = Running {
            row,
            finished: false,
            store: self.store.clone(),
            clock: self.clock.clone(),
            runtime: Handle::current(),
            lease: self.lease(),
            signals,
            stopping: Arc::clone(&self.stopping),
        };
        let done = tokio::task::spawn_blocking(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| handler.run(&mut running)))
                .unwrap_or_else(|_| Err(Stop::Transient("the job panicked".to_owned())));
            (running, outcome)
        })
        .await
        .map_err(Problem::internal);
        // A renewal that came after the end would hold a job that waits for its next run.
        enough.notify_one();
        keeper.await.map_err(Problem::internal)?;
        done
    }

    async fn end(&self, handler: Arc<dyn Handler>, ending: Ending) -> Outcome<()> {
        match ending {
            Ending::Nothing => Ok(()),
            Ending::Row(row) => {
                report(&row);
                self.write(move |tx| tx.direct(|session| session.update_job(&row).map(drop)))
                    .await
            }
            Ending::GaveUp(row, error) => {
                let why = masked(&error);
                tracing::error!(job = row.id, task = row.task, error = why, "a job failed");
                count(&row.task, "failed");
                self.give_up(handler, row, error).await
            }
        }
    }

    async fn give_up(&self, handler: Arc<dyn Handler>, row: JobRow, error: String) -> Outcome<()> {
        let failed = row.clone();
        let told = self
            .write(move |tx| {
                if tx.direct(|session| session.update_job(&failed))? {
                    handler.gave_up(tx, &failed, &error)?;
                }
                Ok(())
            })
            .await;
        let Err(problem) = told else { return Ok(()) };
        tracing::error!(job = row.id, problem = %problem.logged(), "the failure could not be told");
        self.write(move |tx| tx.direct(|session| session.update_job(&row).map(drop)))
            .await
    }

    fn lease(&self) -> i64 {
        micros(self.settings.lease)
    }

    /// Waits for room in the queue of writes, where a request would be sent away.
    async fn write<T, F>(&self, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        write(self.store.clone(), work).await
    }
}

fn report(row: &JobRow) {
    let (job, task) = (row.id.as_str(), row.task.as_str());
    if row.state == "done" {
        tracing::debug!(job, task, "a job is done");
        count(task, "done");
    } else if let Some(error) = &row.last_error {
        tracing::warn!(
            job,
            task,
            error = masked(error),
            attempts = row.attempts,
            "a job is tried again later"
        );
        count(task, "retried");
    }
}

fn count(task: &str, result: &'static str) {
    metrics::counter!("tollgate_job_runs_total", "task" => task.to_owned(), "result" => result)
        .increment(1);
}
