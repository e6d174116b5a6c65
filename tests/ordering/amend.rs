//! Changing what an order asks for while it runs.

use serde_json::{Value, json};
use tollgate::oss_sim::Deed;
use tollgate::sample;

use super::forward::product_of;
use super::{characteristic, reasons};
use crate::support::{Operator, each_database, item_of};

/// A mobile line on an eSIM, all of which is done by systems.
pub async fn line(operator: &Operator) -> String {
    let mut order = sample::order("order-mobile").expect("a sample order");
    let mut line = order["productOrderItem"][0].clone();
    line["product"]["productCharacteristic"][0]["value"] = json!("eSIM");
    order["productOrderItem"] = json!([line]);
    order.as_object_mut().expect("an order").shift_remove("id");
    let order = operator.place_document(&order).await;
    operator.settle().await;
    order["id"].as_str().expect("an id").to_owned()
}

pub fn items_of(order: &Value) -> Vec<Value> {
    order["productOrderItem"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

pub fn roaming() -> Value {
    json!({
        "@type": "ProductOrderItem",
        "id": "2",
        "action": "add",
        "productOffering": {
            "@type": "ProductOfferingRef", "id": "roaming-europe", "@referredType": "ProductOffering"
        },
        "productOrderItemRelationship": [
            { "@type": "OrderItemRelationship", "id": "1", "relationshipType": "reliesOn" }
        ],
    })
}

#[test]
fn an_item_is_added_to_a_running_order() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:access", Deed::Hold);
        let id = line(&operator).await;
        let mut items = items_of(&operator.order(&id).await);
        items.push(roaming());
        operator
            .patch(&id, &json!({ "productOrderItem": items }))
            .await
            .must_be(200);
        operator.settle().await;
        let order = operator.order(&id).await;
        assert_eq!(
            item_of(&order, "1").expect("the item")["state"],
            "inProgress",
            "{order}"
        );
        operator.oss.clear_scripts();
        operator.oss.release("");
        operator.settle().await;
        let order = operator.order(&id).await;
        assert_eq!(
            order["state"],
            "completed",
            "{order}\n{}",
            operator.story(&id).await
        );
        assert_eq!(product_of(&operator, &order, "2").await["status"], "active");
        let sent = operator.requests(&id);
        let again: Vec<&String> = sent.iter().filter(|one| one.ends_with("1:core")).collect();
        assert_eq!(
            again.len(),
            1,
            "what is the same is not done again: {sent:?}"
        );
        assert_eq!(operator.plan(&id).await["plan"]["revision"], 2);
        operator.stop().await;
    });
}

#[test]
fn what_was_sent_is_changed_when_its_item_changes() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:voicemail", Deed::Hold);
        let id = line(&operator).await;
        assert_eq!(operator.node(&id, "1:data").await["state"], "completed");
        // The document as it was read, prices of the old offering included.
        let mut items = items_of(&operator.order(&id).await);
        assert!(items[0]["itemPrice"].is_array(), "{items:?}");
        items[0]["productOffering"] = json!({
            "@type": "ProductOfferingRef", "id": "mobile-l", "@referredType": "ProductOffering"
        });
        operator
            .patch(&id, &json!({ "productOrderItem": items }))
            .await
            .must_be(200);
        operator.settle().await;
        operator.oss.clear_scripts();
        operator.oss.release("");
        operator.settle().await;
        let order = operator.order(&id).await;
        assert_eq!(
            order["state"],
            "completed",
            "{order}\n{}",
            operator.story(&id).await
        );
        let sent = operator.requests(&id);
        assert!(sent.contains(&"modify 1:data".to_owned()), "{sent:?}");
        let product = product_of(&operator, &order, "1").await;
        assert_eq!(product["productOffering"]["id"], "mobile-l", "{product}");
        let data = operator.oss.services().into_iter().find(|service| {
            service.active && service.specification.as_deref() == Some("cfs-mobile-data")
        });
        let data = data.expect("a data service");
        let allowance = data
            .characteristics
            .iter()
            .find(|(name, _)| name == "dataAllowance");
        assert_eq!(
            allowance.map(|(_, value)| value.to_string()),
            Some("60".to_owned())
        );
        let total = order["orderTotalPrice"].to_string();
        assert!(!total.is_empty());
        operator.stop().await;
    });
}

