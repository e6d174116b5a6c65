//! Usage over HTTP: one record in both versions, the status in the words of each, and what clients may do to it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, client, each_server, id};

const V4: &str = "/tmf-api/usageManagement/v4/usage";
const V5: &str = "/tmf-api/productUsageManagement/v5/productUsage";
const SPECIFICATION: &str = "/tmf-api/usageManagement/v4/usageSpecification";

async fn send(server: &TestServer, method: Method, path: &str, body: &Value) -> Answer {
    let request = client()
        .request(method, format!("{}{path}", server.url()))
        .header("Content-Type", "application/json")
        .body(body.to_string());
    Answer::of(request).await
}

async fn make(server: &TestServer, path: &str, body: &Value) -> Value {
    send(server, Method::POST, path, body)
        .await
        .must_be(201)
        .json()
}

async fn read(server: &TestServer, collection: &str, id: &str) -> Value {
    server
        .get(&format!("{collection}/{id}"))
        .await
        .must_be(200)
        .json()
}

async fn patch(server: &TestServer, collection: &str, id: &str, body: &Value) -> Answer {
    send(server, Method::PATCH, &format!("{collection}/{id}"), body).await
}

async fn found(server: &TestServer, query: &str) -> Vec<String> {
    let list = server.get(query).await.must_be(200).json();
    list.as_array().expect("a list").iter().map(id).collect()
}

/// A call as v4 sends it.
fn call() -> Value {
    json!({
        "description": "A call", "usageDate": "2026-11-01T10:00:00Z", "usageType": "VOICE",
        "usageSpecification": {"id": "voice"},
        "usageCharacteristic": [
            {"name": "calledNumber", "value": "+49228000000"}, {"name": "duration", "value": 20}],
        "relatedParty": [{"id": "erika", "role": "customer", "@referredType": "Reseller"}],
        "ratedProductUsage": [{
            "offerTariffType": "Peak", "usageRatingTag": "usage", "taxRate": 19,
            "taxExcludedRatingAmount": {"unit": "EUR", "value": 10.5},
            "taxIncludedRatingAmount": {"unit": "EUR", "value": 12.495},
            "productRef": {"id": "line-1"}
        }]
    })
}

#[test]
fn what_v4_records_is_read_in_v5() {
    each_server(async |server: &TestServer| {
        let made = make(server, V4, &call()).await;
        assert_eq!(made["status"], "received");
        assert_eq!(made["productUsageStatus"], "initialized");
        let id = id(&made);

        let new = read(server, V5, &id).await;
        assert_eq!(new["@type"], "ProductUsage");
        assert_eq!(
            (&new["status"], &new["usageStatus"]),
            (&json!("initialized"), &json!("received"))
        );
        assert_eq!(new["usageDate"], "2026-11-01T10:00:00Z");
        assert!(new["creationDate"].is_string(), "{new}");
        assert_eq!(
            new["usageSpecification"]["@type"],
            "ProductUsageSpecificationRef"
        );
        assert_eq!(
            new["usageCharacteristic"][1]["@type"],
            "IntegerCharacteristic"
        );
        assert_eq!(new["relatedParty"][0]["partyOrPartyRole"]["id"], "erika");
        let price = &new["usageProductPrice"][0];
        assert_eq!(
            (&price["@type"], &price["name"]),
            (&json!("ProductPrice"), &json!("Peak"))
        );
        assert_eq!(price["price"]["@type"], "Price");
        assert_eq!(price["price"]["taxRate"], 19);
        assert_eq!(
            price["price"]["dutyFreeAmount"]["value"].to_string(),
            "10.5"
        );
        assert_eq!(price["usageRatingTag"], "usage");

        let old = read(server, V4, &id).await;
        for (name, value) in call().as_object().expect("an object") {
            let same = match name.as_str() {
                "usageSpecification" => old[name]["id"] == value["id"],
                "usageCharacteristic" => old[name][1]["value"] == value[1]["value"],
                "relatedParty" => old[name][0]["id"] == value[0]["id"],
                "ratedProductUsage" => {
                    let rated = &old[name][0];
                    json!(10.5) == rated["taxExcludedRatingAmount"]["value"]
                        && rated["offerTariffType"] == "Peak"
                        && rated["productRef"]["id"] == "line-1"
                }
                _ => old[name] == *value,
            };
            assert!(same, "{name}: {old}");
        }
        assert!(
            old.get("usageStatus").is_none() && old.get("usageProductPrice").is_none(),
            "{old}"
        );
    });
}

