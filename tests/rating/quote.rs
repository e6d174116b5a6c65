//! `POST /tollgate/v1/rate`: what usage would cost.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, each_server};

/// 0.12 EUR a started minute, with 0.05 for the connection.
fn voice() -> Value {
    json!({
        "@type": "ProductOfferingPrice",
        "id": "voice",
        "name": "Calls",
        "priceType": "usage",
        "price": { "unit": "EUR", "value": 0.12 },
        "unitOfMeasure": { "amount": 1, "units": "minute" },
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm",
            "plaSpecId": "perUnit",
            "characteristic": [
                { "name": "increment", "value": [{ "from": 0, "step": 60 }] },
                { "name": "setupFee", "value": 0.05 },
            ],
        }],
    })
}

/// 100 minutes a month.
fn included() -> Value {
    json!({
        "@type": "ProductOfferingPrice",
        "id": "included",
        "name": "100 minutes",
        "priceType": "allowance",
        "unitOfMeasure": { "amount": 6000, "units": "s" },
        "recurringChargePeriodType": "month",
        "popRelationship": [{
            "@type": "ProductOfferingPriceRelationship", "id": "voice", "relationshipType": "allowance",
        }],
    })
}

fn call(seconds: u64) -> Value {
    json!({
        "usageDate": "2026-03-02T09:00:00Z",
        "usageSpecification": { "id": "voice", "name": "voice" },
        "usageCharacteristic": [
            { "name": "duration", "value": seconds },
            { "name": "calledNumber", "value": "49301234567" },
        ],
    })
}

async fn rate(server: &TestServer, question: &Value) -> Answer {
    server
        .send(Method::POST, "/tollgate/v1/rate", question)
        .await
}

fn net(usage: &Value) -> String {
    usage["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"].to_string()
}

#[test]
fn a_price_is_tried_before_it_is_sold() {
    each_server(async |server| {
        let question = json!({ "usage": call(61), "productOfferingPrice": voice() });
        let answer = rate(server, &question).await.must_be(200).json();
        // Two started minutes at 0.12 and 0.05 for the connection.
        assert_eq!(net(&answer["usage"][0]), "0.29", "{answer:#}");
        let trace = &answer["usage"][0]["trace"];
        assert!(trace.to_string().contains("voice"), "{trace:#}");
        // Nothing of it was stored.
        let prices = server.v5().get("productOfferingPrice").await.must_be(200);
        assert_eq!(prices.json(), json!([]));
        // The same price as TMF620 v4 has it.
        let mut v4 = voice();
        v4.as_object_mut().unwrap().remove("@type");
        let question = json!({ "usage": [call(61)], "productOfferingPrice": [v4] });
        let sent = server.send(Method::POST, "/tollgate/v1/rate?version=v4", &question);
        let answer = sent.await.must_be(200).json();
        assert_eq!(net(&answer["usage"][0]), "0.29", "{answer:#}");
    });
}

#[test]
fn each_usage_finds_what_those_before_have_left() {
    each_server(async |server| {
        let question = json!({
            "usage": [call(5_940), call(120), call(60)],
            "productOfferingPrice": [voice(), included()],
        });
        let answer = rate(server, &question).await.must_be(200).json();
        let nets: Vec<String> = answer["usage"]
            .as_array()
            .unwrap()
            .iter()
            .map(net)
            .collect();
        // 99 of 100 minutes; the last one and one more, with connection; nothing is left.
        assert_eq!(nets, ["0.00", "0.17", "0.17"], "{answer:#}");
        let left = &answer["bucket"][0]["remainingValue"];
        assert_eq!(left, &json!({ "amount": 0, "units": "s" }), "{answer:#}");
        let question = json!({
            "usage": call(60),
            "productOfferingPrice": [voice(), included()],
            "bucket": [{
                "productOfferingPrice": { "id": "included" },
                "remainingValue": { "amount": 1, "units": "min" },
            }],
        });
        let answer = rate(server, &question).await.must_be(200).json();
        assert_eq!(net(&answer["usage"][0]), "0.00", "{answer:#}");
        let left = &answer["bucket"][0];
        assert_eq!(left["remainingValue"]["amount"], 0, "{answer:#}");
        assert_eq!(left["usedValue"]["amount"], 6_000, "{answer:#}");
    });
}

#[test]
fn usage_without_a_price_is_answered_with_the_reason() {
    each_server(async |server| {
        let mut abroad = voice();
        abroad.as_object_mut().unwrap().remove("price");
        abroad["pricingLogicAlgorithm"] = json!([{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "prefixTable", "id": "zones",
        }]);
        let question = json!({
            "usage": [call(60), {
                "usageDate": "2026-03-02T09:00:00Z",
                "usageSpecification": { "name": "voice" },
                "usageCharacteristic": [
                    { "name": "duration", "value": 60 },
                    { "name": "calledNumber", "value": "33123456789" },
                ],
            }],
            "productOfferingPrice": abroad,
            "tariffTable": {
                "id": "zones", "currency": "EUR",
                "row": [{ "destination": "49", "zone": "DE", "price": 0.06 }],
            },
        });
        let answer = rate(server, &question).await.must_be(200).json();
        assert_eq!(net(&answer["usage"][0]), "0.06", "{answer:#}");
        assert_eq!(
            answer["usage"][0]["ratedProductUsage"][0]["offerTariffType"],
            "DE"
        );
        assert_eq!(
            answer["usage"][1]["rejection"]["code"], "NO_PRICE",
            "{answer:#}"
        );
    });
}