#[test]
fn what_cannot_be_changed_is_undone_and_done_anew() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:voicemail", Deed::Hold);
        let id = line(&operator).await;
        let mut items = items_of(&operator.order(&id).await);
        items[0]["product"]["productCharacteristic"] = json!([
            { "@type": "StringCharacteristic", "name": "simType", "value": "eSIM" },
            { "@type": "BooleanCharacteristic", "name": "numberPorting", "value": true },
        ]);
        operator
            .patch(&id, &json!({ "productOrderItem": items }))
            .await
            .must_be(200);
        operator.settle().await;
        operator.oss.clear_scripts();
        operator.oss.release("");
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        let order = operator.order(&id).await;
        assert_eq!(
            order["state"],
            "completed",
            "{order}\n{}",
            operator.story(&id).await
        );
        let product = product_of(&operator, &order, "1").await;
        let number = characteristic(&product, "msisdn");
        assert!(
            number.as_str().is_some_and(|n| n.starts_with("+9996609")),
            "{product}"
        );
        operator.stop().await;
    });
}

#[test]
fn an_item_that_is_taken_out_is_undone() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:voice", Deed::Work);
        operator.meet("cfs-mobile-voice", Deed::Work);
        operator.meet("rfs-voicemail", Deed::Hold);
        let mut order = sample::order("order-mobile").expect("a sample order");
        let mut line = order["productOrderItem"][0].clone();
        line["product"]["productCharacteristic"][0]["value"] = json!("eSIM");
        let mut other = line.clone();
        other["id"] = json!("other");
        other["product"]["productCharacteristic"] = json!([
            { "@type": "StringCharacteristic", "name": "simType", "value": "eSIM" },
            { "@type": "BooleanCharacteristic", "name": "voicemail", "value": false },
        ]);
        order["productOrderItem"] = json!([line, other]);
        let placed = operator.place_document(&order).await;
        let id = placed["id"].as_str().expect("an id").to_owned();
        operator.settle().await;
        let before = operator.order(&id).await;
        assert_eq!(
            item_of(&before, "other").expect("the item")["state"],
            "completed"
        );
        let product = product_of(&operator, &before, "other").await;
        let kept: Vec<Value> = items_of(&before).into_iter().take(1).collect();
        operator
            .patch(&id, &json!({ "productOrderItem": kept }))
            .await
            .must_be(200);
        operator.settle().await;
        let product = operator
            .product(product["id"].as_str().expect("an id"))
            .await;
        assert_eq!(product["status"], "cancelled", "{product}");
        operator.oss.clear_scripts();
        operator.oss.release("");
        operator.settle().await;
        let order = operator.order(&id).await;
        assert_eq!(
            order["state"],
            "completed",
            "{order}\n{}",
            operator.story(&id).await
        );
        assert_eq!(items_of(&order).len(), 1);
        let active = operator.active_services().len();
        let own = product_of(&operator, &order, "1").await;
        assert_eq!(
            own["realizingService"].as_array().map(Vec::len),
            Some(active),
            "{own}"
        );
        operator.stop().await;
    });
}

