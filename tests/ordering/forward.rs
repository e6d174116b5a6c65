//! Orders that go well: what they leave in the inventories.

use serde_json::Value;

use super::{characteristic, completed};
use crate::support::{Operator, each_database, item_of};

#[test]
fn a_mobile_order_is_fulfilled_and_its_products_are_active() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = completed(&operator, "order-mobile").await;
        let order = operator.order(&id).await;
        assert!(order["completionDate"].is_string(), "{order}");
        let prices = order["orderTotalPrice"].as_array().expect("prices");
        assert!(!prices.is_empty());

        let line = product_of(&operator, &order, "1").await;
        assert_eq!(line["status"], "active", "{line}");
        assert_eq!(line["name"], "Mobile M");
        assert_eq!(line["productOffering"]["id"], "mobile-m");
        assert_eq!(line["productSpecification"]["id"], "mobile-line");
        assert_eq!(characteristic(&line, "simType"), "physical");
        assert!(characteristic(&line, "msisdn").is_string(), "{line}");
        assert!(characteristic(&line, "iccid").is_string(), "{line}");
        assert!(line["startDate"].is_string(), "{line}");
        assert!(
            line["productPrice"]
                .as_array()
                .is_some_and(|p| !p.is_empty()),
            "{line}"
        );
        // What usage costs is no agreement with this customer; it stands in the catalog.
        let is_usage = |price: &Value| price["priceType"] == "usage";
        let item = order["productOrderItem"][0]["itemPrice"].as_array();
        assert!(
            item.is_some_and(|list| list.iter().any(is_usage)),
            "{order}"
        );
        let own = line["productPrice"].as_array();
        assert!(!own.is_some_and(|list| list.iter().any(is_usage)), "{line}");
        assert_eq!(line["productOrderItem"][0]["orderId"], id.as_str());
        let services = line["realizingService"].as_array().expect("services");
        assert!(services.len() >= 5, "{line}");

        let insurance = product_of(&operator, &order, "3").await;
        assert_eq!(insurance["status"], "active");
        assert!(insurance["realizingService"].is_null(), "{insurance}");
        operator.stop().await;
    });
}

#[test]
fn an_option_is_named_by_the_line_that_it_relies_on() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = completed(&operator, "order-mobile-ported").await;
        let order = operator.order(&id).await;
        let line = product_of(&operator, &order, "1").await;
        let roaming = product_of(&operator, &order, "2").await;
        let relations = line["productRelationship"].as_array().expect("relations");
        assert_eq!(relations.len(), 1, "{line}");
        assert_eq!(relations[0]["relationshipType"], "enables");
        assert_eq!(relations[0]["id"], roaming["id"]);
        operator.stop().await;
    });
}

#[test]
fn what_was_sent_and_realised_is_shown_in_both_versions() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = completed(&operator, "order-mobile").await;
        let line = product_of(&operator, &operator.order(&id).await, "1").await;
        let mut requests = operator.requests(&id);
        requests.sort();
        let expected = [
            "access",
            "core",
            "data",
            "sim-profile",
            "voice",
            "voicemail",
        ];
        assert_eq!(requests, expected.map(|name| format!("add 1:{name}")));
        for version in ["v4", "v5"] {
            let path = format!("/tmf-api/serviceOrdering/{version}/serviceOrder");
            let orders = operator.get(&path).await;
            let orders = orders.as_array().expect("a list");
            assert_eq!(orders.len(), requests.len());
            for order in orders {
                assert_eq!(order["state"], "completed", "{order}");
                let sent = format!("{id}.1.");
                let named = order["externalId"].as_str();
                assert!(named.is_some_and(|name| name.starts_with(&sent)), "{order}");
                let wanted = &order["serviceOrderItem"][0];
                assert_eq!(wanted["action"], "add", "{order}");
                assert_eq!(wanted["state"], "completed", "{order}");
            }
            for service in line["realizingService"].as_array().expect("services") {
                let own = service["id"].as_str().expect("an id");
                let path = format!("/tmf-api/serviceInventory/{version}/service/{own}");
                let service = operator.get(&path).await;
                assert_eq!(service["state"], "active", "{service}");
            }
        }
        let active = operator.active_services();
        for service in line["realizingService"].as_array().expect("services") {
            let own = service["id"].as_str().expect("an id");
            assert!(
                active.iter().any(|id| own.ends_with(id.as_str())),
                "{own}: {active:?}"
            );
        }
        operator.stop().await;
    });
}

