//! Rating again what is rated.

use reqwest::Method;
use serde_json::{Value, json};

use super::plan::{V4, call, line, offer, read, stream};
use crate::support::{TestServer, each_server};

async fn rerate(server: &TestServer, question: &Value) -> Value {
    let path = "/tollgate/v1/usage/rerate";
    server
        .send(Method::POST, path, question)
        .await
        .must_be(200)
        .json()
}

async fn nets(server: &TestServer, status: &str) -> Vec<String> {
    let list = read(server, &format!("{V4}?status={status}")).await;
    let list = list.as_array().expect("a list").iter();
    list.map(|usage| usage["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"].to_string())
        .collect()
}

/// What is charged in all, and what is used of the allowance.
async fn standing(server: &TestServer) -> (Vec<String>, Vec<(u64, u64)>) {
    let mut all = nets(server, "rated").await;
    all.extend(nets(server, "rerated").await);
    let state = server
        .parts()
        .engine
        .store
        .read_blocking(|session| session.charging_states(1, &["a:acme".to_owned()]));
    let state = state.expect("a state");
    let owner = tollgate::charging::Owner::read(&state[0].2).expect("an owner");
    let used = owner
        .buckets
        .iter()
        .map(|own| (own.granted, own.used))
        .collect();
    (all, used)
}

#[test]
fn with_the_same_prices_it_changes_nothing() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        line(server, "p2", "491512", Some("acme")).await;
        let lines = [
            call("a", "491511", "2026-03-02T09:00:00Z", 60),
            call("b", "491512", "2026-03-02T10:00:00Z", 60),
            call("c", "491511", "2026-03-03T10:00:00Z", 61),
            call("d", "491512", "2026-04-03T10:00:00Z", 200),
        ];
        stream(server, &lines).await;
        let before = standing(server).await;
        for product in ["p1", "p2"] {
            let question = json!({ "product": { "id": product }, "from": "2026-03-01T00:00:00Z" });
            let report = rerate(server, &question).await;
            assert_eq!(
                (report["usage"].as_u64(), report["changed"].as_u64()),
                (Some(4), Some(0)),
                "{report}"
            );
            assert_eq!(report["delta"], json!([]));
        }
        assert_eq!(standing(server).await, before);
    });
}

#[test]
fn a_late_record_takes_its_place_in_the_order_of_time() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        let early = call("early", "491511", "2026-03-02T08:00:00Z", 60);
        let late = call("late", "491511", "2026-03-02T09:00:00Z", 60);
        // The later one comes first and has the allowance; 20 s of the earlier one are paid for.
        stream(server, &[late]).await;
        stream(server, &[early]).await;
        assert_eq!(nets(server, "rated").await, ["0.00", "0.04"]);
        let mut question = json!({
            "billingAccount": { "id": "acme" }, "from": "2026-03-02T00:00:00Z", "dryRun": true,
        });
        let report = rerate(server, &question).await;
        assert_eq!(report["changed"], 2, "{report}");
        assert_eq!(report["delta"][0]["net"]["value"].to_string(), "0");
        assert_eq!(nets(server, "rated").await, ["0.00", "0.04"]);
        question["dryRun"] = json!(false);
        rerate(server, &question).await;
        assert_eq!(nets(server, "rerated").await, ["0.04", "0.00"]);
        let again = rerate(server, &question).await;
        assert_eq!(again["changed"], 0, "{again}");
        assert_eq!(standing(server).await.1, [(100, 100)]);
    });
}

#[test]
fn a_new_price_changes_what_was_charged_by_the_difference() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        stream(server, &[call("a", "491511", "2026-03-02T09:00:00Z", 220)]).await;
        // 240 s, of which 100 are included.
        assert_eq!(nets(server, "rated").await, ["0.28"]);
        let price =
            json!({ "@type": "ProductOfferingPrice", "price": { "unit": "EUR", "value": 0.06 } });
        server
            .v5()
            .patch("productOfferingPrice/voice", &price)
            .await
            .must_be(200);
        let question =
            json!({ "productOffering": { "id": "plan" }, "from": "2026-03-02T00:00:00Z" });
        let report = rerate(server, &question).await;
        assert_eq!(
            report["delta"][0]["net"],
            json!({ "unit": "EUR", "value": -0.14 }),
            "{report}"
        );
        assert_eq!(nets(server, "rerated").await, ["0.14"]);
        assert_eq!(rerate(server, &question).await["changed"], 0);
    });
}

