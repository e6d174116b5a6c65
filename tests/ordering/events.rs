//! What subscribers hear of orders.

use std::time::Duration;

use serde_json::{Value, json};
use tollgate::oss_sim::{Deed, Script};

use super::{completed, placed};
use crate::support::{Listener, Operator, each_database};

async fn subscribe(operator: &Operator, version: &str, listener: &Listener) {
    let mut hub = json!({ "callback": listener.url() });
    if version == "v5" {
        hub["@type"] = json!("Hub");
    }
    let path = format!("/tmf-api/productOrderingManagement/{version}/hub");
    operator.post(&path, &hub).await.must_be(201);
}

/// What was heard once everything is delivered.
async fn heard(operator: &Operator, listener: &Listener) -> Vec<Value> {
    operator.server.drain().await;
    let some = |events: &[Value]| !events.is_empty();
    assert!(
        listener.until(Duration::from_secs(10), some).await,
        "nothing was heard"
    );
    listener.take()
}

fn of_type(events: &[Value], name: &str) -> Vec<Value> {
    let named = |event: &&Value| event["eventType"] == name;
    events.iter().filter(named).cloned().collect()
}

fn states(events: &[Value]) -> Vec<String> {
    let changes = of_type(events, "ProductOrderStateChangeEvent");
    let state = |event: &Value| {
        event["event"]["productOrder"]["state"]
            .as_str()
            .map(str::to_owned)
    };
    changes.iter().filter_map(state).collect()
}

#[test]
fn subscribers_hear_an_order_from_its_creation_to_its_end() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let (v4, v5) = (Listener::start().await, Listener::start().await);
        subscribe(&operator, "v4", &v4).await;
        subscribe(&operator, "v5", &v5).await;
        let id = completed(&operator, "order-mobile").await;
        for listener in [&v4, &v5] {
            let events = heard(&operator, listener).await;
            let created = of_type(&events, "ProductOrderCreateEvent");
            assert_eq!(created.len(), 1, "{events:?}");
            assert_eq!(created[0]["event"]["productOrder"]["id"], id.as_str());
            let states = states(&events);
            assert_eq!(
                states.first().map(String::as_str),
                Some("inProgress"),
                "{states:?}"
            );
            assert_eq!(
                states.last().map(String::as_str),
                Some("completed"),
                "{states:?}"
            );
        }
        operator.stop().await;
    });
}

#[test]
fn subscribers_of_v5_hear_of_milestones_jeopardies_and_errors() {
    each_database(async |database| {
        let (operator, clock) = Operator::at_rest(database).await;
        let listener = Listener::start().await;
        subscribe(&operator, "v5", &listener).await;
        operator.oss.script(Script::new("1:core", Deed::Hold));
        operator.oss.script(Script::new("1:voicemail", Deed::Fail));
        let id = placed(&operator, "order-mobile").await;
        clock.advance_millis(14 * 60_000);
        operator.settle().await;
        let events = heard(&operator, &listener).await;
        let alerts = of_type(&events, "ProductOrderJeopardyAlertEvent");
        assert!(!alerts.is_empty(), "{events:?}");
        let order = &alerts[0]["event"]["productOrder"];
        assert!(order["productOrderJeopardyAlert"].is_array(), "{order}");
        operator.oss.release("");
        operator.settle().await;
        let events = heard(&operator, &listener).await;
        assert!(
            !of_type(&events, "ProductOrderMilestoneEvent").is_empty(),
            "{events:?}"
        );
        let errors = of_type(&events, "ProductOrderErrorMessageEvent");
        assert!(!errors.is_empty(), "{events:?}");
        assert!(states(&events).contains(&"held".to_owned()), "{events:?}");
        operator
            .act(&id, &json!({ "action": "skip", "node": "1:voicemail" }))
            .await
            .must_be(200);
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        let events = heard(&operator, &listener).await;
        assert_eq!(
            states(&events).last().map(String::as_str),
            Some("completed")
        );
        operator.stop().await;
    });
}

#[test]
fn subscribers_hear_what_information_is_required() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let (v4, v5) = (Listener::start().await, Listener::start().await);
        subscribe(&operator, "v4", &v4).await;
        subscribe(&operator, "v5", &v5).await;
        let id = placed(&operator, "order-fibre-pending").await;
        let name = "ProductOrderInformationRequiredEvent";
        let events = heard(&operator, &v5).await;
        let asked = of_type(&events, name);
        assert_eq!(asked.len(), 1, "{events:?}");
        let payload = &asked[0]["event"];
        assert_eq!(payload["productOrder"]["id"], id.as_str());
        assert_eq!(
            payload["productOrder"]["@type"], "ProductOrderRef",
            "{payload}"
        );
        let wanted = json!({ "op": "add", "path": "/productOrderItem/0/appointment" });
        assert_eq!(payload["informationRequired"], wanted, "{payload}");
        let events = heard(&operator, &v4).await;
        let asked = of_type(&events, name);
        assert_eq!(asked.len(), 1, "{events:?}");
        assert_eq!(asked[0]["fieldPath"], "/productOrderItem/0/appointment");
        assert_eq!(
            asked[0]["event"]["productOrder"]["state"], "pending",
            "{asked:?}"
        );
        operator.stop().await;
    });
}

#[test]
fn subscribers_hear_of_requests_to_cancel() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let listener = Listener::start().await;
        subscribe(&operator, "v5", &listener).await;
        let order = operator.place("order-mobile").await;
        let id = order["id"].as_str().expect("an id");
        operator.cancel(id, &[]).await;
        operator.settle().await;
        let events = heard(&operator, &listener).await;
        assert_eq!(
            of_type(&events, "CancelProductOrderCreateEvent").len(),
            1,
            "{events:?}"
        );
        assert!(
            !of_type(&events, "CancelProductOrderStateChangeEvent").is_empty(),
            "{events:?}"
        );
        assert_eq!(
            states(&events).last().map(String::as_str),
            Some("cancelled")
        );
        operator.stop().await;
    });
}
