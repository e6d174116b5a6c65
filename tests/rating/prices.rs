//! Prices that are in use can be compiled, whatever is done to them or to what they refer to.

use reqwest::Method;
use serde_json::{Value, json};

use super::tables::{TABLES, load, zones};
use crate::support::{Answer, TestServer, client, each_api, each_server};

/// Calls at the prices of a table.
fn by_table(table: &str) -> Value {
    json!({
        "@type": "ProductOfferingPrice", "id": "abroad", "name": "Abroad", "lifecycleStatus": "Active",
        "priceType": "usage", "unitOfMeasure": { "amount": 1, "units": "min" },
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "prefixTable", "id": table,
        }],
    })
}

/// Zones without prices, which the price has none for either.
fn unpriced() -> Value {
    let mut table = zones();
    for row in table["row"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("price");
    }
    table.as_object_mut().unwrap().remove("currency");
    table
}

async fn create(server: &TestServer, price: &Value) -> Answer {
    server.v5().post("productOfferingPrice", price).await
}

async fn patch(server: &TestServer, id: &str, patch: &Value) -> Answer {
    let path = format!("productOfferingPrice/{id}");
    server.v5().patch(&path, patch).await
}

#[test]
fn a_price_in_use_must_compile_in_both_versions() {
    each_api(async |api| {
        let mut price = by_table("zones");
        if !api.is_v5() {
            price.as_object_mut().unwrap().remove("id");
        }
        let refused = api.post("productOfferingPrice", &price).await;
        let refused = refused.must_fail(422);
        assert_eq!(refused.json()["code"], "TG-3007");
        assert_eq!(refused.violations(), ["/pricingLogicAlgorithm/0/id"]);
        // What is only being thought of may lack something, until it is to be used.
        price["lifecycleStatus"] = json!("In Test");
        let made = api.make("productOfferingPrice", price).await;
        let id = made["id"].as_str().unwrap();
        let path = format!("productOfferingPrice/{id}");
        let active = json!({ "lifecycleStatus": "Active" });
        let refused = api.patch(&path, &active).await.must_fail(422);
        assert_eq!(refused.violations(), ["/pricingLogicAlgorithm/0/id"]);
        load(api.server, &zones()).await.must_be(201);
        api.patch(&path, &active).await.must_be(200);
        let worse = json!({ "unitOfMeasure": { "amount": 1, "units": "furlong" } });
        let refused = api.patch(&path, &worse).await.must_fail(422);
        assert_eq!(refused.violations(), ["/unitOfMeasure/units"]);
    });
}

#[test]
fn prices_that_are_not_about_usage_are_not_looked_at() {
    each_server(async |server| {
        let price = json!({
            "@type": "ProductOfferingPrice", "name": "Fee", "lifecycleStatus": "Active",
            "priceType": "recurring", "unitOfMeasure": { "amount": 1, "units": "furlong" },
        });
        create(server, &price).await.must_be(201);
        // Without a state a price is only being thought of.
        let mut early = by_table("zones");
        early.as_object_mut().unwrap().remove("lifecycleStatus");
        create(server, &early).await.must_be(201);
    });
}

#[test]
fn a_table_must_keep_prices_in_use() {
    each_server(async |server| {
        load(server, &zones()).await.must_be(201);
        create(server, &by_table("zones")).await.must_be(201);
        let path = format!("{TABLES}/zones");
        let gone = Answer::of(client().delete(format!("{}{path}", server.url()))).await;
        let refused = gone.must_fail(409);
        assert_eq!(refused.json()["code"], "TG-3003");
        assert!(refused.body.contains("'abroad'"), "{}", refused.body);
        let refused = load(server, &unpriced()).await.must_fail(422);
        assert_eq!(refused.json()["code"], "TG-3007");
        assert!(refused.body.contains("'abroad'"), "{}", refused.body);
        assert_eq!(server.get(&path).await.json()["version"], "1");
        // Retired, it holds no table any more to what it says.
        patch(server, "abroad", &json!({ "lifecycleStatus": "Retired" }))
            .await
            .must_be(200);
        load(server, &unpriced()).await.must_be(201);
    });
}

#[test]
fn a_table_must_keep_bundles_in_use_whose_parts_name_it() {
    each_server(async |server| {
        load(server, &zones()).await.must_be(201);
        let mut part = by_table("zones");
        part["lifecycleStatus"] = json!("In Test");
        create(server, &part).await.must_be(201);
        let bundle = json!({
            "@type": "ProductOfferingPrice", "id": "calls", "name": "Calls",
            "lifecycleStatus": "Active", "priceType": "usage", "isBundle": true,
            "bundledPopRelationship": [{
                "@type": "BundledProductOfferingPriceRelationship", "id": "abroad",
            }],
        });
        create(server, &bundle).await.must_be(201);
        let refused = load(server, &unpriced()).await.must_fail(422);
        assert!(refused.body.contains("'calls'"), "{}", refused.body);
    });
}

