//! Two orders for one product.

use serde_json::{Value, json};
use tollgate::cli::config::SecondOrder;
use tollgate::ordering::southbound::Version;
use tollgate::oss_sim::Deed;
use tollgate::sample;

use super::amend::{items_of, line};
use super::forward::product_of;
use super::{completed, placed, reasons};
use crate::support::{Operator, Setup, each_database, quick};

#[test]
fn the_second_order_waits_until_the_first_is_through() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        completed(&operator, "order-mobile").await;
        operator.meet("order-mobile-upgrade.1.1:data", Deed::Hold);
        let first = placed(&operator, "order-mobile-upgrade").await;
        let second = placed(&operator, "order-mobile-esim").await;
        assert_eq!(operator.state(&first).await, "inProgress");
        assert_eq!(operator.state(&second).await, "acknowledged");
        assert!(operator.requests(&second).is_empty());
        operator.oss.release("");
        operator.settle().await;
        assert_eq!(operator.state(&first).await, "completed");
        assert_eq!(
            operator.state(&second).await,
            "completed",
            "{}",
            operator.story(&second).await
        );
        let ids: Vec<String> = operator
            .oss
            .orders()
            .into_iter()
            .filter_map(|order| order.external_id)
            .collect();
        let last = ids
            .iter()
            .rposition(|id| id.starts_with(&first))
            .expect("the first");
        let begun = ids
            .iter()
            .position(|id| id.starts_with(&second))
            .expect("the second");
        assert!(last < begun, "{ids:?}");
        operator.stop().await;
    });
}

#[test]
fn a_waiting_order_can_be_cancelled_and_makes_way() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        completed(&operator, "order-mobile").await;
        operator.meet("order-mobile-upgrade.1.1:data", Deed::Hold);
        let first = placed(&operator, "order-mobile-upgrade").await;
        let second = placed(&operator, "order-mobile-esim").await;
        let third = placed(&operator, "order-mobile-end").await;
        let task = operator.cancel(&second, &[]).await;
        operator.settle().await;
        assert_eq!(operator.state(&second).await, "cancelled");
        assert_eq!(operator.cancellation(&task).await["state"], "done");
        assert_eq!(operator.state(&third).await, "acknowledged");
        operator.oss.release("");
        operator.settle().await;
        assert_eq!(operator.state(&first).await, "completed");
        assert_eq!(
            operator.state(&third).await,
            "completed",
            "{}",
            operator.story(&third).await
        );
        assert!(operator.requests(&second).is_empty());
        assert!(operator.active_services().is_empty());
        operator.stop().await;
    });
}

#[test]
fn a_waiting_order_can_be_deleted_and_makes_way() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        completed(&operator, "order-mobile").await;
        operator.meet("order-mobile-upgrade.1.1:data", Deed::Hold);
        let first = placed(&operator, "order-mobile-upgrade").await;
        let second = placed(&operator, "order-mobile-esim").await;
        let third = placed(&operator, "order-mobile-end").await;
        let delete = async |id: &str| {
            let path = format!("/tmf-api/productOrderingManagement/v5/productOrder/{id}");
            let delete = reqwest::Method::DELETE;
            operator.server.send(delete, &path, &json!({})).await
        };
        delete(&first).await.must_fail(409);
        delete(&second).await.must_be(204);
        operator.oss.release("");
        operator.settle().await;
        assert_eq!(operator.state(&first).await, "completed");
        let story = operator.story(&third).await;
        assert_eq!(operator.state(&third).await, "completed", "{story}");
        delete(&first).await.must_be(204);
        operator.stop().await;
    });
}

#[test]
fn by_policy_the_second_order_is_rejected() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.ordering.second_order = SecondOrder::Reject;
        let operator = Operator::with(setup, quick(), Version::V5).await;
        completed(&operator, "order-mobile").await;
        operator.meet("order-mobile-upgrade.1.1:data", Deed::Hold);
        let first = placed(&operator, "order-mobile-upgrade").await;
        let second = placed(&operator, "order-mobile-esim").await;
        let order = operator.order(&second).await;
        assert_eq!(order["state"], "rejected", "{order}");
        assert!(
            reasons(&order).iter().any(|why| why.contains(&first)),
            "{order}"
        );
        operator.oss.release("");
        operator.settle().await;
        assert_eq!(operator.state(&first).await, "completed");
        let third = completed(&operator, "order-mobile-end").await;
        assert!(operator.requests(&second).is_empty());
        assert!(!operator.requests(&third).is_empty());
        operator.stop().await;
    });
}

/// Id of the line of an order that was completed.
async fn line_of(operator: &Operator, order: &str) -> String {
    let order = operator.order(order).await;
    let product = product_of(operator, &order, "1").await;
    product["id"].as_str().expect("an id").to_owned()
}

/// An item that changes a line, as a sample order has it.
fn changes(sample: &str, item: &str, product: &str) -> Value {
    let mut order = sample::order(sample).expect("a sample order");
    let changed = &mut order["productOrderItem"][0];
    changed["id"] = json!(item);
    changed["product"]["id"] = json!(product);
    changed.clone()
}