#[test]
fn beyond_the_point_of_no_return_the_items_stay_as_they_were() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("rfs-internet-session", Deed::Hold);
        let mut order = sample::order("order-fibre-pending").expect("a sample order");
        order["productOrderItem"][0]["appointment"] = json!({
            "@type": "AppointmentRef", "id": "appointment-1", "@referredType": "Appointment"
        });
        let order = operator.place_document(&order).await;
        let id = order["id"].as_str().expect("an id").to_owned();
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        let before = operator.order(&id).await;
        let mut items = items_of(&before);
        items[0]["productOffering"] = json!({
            "@type": "ProductOfferingRef", "id": "fibre-500", "@referredType": "ProductOffering"
        });
        operator
            .patch(&id, &json!({ "productOrderItem": items }))
            .await
            .must_be(200);
        operator.settle().await;
        let after = operator.order(&id).await;
        assert_eq!(
            after["productOrderItem"], before["productOrderItem"],
            "{after}"
        );
        assert_eq!(after["state"], "inProgress");
        assert!(
            reasons(&after)
                .iter()
                .any(|why| why.contains("1:activation")),
            "{after}"
        );
        operator.oss.clear_scripts();
        operator.oss.release("");
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        let after = operator.order(&id).await;
        assert_eq!(after["state"], "completed", "{after}");
        let access = product_of(&operator, &after, "1").await;
        assert_eq!(access["productOffering"]["id"], "fibre-1000", "{access}");
        operator.stop().await;
    });
}

#[test]
fn an_amendment_that_the_catalog_refuses_is_taken_back() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:access", Deed::Hold);
        let id = line(&operator).await;
        let before = operator.order(&id).await;
        let mut items = items_of(&before);
        items[0]["product"]["productCharacteristic"][0]["value"] = json!("carved in stone");
        operator
            .patch(&id, &json!({ "productOrderItem": items }))
            .await
            .must_be(200);
        operator.settle().await;
        let after = operator.order(&id).await;
        assert_eq!(
            after["productOrderItem"], before["productOrderItem"],
            "{after}"
        );
        assert!(
            reasons(&after).iter().any(|why| why.contains("simType")),
            "{after}"
        );
        operator.oss.clear_scripts();
        operator.oss.release("");
        operator.settle().await;
        let done = operator.order(&id).await;
        assert_eq!(done["state"], "completed");
        assert!(!reasons(&done).is_empty(), "what was said stays: {done}");
        operator.stop().await;
    });
}

#[test]
fn an_order_is_amended_before_it_begins() {
    each_database(async |database| {
        let (operator, clock) = Operator::at_rest(database).await;
        let mut order = sample::order("order-mobile").expect("a sample order");
        order["requestedStartDate"] = json!("2030-01-01T09:00:00Z");
        let order = operator.place_document(&order).await;
        let id = order["id"].as_str().expect("an id");
        operator.settle().await;
        let items: Vec<Value> = items_of(&operator.order(id).await)
            .into_iter()
            .take(1)
            .collect();
        operator
            .patch(id, &json!({ "productOrderItem": items }))
            .await
            .must_be(200);
        operator.settle().await;
        assert_eq!(operator.state(id).await, "acknowledged");
        clock.advance_millis(3_600_000);
        operator.settle().await;
        operator.complete_by_hand(id).await;
        let done = operator.order(id).await;
        assert_eq!(done["state"], "completed", "{done}");
        let products = operator.get("/tmf-api/productInventory/v5/product").await;
        assert_eq!(products.as_array().map(Vec::len), Some(1), "{products}");
        operator.stop().await;
    });
}

#[test]
fn another_priority_is_another_place_in_the_queue() {
    each_database(async |database| {
        let (operator, _clock) = Operator::at_rest(database).await;
        for id in ["first", "second"] {
            let mut order = sample::order("order-mobile").expect("a sample order");
            order["id"] = json!(id);
            order["requestedStartDate"] = json!("2030-01-01T09:00:00Z");
            operator.place_document(&order).await;
            operator.settle().await;
        }
        for (id, priority) in [("second", "0"), ("first", "0"), ("second", "1")] {
            let patch = json!({ "priority": priority });
            operator.patch(id, &patch).await.must_be(200);
            operator.settle().await;
            let store = &operator.server.parts().fulfilment.store;
            let due = store.point(|session| session.due_runs(i64::MAX, 10));
            let due = due.await.expect("the queue");
            let order: Vec<&str> = due.iter().map(|(due, _)| due.order.as_str()).collect();
            match (id, priority) {
                ("second", "0") => assert_eq!(order, ["second", "first"]),
                _ => assert_eq!(order[0], "first"),
            }
        }
        operator.stop().await;
    });
}
