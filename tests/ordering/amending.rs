//! Orders that amend other orders.

use serde_json::{Value, json};
use tollgate::oss_sim::Deed;
use tollgate::sample;

use super::amend::{items_of, line, roaming};
use super::forward::product_of;
use super::reasons;
use crate::support::{Operator, each_database};

/// An order for some items that amends others.
fn amending(others: &[&str], items: &[Value]) -> Value {
    let relation = |id: &&str| {
        json!({
            "@type": "OrderRelationship", "id": id, "relationshipType": "amends",
            "@referredType": "ProductOrder",
        })
    };
    json!({
        "@type": "ProductOrder",
        "orderRelationship": others.iter().map(relation).collect::<Value>(),
        "productOrderItem": items,
    })
}

async fn place(operator: &Operator, order: &Value) -> String {
    let order = operator.place_document(order).await;
    order["id"].as_str().expect("an id").to_owned()
}

/// Lets the OSS do everything, and people too.
async fn finish(operator: &Operator, id: &str) -> Value {
    operator.oss.clear_scripts();
    operator.oss.release("");
    operator.settle().await;
    operator.complete_by_hand(id).await;
    let order = operator.order(id).await;
    let story = operator.story(id).await;
    assert_eq!(order["state"], "completed", "{order}\n{story}");
    order
}

#[test]
fn another_order_adds_an_item_to_a_running_one() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:access", Deed::Hold);
        let id = line(&operator).await;
        let mut order = amending(&[&id], &[roaming()]);
        order["priority"] = json!("1");
        let by = place(&operator, &order).await;
        operator.settle().await;
        let story = operator.story(&id).await;
        let amending = operator.order(&by).await;
        assert_eq!(amending["state"], "completed", "{amending}\n{story}");
        assert!(amending["completionDate"].is_string(), "{amending}");
        assert_eq!(amending["productOrderItem"][0]["state"], "completed");
        assert!(
            operator.requests(&by).is_empty(),
            "it is no work of its own"
        );
        assert!(
            story.contains(&format!("amended by the order {by}")),
            "{story}"
        );
        let order = operator.order(&id).await;
        assert_eq!(order["state"], "inProgress");
        assert_eq!(order["priority"], "1");
        assert_eq!(items_of(&order).len(), 2, "{order}");
        let order = finish(&operator, &id).await;
        assert_eq!(product_of(&operator, &order, "2").await["status"], "active");
        assert_eq!(operator.plan(&id).await["plan"]["revision"], 2);
        operator.stop().await;
    });
}

#[test]
fn items_are_replaced_and_taken_out() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:access", Deed::Hold);
        let id = line(&operator).await;
        let added = amending(&[&id], &[roaming()]);
        // In v4 it is an attribute of ours.
        let path = "/tmf-api/productOrderingManagement/v4/productOrder";
        let added = operator.post(path, &added).await.must_be(201).json();
        operator.settle().await;
        let added = added["id"].as_str().expect("an id");
        assert_eq!(operator.state(added).await, "completed");

        let mut larger = items_of(&operator.order(&id).await)[0].clone();
        larger["id"] = json!("larger");
        larger["productOffering"]["id"] = json!("mobile-l");
        larger["productOffering"]["name"] = json!("Mobile L");
        for own in ["state", "itemPrice", "itemTotalPrice"] {
            larger.as_object_mut().expect("an item").shift_remove(own);
        }
        larger["productOrderItemRelationship"] = json!([
            { "@type": "OrderItemRelationship", "id": "1", "relationshipType": "amends" }
        ]);
        let without = json!({ "@type": "ProductOrderItem", "id": "2", "action": "delete" });
        let by = place(&operator, &amending(&[&id], &[larger, without])).await;
        operator.settle().await;
        let amending = operator.order(&by).await;
        assert_eq!(amending["state"], "completed", "{amending}");
        let order = finish(&operator, &id).await;
        let items = items_of(&order);
        assert_eq!(items.len(), 1, "{order}");
        assert_eq!(items[0]["id"], "1");
        let product = product_of(&operator, &order, "1").await;
        assert_eq!(product["productOffering"]["id"], "mobile-l", "{product}");
        operator.stop().await;
    });
}