/// An order of one item.
async fn order_of(operator: &Operator, id: &str, item: Value) {
    let mut order = sample::order("order-mobile-esim").expect("a sample order");
    order["id"] = json!(id);
    order["productOrderItem"] = json!([item]);
    operator.place_document(&order).await;
    operator.settle().await;
}

/// Adds an item to an order.
async fn add(operator: &Operator, order: &str, item: &Value) {
    let mut items = items_of(&operator.order(order).await);
    items.push(item.clone());
    let patch = json!({ "productOrderItem": items });
    operator.patch(order, &patch).await.must_be(200);
    operator.settle().await;
}

/// A line that an order is at work on, and a running order to which a change of that line was added.
async fn crossing(operator: &Operator) -> (String, String) {
    let mobile = completed(operator, "order-mobile").await;
    let product = line_of(operator, &mobile).await;
    operator.meet("order-mobile-upgrade.1.1:data", Deed::Hold);
    let first = placed(operator, "order-mobile-upgrade").await;
    operator.meet("1:access", Deed::Hold);
    let second = line(operator).await;
    add(
        operator,
        &second,
        &changes("order-mobile-esim", "9", &product),
    )
    .await;
    assert_eq!(operator.state(&second).await, "inProgress");
    (first, second)
}

#[test]
fn an_amendment_waits_for_the_order_that_works_on_its_product() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let (first, second) = crossing(&operator).await;
        assert_eq!(operator.plan(&second).await["waiting"], true);
        // Its own work could end, but not the order: it has yet to do what was added.
        operator.oss.clear_scripts();
        operator.oss.release(&second);
        operator.settle().await;
        assert_eq!(operator.state(&second).await, "inProgress");
        let about_it = |sent: &String| sent.contains(" 9:");
        assert!(!operator.requests(&second).iter().any(about_it));
        operator.oss.release("");
        operator.settle().await;
        assert_eq!(operator.state(&first).await, "completed");
        let story = operator.story(&second).await;
        assert_eq!(operator.state(&second).await, "completed", "{story}");
        assert!(operator.requests(&second).iter().any(about_it), "{story}");
        assert_eq!(operator.plan(&second).await["waiting"], false);
        let ids: Vec<String> = operator
            .oss
            .orders()
            .into_iter()
            .filter_map(|order| order.external_id)
            .collect();
        let last = ids.iter().rposition(|id| id.starts_with(&first));
        let begun = ids.iter().position(|id| id.contains(".9:"));
        assert!(last < begun, "{ids:?}");
        operator.stop().await;
    });
}

#[test]
fn an_order_whose_amendment_waits_can_be_cancelled() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let (first, second) = crossing(&operator).await;
        let task = operator.cancel(&second, &[]).await;
        operator.settle().await;
        operator.oss.clear_scripts();
        operator.oss.release(&second);
        operator.settle().await;
        let order = operator.order(&second).await;
        let story = operator.story(&second).await;
        assert_eq!(order["state"], "cancelled", "{story}");
        assert_eq!(operator.cancellation(&task).await["state"], "done");
        assert_eq!(items_of(&order).len(), 1, "{order}");
        let third = placed(&operator, "order-mobile-end").await;
        assert_eq!(operator.state(&third).await, "acknowledged");
        operator.oss.release("");
        operator.settle().await;
        assert_eq!(operator.state(&first).await, "completed");
        assert_eq!(operator.state(&third).await, "completed");
        operator.stop().await;
    });
}

#[test]
fn orders_never_wait_for_each_other() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let mobile = completed(&operator, "order-mobile").await;
        let one = line_of(&operator, &mobile).await;
        let other = line_of(&operator, &line(&operator).await).await;
        operator.meet("1:data", Deed::Hold);
        order_of(&operator, "a", changes("order-mobile-upgrade", "1", &one)).await;
        order_of(&operator, "b", changes("order-mobile-upgrade", "1", &other)).await;
        add(&operator, "b", &changes("order-mobile-esim", "9", &one)).await;
        assert_eq!(operator.plan("b").await["waiting"], true);
        add(&operator, "a", &changes("order-mobile-esim", "9", &other)).await;
        let order = operator.order("a").await;
        assert_eq!(items_of(&order).len(), 1, "{order}");
        let why = reasons(&order);
        assert!(
            why.iter().any(|why| why.contains("waits for this one")),
            "{order}"
        );
        operator.oss.clear_scripts();
        operator.oss.release("");
        operator.settle().await;
        for id in ["a", "b"] {
            let story = operator.story(id).await;
            assert_eq!(operator.state(id).await, "completed", "{story}");
        }
        operator.stop().await;
    });
}

#[test]
fn by_policy_the_amendment_is_refused() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.ordering.second_order = SecondOrder::Reject;
        let operator = Operator::with(setup, quick(), Version::V5).await;
        let (first, second) = crossing(&operator).await;
        let order = operator.order(&second).await;
        assert_eq!(items_of(&order).len(), 1, "{order}");
        assert!(
            reasons(&order).iter().any(|why| why.contains(&first)),
            "{order}"
        );
        operator.oss.clear_scripts();
        operator.oss.release("");
        operator.settle().await;
        for id in [first, second] {
            assert_eq!(operator.state(&id).await, "completed");
        }
        operator.stop().await;
    });
}
