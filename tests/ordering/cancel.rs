//! Cancelling orders and items, before and after the point of no return.

use serde_json::json;
use tollgate::oss_sim::{Deed, Script};
use tollgate::sample;

use super::{characteristic, completed, placed, reasons};
use crate::support::{Operator, each_database, item_of};

/// A mobile line on an eSIM: all of it is done by systems.
fn esim(id: &str) -> serde_json::Value {
    let mut order = sample::order("order-mobile").expect("a sample order");
    order["id"] = json!(id);
    let line = &mut order["productOrderItem"][0];
    line["product"]["productCharacteristic"][0]["value"] = json!("eSIM");
    order["productOrderItem"] = json!([line.clone()]);
    order
}

#[test]
fn an_order_that_has_not_begun_is_cancelled_at_once() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let order = operator.place("order-mobile").await;
        let id = order["id"].as_str().expect("an id");
        let task = operator.cancel(id, &[]).await;
        assert_eq!(operator.cancellation(&task).await["state"], "acknowledged");
        operator.settle().await;
        let order = operator.order(id).await;
        assert_eq!(order["state"], "cancelled", "{order}");
        assert!(order["cancellationDate"].is_string());
        for item in order["productOrderItem"].as_array().expect("items") {
            assert_eq!(item["state"], "cancelled", "{order}");
        }
        let task = operator.cancellation(&task).await;
        assert_eq!(task["state"], "done", "{task}");
        assert!(operator.active_services().is_empty());
        operator.stop().await;
    });
}

#[test]
fn what_was_done_is_undone_in_reverse_order_and_the_number_is_free_again() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        // Of a single number.
        let range = json!({ "range": [{ "first": "0000000", "last": "0000000" }] });
        let pool = "/tollgate/v1/numberPool/mobile";
        let changed = operator
            .server
            .send(reqwest::Method::PATCH, pool, &range)
            .await;
        changed.must_be(200);
        operator.meet(":voice", Deed::Hold);
        let order = operator.place_document(&esim("first")).await;
        let id = order["id"].as_str().expect("an id");
        operator.settle().await;
        assert_eq!(operator.state(id).await, "inProgress");
        let task = operator.cancel(id, &[]).await;
        operator.settle().await;
        assert_eq!(
            operator.state(id).await,
            "cancelled",
            "{}",
            operator.story(id).await
        );
        assert_eq!(operator.cancellation(&task).await["state"], "done");
        assert!(operator.active_services().is_empty());
        let sent = operator.requests(id);
        let place = |wanted: &str| {
            let found = sent.iter().position(|request| request == wanted);
            found.unwrap_or_else(|| panic!("no {wanted}: {sent:?}"))
        };
        assert!(
            place("delete 1:data.undo") < place("delete 1:access.undo"),
            "{sent:?}"
        );
        assert!(
            place("delete 1:access.undo") < place("delete 1:core.undo"),
            "{sent:?}"
        );
        assert!(
            place("delete 1:core.undo") < place("delete 1:sim-profile.undo"),
            "{sent:?}"
        );
        assert!(
            !sent.contains(&"delete 1:voice.undo".to_owned()),
            "never done: {sent:?}"
        );

        // The next order gets the number that this one had.
        operator.oss.clear_scripts();
        let next = operator.place_document(&esim("second")).await;
        operator.settle().await;
        let next = operator.order(next["id"].as_str().expect("an id")).await;
        assert_eq!(next["state"], "completed", "{next}");
        let line = super::forward::product_of(&operator, &next, "1").await;
        assert_eq!(characteristic(&line, "msisdn"), "+9996600000000", "{line}");
        operator.stop().await;
    });
}

#[test]
fn one_item_of_a_running_order_is_cancelled_and_the_rest_goes_on() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("2:roaming", Deed::Hold);
        operator.meet("cfs-roaming", Deed::Hold);
        let order = sample::order("order-mobile-ported").expect("a sample order");
        let order = operator.place_document(&order).await;
        let id = order["id"].as_str().expect("an id");
        operator.settle().await;
        assert_eq!(
            operator.state(id).await,
            "inProgress",
            "{}",
            operator.story(id).await
        );
        let task = operator.cancel(id, &["2"]).await;
        operator.settle().await;
        assert_eq!(operator.cancellation(&task).await["state"], "done");
        let order = operator.order(id).await;
        assert_eq!(order["state"], "completed", "{order}");
        assert_eq!(
            item_of(&order, "1").expect("the item")["state"],
            "completed"
        );
        assert_eq!(
            item_of(&order, "2").expect("the item")["state"],
            "cancelled"
        );
        operator.stop().await;
    });
}

#[test]
fn an_item_that_others_rely_on_is_not_cancelled_alone() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = placed(&operator, "order-mobile").await;
        let task = operator.cancel(&id, &["2"]).await;
        operator.settle().await;
        let task = operator.cancellation(&task).await;
        assert_eq!(task["state"], "terminatedWithError", "{task}");
        assert!(
            task["errorMessage"]["reason"]
                .as_str()
                .is_some_and(|why| why.contains('3')),
            "{task}"
        );
        let unknown = operator.cancel(&id, &["99"]).await;
        operator.settle().await;
        let unknown = operator.cancellation(&unknown).await;
        assert_eq!(unknown["state"], "terminatedWithError", "{unknown}");
        assert_eq!(operator.state(&id).await, "inProgress");
        operator.complete_by_hand(&id).await;
        assert_eq!(operator.state(&id).await, "completed");
        operator.stop().await;
    });
}