#[test]
fn what_is_missing_comes_with_another_order() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let order = sample::order("order-fibre-pending").expect("a sample order");
        let id = place(&operator, &order).await;
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "pending");
        let mut item = order["productOrderItem"][0].clone();
        let by = place(&operator, &amending(&[&id], std::slice::from_ref(&item))).await;
        operator.settle().await;
        assert_eq!(operator.state(&by).await, "completed");
        assert_eq!(operator.state(&id).await, "pending", "it is as before");
        item["productOffering"]["id"] = json!("nothing-of-the-kind");
        let by = place(&operator, &amending(&[&id], std::slice::from_ref(&item))).await;
        operator.settle().await;
        assert_eq!(operator.state(&by).await, "rejected");
        assert_eq!(operator.state(&id).await, "pending");
        item = order["productOrderItem"][0].clone();
        item["appointment"] = json!({
            "@type": "AppointmentRef", "id": "appointment-1", "@referredType": "Appointment"
        });
        let by = place(&operator, &amending(&[&id], &[item])).await;
        operator.settle().await;
        assert_eq!(operator.state(&by).await, "completed");
        assert_eq!(operator.state(&id).await, "inProgress");
        finish(&operator, &id).await;
        operator.stop().await;
    });
}

#[test]
fn an_amendment_beyond_the_point_of_no_return_is_rejected() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("rfs-internet-session", Deed::Hold);
        let mut order = sample::order("order-fibre-pending").expect("a sample order");
        order["productOrderItem"][0]["appointment"] = json!({
            "@type": "AppointmentRef", "id": "appointment-1", "@referredType": "Appointment"
        });
        let id = place(&operator, &order).await;
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        let before = operator.order(&id).await;
        let mut slower = order["productOrderItem"][0].clone();
        slower["productOffering"]["id"] = json!("fibre-500");
        let by = place(&operator, &amending(&[&id], &[slower])).await;
        operator.settle().await;
        let amending = operator.order(&by).await;
        assert_eq!(amending["state"], "rejected", "{amending}");
        let why = reasons(&amending);
        assert!(
            why.iter().any(|why| why.contains("1:activation")),
            "{amending}"
        );
        let after = operator.order(&id).await;
        assert_eq!(after["productOrderItem"], before["productOrderItem"]);
        assert!(reasons(&after).is_empty(), "it goes on as it was: {after}");
        finish(&operator, &id).await;
        operator.stop().await;
    });
}

#[test]
fn several_amendments_are_followed_one_after_the_other() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:access", Deed::Hold);
        let id = line(&operator).await;
        let mut about_nothing = roaming();
        about_nothing["productOrderItemRelationship"] = json!([
            { "@type": "OrderItemRelationship", "id": "9", "relationshipType": "amends" }
        ]);
        let as_it_is = json!({ "@type": "ProductOrderItem", "id": "1", "action": "noChange" });
        let mut orders = Vec::new();
        for (item, state) in [
            (roaming(), "completed"),
            (about_nothing, "rejected"),
            (as_it_is, "completed"),
        ] {
            let mut order = amending(&[&id], &[item]);
            if orders.len() == 2 {
                order["priority"] = json!("0");
            }
            orders.push((place(&operator, &order).await, state));
        }
        operator.settle().await;
        for (by, state) in orders {
            let order = operator.order(&by).await;
            assert_eq!(order["state"], state, "{order}");
        }
        let order = finish(&operator, &id).await;
        assert_eq!(items_of(&order).len(), 2, "{order}");
        assert_eq!(order["priority"], "0");
        assert_eq!(operator.plan(&id).await["plan"]["revision"], 3);
        operator.stop().await;
    });
}

#[test]
fn what_cannot_be_amended_is_said() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let ended = line(&operator).await;
        assert_eq!(operator.state(&ended).await, "completed");
        for (order, why) in [
            (amending(&[&ended], &[roaming()]), "has ended"),
            (amending(&["a", "b"], &[roaming()]), "one other order"),
            (amending(&["nobody"], &[roaming()]), "no order 'nobody'"),
        ] {
            let by = place(&operator, &order).await;
            operator.settle().await;
            let order = operator.order(&by).await;
            assert_eq!(order["state"], "rejected", "{order}");
            let said = reasons(&order);
            assert!(said.iter().any(|said| said.contains(why)), "{order}");
        }
        operator.stop().await;
    });
}
