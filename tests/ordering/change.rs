//! Orders that change and end what a customer has.

use tollgate::engine::Caller;
use tollgate::store::usage::IdentifierRow;

use super::forward::product_of;
use super::{characteristic, completed};
use crate::support::{Operator, each_database};

/// What a product is, or was, known by in the network.
fn known_by(operator: &Operator, product: &str) -> Vec<IdentifierRow> {
    let store = &operator.server.parts().engine.store;
    let tenant = Caller::local().tenant;
    let rows = store.read_blocking(|session| session.identifiers_of(tenant, product));
    rows.expect("rows")
}

#[test]
fn only_what_changes_is_sent_and_what_ends_is_gone() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let first = completed(&operator, "order-mobile").await;
        let line = product_of(&operator, &operator.order(&first).await, "1").await;
        let phone = product_of(&operator, &operator.order(&first).await, "2").await;
        let product = line["id"].as_str().expect("an id").to_owned();
        let number = characteristic(&line, "msisdn");
        let known = known_by(&operator, &product);
        assert!(known.iter().any(|row| row.name == "msisdn"), "{known:?}");
        assert!(
            known.iter().all(|row| row.valid_to == i64::MAX),
            "{known:?}"
        );

        let upgrade = completed(&operator, "order-mobile-upgrade").await;
        let mut sent = operator.requests(&upgrade);
        sent.sort();
        assert_eq!(sent, ["delete 1:voicemail", "modify 1:data"]);
        let larger = operator.product(&product).await;
        assert_eq!(larger["productOffering"]["id"], "mobile-l", "{larger}");
        assert_eq!(larger["status"], "active");
        assert_eq!(characteristic(&larger, "voicemail"), false);
        assert_eq!(characteristic(&larger, "msisdn"), number);
        assert_eq!(
            larger["productOrderItem"].as_array().map(Vec::len),
            Some(2),
            "{larger}"
        );
        let services = |of: &serde_json::Value| of["realizingService"].as_array().map(Vec::len);
        assert_eq!(
            services(&larger).map(|n| n + 1),
            services(&line),
            "{larger}"
        );

        let before = characteristic(&larger, "iccid");
        let esim = completed(&operator, "order-mobile-esim").await;
        let sent = operator.requests(&esim);
        assert_eq!(
            sent,
            [
                "add 1:sim-profile",
                "modify 1:core",
                "modify 1:access",
                "delete 1:sim-profile.old"
            ]
        );
        let now = operator.product(&product).await;
        assert_ne!(characteristic(&now, "iccid"), before, "{now}");
        let known = known_by(&operator, &product);
        let mut cards: Vec<i64> = known
            .iter()
            .filter(|row| row.name == "iccid")
            .map(|row| row.valid_to)
            .collect();
        cards.sort_unstable();
        assert_eq!(cards.len(), 2, "{known:?}");
        assert!(cards[0] < i64::MAX && cards[1] == i64::MAX, "{known:?}");

        let end = completed(&operator, "order-mobile-end").await;
        let ended = operator.product(&product).await;
        assert_eq!(ended["status"], "terminated", "{ended}");
        assert!(ended["terminationDate"].is_string());
        let known = known_by(&operator, &product);
        assert!(known.iter().all(|row| row.valid_to < i64::MAX), "{known:?}");
        let tenant = Caller::local().tenant;
        let store = &operator.server.parts().fulfilment.store;
        let numbers = store
            .point(move |session| session.all_numbers(tenant))
            .await;
        let numbers = numbers.expect("the numbers");
        assert!(!numbers.is_empty());
        assert!(
            numbers.iter().all(|(_, order)| order.is_none()),
            "the number is free again"
        );
        let phone = operator.product(phone["id"].as_str().expect("an id")).await;
        assert_eq!(phone["status"], "active", "{phone}");
        let sent = operator.requests(&end);
        assert!(
            sent.iter().all(|request| request.starts_with("delete ")),
            "{sent:?}"
        );
        assert!(
            operator.active_services().is_empty(),
            "{:?}",
            operator.active_services()
        );
        let services = operator
            .get("/tmf-api/serviceInventory/v5/service?limit=100")
            .await;
        for service in services.as_array().expect("a list") {
            assert_eq!(service["state"], "terminated", "{service}");
        }
        operator.stop().await;
    });
}

#[test]
fn a_bundle_grows_and_ends_with_all_its_parts() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let first = completed(&operator, "order-fibre").await;
        let bundle = product_of(&operator, &operator.order(&first).await, "1").await;
        let bundle = bundle["id"].as_str().expect("an id").to_owned();
        let faster = completed(&operator, "order-fibre-faster").await;
        let sent = operator.requests(&faster);
        assert!(
            !sent.iter().any(|request| request.contains("1.1:port")),
            "{sent:?}"
        );
        let larger = operator.product(&bundle).await;
        assert_eq!(larger["productOffering"]["id"], "home-trio", "{larger}");
        let parts = super::forward::bundled(&larger);
        assert_eq!(parts.len(), 8, "five and three more: {larger}");

        completed(&operator, "order-fibre-end").await;
        assert_eq!(operator.product(&bundle).await["status"], "terminated");
        for part in parts {
            let part = operator.product(&part).await;
            assert_eq!(part["status"], "terminated", "{part}");
        }
        assert!(
            operator.active_services().is_empty(),
            "{:?}",
            operator.active_services()
        );
        operator.stop().await;
    });
}