#[test]
fn beyond_a_hard_point_of_no_return_the_order_goes_on() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("rfs-internet-session", Deed::Hold);
        let id = placed(&operator, "order-fibre").await;
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.node(&id, "1.1:activation").await["state"],
            "completed"
        );
        let task = operator.cancel(&id, &[]).await;
        operator.settle().await;
        let task = operator.cancellation(&task).await;
        assert_eq!(task["state"], "terminatedWithError", "{task}");
        let why = task["errorMessage"]["reason"].as_str().unwrap_or_default();
        assert!(why.contains("1.1:activation"), "{task}");
        assert_eq!(operator.state(&id).await, "inProgress");
        operator.oss.release("");
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.state(&id).await,
            "completed",
            "{}",
            operator.story(&id).await
        );
        operator.stop().await;
    });
}

#[test]
fn beyond_a_soft_point_of_no_return_an_operator_decides() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = placed(&operator, "order-mobile").await;
        // The card is with a person: begun, softly beyond return.
        let first = operator.cancel(&id, &[]).await;
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "assessingCancellation");
        assert_eq!(operator.cancellation(&first).await["state"], "inProgress");
        let no = json!({ "action": "decide", "task": first, "consent": false, "note": "it is on its way" });
        operator.act(&id, &no).await.must_be(200);
        let refused = operator.cancellation(&first).await;
        assert_eq!(refused["state"], "terminatedWithError", "{refused}");
        assert_eq!(refused["errorMessage"]["reason"], "it is on its way");
        assert_eq!(operator.state(&id).await, "inProgress");

        let second = operator.cancel(&id, &[]).await;
        operator.settle().await;
        let yes = json!({ "action": "decide", "task": second, "consent": true });
        operator.act(&id, &yes).await.must_be(200);
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.state(&id).await,
            "cancelled",
            "{}",
            operator.story(&id).await
        );
        assert_eq!(operator.cancellation(&second).await["state"], "done");
        assert!(operator.active_services().is_empty());
        operator.stop().await;
    });
}

#[test]
fn an_operator_can_force_a_cancel() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = placed(&operator, "order-mobile").await;
        operator
            .act(&id, &json!({ "action": "cancel", "force": true }))
            .await
            .must_be(200);
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.state(&id).await,
            "cancelled",
            "{}",
            operator.story(&id).await
        );
        operator.stop().await;
    });
}

#[test]
fn a_compensation_that_fails_is_fallout() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet(":data", Deed::Hold);
        operator
            .oss
            .script(Script::new("1:core.undo", Deed::Reject).message("the core is busy"));
        let order = operator.place_document(&esim("held-core")).await;
        let id = order["id"].as_str().expect("an id");
        operator.settle().await;
        let task = operator.cancel(id, &[]).await;
        operator.settle().await;
        assert_eq!(
            operator.state(id).await,
            "pendingCancellation",
            "{}",
            operator.story(id).await
        );
        let open = operator.fallouts().await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(open[0]["cause"], "compensationFailed", "{open:?}");
        assert_eq!(open[0]["node"], "1:core");
        assert!(!reasons(&operator.order(id).await).is_empty());
        assert_eq!(operator.cancellation(&task).await["state"], "inProgress");
        operator.oss.clear_scripts();
        operator
            .act(id, &json!({ "action": "retry", "node": "1:core" }))
            .await
            .must_be(200);
        operator.settle().await;
        assert_eq!(
            operator.state(id).await,
            "cancelled",
            "{}",
            operator.story(id).await
        );
        assert_eq!(operator.cancellation(&task).await["state"], "done");
        assert!(operator.active_services().is_empty());
        operator.stop().await;
    });
}

#[test]
fn a_change_that_is_cancelled_leaves_the_product_as_it_was() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let first = completed(&operator, "order-mobile").await;
        let line = super::forward::product_of(&operator, &operator.order(&first).await, "1").await;
        operator.meet("1:data", Deed::Hold);
        let upgrade = placed(&operator, "order-mobile-upgrade").await;
        assert_eq!(operator.state(&upgrade).await, "inProgress");
        operator.cancel(&upgrade, &[]).await;
        operator.settle().await;
        assert_eq!(
            operator.state(&upgrade).await,
            "cancelled",
            "{}",
            operator.story(&upgrade).await
        );
        let now = operator.product(line["id"].as_str().expect("an id")).await;
        assert_eq!(now["productOffering"]["id"], "mobile-m", "{now}");
        assert_eq!(now["productCharacteristic"], line["productCharacteristic"]);
        assert_eq!(now["status"], "active");
        let voicemail = operator.oss.services().into_iter().filter(|service| {
            service.active && service.specification.as_deref() == Some("rfs-voicemail")
        });
        assert_eq!(voicemail.count(), 1, "the mailbox is there again");
        let active = operator.active_services();
        let owned = now["realizingService"].as_array().expect("services");
        assert_eq!(owned.len(), active.len(), "{now}");
        for service in owned {
            let own = service["id"].as_str().unwrap_or_default();
            assert!(
                active.iter().any(|id| own.ends_with(id.as_str())),
                "{now} {active:?}"
            );
        }
        operator.stop().await;
    });
}

#[test]
fn a_request_about_an_order_that_was_never_placed_is_answered() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let nothing = operator.cancel("no-such-order", &[]).await;
        let mut order = tollgate::sample::order("order-mobile").expect("a sample order");
        order["requestedInitialState"] = json!("draft");
        let draft = operator.place_document(&order).await;
        let draft = draft["id"].as_str().expect("an id");
        let given_up = operator.cancel(draft, &[]).await;
        operator.settle().await;
        let nothing = operator.cancellation(&nothing).await;
        assert_eq!(nothing["state"], "terminatedWithError", "{nothing}");
        assert_eq!(nothing["errorMessage"]["reason"], "there is no such order");
        assert_eq!(operator.cancellation(&given_up).await["state"], "done");
        assert_eq!(operator.state(draft).await, "cancelled");
        operator.stop().await;
    });
}
