//! Orders that wait: for information, for their start, for being placed.

use serde_json::json;

use super::{placed, reasons};
use crate::support::{Operator, each_database};
use tollgate::sample;

const HOUR: i64 = 3_600_000;

#[test]
fn an_order_waits_for_the_information_that_it_lacks() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = placed(&operator, "order-fibre-pending").await;
        let order = operator.order(&id).await;
        assert_eq!(order["state"], "pending", "{order}");
        assert_eq!(order["productOrderItem"][0]["state"], "pending", "{order}");
        assert!(
            reasons(&order)
                .iter()
                .any(|reason| reason.contains("appointment")),
            "{order}"
        );
        assert!(operator.oss.orders().is_empty());

        // Something else does not help.
        operator
            .patch(&id, &json!({ "description": "soon" }))
            .await
            .must_be(200);
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "pending");

        let mut items = order["productOrderItem"].clone();
        items[0]["appointment"] = json!({ "@type": "AppointmentRef", "id": "appointment-1", "@referredType": "Appointment" });
        operator
            .patch(&id, &json!({ "productOrderItem": items }))
            .await
            .must_be(200);
        operator.settle().await;
        assert_eq!(
            operator.state(&id).await,
            "inProgress",
            "{}",
            operator.order(&id).await
        );
        operator.complete_by_hand(&id).await;
        assert_eq!(operator.state(&id).await, "completed");
        operator.stop().await;
    });
}

#[test]
fn an_order_that_lacks_information_can_be_cancelled() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = placed(&operator, "order-fibre-pending").await;
        let task = operator.cancel(&id, &[]).await;
        operator.settle().await;
        assert_eq!(operator.cancellation(&task).await["state"], "done");
        let order = operator.order(&id).await;
        assert_eq!(order["state"], "cancelled", "{order}");
        assert_eq!(order["cancellationReason"], "changed my mind", "{order}");
        operator.stop().await;
    });
}

#[test]
fn an_order_waits_for_its_requested_start() {
    each_database(async |database| {
        let (operator, clock) = Operator::at_rest(database).await;
        let mut order = sample::order("order-mobile").expect("a sample order");
        order["requestedStartDate"] = json!("2030-01-01T10:00:00Z");
        let id = operator.place_document(&order).await["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "acknowledged");
        assert!(operator.oss.orders().is_empty());
        clock.advance_millis(HOUR);
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "acknowledged");
        clock.advance_millis(HOUR);
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "inProgress");
        assert!(!operator.oss.orders().is_empty());
        operator.stop().await;
    });
}

#[test]
fn a_requested_start_can_be_put_off_and_brought_forward() {
    each_database(async |database| {
        let (operator, clock) = Operator::at_rest(database).await;
        let mut order = sample::order("order-mobile").expect("a sample order");
        order["requestedStartDate"] = json!("2030-01-01T10:00:00Z");
        let id = operator.place_document(&order).await["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        operator.settle().await;
        let later = json!({ "requestedStartDate": "2030-01-02T10:00:00Z" });
        operator.patch(&id, &later).await.must_be(200);
        operator.settle().await;
        clock.advance_millis(3 * HOUR);
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "acknowledged");
        let sooner = json!({ "requestedStartDate": "2030-01-01T10:30:00Z" });
        operator.patch(&id, &sooner).await.must_be(200);
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "inProgress");
        operator.stop().await;
    });
}

#[test]
fn a_draft_is_nothing_before_it_is_placed() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let mut order = sample::order("order-mobile").expect("a sample order");
        order["requestedInitialState"] = json!("draft");
        let order = operator.place_document(&order).await;
        assert_eq!(order["state"], "draft", "{order}");
        let id = order["id"].as_str().expect("an id");
        operator.settle().await;
        assert_eq!(operator.state(id).await, "draft");
        operator
            .patch(id, &json!({ "state": "acknowledged" }))
            .await
            .must_be(200);
        operator.settle().await;
        assert_eq!(operator.state(id).await, "inProgress");
        operator.complete_by_hand(id).await;
        assert_eq!(operator.state(id).await, "completed");
        operator.stop().await;
    });
}
