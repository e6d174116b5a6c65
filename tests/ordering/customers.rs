//! What orders mean for the customer that places them.

use serde_json::{Value, json};

use crate::support::{Operator, each_database, id};

#[test]
fn a_customer_with_an_open_order_stays() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let path = "/tmf-api/customerManagement/v5/customer";
        let party = json!({"@type": "Individual", "givenName": "Ada", "familyName": "Horn"});
        let body = json!({"@type": "Customer", "name": "Ada Horn", "status": "Active", "engagedParty": party});
        let customer = id(&operator.post(path, &body).await.must_be(201).json());
        let mut order = tollgate::sample::order("order-mobile").expect("a sample order");
        order["relatedParty"] = json!([{
            "@type": "RelatedPartyRefOrPartyRoleRef", "role": "customer",
            "partyOrPartyRole": {"@type": "PartyRoleRef", "id": customer, "@referredType": "Customer"}
        }]);
        let order = id(&operator.place_document(&order).await);
        operator.settle().await;

        let path = format!("{path}/{customer}");
        for status in ["Suspended", "Terminated"] {
            let refused = change(&operator, &path, status).await.must_fail(409);
            assert_eq!(refused.violations(), ["/status"]);
            assert!(refused.body.contains(&order), "{}", refused.body);
        }
        let shown = overview(&operator, &customer).await;
        assert_eq!(shown["productOrder"][0]["id"], order.as_str());
        let active = |shown: &Value| {
            let products = shown["product"].as_array().expect("a list");
            products.iter().filter(|p| p["status"] == "active").count()
        };
        assert_eq!(active(&shown), 0);

        operator.complete_by_hand(&order).await;
        assert_eq!(operator.state(&order).await, "completed");
        let shown = overview(&operator, &customer).await;
        assert_eq!(shown["productOrder"], json!([]));
        assert_eq!(active(&shown), 3, "{shown}");
        change(&operator, &path, "Suspended").await.must_be(200);
        operator.stop().await;
    });
}

async fn change(operator: &Operator, path: &str, status: &str) -> crate::support::Answer {
    let body = json!({"@type": "Customer", "status": status});
    operator
        .server
        .send(reqwest::Method::PATCH, path, &body)
        .await
}

async fn overview(operator: &Operator, customer: &str) -> Value {
    let path = format!("/tollgate/v1/customer/{customer}/overview");
    operator.server.get(&path).await.must_be(200).json()
}
