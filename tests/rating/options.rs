//! Options: products of their own that change what the usage of a line costs while they are there.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::charging::Owner;

use super::payers::{MARCH, PRODUCTS, costs, line, make, offer, patch};
use super::plan::{V4, call, read, stream};
use crate::support::{TestServer, each_server};

/// Two minutes of calls once.
async fn offer_pack(server: &TestServer) {
    let minutes = json!({
        "@type": "ProductOfferingPrice", "id": "minutes", "name": "2 minutes", "priceType": "allowance",
        "lifecycleStatus": "Active", "unitOfMeasure": { "amount": 2, "units": "min" },
        "popRelationship": [{
            "@type": "ProductOfferingPriceRelationship", "id": "calls", "relationshipType": "allowance" }],
    });
    offer_option(server, "pack", minutes).await;
}

/// Calls for 0.04 EUR a started minute.
async fn offer_cheaper(server: &TestServer) {
    let cheap = json!({
        "@type": "ProductOfferingPrice", "id": "cheap", "name": "Calls for less", "priceType": "usage",
        "lifecycleStatus": "Active",
        "price": { "unit": "EUR", "value": 0.04 }, "unitOfMeasure": { "amount": 1, "units": "minute" },
        "tax": [{ "@type": "TaxItem", "taxCategory": "VAT", "taxRate": 25 }],
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "perUnit",
            "characteristic": [{ "name": "increment", "value": [{ "from": 0, "step": 60 }] }],
        }],
    });
    offer_option(server, "cheaper", cheap).await;
}

async fn offer_option(server: &TestServer, id: &str, price: Value) {
    let reference = json!({ "@type": "ProductOfferingPriceRef", "id": price["id"] });
    let offering = json!({
        "@type": "ProductOffering", "id": id, "name": id, "lifecycleStatus": "Active",
        "productOfferingPrice": [reference] });
    server.v5().make("productOfferingPrice", price).await;
    server.v5().make("productOffering", offering).await;
}

async fn option(server: &TestServer, id: &str, offering: &str, start: &str) {
    let product = json!({
        "@type": "Product", "id": id, "status": "active", "startDate": start,
        "productOffering": { "@type": "ProductOfferingRef", "id": offering } });
    make(server, PRODUCTS, &product).await;
}

fn enables(options: &[&str]) -> Value {
    let relations = options.iter().map(
        |id| json!({ "@type": "ProductRelationship", "relationshipType": "enables", "id": id }),
    );
    json!({ "@type": "Product", "productRelationship": relations.collect::<Vec<Value>>() })
}

/// What a minute costs without tax.
async fn charged(server: &TestServer, record: &str, start: &str) -> String {
    let answer = stream(server, &[call(record, "491", start, 60)]).await;
    let id = answer["record"][0]["id"].as_str();
    let id = id.unwrap_or_else(|| panic!("{answer}"));
    let rated = read(server, &format!("{V4}/{id}")).await;
    let net = &rated["ratedProductUsage"][0]["taxExcludedRatingAmount"];
    net["value"].to_string()
}

fn used(server: &TestServer, owner: &str) -> Vec<(u64, u64)> {
    let read = server
        .parts()
        .engine
        .store
        .read_blocking(|session| session.charging_states(1, &[owner.to_owned()]));
    let Some((_, _, state)) = read.expect("states").pop() else {
        return Vec::new();
    };
    let owner = Owner::read(&state).expect("an owner");
    let held = owner.buckets.iter();
    held.map(|held| (held.granted, held.used)).collect()
}

#[test]
fn a_pack_is_used_by_the_line_that_has_it_as_often_as_it_was_bought() {
    each_server(async |server| {
        offer(server).await;
        offer_pack(server).await;
        option(server, "first", "pack", MARCH).await;
        line(server, "491", None, enables(&["first"])).await;
        for (record, start, net) in [
            ("a", "2026-02-28T23:59:59Z", "0.10"),
            ("b", MARCH, "0.00"),
            ("c", "2026-03-02T00:00:00Z", "0.00"),
            ("d", "2026-03-03T00:00:00Z", "0.10"),
        ] {
            assert_eq!(charged(server, record, start).await, net, "{record}");
        }
        assert_eq!(used(server, "p:first"), [(120, 120)]);
        assert!(used(server, "p:491").is_empty());

        // Another one counts from the next usage on.
        option(server, "second", "pack", MARCH).await;
        let both = enables(&["first", "second"]);
        patch(server, &format!("{PRODUCTS}/491"), &both).await;
        assert_eq!(charged(server, "e", "2026-03-04T00:00:00Z").await, "0.00");
        assert_eq!(used(server, "p:second"), [(120, 60)]);
        // What is left when it ends is lost.
        let ended = json!({ "@type": "Product", "terminationDate": "2026-03-05T00:00:00Z" });
        patch(server, &format!("{PRODUCTS}/second"), &ended).await;
        assert_eq!(charged(server, "f", "2026-03-05T00:00:00Z").await, "0.10");
        assert_eq!(charged(server, "g", "2026-03-04T23:59:59Z").await, "0.00");

        let question = json!({ "product": { "id": "491" }, "from": MARCH });
        let path = "/tollgate/v1/usage/rerate";
        let report = server.send(Method::POST, path, &question).await;
        let report = report.must_be(200).json();
        // In order of time, the second pack pays for what was paid for before.
        assert_eq!(report["failed"], 0, "{report}");
        let again = server.send(Method::POST, path, &question).await;
        assert_eq!(again.must_be(200).json()["changed"], 0);
        assert_eq!(used(server, "p:first"), [(120, 120)]);
        assert_eq!(used(server, "p:second"), [(120, 120)]);
    });
}

#[test]
fn prices_of_an_option_come_first_while_it_is_there() {
    each_server(async |server| {
        offer(server).await;
        offer_cheaper(server).await;
        option(server, "less", "cheaper", MARCH).await;
        line(server, "491", None, enables(&["less"])).await;
        line(server, "492", None, json!({})).await;
        let february = "2026-02-28T23:59:59Z";
        assert_eq!(costs(server, "a", "491", february).await, "0.10 0.125");
        assert_eq!(costs(server, "b", "491", MARCH).await, "0.04 0.05");
        assert_eq!(costs(server, "c", "492", MARCH).await, "0.10 0.125");
        // A change of the option, or of its price, holds for the next usage.
        let price =
            json!({ "@type": "ProductOfferingPrice", "price": { "unit": "EUR", "value": 0.02 } });
        let cheap = server.v5().patch("productOfferingPrice/cheap", &price);
        cheap.await.must_be(200);
        assert_eq!(costs(server, "d", "491", MARCH).await, "0.02 0.025");
        let ended = json!({ "@type": "Product", "terminationDate": "2026-03-02T00:00:00Z" });
        patch(server, &format!("{PRODUCTS}/less"), &ended).await;
        let second = "2026-03-02T00:00:00Z";
        assert_eq!(costs(server, "e", "491", second).await, "0.10 0.125");
        assert_eq!(costs(server, "f", "491", MARCH).await, "0.02 0.025");
        // What has a number of its own has usage of its own, and is no option.
        let number = json!({ "@type": "Product", "productCharacteristic": [
            { "@type": "StringCharacteristic", "name": "msisdn", "value": "499" }] });
        patch(server, &format!("{PRODUCTS}/less"), &number).await;
        assert_eq!(costs(server, "g", "491", MARCH).await, "0.10 0.125");
    });
}
