//! Several processes, and the same one again.

use serde_json::json;
use wiremock::ResponseTemplate;

use super::api::V5;
use super::fixture::{Fixture, Listener};
use crate::event::fanout;
use crate::store::{Backlog, DeliveryRow};

#[tokio::test]
async fn what_was_not_delivered_before_a_restart_is_delivered_after_it() {
    let mut fixture = Fixture::new();
    let up = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let state = std::sync::Arc::clone(&up);
    let listener = Listener::new(move |_| {
        let up = state.load(std::sync::atomic::Ordering::SeqCst);
        ResponseTemplate::new(if up { 204 } else { 500 })
    })
    .await;
    let id = fixture.subscribe(&V5, &listener.url(), None).await;
    fixture
        .create("productOffering", "handed-on", json!({"name": "1"}))
        .await;
    assert_eq!(fixture.dispatcher().drain().await.expect("drain").failed, 1);
    fixture
        .create("productOffering", "pending", json!({"name": "2"}))
        .await;
    let before = fixture.waiting(&id);
    fixture.reopen();
    assert_eq!(fixture.waiting(&id), before);
    up.store(true, std::sync::atomic::Ordering::SeqCst);
    // The lease of the first life has to end.
    fixture.clock.advance_millis(120_000);
    let done = fixture.dispatcher().drain().await.expect("drain");
    assert_eq!((done.events, done.delivered), (1, 2));
    assert_eq!(fixture.backlog(), Backlog::default());
}

#[tokio::test]
async fn a_crash_between_answer_and_removal_repeats_the_same_event() {
    let mut fixture = Fixture::new();
    let listener = Listener::good().await;
    let id = fixture.subscribe(&V5, &listener.url(), None).await;
    fixture
        .create("productOffering", "1", json!({"name": "x"}))
        .await;
    let event = fixture.read(|session| session.pending(1)).remove(0);
    let dispatcher = fixture.dispatcher();
    assert_eq!(dispatcher.drain().await.expect("drain").delivered, 1);
    // The removal did not reach the disk.
    let lost = DeliveryRow {
        tenant: 1,
        subscription: id,
        event_seq: event.seq,
        event_at: event.at,
        lane: "productOffering/1".into(),
        attempts: 0,
        due_at: event.at,
        dead: false,
        last_error: None,
    };
    let put_back = move |tx: &mut crate::store::Tx<'_>| {
        tx.direct(|session| session.insert_deliveries(std::slice::from_ref(&lost)))
    };
    fixture.store.write(put_back).await.expect("write");
    fixture.reopen();
    fixture.clock.advance_millis(120_000);
    assert_eq!(
        fixture.dispatcher().drain().await.expect("drain").delivered,
        1
    );
    let bodies = listener.bodies().await;
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(fixture.backlog(), Backlog::default());
}

#[tokio::test]
async fn a_lease_keeps_a_second_process_out() {
    let fixture = Fixture::new();
    let listener = Listener::good().await;
    fixture.subscribe(&V5, &listener.url(), None).await;
    let (first, second) = (fixture.dispatcher(), fixture.dispatcher());
    fixture
        .create("productOffering", "1", json!({"name": "1"}))
        .await;
    assert_eq!(first.drain().await.expect("drain").delivered, 1);
    fixture
        .create("productOffering", "2", json!({"name": "2"}))
        .await;
    // The second one hands the event on but may not deliver.
    let done = second.drain().await.expect("drain");
    assert_eq!((done.events, done.delivered, done.failed), (1, 0, 0));
    assert_eq!(first.drain().await.expect("drain").delivered, 1);
    // Given back, or over: the other one may.
    fixture
        .create("productOffering", "3", json!({"name": "3"}))
        .await;
    first.release().await.expect("release");
    assert_eq!(second.drain().await.expect("drain").delivered, 1);
    fixture
        .create("productOffering", "4", json!({"name": "4"}))
        .await;
    fixture.clock.advance_millis(120_000);
    assert_eq!(first.drain().await.expect("drain").delivered, 1);
    assert_eq!(listener.names().await, ["1", "2", "3", "4"]);
}

#[tokio::test]
async fn an_event_that_another_process_handed_on_meanwhile_is_left_alone() {
    let fixture = Fixture::new();
    let listener = Listener::good().await;
    fixture.subscribe(&V5, &listener.url(), None).await;
    fixture
        .create("productOffering", "1", json!({"name": "1"}))
        .await;
    let (first, second) = (fixture.dispatcher(), fixture.dispatcher());
    let late = fixture.read(|session| fanout::plan(second.core(), session));
    assert_eq!(first.drain().await.expect("drain").delivered, 1);
    // The delivery is done and gone, so nothing but the list of pending events can tell.
    let handed = second
        .core()
        .write(move |session| fanout::hand_over(session, &late));
    assert_eq!(handed.await, Ok((0, 0)));
    assert_eq!(fixture.backlog(), Backlog::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_fan_out_together_hand_each_event_on_once() {
    let fixture = Fixture::new();
    let listener = Listener::good().await;
    fixture.subscribe(&V5, &listener.url(), None).await;
    for n in 0..200 {
        fixture
            .create(
                "productOffering",
                &n.to_string(),
                json!({"name": n.to_string()}),
            )
            .await;
    }
    let dispatchers = [
        fixture.dispatcher(),
        fixture.dispatcher(),
        fixture.dispatcher(),
    ];
    let runs = dispatchers.iter().map(|dispatcher| dispatcher.drain());
    let mut events = 0;
    for done in futures_util::future::join_all(runs).await {
        events += done.expect("drain").events;
    }
    assert_eq!(events, 200);
    // Whoever has the lease delivers what came after its last look.
    for dispatcher in &dispatchers {
        dispatcher.drain().await.expect("drain");
    }
    let mut names = listener.names().await;
    assert_eq!(names.len(), 200);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 200);
    assert_eq!(fixture.backlog(), Backlog::default());
}
