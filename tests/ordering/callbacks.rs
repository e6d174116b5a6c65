//! What the OSS calls back: early, twice, late, in the wrong order, forged, never.

use serde_json::{Value, json};
use tollgate::ordering::southbound::{Secret, TargetSettings, Version};
use tollgate::oss_sim::{Deed, OssSim, Script};

use super::{completed, placed};
use crate::support::{Operator, Setup, TOKEN, each_database, quick};

/// An event of TMF641 v4 about the order of an external id.
fn told(external_id: &str, remote: &str, state: &str) -> Value {
    json!({
        "eventId": "e1",
        "eventType": "ServiceOrderStateChangeEvent",
        "eventTime": "2030-01-01T08:00:00Z",
        "event": { "serviceOrder": { "id": remote, "externalId": external_id, "state": state } },
    })
}

/// The id that the OSS gave an order.
fn remote_id(operator: &Operator, external_id: &str) -> String {
    let mut orders = operator.oss.orders().into_iter();
    let found = orders.find(|order| order.external_id.as_deref() == Some(external_id));
    found.unwrap_or_else(|| panic!("no {external_id}")).id
}

/// Every way of calling back badly that loses nothing.
#[test]
fn early_repeated_and_disordered_callbacks_do_no_harm() {
    each_database(async |database| {
        let deeds = [
            Deed::Early,
            Deed::Repeat,
            Deed::Reorder,
            Deed::LieAboutOrder,
            Deed::Alarm,
        ];
        for version in [Version::V4, Version::V5] {
            let slow = tollgate::oss_sim::Settings {
                at_once: false,
                ..quick()
            };
            let operator = Operator::with(Setup::new(database), slow, version).await;
            for deed in deeds {
                let id = format!("{deed:?}-{version:?}");
                operator.meet(&format!("{id}."), deed);
                let mut order = tollgate::sample::order("order-mobile").expect("a sample order");
                order["id"] = json!(id);
                order["productOrderItem"] = json!([order["productOrderItem"][0]]);
                operator.place_document(&order).await;
            }
            operator.settle().await;
            for deed in deeds {
                let id = format!("{deed:?}-{version:?}");
                operator.complete_by_hand(&id).await;
                let state = operator.state(&id).await;
                assert_eq!(state, "completed", "{}", operator.story(&id).await);
                assert_eq!(operator.requests(&id).len(), 6, "{deed:?}");
            }
            let taken = operator.oss.orders();
            assert!(taken.iter().all(|order| order.duplicates == 0));
            assert!(operator.fallouts().await.is_empty());
            operator.stop().await;
        }
    });
}

#[test]
fn callbacks_that_come_after_the_end_change_nothing() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = completed(&operator, "order-mobile").await;
        let before = operator.order(&id).await;
        let node = format!("{id}.1.1:core");
        let remote = remote_id(&operator, &node);
        for state in ["completed", "inProgress", "acknowledged", "failed"] {
            let late = told(&node, &remote, state);
            operator.call_back(Some(TOKEN), &late).await.must_be(204);
            operator.settle().await;
        }
        assert_eq!(operator.order(&id).await, before);
        operator.stop().await;
    });
}

#[test]
fn a_callback_without_the_token_is_refused() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:core", Deed::Hold);
        let id = placed(&operator, "order-mobile").await;
        let node = format!("{id}.1.1:core");
        let mut forged = told(&node, &remote_id(&operator, &node), "completed");
        forged["event"]["serviceOrder"]["serviceOrderItem"] =
            json!([{ "id": "1", "action": "add", "state": "completed", "service": { "id": "7" } }]);
        operator.call_back(None, &forged).await.must_fail(401);
        operator
            .call_back(Some("guessed"), &forged)
            .await
            .must_fail(401);
        operator.settle().await;
        assert_eq!(operator.node(&id, "1:core").await["state"], "inProgress");
        operator.call_back(Some(TOKEN), &forged).await.must_be(204);
        operator.settle().await;
        assert_eq!(operator.node(&id, "1:core").await["state"], "completed");
        operator.stop().await;
    });
}

