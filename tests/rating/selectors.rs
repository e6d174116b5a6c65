//! Rating again what was rated by something: a price, a table, a zone.

use reqwest::Method;
use serde_json::{Value, json};

use super::plan::{V4, call, read, stream};
use crate::support::{TestServer, each_server};

const TABLE: &str = "/tollgate/v1/tariffTable/world";

/// Two zones and their prices by the minute.
async fn load(server: &TestServer, version: &str, germany: f64, france: f64) {
    let table = json!({
        "version": version, "currency": "EUR",
        "row": [
            { "destination": "49", "zone": "DE", "price": germany },
            { "destination": "33", "zone": "FR", "price": france }],
    });
    let answer = server.send(Method::PUT, TABLE, &table).await;
    assert!([200, 201].contains(&answer.status), "{answer:?}");
}

fn price(id: &str, algorithm: Value) -> Value {
    let mut price = json!({
        "@type": "ProductOfferingPrice", "id": id, "name": id, "priceType": "usage",
        "lifecycleStatus": "Active", "unitOfMeasure": { "amount": 1, "units": "minute" },
        "pricingLogicAlgorithm": [algorithm],
    });
    // The rows of the table have prices of their own.
    if id == "plain" {
        price["price"] = json!({ "unit": "EUR", "value": 0.1 });
    }
    price
}

/// Two plans: one by the table, one with a price for all.
async fn prepare(server: &TestServer) {
    load(server, "1", 0.06, 0.3).await;
    let catalog = server.v5();
    let zoned =
        json!({ "@type": "PricingLogicAlgorithm", "plaSpecId": "prefixTable", "id": "world" });
    let plain = json!({ "@type": "PricingLogicAlgorithm", "plaSpecId": "perUnit" });
    for (id, algorithm) in [("zoned", zoned), ("plain", plain)] {
        catalog
            .make("productOfferingPrice", price(id, algorithm))
            .await;
        let offering = json!({
            "@type": "ProductOffering", "id": id, "name": id, "lifecycleStatus": "Active",
            "productOfferingPrice": [{ "@type": "ProductOfferingPriceRef", "id": id }],
        });
        catalog.make("productOffering", offering).await;
    }
    for (id, number, offering) in [
        ("german", "491511", "zoned"),
        ("french", "491512", "zoned"),
        ("plain", "491513", "plain"),
    ] {
        let product = json!({
            "@type": "Product", "id": id, "status": "active", "startDate": "2026-01-01T00:00:00Z",
            "productOffering": { "@type": "ProductOfferingRef", "id": offering },
            "productCharacteristic": [
                { "@type": "StringCharacteristic", "name": "msisdn", "value": number }],
        });
        let path = "/tmf-api/productInventory/v5/product";
        server.send(Method::POST, path, &product).await.must_be(201);
    }
    let to = |record: &str, from: &str, to: &str, day: u32| {
        let mut usage = call(record, from, &format!("2026-03-{day:02}T09:00:00Z"), 60);
        let list = usage["usageCharacteristic"].as_array_mut().expect("a list");
        list[3]["value"] = json!(to);
        usage
    };
    let lines = [
        to("a", "491511", "+49228000000", 2),
        to("b", "491512", "+33100000000", 3),
        to("c", "491513", "+49228000000", 4),
        to("d", "491511", "+49228000001", 20),
    ];
    let answer = stream(server, &lines).await;
    assert_eq!(answer["rated"], 4, "{answer}");
}

async fn counts(server: &TestServer, mut question: Value) -> (u64, u64) {
    if question.get("from").is_none() {
        question["from"] = json!("2026-03-01T00:00:00Z");
    }
    let path = "/tollgate/v1/usage/rerate";
    let answer = server.send(Method::POST, path, &question).await;
    let report = answer.must_be(200).json();
    let count = |name: &str| report[name].as_u64().expect("a count");
    (count("usage"), count("changed"))
}