#[test]
fn both_versions_find_usage_by_what_they_call_it() {
    each_server(async |server: &TestServer| {
        let made = make(server, V4, &call()).await;
        let id = id(&made);
        make(server, V4, &json!({"usageType": "SMS"})).await;
        for query in [
            format!("{V4}?status=received&usageType=VOICE"),
            format!("{V4}?productUsageStatus=initialized&usageType=VOICE"),
            format!("{V5}?status=initialized&usageType=VOICE"),
            format!("{V5}?usageStatus=received&usageType=VOICE"),
            format!("{V4}?usageDate.gte=2026-11-01T00:00:00Z"),
            format!("{V5}?usageDate.gte=2026-11-01T00:00:00Z"),
            format!("{V4}?relatedParty.id=erika"),
            format!("{V5}?relatedParty.partyOrPartyRole.id=erika"),
            format!("{V4}?usageSpecification.id=voice"),
            format!("{V4}?ratedProductUsage.offerTariffType=Peak"),
            format!("{V5}?usageProductPrice.name=Peak"),
            format!("{V4}?ratedProductUsage.taxExcludedRatingAmount.value.gt=10"),
        ] {
            assert_eq!(found(server, &query).await, [id.as_str()], "{query}");
        }
        for query in [
            format!("{V4}?status=billed"),
            format!("{V5}?status=rated"),
            format!("{V4}?product.id=line-1"),
        ] {
            assert!(found(server, &query).await.is_empty(), "{query}");
        }
    });
}

#[test]
fn clients_do_not_move_the_status() {
    each_server(async |server: &TestServer| {
        let made = make(server, V4, &call()).await;
        let id = id(&made);
        for (collection, status) in [
            (V4, "guided"),
            (V4, "rated"),
            (V4, "billed"),
            (V5, "validated"),
            (V5, "rated"),
            (V5, "superseded"),
        ] {
            let body = json!({"status": status});
            let error = patch(server, collection, &id, &body)
                .await
                .must_fail(409)
                .json();
            assert_eq!(
                error["violation"][0]["path"], "/status",
                "{collection} {status}: {error}"
            );
        }
        let error = send(server, Method::POST, V4, &json!({"status": "rated"}))
            .await
            .must_fail(409);
        assert_eq!(error.json()["violation"][0]["path"], "/status");
        // Everything else may be corrected while it waits.
        let body = json!({"usageType": "DATA", "status": "received"});
        assert_eq!(
            patch(server, V4, &id, &body).await.must_be(200).json()["usageType"],
            "DATA"
        );
        // What the server decides is ignored.
        let body = json!({"statusReason": {"code": "NO_PRICE"}, "productUsageStatus": "rated"});
        let same = patch(server, V4, &id, &body).await.must_be(200).json();
        assert_eq!(
            (&same["productUsageStatus"], same.get("statusReason")),
            (&json!("initialized"), None)
        );
        send(server, Method::DELETE, &format!("{V4}/{id}"), &json!({}))
            .await
            .must_be(204);
    });
}

#[test]
fn a_definition_of_usage_is_kept_as_v4_sends_it() {
    each_server(async |server: &TestServer| {
        let body = json!({
            "name": "Voice", "version": "1.0", "lifecycleStatus": "Active",
            "relatedParty": [{"id": "erika", "name": "Erika", "@referredType": "Reseller"}],
            "specCharacteristic": [{"name": "duration", "valueType": "integer",
                "characteristicValueSpecification": [{"value": 0, "unitOfMeasure": "s"}]}]
        });
        let made = make(server, SPECIFICATION, &body).await;
        for (name, value) in body.as_object().expect("an object") {
            assert_eq!(made[name], *value, "{name}");
        }
        let query = format!("{SPECIFICATION}?relatedParty.name=Erika&name=Voice");
        assert_eq!(found(server, &query).await, [id(&made)]);
        server
            .get(&format!(
                "{}/usageSpecification",
                V5.trim_end_matches("/productUsage")
            ))
            .await
            .must_fail(404);
    });
}

#[test]
fn the_states_say_who_may_move_them() {
    each_server(async |server: &TestServer| {
        let machine = server
            .get("/tollgate/v1/stateMachine/usage")
            .await
            .must_be(200)
            .json();
        assert_eq!(machine["attribute"], "usageStatus");
        assert_eq!(machine["initial"], json!(["received"]));
        let states = machine["state"].as_array().expect("states");
        for state in states {
            let choices = match state["name"].as_str() {
                Some("rejected") => json!(["recycled"]),
                _ => json!([]),
            };
            assert_eq!(state["nextByClient"], choices, "{state}");
        }
        let billed = states
            .iter()
            .find(|state| state["name"] == "billed")
            .expect("billed");
        assert_eq!(
            (&billed["isFinal"], &billed["isEnded"]),
            (&json!(true), &json!(true))
        );
    });
}