/// A part of a session of 40 seconds.
fn part(number: u64, start: &str) -> Value {
    let mut usage = call("session", "491511", start, 40);
    let list = usage["usageCharacteristic"].as_array_mut();
    let list = list.expect("a list");
    list.push(json!({ "name": "partialSequence", "value": number }));
    list.push(json!({ "name": "lastPartial", "value": number == 4 }));
    usage
}

#[test]
fn sessions_that_began_in_the_period_before_are_rated_as_a_whole() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        let parts = [
            part(1, "2026-03-31T23:58:00Z"),
            part(2, "2026-03-31T23:59:00Z"),
            part(3, "2026-04-01T00:00:00Z"),
            part(4, "2026-04-01T00:01:00Z"),
            call("other", "491511", "2026-04-02T00:00:00Z", 60),
        ];
        stream(server, &parts).await;
        let before = standing(server).await;
        let used: u64 = before.1.iter().map(|(_, used)| used).sum();
        assert_eq!(used, 160, "{before:?}");
        let question = json!({ "product": { "id": "p1" }, "from": "2026-04-01T12:00:00Z" });
        let report = rerate(server, &question).await;
        let counts = ["usage", "changed", "failed"].map(|name| report[name].as_u64());
        assert_eq!(counts, [Some(5), Some(0), Some(0)], "{report}");
        assert_eq!(standing(server).await, before);
    });
}

#[test]
fn where_some_usage_has_no_price_any_more_all_stays_as_it_was() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        let abroad = |record: &str, start: &str, roaming: bool| {
            let mut usage = call(record, "491511", start, 60);
            let list = usage["usageCharacteristic"].as_array_mut();
            let flag = json!({ "name": "roaming", "value": roaming });
            list.expect("a list").push(flag);
            usage
        };
        let lines = [
            abroad("a", "2026-03-02T09:00:00Z", false),
            abroad("b", "2026-03-02T10:00:00Z", true),
            abroad("c", "2026-03-02T11:00:00Z", false),
        ];
        stream(server, &lines).await;
        let before = standing(server).await;
        let price = json!({
            "@type": "ProductOfferingPrice", "price": { "unit": "EUR", "value": 0.06 },
            "prodSpecCharValueUse": [{
                "@type": "ProductSpecificationCharacteristicValueUse", "name": "roaming",
                "productSpecCharacteristicValue": [
                    { "@type": "BooleanCharacteristicValueSpecification", "value": false }],
            }],
        });
        server
            .v5()
            .patch("productOfferingPrice/voice", &price)
            .await
            .must_be(200);
        let question = json!({ "product": { "id": "p1" }, "from": "2026-03-02T00:00:00Z" });
        let report = rerate(server, &question).await;
        let counts = ["usage", "changed", "failed"].map(|name| report[name].as_u64());
        assert_eq!(counts, [Some(3), Some(0), Some(1)], "{report}");
        assert_eq!(
            report["change"].as_array().map(Vec::len),
            Some(1),
            "{report}"
        );
        assert_eq!(standing(server).await, before);
    });
}

#[test]
fn a_question_that_cannot_be_followed_is_told_why() {
    each_server(async |server| {
        for (question, pointer) in [
            (json!({ "from": "2026-03-02T00:00:00Z" }), "/product"),
            (json!({ "product": { "id": "p" } }), "/from"),
            (
                json!({ "product": { "id": "p" }, "from": "today" }),
                "/from",
            ),
            (
                json!({ "product": { "id": "p" }, "from": "2026-03-02T00:00:00Z" }),
                "/product/id",
            ),
            (
                json!({ "product": "p", "from": "2026-03-02T00:00:00Z" }),
                "/product/id",
            ),
            (json!({ "all": true }), "/all"),
        ] {
            let path = "/tollgate/v1/usage/rerate";
            let refused = server
                .send(Method::POST, path, &question)
                .await
                .must_fail(400);
            assert_eq!(refused.violations(), [pointer], "{question}");
        }
    });
}
