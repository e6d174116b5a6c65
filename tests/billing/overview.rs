//! Whoever has a customer on the telephone sees bills and usage.

use serde_json::{Value, json};

use super::run::{ACCOUNTS, account, begin_with, monthly, run};
use crate::rating::payers::{line, make};
use crate::rating::plan::{call, read, stream};
use crate::support::each_database;

const CUSTOMERS: &str = "/tmf-api/customerManagement/v5/customer";

#[test]
fn the_overview_of_a_customer_has_its_newest_bills_and_its_last_usage() {
    each_database(async |database| {
        let (server, _clock) = begin_with(database, |_| {}).await;
        let party = json!({ "@type": "Individual", "givenName": "Ada", "familyName": "Horn" });
        let body = json!({ "@type": "Customer", "id": "ada", "name": "Ada Horn", "status": "Active",
            "engagedParty": party });
        make(&server, CUSTOMERS, &body).await;
        let related = json!([{ "@type": "RelatedPartyRefOrPartyRoleRef", "role": "customer",
            "partyOrPartyRole": { "@type": "PartyRoleRef", "id": "ada", "@referredType": "Customer" } }]);
        let path = format!("{ACCOUNTS}/acme");
        for id in ["acme", "other"] {
            account(&server, id).await;
        }
        let own = json!({ "relatedParty": related.clone() });
        server
            .send(reqwest::Method::PATCH, &path, &own)
            .await
            .must_be(200);
        let price = json!({ "startDate": "2029-12-01T00:00:00Z", "productPrice": monthly(31.0),
            "relatedParty": related });
        line(&server, "49170", Some("acme"), price).await;
        let price = json!({ "startDate": "2029-12-01T00:00:00Z", "productPrice": monthly(31.0) });
        line(&server, "49171", Some("other"), price).await;
        let calls = (1..=25).map(|n| {
            call(
                &format!("c{n}"),
                "49170",
                &format!("2029-12-{n:02}T10:00:00Z"),
                60,
            )
        });
        let calls: Vec<Value> = calls
            .chain([call("not ours", "49171", "2029-12-31T10:00:00Z", 60)])
            .collect();
        stream(&server, &calls).await;
        run(&server, json!({})).await;

        let shown = read(&server, "/tollgate/v1/customer/ada/overview").await;
        let bills = shown["customerBill"].as_array().expect("bills");
        assert_eq!(bills.len(), 1, "{shown}");
        assert_eq!(bills[0]["billingAccount"]["id"], "acme");
        let usage = shown["usage"].as_array().expect("usage");
        let dates: Vec<&str> = usage
            .iter()
            .map(|own| &own["usageDate"].as_str().expect("a date")[..10])
            .collect();
        let last: Vec<String> = (6..=25).rev().map(|n| format!("2029-12-{n:02}")).collect();
        assert_eq!(dates, last);
        server.stop().await;
    });
}
