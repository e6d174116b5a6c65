//! Two orders for one product.

use tollgate::cli::config::SecondOrder;
use tollgate::ordering::southbound::Version;
use tollgate::oss_sim::Deed;

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