#[test]
fn the_most_special_price_counts() {
    each_server(async |server| {
        let mut roaming = voice();
        roaming["id"] = json!("voice-roaming");
        roaming["price"]["value"] = json!(0.3);
        roaming["prodSpecCharValueUse"] = json!([{
            "@type": "ProductSpecificationCharacteristicValueUse",
            "name": "roaming",
            "productSpecCharacteristicValue": [{
                "@type": "BooleanCharacteristicValueSpecification", "value": true,
            }],
        }]);
        let mut abroad = call(60);
        let list = abroad["usageCharacteristic"].as_array_mut().unwrap();
        list.push(json!({ "name": "roaming", "value": true }));
        let question = json!({
            "usage": [call(60), abroad], "productOfferingPrice": [voice(), roaming],
        });
        let answer = rate(server, &question).await.must_be(200).json();
        assert_eq!(net(&answer["usage"][0]), "0.17", "{answer:#}");
        assert_eq!(net(&answer["usage"][1]), "0.35", "{answer:#}");
        let charged = &answer["usage"][1]["ratedProductUsage"][0]["productRef"];
        assert_eq!(charged, &json!({ "@type": "ProductRef", "id": "quote" }));
    });
}

#[test]
fn a_stored_product_is_charged_by_its_offering() {
    each_server(async |server| {
        let catalog = server.v5();
        catalog.make("productOfferingPrice", voice()).await;
        let offering = json!({
            "@type": "ProductOffering", "id": "plan", "name": "Plan", "lifecycleStatus": "Active",
            "productOfferingPrice": [{ "@type": "ProductOfferingPriceRef", "id": "voice" }],
        });
        catalog.make("productOffering", offering).await;
        let product = json!({
            "@type": "Product", "id": "line", "name": "Line", "status": "active",
            "startDate": "2026-03-01T00:00:00Z",
            "productOffering": { "@type": "ProductOfferingRef", "id": "plan" },
        });
        let path = "/tmf-api/productInventory/v5/product";
        server.send(Method::POST, path, &product).await.must_be(201);
        let mut early = call(60);
        early["usageDate"] = json!("2026-02-28T09:00:00Z");
        let question = json!({ "usage": [call(60), early], "product": { "id": "line" } });
        let answer = rate(server, &question).await.must_be(200).json();
        assert_eq!(net(&answer["usage"][0]), "0.17", "{answer:#}");
        let charged = &answer["usage"][0]["ratedProductUsage"][0]["productRef"];
        assert_eq!(charged["id"], "line");
        assert_eq!(answer["usage"][1]["rejection"]["code"], "PRODUCT_INACTIVE");
        // The same product with another price in the place of the stored one.
        let mut dearer = voice();
        dearer["price"]["value"] = json!(0.2);
        let question = json!({
            "usage": call(60), "product": { "id": "line" }, "productOfferingPrice": dearer,
        });
        let answer = rate(server, &question).await.must_be(200).json();
        assert_eq!(net(&answer["usage"][0]), "0.25", "{answer:#}");
    });
}

#[test]
fn what_is_wrong_with_a_question_is_named() {
    each_server(async |server| {
        let with = |name: &str, value: Value| {
            let mut question = json!({ "usage": call(60), "productOfferingPrice": voice() });
            question[name] = value;
            question
        };
        let mut unknown = voice();
        unknown["pricingLogicAlgorithm"][0]["plaSpecId"] = json!("guess");
        let mut untyped = voice();
        untyped.as_object_mut().unwrap().remove("@type");
        let mut bad_call = call(60);
        bad_call["usageCharacteristic"][0]["value"] = json!(1.5);
        for (question, pointer) in [
            (json!({ "productOfferingPrice": voice() }), "/usage"),
            (json!({ "usage": call(60) }), "/productOfferingPrice"),
            (with("prise", json!(1)), "/prise"),
            (with("at", json!("soon")), "/at"),
            (
                with("usage", json!([call(1), bad_call])),
                "/usage/1/usageCharacteristic/0/value",
            ),
            (
                with("productOfferingPrice", json!([untyped])),
                "/productOfferingPrice/0/@type",
            ),
            (
                with("productOfferingPrice", unknown),
                "/productOfferingPrice/pricingLogicAlgorithm/0/plaSpecId",
            ),
            (
                with("productOfferingPrice", included()),
                "/productOfferingPrice",
            ),
            (with("product", json!({ "id": "nobody" })), "/product/id"),
            (with("product", json!({})), "/product/id"),
            (
                with(
                    "bucket",
                    json!([{ "productOfferingPrice": { "id": "x" }, "remainingValue": 1 }]),
                ),
                "/bucket/0/productOfferingPrice/id",
            ),
            (
                with("tariffTable", json!({ "id": "t", "row": [{ "price": 1 }] })),
                "/tariffTable/row/0",
            ),
            (
                with("calendar", json!({ "timeZone": "Europe/Berlin" })),
                "/calendar/id",
            ),
        ] {
            let failed = rate(server, &question).await.must_fail(400).json();
            let violations = failed["violation"].as_array().expect("violations");
            assert!(
                violations.iter().any(|one| {
                    one["path"]
                        .as_str()
                        .is_some_and(|path| path.starts_with(pointer))
                }),
                "{pointer}: {failed:#}"
            );
        }
    });
}