#[test]
fn a_fibre_bundle_has_its_parts_with_places_and_relations() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = completed(&operator, "order-fibre").await;
        let order = operator.order(&id).await;
        let bundle = product_of(&operator, &order, "1").await;
        assert_eq!(bundle["isBundle"], true, "{bundle}");
        let parts = bundled(&bundle);
        assert_eq!(parts.len(), 5, "{bundle}");
        for part in &parts {
            let part = operator.product(part).await;
            assert_eq!(part["status"], "active", "{part}");
        }
        let access = product_of(&operator, &order, "1.1").await;
        assert!(parts.iter().any(|part| access["id"] == part.as_str()));
        assert_eq!(access["place"][0]["place"]["city"], "Graz", "{access}");
        assert!(
            characteristic(&access, "ontSerialNumber").is_string(),
            "{access}"
        );
        let seen = operator.oss.orders();
        let port = seen.iter().find(|taken| {
            let id = taken.external_id.as_deref().unwrap_or_default();
            id.ends_with("1.1:port")
        });
        let port = port.expect("the port was ordered");
        assert!(
            port.body.to_string().contains("Herrengasse 7"),
            "{}",
            port.body
        );
        operator.stop().await;
    });
}

#[test]
fn a_network_with_three_sites_a_family_and_a_fleet_are_fulfilled() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        for (sample, bundle) in [
            ("order-vpn", "1"),
            ("order-family", "1"),
            ("order-fleet", "1"),
        ] {
            let id = completed(&operator, sample).await;
            let order = operator.order(&id).await;
            let bundle = product_of(&operator, &order, bundle).await;
            assert_eq!(bundle["status"], "active", "{bundle}");
            assert!(bundled(&bundle).len() >= 3, "{sample}: {bundle}");
            for part in bundled(&bundle) {
                let part = operator.product(&part).await;
                assert_eq!(part["status"], "active", "{sample}: {part}");
            }
            let plan = operator.plan(&id).await;
            assert_eq!(
                plan["progress"]["done"], plan["progress"]["total"],
                "{plan}"
            );
        }
        assert!(operator.fallouts().await.is_empty());
        operator.stop().await;
    });
}

#[test]
fn numbers_of_other_operators_and_nested_options_are_fulfilled() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = completed(&operator, "order-mobile-ported").await;
        let line = product_of(&operator, &operator.order(&id).await, "1").await;
        let number = characteristic(&line, "msisdn");
        let number = number.as_str().unwrap_or_default();
        assert!(
            number.starts_with("+9996609"),
            "ported, not from the pool: {line}"
        );
        let sent = operator.requests(&id);
        assert!(
            !sent.iter().any(|request| request.ends_with("voicemail")),
            "{sent:?}"
        );
        operator.stop().await;
    });
}

/// The product of an item of an order.
pub async fn product_of(operator: &Operator, order: &Value, item: &str) -> Value {
    let item = item_of(order, item).expect("the item");
    let product = item["product"]["id"].as_str();
    operator
        .product(product.unwrap_or_else(|| panic!("no product: {item}")))
        .await
}

/// Products that a product bundles.
pub fn bundled(product: &Value) -> Vec<String> {
    let relations = product["productRelationship"].as_array();
    let relations = relations.into_iter().flatten();
    let bundles = relations.filter(|relation| relation["relationshipType"] == "bundles");
    let id = |relation: &Value| {
        let direct = relation["id"].as_str();
        direct
            .or_else(|| relation["product"]["id"].as_str())
            .map(str::to_owned)
    };
    bundles.filter_map(id).collect()
}
