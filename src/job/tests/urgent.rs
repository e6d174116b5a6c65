//! A job that somebody waits for does not wait for those that fill a process.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Fixture, Settings, job, scripted};
use crate::domain::clock::Clock;
use crate::job::AT_ONCE;
use crate::store::JobRow;

const LONG: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_somebody_waits_for_runs_beside_those_that_fill_the_process() {
    let fixture = Fixture::with_clock(Clock::system());
    let (release, released) = channel::<()>();
    let (told, began) = channel::<String>();
    let (told, released) = (Mutex::new(told), Mutex::new(released));
    let handler = scripted(move |job| {
        let id = job.row().id.clone();
        told.lock().expect("lock").send(id.clone()).ok();
        if id == "long" {
            released.lock().expect("lock").recv().ok();
        }
        Ok(())
    });
    let settings = Settings {
        concurrency: 1,
        poll: Duration::from_millis(5),
        ..Settings::default()
    };
    let worker = fixture.worker_with(settings, &handler);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(Arc::clone(&worker).run(async { drop(stopped.await) }));
    let began = Arc::new(Mutex::new(began));
    let next = async || {
        let began = Arc::clone(&began);
        let next = move || began.lock().expect("lock").recv_timeout(LONG);
        tokio::task::spawn_blocking(next).await.expect("a thread")
    };
    let at = |id: &str, run_at: i64| JobRow { run_at, ..job(id) };
    fixture.enqueue(at("long", 1)).await;
    assert_eq!(next().await.as_deref(), Ok("long"));
    fixture.enqueue(at("due", 1)).await;
    fixture.enqueue(at("urgent", AT_ONCE)).await;
    assert_eq!(next().await.as_deref(), Ok("urgent"));
    release.send(()).expect("somebody waits");
    assert_eq!(next().await.as_deref(), Ok("due"));
    drop(stop);
    running.await.expect("the loop ends");
}
