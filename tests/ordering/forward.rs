//! Orders that go well.

use crate::support::{Operator, each_database};

#[test]
fn a_mobile_order_is_fulfilled_and_its_products_are_active() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let order = operator.place("order-mobile").await;
        let id = order["id"].as_str().expect("an id").to_owned();
        assert_eq!(order["state"], "acknowledged");
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        let done = operator.order(&id).await;
        assert_eq!(done["state"], "completed", "{done}");
        operator.stop().await;
    });
}