#[test]
fn without_a_token_nobody_is_believed_and_the_system_is_asked() {
    each_database(async |database| {
        let operator = Operator::without_token(Setup::new(database)).await;
        operator.meet("1:access", Deed::Hold);
        operator.meet("1:core", Deed::LieAboutState);
        let id = placed(&operator, "order-mobile").await;
        // The OSS called back that it was done, and says otherwise when it is asked.
        assert_eq!(
            operator.state(&id).await,
            "held",
            "{}",
            operator.story(&id).await
        );
        assert_eq!(operator.fallouts().await.len(), 1);
        operator.oss.clear_scripts();
        operator.meet("1:access", Deed::Hold);
        operator
            .act(&id, &json!({ "action": "retry", "node": "1:core" }))
            .await
            .must_be(200);
        operator.settle().await;
        let node = format!("{id}.1.1:access");
        let forged = told(&node, &remote_id(&operator, &node), "completed");
        operator.call_back(None, &forged).await.must_be(204);
        operator.settle().await;
        assert_eq!(operator.node(&id, "1:access").await["state"], "inProgress");
        operator.oss.release("");
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        assert_eq!(operator.state(&id).await, "completed");
        operator.stop().await;
    });
}

#[test]
fn one_system_does_not_speak_for_another() {
    each_database(async |database| {
        let other = OssSim::start(quick()).await.expect("the OSS starts");
        let mut setup = Setup::new(database);
        let url = other.ordering("v4");
        let mut target = TargetSettings::new("oss-fixed", url.clone(), Version::V4);
        target.callback_token = Some(Secret::new("of-the-other"));
        setup.config.oss.push(target);
        let operator = Operator::with(setup, quick(), Version::V4).await;
        operator.meet("1:core", Deed::Hold);
        let id = placed(&operator, "order-mobile").await;
        let node = format!("{id}.1.1:core");
        let remote = remote_id(&operator, &node);
        let forged = told(&node, &remote, "completed");
        let path = "/tollgate/v1/oss/oss-fixed/listener";
        let body = forged.to_string();
        let server = &operator.server;
        // The token of one system opens nothing of the other.
        let sent = server.bearing(path, Some(TOKEN), body.clone()).await;
        sent.must_fail(401);
        operator
            .call_back(Some("of-the-other"), &forged)
            .await
            .must_fail(401);
        // With its own it says something of what was never sent to it: that one's system is asked.
        let own = Some("of-the-other");
        server.bearing(path, own, body).await.must_be(204);
        operator.settle().await;
        assert_eq!(operator.node(&id, "1:core").await["state"], "inProgress");
        // Nor does it help to have an order of that name, and to name only its own id.
        let order = json!({
            "externalId": node,
            "serviceOrderItem": [{
                "id": "1", "action": "add", "service": { "serviceSpecification": { "id": "s" } },
            }],
        });
        let taken = crate::support::client()
            .post(format!("{url}/serviceOrder"))
            .header("content-type", "application/json")
            .body(order.to_string())
            .send();
        let taken = taken.await.expect("an answer");
        assert!(taken.status().is_success(), "{taken:?}");
        let known = other.orders().into_iter();
        let mut known = known.filter(|order| order.external_id.as_deref() == Some(&node));
        let its = known.next().expect("the order").id;
        let mut event = told(&node, &its, "completed");
        let about = event.pointer_mut("/event/serviceOrder").expect("an order");
        about
            .as_object_mut()
            .expect("an object")
            .shift_remove("externalId");
        let sent = server.bearing(path, own, event.to_string()).await;
        sent.must_be(204);
        operator.settle().await;
        assert_eq!(operator.node(&id, "1:core").await["state"], "inProgress");
        assert_eq!(operator.plan(&id).await["anomaly"], json!([]));
        operator.oss.release("");
        operator.settle().await;
        assert_eq!(operator.node(&id, "1:core").await["state"], "completed");
        operator.stop().await;
        other.stop().await;
    });
}

