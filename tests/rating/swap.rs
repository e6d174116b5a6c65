//! A tariff table that is replaced while usage is rated by it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join;
use reqwest::Method;
use serde_json::{Value, json};

use super::plan::{V4, call, line, read, stream};
use crate::support::{TestServer, each_server};

const ROWS: usize = 5_000;
const VERSIONS: usize = 6;
const PARTS: usize = 12;
const RECORDS: usize = 150;

/// In version 3 a minute to anywhere costs 0.03.
async fn load(server: &TestServer, version: usize) {
    let mut rows: Vec<Value> = (0..ROWS)
        .map(|row| json!({ "destination": (10_000 + row).to_string(), "zone": format!("Z{}", row % 50), "price": 9 }))
        .collect();
    let price = serde_json::from_str::<Value>(&format!("0.0{version}")).expect("a number");
    rows.push(json!({ "destination": "49", "zone": "DE", "price": price }));
    let table =
        json!({ "id": "world", "version": version.to_string(), "currency": "EUR", "row": rows });
    let answer = server
        .send(Method::PUT, "/tollgate/v1/tariffTable/world", &table)
        .await;
    assert!([200, 201].contains(&answer.status), "{answer:?}");
}

async fn offer(server: &TestServer) {
    load(server, 1).await;
    let catalog = server.v5();
    let voice = json!({
        "@type": "ProductOfferingPrice", "id": "abroad", "name": "Calls", "priceType": "usage",
        "lifecycleStatus": "Active", "unitOfMeasure": { "amount": 60, "units": "s" },
        "tax": [{ "@type": "TaxItem", "taxCategory": "VAT", "taxRate": 20 }],
        "pricingLogicAlgorithm": [
            { "@type": "PricingLogicAlgorithm", "plaSpecId": "prefixTable", "id": "world" }],
    });
    catalog.make("productOfferingPrice", voice).await;
    let offering = json!({
        "@type": "ProductOffering", "id": "plan", "name": "Plan", "lifecycleStatus": "Active",
        "productOfferingPrice": [{ "@type": "ProductOfferingPriceRef", "id": "abroad" }],
    });
    catalog.make("productOffering", offering).await;
}

/// Posts calls one by one until it is told that enough is enough, and answers how many.
async fn post_until(server: &TestServer, done: &AtomicBool) -> usize {
    let mut posted = 0;
    while !done.load(Ordering::SeqCst) {
        let record = format!("single-{posted}");
        let usage = call(&record, "49170", "2026-03-02T09:00:00Z", 60);
        server.send(Method::POST, V4, &usage).await.must_be(201);
        posted += 1;
    }
    posted
}

/// All usage in the order in which it came.
async fn all(server: &TestServer) -> Vec<Value> {
    let mut all = Vec::new();
    loop {
        let page = server.get(&format!("{V4}?limit=1000&offset={}", all.len()));
        let page = page.await.json();
        let page = page.as_array().expect("a list").clone();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[test]
fn every_record_is_priced_by_exactly_one_version() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "49170", None).await;
        let done = AtomicBool::new(false);
        let swaps = async {
            for version in 2..=VERSIONS {
                load(server, version).await;
            }
        };
        let usage = async {
            for part in 0..PARTS {
                let lines: Vec<Value> = (0..RECORDS)
                    .map(|n| call(&format!("{part}-{n}"), "49170", "2026-03-02T09:00:00Z", 60))
                    .collect();
                let answer = stream(server, &lines).await;
                assert_eq!(answer["rated"], RECORDS, "{answer}");
            }
        };
        let both = async {
            join(swaps, usage).await;
            done.store(true, Ordering::SeqCst);
        };
        let ((), posted) = join(both, post_until(server, &done)).await;
        assert!(posted > 0);
        // Whatever came after the last swap has its price.
        let last = call("last", "49170", "2026-03-02T09:00:00Z", 60);
        let answer = stream(server, &[last]).await;
        let last = answer["record"][0]["id"].clone();
        server.parts().pool.drain().await.expect("rating");

        let all = all(server).await;
        assert_eq!(all.len(), PARTS * RECORDS + posted + 1);
        let (mut versions, mut of_last) = (BTreeSet::new(), None);
        for usage in &all {
            assert_eq!(usage["status"], "rated", "{usage}");
            let id = usage["id"].as_str().expect("an id");
            let net = usage["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"].to_string();
            let trace = read(server, &format!("/tollgate/v1/usage/{id}/ratingTrace")).await;
            let version = trace["step"][0]["tariffTable"]["version"].as_str();
            let version = version.expect("a version").to_owned();
            assert_eq!(net, format!("0.0{version}"), "{trace}");
            if usage["id"] == last {
                of_last = Some(version.clone());
            }
            versions.insert(version);
        }
        assert_eq!(of_last.as_deref(), Some("6"));
        let known: BTreeSet<String> = (1..=VERSIONS).map(|own| own.to_string()).collect();
        assert!(versions.is_subset(&known), "{versions:?}");
    });
}
