//! A tariff table that is replaced while usage is rated by it.

use futures_util::future::join;
use reqwest::Method;
use serde_json::{Value, json};

use super::plan::{call, line, read, stream};
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

#[test]
fn every_record_is_priced_by_exactly_one_version() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "49170", None).await;
        let swaps = async {
            for version in 2..=VERSIONS {
                load(server, version).await;
            }
        };
        let usage = async {
            let mut ids = Vec::new();
            for part in 0..PARTS {
                let lines: Vec<Value> = (0..RECORDS)
                    .map(|n| call(&format!("{part}-{n}"), "49170", "2026-03-02T09:00:00Z", 60))
                    .collect();
                let answer = stream(server, &lines).await;
                assert_eq!(answer["rated"], RECORDS, "{answer}");
                let last = &answer["record"][RECORDS - 1]["id"];
                ids.push(last.as_str().expect("an id").to_owned());
            }
            ids
        };
        let ((), mut ids) = join(swaps, usage).await;
        // Whatever came after the last swap has its price.
        let answer = stream(server, &[call("last", "49170", "2026-03-02T09:00:00Z", 60)]).await;
        ids.push(
            answer["record"][0]["id"]
                .as_str()
                .expect("an id")
                .to_owned(),
        );
        let mut versions = Vec::new();
        for id in &ids {
            let usage = read(server, &format!("{}/{id}", super::plan::V4)).await;
            let net = usage["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"].to_string();
            let trace = read(server, &format!("/tollgate/v1/usage/{id}/ratingTrace")).await;
            let version = trace["step"][0]["tariffTable"]["version"]
                .as_str()
                .expect("a version")
                .to_owned();
            assert_eq!(net, format!("0.0{version}"), "{trace}");
            versions.push(version);
        }
        assert!(versions.is_sorted(), "{versions:?}");
        assert_eq!(versions.last().map(String::as_str), Some("6"));
    });
}