#[test]
fn what_is_said_to_have_failed_or_to_be_done_without_a_result_is_asked_about() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:voice", Deed::LieAboutFailure);
        operator.meet("1:voicemail", Deed::LieAboutState);
        operator.meet("1:core", Deed::Hold);
        let id = placed(&operator, "order-mobile").await;
        let node = format!("{id}.1.1:core");
        for state in ["failed", "completed", "cancelled"] {
            let said = told(&node, &remote_id(&operator, &node), state);
            operator.call_back(Some(TOKEN), &said).await.must_be(204);
            operator.settle().await;
            assert_eq!(operator.node(&id, "1:core").await["state"], "inProgress");
        }
        operator.oss.release("");
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        let story = operator.story(&id).await;
        assert_eq!(
            operator.node(&id, "1:voice").await["state"],
            "completed",
            "{story}"
        );
        let open = operator.fallouts().await;
        let open: Vec<_> = open
            .iter()
            .map(|one| (&one["node"], &one["cause"]))
            .collect();
        assert_eq!(
            open,
            [(&json!("1:voicemail"), &json!("business"))],
            "{story}"
        );
        operator.stop().await;
    });
}

#[test]
fn callbacks_about_nothing_that_was_ordered_are_taken_and_forgotten() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = completed(&operator, "order-mobile").await;
        let strangers = [
            "nobody.1.order".to_owned(),
            format!("{id}.7.1:core"),
            String::new(),
        ];
        for stranger in strangers {
            let event = told(&stranger, "so-strange", "completed");
            operator.call_back(Some(TOKEN), &event).await.must_be(204);
        }
        let path = "/tollgate/v1/oss/default/listener";
        let bodies = [
            json!({}),
            json!({ "event": 7 }),
            json!({ "event": { "serviceOrder": "so" } }),
            json!({ "eventType": "ServiceOrderStateChangeEvent" }),
            json!({ "eventType": "Weather", "event": { "cloud": {} } }),
        ];
        for body in bodies {
            operator.call_back(Some(TOKEN), &body).await.must_fail(400);
        }
        let broken = operator
            .server
            .bearing(path, Some(TOKEN), "{\"event\": ".to_owned())
            .await;
        broken.must_fail(400);
        assert_eq!(operator.state(&id).await, "completed");
        operator.stop().await;
    });
}

#[test]
fn a_silent_system_is_asked() {
    each_database(async |database| {
        let (operator, clock) = Operator::at_rest(database).await;
        operator.meet("", Deed::Silent);
        let id = placed(&operator, "order-mobile").await;
        for _ in 0..12 {
            clock.advance_millis(61_000);
            operator.settle().await;
        }
        operator.complete_by_hand(&id).await;
        for _ in 0..12 {
            clock.advance_millis(61_000);
            operator.settle().await;
        }
        assert_eq!(
            operator.state(&id).await,
            "completed",
            "{}",
            operator.story(&id).await
        );
        assert_eq!(operator.requests(&id).len(), 6);
        operator.stop().await;
    });
}

#[test]
fn a_lost_answer_does_not_make_a_second_order() {
    each_database(async |database| {
        for deed in [Deed::Lose, Deed::Drop] {
            let (operator, clock) = Operator::at_rest(database).await;
            operator.oss.script(Script::new("1:core", deed).times(1));
            let mut order = tollgate::sample::order("order-mobile").expect("a sample order");
            order["id"] = json!(format!("order-{deed:?}"));
            let id = operator.place_document(&order).await["id"]
                .as_str()
                .expect("an id")
                .to_owned();
            operator.settle().await;
            for _ in 0..5 {
                clock.advance_millis(5_000);
                operator.settle().await;
            }
            operator.complete_by_hand(&id).await;
            assert_eq!(
                operator.state(&id).await,
                "completed",
                "{deed:?} {}",
                operator.story(&id).await
            );
            let sent = operator.requests(&id);
            assert_eq!(sent.len(), 6, "{sent:?}");
            assert!(operator.fallouts().await.is_empty());
            operator.stop().await;
        }
    });
}
