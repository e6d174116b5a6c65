use std::time::Duration;

use serde_json::json;
use wiremock::ResponseTemplate;

use super::api::V5;
use super::fixture::{Fixture, Listener};
use crate::domain::descriptor::Change;
use crate::event::{Maintenance, Retention};
use crate::store::Backlog;

fn maintenance(fixture: &Fixture) -> Maintenance {
    Maintenance {
        store: fixture.store.clone(),
        clock: fixture.clock.clone(),
        retention: Retention {
            events: Duration::from_secs(86_400),
            ..Retention::default()
        },
    }
}

#[tokio::test]
async fn what_is_old_goes_and_what_is_new_stays() {
    let fixture = Fixture::new();
    let listener = Listener::new(|_| ResponseTemplate::new(500)).await;
    let id = fixture.subscribe(&V5, &listener.url(), None).await;
    fixture
        .create("productOffering", "a", json!({"name": "1"}))
        .await;
    fixture
        .change(
            "productOffering",
            "a",
            Change::StateChange,
            "x",
            json!({"name": "2"}),
        )
        .await;
    fixture.dispatcher().drain().await.expect("drain");
    // Not handed on in time, as on a server whose notifications are off.
    fixture
        .create("productOffering", "b", json!({"name": "1"}))
        .await;
    let nothing = maintenance(&fixture).once().await.expect("run");
    assert_eq!(nothing.most(), 0);
    fixture.clock.advance_millis(86_400_000 + 1);
    fixture
        .create("productOffering", "c", json!({"name": "new"}))
        .await;
    let removed = maintenance(&fixture).once().await.expect("run");
    assert_eq!((removed.events, removed.revisions), (3, 1));
    assert_eq!((removed.pending, removed.deliveries), (1, 2));
    assert!(fixture.waiting(&id).is_empty());
    let expected = Backlog {
        pending_events: 1,
        ..Backlog::default()
    };
    assert_eq!(fixture.backlog(), expected);
    assert_eq!(maintenance(&fixture).once().await.expect("run").most(), 0);
}

#[tokio::test]
async fn events_of_days_that_were_prepared_go_as_well() {
    let fixture = Fixture::new();
    maintenance(&fixture).once().await.expect("run");
    for _ in 0..4 {
        fixture
            .create(
                "productOffering",
                &fixture.clock.now().0.to_string(),
                json!({}),
            )
            .await;
        fixture.clock.advance_millis(86_400_000);
    }
    let events = fixture.read(|session| session.pending(10));
    fixture.dispatcher().drain().await.expect("drain");
    // On PostgreSQL some of them go with their partition and are not counted.
    maintenance(&fixture).once().await.expect("run");
    let there: Vec<bool> = events
        .iter()
        .map(|event| {
            fixture
                .read(|session| session.event(event.at, event.seq))
                .is_some()
        })
        .collect();
    assert_eq!(there, [false, false, false, true]);
}

#[tokio::test]
async fn a_delivery_whose_event_is_gone_is_dropped() {
    let fixture = Fixture::new();
    let listener = Listener::good().await;
    let id = fixture.subscribe(&V5, &listener.url(), None).await;
    let orphan = crate::store::DeliveryRow {
        tenant: 1,
        subscription: id.clone(),
        event_seq: 999,
        event_at: fixture.clock.now().0,
        lane: "productOffering/x".into(),
        attempts: 0,
        due_at: 0,
        dead: false,
        last_error: None,
    };
    let put = move |tx: &mut crate::store::Tx<'_>| {
        tx.direct(|session| session.insert_deliveries(std::slice::from_ref(&orphan)))
    };
    fixture.store.write(put).await.expect("write");
    let done = fixture.dispatcher().drain().await.expect("drain");
    assert_eq!((done.delivered, done.failed), (0, 0));
    assert!(fixture.waiting(&id).is_empty());
    assert!(listener.bodies().await.is_empty());
}
