//! Jobs on a real database.

mod overlapped;
mod urgent;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Handler, JobOutcome, Running, Settings, Stop, Worker};
use crate::domain::clock::{Clock, Micros};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::event::tests::database::Database;
use crate::store::{IdKey, JobRow, Keys, ResourceRow, Session, Store, Tx};

const START: Micros = Micros(1_795_262_400_000_000);

struct Fixture {
    store: Store,
    clock: Clock,
    _database: Database,
}

type Step = Box<dyn Fn(&mut Running) -> JobOutcome + Send + Sync>;

/// A handler from a closure; it counts its runs and remembers what it was told at the end.
struct Scripted {
    step: Step,
    runs: AtomicUsize,
    gave_up: Mutex<Vec<String>>,
}

impl Handler for Scripted {
    fn task(&self) -> &'static str {
        "test"
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        self.runs.fetch_add(1, Ordering::SeqCst);
        (self.step)(job)
    }

    fn gave_up(&self, tx: &mut Tx<'_>, job: &JobRow, error: &str) -> Outcome<()> {
        self.gave_up.lock().expect("lock").push(error.to_owned());
        tx.insert(record(&format!("failed-{}", job.id)), Keys::default())
    }
}

fn scripted(step: impl Fn(&mut Running) -> JobOutcome + Send + Sync + 'static) -> Arc<Scripted> {
    Arc::new(Scripted {
        step: Box::new(step),
        runs: AtomicUsize::new(0),
        gave_up: Mutex::default(),
    })
}

fn record(id: &str) -> ResourceRow {
    ResourceRow {
        seq: 0,
        tenant: 1,
        kind: "record".into(),
        id: id.into(),
        version: String::new(),
        revision: 1,
        current: true,
        label: None,
        state: None,
        created_at: 0,
        updated_at: 0,
        doc: "{}".into(),
    }
}

fn job(id: &str) -> JobRow {
    JobRow {
        id: id.into(),
        tenant: 1,
        principal: "local".into(),
        task: "test".into(),
        subject_kind: "importJob".into(),
        subject_id: id.into(),
        payload: json!({"steps": 10}).to_string(),
        progress: json!({"at": 0}).to_string(),
        state: "waiting".into(),
        run_at: START.0,
        attempts: 0,
        lease_owner: None,
        lease_until: 0,
        created_at: START.0,
        last_error: None,
    }
}

impl Fixture {
    fn new() -> Self {
        Fixture::with_clock(Clock::fixed_at(START))
    }

    fn with_clock(clock: Clock) -> Self {
        let database = Database::new();
        Fixture {
            store: database.open(),
            clock,
            _database: database,
        }
    }

    fn worker(&self, handler: &Arc<Scripted>) -> Arc<Worker> {
        let settings = Settings {
            retry_schedule_s: vec![1, 5],
            poll: Duration::from_millis(20),
            ..Settings::default()
        };
        self.worker_with(settings, handler)
    }

    fn worker_with(&self, settings: Settings, handler: &Arc<Scripted>) -> Arc<Worker> {
        let handler: Arc<dyn Handler> = Arc::clone(handler) as Arc<dyn Handler>;
        Worker::new(
            self.store.clone(),
            self.clock.clone(),
            settings,
            vec![handler],
        )
    }

    async fn enqueue(&self, row: JobRow) {
        let done = self.store.write(move |tx| {
            tx.enqueue(row.clone());
            Ok(())
        });
        done.await.expect("write");
    }

    fn row(&self, id: &str) -> Option<JobRow> {
        self.read(|session| session.job_of(1, "importJob", id))
    }

    fn read<T>(&self, read: impl FnOnce(&mut dyn Session) -> crate::store::DbResult<T>) -> T {
        self.store.read_blocking(read).expect("read")
    }

    fn has(&self, id: &str) -> bool {
        let key = IdKey {
            tenant: 1,
            kind: "record".into(),
            id: id.into(),
        };
        !self.read(|session| session.versions(&key)).is_empty()
    }
}

fn at(job: &Running) -> u64 {
    let progress: Value = job.progress().expect("progress");
    progress["at"].as_u64().expect("number")
}

/// Writes records one after the other, each with the progress; ends the process before `stop`.
fn records(stop: u64) -> impl Fn(&mut Running) -> JobOutcome + Send + Sync {
    move |job| {
        let steps = job.payload()?["steps"].as_u64().unwrap_or_default();
        for step in at(job)..steps {
            if step == stop {
                // As a killed process: nothing is written any more.
                return Err(Stop::Gone);
            }
            let id = step.to_string();
            job.commit(&json!({"at": step + 1}), move |tx| {
                tx.insert(record(&id), Keys::default())
            })?;
        }
        job.finish(|tx| tx.insert(record("end"), Keys::default()))
    }
}

