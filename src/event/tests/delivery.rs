use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use wiremock::ResponseTemplate;

use super::api::{V4, V5};
use super::fixture::{Fixture, Listener, local_only, name_of, settings};
use crate::domain::clock::Clock;
use crate::domain::descriptor::Change;
use crate::event::{Drained, Settings};
use crate::outbound::Policy;
use crate::store::{Backlog, SubscriptionRow};

#[tokio::test]
async fn every_subscriber_gets_its_version() {
    let fixture = Fixture::new();
    let (old, new) = (Listener::good().await, Listener::good().await);
    fixture.subscribe(&V4, &old.url(), None).await;
    fixture.subscribe(&V5, &new.url(), None).await;
    fixture
        .create("productCatalog", "1", json!({"name": "Home"}))
        .await;
    fixture
        .create("productOffering", "2", json!({"name": "Fibre"}))
        .await;
    fixture.delete("productCatalog", "1").await;
    let done = fixture.dispatcher().drain().await.expect("drain");
    let expected = Drained {
        events: 3,
        delivered: 5,
        failed: 0,
    };
    assert_eq!(done, expected);
    let types = |bodies: Vec<serde_json::Value>| -> Vec<String> {
        let mut types: Vec<String> = bodies.iter().map(|b| b["eventType"].to_string()).collect();
        types.sort();
        types
    };
    assert_eq!(
        types(old.bodies().await),
        ["\"CatalogCreateEvent\"", "\"CatalogDeleteEvent\""]
    );
    assert_eq!(
        types(new.bodies().await),
        [
            "\"ProductCatalogCreateEvent\"",
            "\"ProductCatalogDeleteEvent\"",
            "\"ProductOfferingCreateEvent\""
        ]
    );
    // The document as it was, though the resource is gone.
    let first = &old.bodies().await[0];
    assert_eq!(first["event"]["catalog"]["name"], "Home");
    assert_eq!(fixture.backlog(), Backlog::default());
}

#[tokio::test]
async fn without_subscribers_events_are_forgotten() {
    let fixture = Fixture::new();
    for n in 0..5 {
        fixture
            .create("productOffering", &n.to_string(), json!({}))
            .await;
    }
    assert_eq!(fixture.backlog().pending_events, 5);
    let done = fixture.dispatcher().drain().await.expect("drain");
    assert_eq!((done.events, done.delivered), (5, 0));
    // A subscriber who comes later is not told of the past.
    let listener = Listener::good().await;
    fixture.subscribe(&V5, &listener.url(), None).await;
    fixture.dispatcher().drain().await.expect("drain");
    assert!(listener.bodies().await.is_empty());
    assert_eq!(fixture.backlog(), Backlog::default());
}

