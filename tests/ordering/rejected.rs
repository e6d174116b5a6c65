//! Orders that cannot be fulfilled: they are taken, and then rejected with reasons.

use serde_json::{Value, json};

use super::reasons;
use crate::support::{Operator, each_database};

fn order_of(items: Value) -> Value {
    json!({ "@type": "ProductOrder", "productOrderItem": items })
}

fn added(id: &str, offering: &str) -> Value {
    json!({
        "@type": "ProductOrderItem",
        "id": id,
        "action": "add",
        "productOffering": { "@type": "ProductOfferingRef", "id": offering },
    })
}

#[test]
fn an_item_without_offering_and_product_is_taken_and_then_rejected() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let bare = json!({ "@type": "ProductOrderItem", "id": "bare", "action": "add" });
        let order = operator
            .place_document(&order_of(json!([bare, added("good", "mobile-m")])))
            .await;
        assert_eq!(order["state"], "acknowledged");
        let id = order["id"].as_str().expect("an id");
        operator.settle().await;
        for version in ["v4", "v5"] {
            let path = format!("/tmf-api/productOrderingManagement/{version}/productOrder/{id}");
            let order = operator.get(&path).await;
            assert_eq!(order["state"], "rejected", "{order}");
            for item in order["productOrderItem"].as_array().expect("items") {
                assert_eq!(item["state"], "rejected", "{order}");
            }
            let errors = order["productOrderErrorMessage"]
                .as_array()
                .expect("errors");
            let about_bare = errors.iter().any(|error| {
                error["productOrderItem"][0]["productOrderItemId"] == "bare"
                    && error["reason"].is_string()
            });
            assert!(about_bare, "{version}: {order}");
        }
        assert!(operator.oss.orders().is_empty());
        operator.stop().await;
    });
}

#[test]
fn every_item_that_does_not_fit_the_catalog_has_its_reason() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let mut colour = added("colour", "aster-9");
        colour["product"] = json!({
            "@type": "Product",
            "productCharacteristic": [
                { "@type": "IntegerCharacteristic", "name": "storage", "value": 256 },
                { "@type": "StringCharacteristic", "name": "colour", "value": "infrared" },
            ],
        });
        let nobody = json!({
            "@type": "ProductOrderItem",
            "id": "nobody",
            "action": "delete",
            "product": { "@type": "ProductRef", "id": "no-such-product" },
        });
        let items = json!([added("unknown", "no-such-offering"), colour, nobody]);
        let order = operator.place_document(&order_of(items)).await;
        operator.settle().await;
        let order = operator.order(order["id"].as_str().expect("an id")).await;
        assert_eq!(order["state"], "rejected", "{order}");
        let errors = order["productOrderErrorMessage"]
            .as_array()
            .expect("errors");
        for item in ["unknown", "colour", "nobody"] {
            let about = |error: &&Value| error["productOrderItem"][0]["productOrderItemId"] == item;
            assert!(errors.iter().any(|error| about(&error)), "{item}: {order}");
        }
        assert!(
            reasons(&order)
                .iter()
                .any(|reason| reason.contains("graphite")),
            "{order}"
        );
        operator.stop().await;
    });
}

#[test]
fn an_order_that_ended_takes_no_changes() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let order = operator
            .place_document(&order_of(json!([added("1", "no-such-offering")])))
            .await;
        let id = order["id"].as_str().expect("an id");
        operator.settle().await;
        let items = json!({ "productOrderItem": [added("1", "mobile-m")] });
        operator.patch(id, &items).await.must_be(409);
        let task = operator.cancel(id, &[]).await;
        operator.settle().await;
        let task = operator.cancellation(&task).await;
        assert_eq!(task["state"], "terminatedWithError", "{task}");
        assert_eq!(operator.state(id).await, "rejected");
        let state = json!({ "state": "completed" });
        let refused = operator.patch(id, &state).await;
        assert!((400..500).contains(&refused.status), "{}", refused.body);
        operator.stop().await;
    });
}