#[tokio::test]
async fn a_job_goes_on_where_a_dead_process_left_it() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let killed = scripted(records(4));
    assert_eq!(fixture.worker(&killed).drain().await, Ok(1));
    let row = fixture.row("j").expect("row");
    assert_eq!(
        (row.state.as_str(), row.progress.as_str()),
        ("waiting", r#"{"at":4}"#)
    );
    assert!(fixture.has("3") && !fixture.has("4"));
    // Another process has to wait for the end of the lease.
    let second = scripted(records(u64::MAX));
    let worker = fixture.worker(&second);
    assert_eq!(worker.drain().await, Ok(0));
    fixture.clock.advance_millis(30_001);
    // Records 0 to 3 would break the unique key if they were written again.
    assert_eq!(worker.drain().await, Ok(1));
    let row = fixture.row("j").expect("row");
    assert_eq!(
        (row.state.as_str(), row.progress.as_str()),
        ("done", r#"{"at":10}"#)
    );
    assert!(fixture.has("9") && fixture.has("end"));
    assert_eq!(row.last_error, None);
    assert_eq!(worker.drain().await, Ok(0));
}

#[tokio::test]
async fn work_and_progress_are_one() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let handler = scripted(|job| {
        job.commit(&json!({"at": 5}), |tx| {
            tx.insert(record("x"), Keys::default())?;
            Err::<(), Problem>(Problem::new(Code::Conflict, "no"))
        })
    });
    fixture.worker(&handler).drain().await.expect("drain");
    let row = fixture.row("j").expect("row");
    assert_eq!(
        (row.state.as_str(), row.progress.as_str()),
        ("failed", r#"{"at":0}"#)
    );
    assert!(!fixture.has("x"));
    assert!(row.last_error.is_some_and(|e| e.contains("no")));
    assert!(
        fixture.has("failed-j"),
        "the handler told so in the same transaction"
    );
}

#[tokio::test]
async fn what_may_pass_is_tried_again_until_the_schedule_ends() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let handler = scripted(|_| Err(Stop::Transient("no connection".into())));
    let worker = fixture.worker(&handler);
    for (wait, attempts, state) in [
        (0, 1, "waiting"),
        (1_000, 2, "waiting"),
        (5_000, 3, "failed"),
    ] {
        fixture.clock.advance_millis(wait - 1);
        assert_eq!(worker.drain().await, Ok(0), "just before {wait}");
        fixture.clock.advance_millis(1);
        worker.drain().await.expect("drain");
        let row = fixture.row("j").expect("row");
        assert_eq!((row.attempts, row.state.as_str()), (attempts, state));
        assert_eq!(row.last_error.as_deref(), Some("no connection"));
    }
    assert_eq!(handler.runs.load(Ordering::SeqCst), 3);
    assert_eq!(*handler.gave_up.lock().expect("lock"), ["no connection"]);
}

#[tokio::test]
async fn progress_starts_the_schedule_over() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let handler = scripted(|job| {
        let next = at(job) + 1;
        job.save_progress(&json!({"at": next}))?;
        if next < 10 {
            Err(Stop::Transient("again".into()))
        } else {
            Ok(())
        }
    });
    let worker = fixture.worker(&handler);
    for _ in 0..10 {
        assert_eq!(worker.drain().await, Ok(1));
        fixture.clock.advance_millis(1_000);
    }
    assert_eq!(fixture.row("j").expect("row").state, "done");
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let handler = scripted(|job| {
        job.save_progress(&json!({"at": 3}))?;
        panic!("a bug");
    });
    fixture.worker(&handler).drain().await.expect("drain");
    let row = fixture.row("j").expect("row");
    assert_eq!(
        (row.state.as_str(), row.progress.as_str()),
        ("waiting", r#"{"at":3}"#)
    );
    assert_eq!(row.last_error.as_deref(), Some("the job panicked"));
}

#[tokio::test]
async fn a_job_that_takes_the_process_down_is_given_up() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let handler = scripted(|_| Err(Stop::Gone));
    let worker = fixture.worker(&handler);
    for _ in 0..4 {
        assert_eq!(worker.drain().await, Ok(1));
        fixture.clock.advance_millis(30_001);
    }
    assert_eq!(handler.runs.load(Ordering::SeqCst), 3);
    assert_eq!(fixture.row("j").expect("row").state, "failed");
}

#[tokio::test]
async fn a_deleted_job_stops_at_its_next_checkpoint() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let handler = scripted(|job| {
        job.save_progress(&json!({"at": 1}))?;
        job.store().write_blocking(|tx| {
            tx.direct(|session| session.delete_jobs_of(1, "importJob", "j"))
        })?;
        let stopped = job.commit(&json!({"at": 2}), |tx| {
            tx.insert(record("late"), Keys::default())
        });
        assert_eq!(stopped, Err(Stop::Gone));
        stopped
    });
    assert_eq!(fixture.worker(&handler).drain().await, Ok(1));
    assert_eq!(fixture.row("j"), None);
    assert!(
        !fixture.has("late"),
        "nothing is written for a job that is gone"
    );
}