#[tokio::test]
async fn order_is_kept_in_a_resource_while_others_go_on() {
    let fixture = Fixture::new();
    let refusals = AtomicUsize::new(1);
    let listener = Listener::new(move |event| {
        let refuse = name_of(event) == "a1"
            && refusals
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_ok();
        ResponseTemplate::new(if refuse { 500 } else { 201 })
    })
    .await;
    let id = fixture.subscribe(&V5, &listener.url(), None).await;
    let dispatcher = fixture.dispatcher();
    let state = Change::StateChange;
    fixture
        .create("productOffering", "a", json!({"name": "a1"}))
        .await;
    fixture
        .create("productOffering", "b", json!({"name": "b1"}))
        .await;
    fixture
        .change("productOffering", "a", state, "x", json!({"name": "a2"}))
        .await;
    fixture
        .change("productOffering", "b", state, "x", json!({"name": "b2"}))
        .await;
    let done = dispatcher.drain().await.expect("drain");
    assert_eq!((done.delivered, done.failed), (2, 1));
    let seen = listener.names().await;
    assert_eq!(
        seen.iter()
            .filter(|n| n.starts_with('b'))
            .collect::<Vec<_>>(),
        ["b1", "b2"]
    );
    assert!(
        !seen.contains(&"a2".to_owned()),
        "a2 must wait for a1: {seen:?}"
    );
    // Not due yet.
    fixture.clock.advance_millis(4_000);
    assert_eq!(dispatcher.drain().await.expect("drain"), Drained::default());
    fixture.clock.advance_millis(1_000);
    let done = dispatcher.drain().await.expect("drain");
    assert_eq!((done.delivered, done.failed), (2, 0));
    let names = listener.names().await;
    let a: Vec<&String> = names.iter().filter(|n| n.starts_with('a')).collect();
    assert_eq!(a, ["a1", "a1", "a2"]);
    assert!(fixture.waiting(&id).is_empty());
    // Both attempts carried the same event.
    let bodies = listener.bodies().await;
    let ids: Vec<_> = bodies
        .iter()
        .filter(|b| name_of(b) == "a1")
        .map(|b| &b["eventId"])
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_query_selects_and_shapes() {
    let fixture = Fixture::new();
    let listener = Listener::good().await;
    let query = "eventType=ProductOfferingCreateEvent&event.productOffering.lifecycleStatus=Active&fields=event.productOffering.name";
    fixture.subscribe(&V5, &listener.url(), Some(query)).await;
    for (id, state) in [("1", "Active"), ("2", "Retired"), ("3", "Active")] {
        let doc = json!({"name": id, "lifecycleStatus": state, "@type": "ProductOffering"});
        fixture.create("productOffering", id, doc).await;
    }
    fixture
        .create(
            "productCatalog",
            "4",
            json!({"name": "4", "lifecycleStatus": "Active"}),
        )
        .await;
    let done = fixture.dispatcher().drain().await.expect("drain");
    assert_eq!((done.events, done.delivered), (4, 2));
    let mut names = listener.names().await;
    names.sort();
    assert_eq!(names, ["1", "3"]);
    let event = &listener.bodies().await[0];
    assert_eq!(event.get("title"), None);
    assert_eq!(
        event["event"]["productOffering"].get("lifecycleStatus"),
        None
    );
    assert!(event["eventId"].is_string() && event["eventTime"].is_string());
}

#[tokio::test]
async fn a_delivery_is_given_up_after_the_schedule_and_kept() {
    let fixture = Fixture::new();
    let listener = Listener::new(|event| {
        ResponseTemplate::new(if name_of(event) == "bad" { 410 } else { 200 })
    })
    .await;
    let id = fixture.subscribe(&V5, &listener.url(), None).await;
    fixture
        .create("productOffering", "a", json!({"name": "bad"}))
        .await;
    fixture
        .change(
            "productOffering",
            "a",
            Change::StateChange,
            "x",
            json!({"name": "good"}),
        )
        .await;
    let dispatcher = fixture.dispatcher();
    for wait in [0, 5_000, 30_000] {
        fixture.clock.advance_millis(wait);
        let done = dispatcher.drain().await.expect("drain");
        assert_eq!(done.failed, 1, "after {wait}");
    }
    // Three attempts, then the next of the lane.
    assert_eq!(listener.names().await, ["bad", "bad", "bad", "good"]);
    let backlog = fixture.backlog();
    assert_eq!((backlog.deliveries, backlog.dead_deliveries), (0, 1));
    assert!(fixture.waiting(&id).is_empty());
    fixture.clock.advance_millis(86_400_000);
    assert_eq!(dispatcher.drain().await.expect("drain"), Drained::default());
}

#[tokio::test]
async fn a_failing_subscriber_is_left_alone_and_tried_with_one_delivery() {
    let fixture = Fixture::new();
    let broken = std::sync::Arc::new(AtomicUsize::new(1));
    let state = std::sync::Arc::clone(&broken);
    let listener = Listener::new(move |_| {
        ResponseTemplate::new(if state.load(Ordering::SeqCst) == 1 {
            503
        } else {
            204
        })
    })
    .await;
    fixture.subscribe(&V5, &listener.url(), None).await;
    for n in 0..20 {
        fixture
            .create("productOffering", &n.to_string(), json!({"name": "x"}))
            .await;
    }
    let settings = Settings {
        circuit_failures: 3,
        circuit_pause: Duration::from_secs(10),
        retry_schedule_s: vec![1; 20],
        concurrency: 1,
        ..settings()
    };
    let dispatcher = fixture.dispatcher_with(settings, local_only());
    let failed = dispatcher.drain().await.expect("drain").failed;
    // Those that were under way when the third failed come back as well.
    assert!((3..=5).contains(&failed), "{failed} attempts");
    fixture.clock.advance_millis(5_000);
    assert_eq!(dispatcher.drain().await.expect("drain"), Drained::default());
    fixture.clock.advance_millis(60_000);
    assert_eq!(dispatcher.drain().await.expect("drain").failed, 1);
    broken.store(0, Ordering::SeqCst);
    fixture.clock.advance_millis(600_000);
    let done = dispatcher.drain().await.expect("drain");
    assert_eq!((done.delivered, done.failed), (20, 0));
    assert_eq!(fixture.backlog(), Backlog::default());
}

#[tokio::test]
async fn a_callback_that_became_forbidden_is_never_called() {
    let fixture = Fixture::new();
    let listener = Listener::good().await;
    let id = fixture.subscribe(&V5, &listener.url(), None).await;
    fixture
        .create("productOffering", "1", json!({"name": "x"}))
        .await;
    let strict = fixture.dispatcher_with(settings(), Policy::default());
    assert_eq!(strict.drain().await.expect("drain").failed, 1);
    assert!(listener.bodies().await.is_empty());
    let error = fixture.waiting(&id)[0]
        .last_error
        .clone()
        .unwrap_or_default();
    assert!(error.contains("refused"), "{error}");
}

#[tokio::test]
async fn an_ended_subscription_gets_nothing_more() {
    let fixture = Fixture::new();
    let listener = Listener::new(|_| ResponseTemplate::new(500)).await;
    let id = fixture.subscribe(&V5, &listener.url(), None).await;
    fixture
        .create("productOffering", "1", json!({"name": "x"}))
        .await;
    let dispatcher = fixture.dispatcher();
    assert_eq!(dispatcher.drain().await.expect("drain").failed, 1);
    fixture.hub().delete(1, &V5, &id).await.expect("delete");
    fixture.clock.advance_millis(60_000);
    fixture
        .create("productOffering", "2", json!({"name": "x"}))
        .await;
    let done = dispatcher.drain().await.expect("drain");
    assert_eq!((done.events, done.delivered, done.failed), (1, 0, 0));
    assert_eq!(fixture.backlog(), Backlog::default());
}

#[tokio::test]
async fn a_stored_callback_is_used_as_it_is() {
    let fixture = Fixture::new();
    let listener = Listener::good().await;
    let url = format!("{}/a/b%20c?token=1&x=y", listener.server.uri());
    fixture.subscribe(&V5, &url, None).await;
    fixture.create("productOffering", "1", json!({})).await;
    fixture.dispatcher().drain().await.expect("drain");
    let requests = listener
        .server
        .received_requests()
        .await
        .expect("recording");
    assert_eq!(requests[0].url.path(), "/a/b%20c");
    assert_eq!(requests[0].url.query(), Some("token=1&x=y"));
    assert_eq!(requests[0].headers["content-type"], "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_subscriber_slows_nobody() {
    let fixture = Fixture::with_clock(Clock::system());
    let slow =
        Listener::new(|_| ResponseTemplate::new(204).set_delay(Duration::from_secs(3))).await;
    let fast = Listener::good().await;
    for _ in 0..6 {
        fixture.subscribe(&V5, &slow.url(), None).await;
    }
    fixture.subscribe(&V5, &fast.url(), None).await;
    let settings = Settings {
        concurrency: 2,
        ..settings()
    };
    let dispatcher = fixture.dispatcher_with(settings, local_only());
    let waker = dispatcher.waker();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(dispatcher.run(async { drop(stopped.await) }));
    let started = std::time::Instant::now();
    for n in 0..10 {
        fixture
            .create("productOffering", &n.to_string(), json!({"name": "x"}))
            .await;
        waker.wake();
    }
    while fast.bodies().await.len() < 10 {
        assert!(
            started.elapsed() < Duration::from_millis(2_500),
            "the fast one waits"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(stop);
    running.await.expect("the loop ends");
    // What was under way has come back and is removed; the rest waits for another run.
    assert_eq!(fast.bodies().await.len(), 10);
    let slow_done = slow.bodies().await.len();
    let left = usize::try_from(fixture.backlog().deliveries).expect("count");
    assert_eq!(left + slow_done, 60, "{slow_done} received, {left} left");
    let rows: Vec<SubscriptionRow> = fixture.read(|session| session.subscriptions());
    assert!(
        rows.iter().all(|row| row.lease_until == 0),
        "leases are given back"
    );
}