#[test]
fn the_parts_of_a_price_in_use_are_kept_sound() {
    each_server(async |server| {
        let setup = json!({
            "@type": "ProductOfferingPrice", "id": "setup", "name": "Connection",
            "priceType": "setupFee", "price": { "unit": "EUR", "value": 0.05 },
        });
        create(server, &setup).await.must_be(201);
        let calls = json!({
            "@type": "ProductOfferingPrice", "id": "calls", "name": "Calls",
            "lifecycleStatus": "Active", "priceType": "usage",
            "price": { "unit": "EUR", "value": 0.1 }, "unitOfMeasure": { "amount": 1, "units": "min" },
            "popRelationship": [{
                "@type": "ProductOfferingPriceRelationship", "id": "setup", "relationshipType": "setupFee",
            }],
        });
        create(server, &calls).await.must_be(201);
        let dollars = json!({ "price": { "unit": "USD" } });
        let refused = patch(server, "setup", &dollars).await.must_fail(422);
        assert!(refused.body.contains("'calls'"), "{}", refused.body);
        let dearer = json!({ "price": { "value": 0.06 } });
        patch(server, "setup", &dearer).await.must_be(200);
    });
}

#[test]
fn names_of_usage_are_those_that_specifications_declare() {
    each_server(async |server| {
        let offering = json!({
            "@type": "ProductOffering", "id": "plan", "name": "Plan", "lifecycleStatus": "Active",
            "productOfferingPrice": [{ "@type": "ProductOfferingPriceRef", "id": "night" }],
        });
        let night = json!({
            "@type": "ProductOfferingPrice", "id": "night", "name": "Night",
            "lifecycleStatus": "Active", "priceType": "usage",
            "price": { "unit": "EUR", "value": 1 }, "unitOfMeasure": { "amount": 1, "units": "min" },
            "prodSpecCharValueUse": [{
                "@type": "ProductSpecificationCharacteristicValueUse", "name": "cell",
                "productSpecCharacteristicValue": [{
                    "@type": "StringCharacteristicValueSpecification", "value": "c1",
                }],
            }],
        });
        create(server, &night).await.must_be(201);
        server.v5().make("productOffering", offering).await;
        let product = json!({
            "@type": "Product", "id": "line", "name": "Line", "status": "active",
            "startDate": "2026-03-01T00:00:00Z",
            "productOffering": { "@type": "ProductOfferingRef", "id": "plan" },
        });
        let path = "/tmf-api/productInventory/v5/product";
        server.send(Method::POST, path, &product).await.must_be(201);
        let question = json!({
            "product": { "id": "line" },
            "usage": {
                "usageDate": "2026-03-02T09:00:00Z",
                "usageSpecification": { "name": "voice" },
                "usageCharacteristic": [
                    { "name": "duration", "value": 60 }, { "name": "cell", "value": "c1" },
                ],
            },
        });
        let rate = async || {
            let path = "/tollgate/v1/rate";
            let answer = server.send(Method::POST, path, &question).await;
            answer.must_be(200).json()["usage"][0].clone()
        };
        // Nobody has said that the cell is the usage's.
        let answer = rate().await;
        assert_eq!(answer["rejection"]["code"], "NO_PRICE", "{answer:#}");
        let path = "/tmf-api/usageManagement/v4/usageSpecification";
        let voice = json!({
            "name": "voice", "specCharacteristic": [{ "name": "cell", "valueType": "string" }],
        });
        server.send(Method::POST, path, &voice).await.must_be(201);
        let answer = rate().await;
        assert!(answer["rejection"].is_null(), "{answer:#}");
    });
}

#[test]
fn the_linter_looks_at_prices_and_offerings() {
    each_server(async |server| {
        let price = |id: &str, value: Value| {
            json!({
                "@type": "ProductOfferingPrice", "id": id, "name": id, "lifecycleStatus": "Active",
                "priceType": "usage", "price": { "unit": "EUR", "value": value },
                "unitOfMeasure": { "amount": 1, "units": "min" },
            })
        };
        create(server, &price("calls", json!(0.1)))
            .await
            .must_be(201);
        create(server, &price("others", json!(0.2)))
            .await
            .must_be(201);
        let offering = json!({
            "@type": "ProductOffering", "id": "plan", "name": "Plan", "lifecycleStatus": "Active",
            "productOfferingPrice": [
                { "@type": "ProductOfferingPriceRef", "id": "calls" },
                { "@type": "ProductOfferingPriceRef", "id": "others" },
            ],
        });
        server.v5().make("productOffering", offering).await;
        let found = async |path: &str| {
            let answer = server.get(&format!("/tollgate/v1/{path}/lint")).await;
            answer.must_be(200).json()["finding"].clone()
        };
        assert_eq!(found("productOfferingPrice/calls").await, json!([]));
        let both = found("productOffering/plan").await;
        assert_eq!(both[0]["kind"], "overlap", "{both:#}");
        for path in ["productOfferingPrice/none", "productOffering/none"] {
            let missing = server.get(&format!("/tollgate/v1/{path}/lint")).await;
            missing.must_fail(404);
        }
        let mut broken = by_table("none");
        broken["lifecycleStatus"] = json!("In Test");
        create(server, &broken).await.must_be(201);
        let path = "/tollgate/v1/productOfferingPrice/abroad/lint";
        let refused = server.get(path).await.must_fail(422);
        assert_eq!(refused.violations(), ["/pricingLogicAlgorithm/0/id"]);
    });
}
