//! Checkpoints that overlap are committed in their order or not at all.

use serde_json::json;

use super::{Fixture, job, record, scripted};
use crate::domain::problem::{Code, Problem};
use crate::job::{Running, Stop};
use crate::store::Keys;

#[tokio::test]
async fn each_is_committed_behind_the_one_before() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let handler = scripted(|job| {
        let mut before = None;
        for step in 0..6 {
            let id = step.to_string();
            let begun = job.begin(before.as_ref(), &json!({"at": step + 1}), move |tx| {
                tx.insert(record(&id), Keys::default())
            })?;
            if let Some(before) = before {
                job.settle(before)?;
                assert_eq!(progress(job), json!({"at": step}).to_string());
            }
            begun.let_go();
            before = Some(begun);
        }
        job.settle(before.expect("a checkpoint"))?;
        job.finish(|_| Ok(()))
    });
    assert_eq!(fixture.worker(&handler).drain().await, Ok(1));
    let row = fixture.row("j").expect("row");
    assert_eq!(
        (row.state.as_str(), row.progress.as_str()),
        ("done", r#"{"at":6}"#)
    );
    assert!((0..6).all(|step| fixture.has(&step.to_string())));
}

#[tokio::test]
async fn what_is_not_let_go_is_not_committed() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let handler = scripted(|job| {
        let first = job.begin(None, &json!({"at": 1}), |tx| {
            tx.insert(record("first"), Keys::default())?;
            Err::<(), Problem>(Problem::new(Code::Conflict, "no"))
        })?;
        first.let_go();
        let second = job.begin(Some(&first), &json!({"at": 2}), |tx| {
            tx.insert(record("second"), Keys::default())
        })?;
        assert!(matches!(job.settle(first), Err(Stop::Failed(_))));
        assert!(matches!(job.settle(second), Err(Stop::Transient(_))));
        job.commit(&json!({"at": 3}), |tx| {
            tx.insert(record("third"), Keys::default())
        })
    });
    assert_eq!(fixture.worker(&handler).drain().await, Ok(1));
    let row = fixture.row("j").expect("row");
    assert_eq!(row.progress, r#"{"at":3}"#);
    assert!(!fixture.has("first") && !fixture.has("second") && fixture.has("third"));
}

#[tokio::test]
async fn a_job_that_is_gone_commits_neither() {
    let fixture = Fixture::new();
    fixture.enqueue(job("j")).await;
    let handler = scripted(|job| {
        job.store().write_blocking(|tx| {
            tx.direct(|session| session.delete_jobs_of(1, "importJob", "j"))
        })?;
        let first = job.begin(None, &json!({"at": 1}), |tx| {
            tx.insert(record("first"), Keys::default())
        })?;
        first.let_go();
        let second = job.begin(Some(&first), &json!({"at": 2}), |tx| {
            tx.insert(record("second"), Keys::default())
        })?;
        assert_eq!(job.settle(first), Err(Stop::Gone));
        assert!(job.settle(second).is_err());
        Err(Stop::Gone)
    });
    fixture.worker(&handler).drain().await.expect("drain");
    assert_eq!(fixture.row("j"), None);
    assert!(!fixture.has("first") && !fixture.has("second"));
}

fn progress(job: &Running) -> String {
    job.row().progress.clone()
}