#[tokio::test]
async fn a_job_that_another_process_took_over_writes_nothing() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let (clock, now) = (fixture.clock.clone(), START.0);
    let handler = scripted(move |job| {
        // The process was frozen for longer than the lease.
        clock.advance_millis(31_000);
        let taken = job.store().write_blocking(move |tx| {
            let later = now + 31_000_000;
            let until = now + 61_000_000;
            tx.direct(|session| session.claim_jobs("other", (later, later), until, 1))
        })?;
        assert_eq!(taken.len(), 1);
        job.commit(&json!({"at": 1}), |tx| {
            tx.insert(record("late"), Keys::default())
        })
    });
    assert_eq!(fixture.worker(&handler).drain().await, Ok(1));
    let row = fixture.row("j").expect("row");
    assert_eq!(row.lease_owner.as_deref(), Some("other"));
    assert_eq!(row.progress, r#"{"at":0}"#);
    assert!(!fixture.has("late"));
}

#[tokio::test]
async fn an_unknown_task_waits_for_a_process_that_knows_it() {
    let fixture = Fixture::new();
    fixture
        .enqueue(JobRow {
            task: "other".into(),
            ..job("j")
        })
        .await;
    let handler = scripted(|_| Ok(()));
    assert_eq!(fixture.worker(&handler).drain().await, Ok(1));
    let row = fixture.row("j").expect("row");
    assert_eq!(
        (row.state.as_str(), row.attempts, row.run_at),
        ("waiting", 0, START.0 + 60_000_000)
    );
    assert_eq!(handler.runs.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_gives_jobs_back_at_a_checkpoint() {
    let fixture = Fixture::with_clock(Clock::system());
    fixture
        .enqueue(JobRow {
            run_at: 0,
            ..job("j")
        })
        .await;
    let (started, begun) = std::sync::mpsc::channel();
    let started = Mutex::new(started);
    let handler = scripted(move |job| {
        loop {
            let next = at(job) + 1;
            job.save_progress(&json!({"at": next}))?;
            started.lock().expect("lock").send(next).ok();
        }
    });
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = fixture.worker(&handler);
    let running = tokio::spawn(worker.run(async { drop(stopped.await) }));
    let first = tokio::task::spawn_blocking(move || begun.recv().map(|at| (at, begun)));
    let (first, _keep) = first.await.expect("thread").expect("it ran");
    assert_eq!(first, 1);
    drop(stop);
    running.await.expect("the loop ends");
    let row = fixture.row("j").expect("row");
    assert_eq!(
        (row.state.as_str(), row.attempts, row.lease_until),
        ("waiting", 0, 0)
    );
    assert_ne!(row.progress, r#"{"at":0}"#);
    // Free at once for the next process.
    let next = scripted(|_| Ok(()));
    assert_eq!(fixture.worker(&next).drain().await, Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_between_checkpoints_and_a_waker_starts_jobs() {
    let fixture = Fixture::with_clock(Clock::system());
    let lease = Duration::from_millis(300);
    let settings = Settings {
        lease,
        poll: Duration::from_secs(60),
        ..Settings::default()
    };
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (started, begun) = tokio::sync::oneshot::channel::<()>();
    let (started, released) = (Mutex::new(Some(started)), Mutex::new(released));
    let busy = scripted(move |_| {
        if let Some(started) = started.lock().expect("lock").take() {
            started.send(()).ok();
        }
        released.lock().expect("lock").recv().ok();
        Ok(())
    });
    let worker = fixture.worker_with(settings.clone(), &busy);
    let waker = worker.waker();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(Arc::clone(&worker).run(async { drop(stopped.await) }));
    fixture
        .enqueue(JobRow {
            run_at: 0,
            ..job("j")
        })
        .await;
    waker.wake();
    tokio::time::timeout(Duration::from_secs(10), begun)
        .await
        .expect("in time")
        .expect("begun");
    tokio::time::sleep(lease * 3).await;
    let thief = scripted(|_| Ok(()));
    assert_eq!(fixture.worker_with(settings, &thief).drain().await, Ok(0));
    release.send(()).expect("waiting");
    drop(stop);
    running.await.expect("the loop ends");
    assert_eq!(fixture.row("j").expect("row").state, "done");
    assert_eq!(
        (
            busy.runs.load(Ordering::SeqCst),
            thief.runs.load(Ordering::SeqCst)
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn jobs_that_a_job_makes_run_too() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j0")).await;
    let handler = scripted(|running| {
        let n: u32 = running
            .row()
            .subject_id
            .trim_start_matches('j')
            .parse()
            .expect("number");
        running.finish(move |tx| {
            if n < 3 {
                tx.enqueue(job(&format!("j{}", n + 1)));
            }
            Ok(())
        })
    });
    assert_eq!(fixture.worker(&handler).drain().await, Ok(4));
}