#[test]
fn usage_is_found_by_what_it_was_rated_by() {
    each_server(async |server| {
        prepare(server).await;
        // Both zones cost something else now.
        load(server, "2", 0.07, 0.4).await;
        let trace = |id: Value| async move {
            let id = id.as_str().expect("an id").to_owned();
            read(server, &format!("/tollgate/v1/usage/{id}/ratingTrace")).await
        };
        let list = read(server, &format!("{V4}?limit=1000")).await;
        let list = list.as_array().expect("a list");
        let id_of = |number: &str| {
            let named = |usage: &&Value| usage["usageCharacteristic"][2]["value"] == *number;
            list.iter().find(named).expect("a usage")["id"].clone()
        };
        let zoned = trace(id_of("491512")).await["cardHash"].clone();
        let plain = trace(id_of("491513")).await["cardHash"].clone();
        // Only asked: how many usages it is about, and how many would change.
        for (question, expected) in [
            (json!({ "productOfferingPrice": { "id": "zoned" } }), (3, 3)),
            (json!({ "productOfferingPrice": { "id": "plain" } }), (1, 0)),
            (
                json!({ "productOfferingPrice": { "id": "zoned", "version": "7" } }),
                (0, 0),
            ),
            (json!({ "tariffTable": { "id": "world" } }), (3, 3)),
            (
                json!({ "tariffTable": { "id": "world", "version": "1" } }),
                (3, 3),
            ),
            (
                json!({ "tariffTable": { "id": "world", "version": "2" } }),
                (0, 0),
            ),
            (json!({ "tariffTable": { "id": "moon" } }), (0, 0)),
            (json!({ "zone": "FR" }), (1, 1)),
            (json!({ "zone": "DE" }), (2, 2)),
            (
                json!({ "zone": "DE", "from": "2026-03-10T00:00:00Z" }),
                (1, 1),
            ),
            // All of the product from its first usage in the zone and the time on.
            (
                json!({ "zone": "DE", "to": "2026-03-10T00:00:00Z" }),
                (2, 2),
            ),
            (
                json!({ "zone": "FR", "to": "2026-03-03T09:00:00Z" }),
                (0, 0),
            ),
            (json!({ "cardHash": zoned }), (3, 3)),
            (json!({ "cardHash": plain }), (1, 0)),
            (
                json!({ "zone": "DE", "product": { "id": "german" } }),
                (2, 2),
            ),
            (
                json!({ "zone": "DE", "product": { "id": "french" } }),
                (0, 0),
            ),
            (
                json!({ "zone": "FR", "productOffering": { "id": "zoned" } }),
                (1, 1),
            ),
            (
                json!({ "productOffering": { "id": "zoned" }, "to": "2026-03-03T00:00:00Z" }),
                (2, 2),
            ),
        ] {
            let mut dry = question.clone();
            dry["dryRun"] = json!(true);
            assert_eq!(counts(server, dry).await, expected, "{question}");
        }
        let french = json!({ "tariffTable": { "id": "world", "version": "1" }, "zone": "FR" });
        assert_eq!(counts(server, french.clone()).await, (1, 1));
        // It is not by that version any more.
        assert_eq!(counts(server, french).await, (0, 0));
        let rest = json!({ "tariffTable": { "id": "world", "version": "1" } });
        assert_eq!(counts(server, rest).await, (2, 2));
        let again = json!({ "tariffTable": { "id": "world" } });
        assert_eq!(counts(server, again).await, (3, 0));
    });
}

#[test]
fn a_product_that_is_gone_is_told_and_keeps_the_others_from_nothing() {
    each_server(async |server| {
        prepare(server).await;
        load(server, "2", 0.07, 0.4).await;
        let path = "/tmf-api/productInventory/v5/product/french";
        server
            .send(Method::DELETE, path, &json!({}))
            .await
            .must_be(204);
        let path = "/tollgate/v1/usage/rerate";
        let question = json!({ "tariffTable": { "id": "world" }, "from": "2026-03-01T00:00:00Z" });
        let answer = server.send(Method::POST, path, &question).await;
        let report = answer.must_be(200).json();
        let counts = ["usage", "changed", "failed"].map(|name| report[name].as_u64());
        assert_eq!(counts, [Some(2), Some(2), Some(1)], "{report}");
        assert_eq!(report["change"][0]["product"]["id"], "french", "{report}");
    });
}

#[test]
fn a_selection_that_cannot_be_followed_is_told_why() {
    each_server(async |server| {
        let from = "2026-03-02T00:00:00Z";
        for (question, pointer) in [
            (json!({ "from": from, "to": from }), "/product"),
            (
                json!({ "from": from, "product": { "id": "p" }, "billingAccount": { "id": "a" } }),
                "/product",
            ),
            (json!({ "from": from, "zone": 7 }), "/zone"),
            (json!({ "from": from, "zone": "DE", "to": "later" }), "/to"),
            (
                json!({ "from": from, "tariffTable": {} }),
                "/tariffTable/id",
            ),
            (
                json!({ "from": from, "tariffTable": { "id": "world", "version": 1 } }),
                "/tariffTable/version",
            ),
        ] {
            let path = "/tollgate/v1/usage/rerate";
            let refused = server.send(Method::POST, path, &question).await;
            let refused = refused.must_fail(400);
            assert_eq!(refused.violations(), [pointer], "{question}");
        }
    });
}
