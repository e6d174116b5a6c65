//! Usage alerts: shares of allowances and amounts of money that usage reaches, each told once.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::charging::Owner;

use super::plan::{V4, call, line, offer, read, stream};
use crate::support::{Listener, TestServer, each_database, each_server};

const ALERTS: &str = "/tollgate/v1/usageAlert";

/// All alerts, in the order in which they were raised.
async fn alerts(server: &TestServer, query: &str) -> Vec<Value> {
    let found = read(server, &format!("{ALERTS}?{query}")).await;
    found.as_array().expect("a list").clone()
}

/// For each alert the share and what is used.
async fn shares(server: &TestServer, query: &str) -> Vec<(u64, u64)> {
    let found = alerts(server, query).await;
    let number = |value: &Value| value.as_u64().expect("a number");
    found
        .iter()
        .map(|own| (number(&own["share"]), number(&own["used"]["amount"])))
        .collect()
}

/// For each alert the amount that was reached and what the period has come to.
async fn amounts(server: &TestServer) -> Vec<(String, String)> {
    let found = alerts(server, "alertType=spend").await;
    let shown = |money: &Value| money["value"].to_string();
    found
        .iter()
        .map(|own| (shown(&own["threshold"]), shown(&own["spent"])))
        .collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    let expected = expected.iter();
    expected
        .map(|(one, other)| ((*one).to_owned(), (*other).to_owned()))
        .collect()
}

/// Rates usage and answers its ids.
async fn rated(server: &TestServer, lines: &[Value]) -> Vec<String> {
    let answer = stream(server, lines).await;
    assert_eq!(answer["rated"], lines.len(), "{answer}");
    let records = answer["record"].as_array().expect("records").iter();
    records
        .map(|own| own["id"].as_str().expect("an id").to_owned())
        .collect()
}

async fn rerate(server: &TestServer, from: &str) -> Value {
    let question = json!({ "billingAccount": { "id": "acme" }, "from": from });
    let path = "/tollgate/v1/usage/rerate";
    server
        .send(Method::POST, path, &question)
        .await
        .must_be(200)
        .json()
}

/// Gives a price another content.
async fn change(server: &TestServer, price: &str, mut patch: Value) {
    patch["@type"] = json!("ProductOfferingPrice");
    let path = format!("productOfferingPrice/{price}");
    server.v5().patch(&path, &patch).await.must_be(200);
}

/// Adds a price of an amount of a month to the plan.
async fn watch(server: &TestServer, id: &str, currency: &str, parameters: Value) {
    let catalog = server.v5();
    let parameters = parameters.as_object().expect("parameters").iter();
    let parameters = parameters.map(|(name, value)| json!({ "name": name, "value": value }));
    let price = json!({
        "@type": "ProductOfferingPrice", "id": id, "name": "Limit", "priceType": "maximumSpend",
        "lifecycleStatus": "Active", "price": { "unit": currency, "value": 1 },
        "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "maximumSpend",
            "characteristic": parameters.collect::<Vec<Value>>(),
        }],
    });
    catalog.make("productOfferingPrice", price).await;
    let plan = read(
        server,
        "/tmf-api/productCatalogManagement/v5/productOffering/plan",
    )
    .await;
    let mut prices = plan["productOfferingPrice"].clone();
    let reference = json!({ "@type": "ProductOfferingPriceRef", "id": id });
    prices.as_array_mut().expect("prices").push(reference);
    let patch = json!({ "@type": "ProductOffering", "productOfferingPrice": prices });
    catalog
        .patch("productOffering/plan", &patch)
        .await
        .must_be(200);
}

/// What the periods of an account have come to, in millionths.
fn spent(server: &TestServer) -> Vec<i64> {
    let states = server
        .parts()
        .engine
        .store
        .read_blocking(|session| session.charging_states(1, &["a:acme".to_owned()]));
    let states = states.expect("states");
    let owner = Owner::read(&states[0].2).expect("an owner");
    owner.spent.iter().map(|own| own.amount).collect()
}

#[test]
fn each_share_is_told_once_by_the_usage_that_reaches_it() {
    each_server(async |server| {
        let all = Listener::start().await;
        let some = Listener::start().await;
        let query = "eventType=UsageAlertCreateEvent&event.usageAlert.share=80";
        for hub in [
            json!({ "@type": "Hub", "callback": all.url() }),
            json!({ "@type": "Hub", "callback": some.url(), "query": query }),
        ] {
            let path = "/tollgate/v1/hub";
            server.send(Method::POST, path, &hub).await.must_be(201);
        }
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        line(server, "p2", "491512", Some("acme")).await;
        let first = rated(server, &[call("a", "491511", "2026-03-02T09:00:00Z", 60)]).await;
        // Of 120 s 40 are left.
        let second = rated(
            server,
            &[
                call("b", "491512", "2026-03-02T10:00:00Z", 120),
                call("c", "491512", "2026-03-02T11:00:00Z", 60),
            ],
        )
        .await;
        assert_eq!(shares(server, "").await, [(50, 60), (80, 100), (100, 100)]);

        let of_first = alerts(server, &format!("usage.id={}", first[0])).await;
        let [alert] = of_first.as_slice() else {
            panic!("{of_first:?}")
        };
        assert!(alert["raisedAt"].is_string(), "{alert}");
        let end = |href: &Value| {
            let href = href.as_str().expect("an address");
            href.rsplit_once("/tmf-api/").expect("a path").1.to_owned()
        };
        let bucket = "a.acme~included~1772323200";
        assert_eq!(
            end(&alert["bucket"]["href"]),
            format!("prepayBalanceManagement/v4/bucket/{bucket}")
        );
        assert_eq!(
            end(&alert["usage"]["href"]),
            format!("productUsageManagement/v5/productUsage/{}", first[0])
        );
        let expected = [
            ("/alertType", json!("share")),
            ("/usageDate", json!("2026-03-02T09:00:00.000Z")),
            ("/product/id", json!("p1")),
            ("/billingAccount/id", json!("acme")),
            ("/scope", json!("account")),
            ("/productOfferingPrice/id", json!("included")),
            ("/period/startDateTime", json!("2026-03-01T00:00:00.000Z")),
            ("/period/endDateTime", json!("2026-04-01T00:00:00.000Z")),
            ("/bucket/id", json!(bucket)),
            ("/granted", json!({ "amount": 100, "units": "s" })),
            ("/used", json!({ "amount": 60, "units": "s" })),
        ];
        for (pointer, value) in expected {
            assert_eq!(alert.pointer(pointer), Some(&value), "{pointer} of {alert}");
        }
        let of_second = shares(server, &format!("usage.id={}", second[0])).await;
        assert_eq!(of_second, [(80, 100), (100, 100)]);
        assert_eq!(
            alerts(server, "product.id=p2&alertType=share").await.len(),
            2
        );
        let refused = server.send(Method::POST, ALERTS, &json!({})).await;
        refused.must_fail(405);

        server.drain().await;
        let told = |listener: &Listener| -> Vec<Value> {
            let events = listener.events().into_iter();
            let mut told: Vec<Value> = events
                .inspect(|own| assert_eq!(own["eventType"], "UsageAlertCreateEvent", "{own}"))
                .map(|own| own["event"]["usageAlert"]["share"].clone())
                .collect();
            told.sort_by_key(Value::as_u64);
            told
        };
        assert_eq!(told(&all), [50, 80, 100]);
        assert_eq!(told(&some), [80]);
        let event = &some.events()[0]["event"]["usageAlert"];
        assert_eq!(event["usage"]["id"], *second[0]);

        // A new period begins anew, and one usage can reach all shares.
        rated(server, &[call("d", "491511", "2026-04-02T09:00:00Z", 180)]).await;
        let in_april = format!("bucket.id=a.acme~included~{}", 1_775_001_600);
        let expected = [(50, 100), (80, 100), (100, 100)];
        assert_eq!(shares(server, &in_april).await, expected);
    });
}

#[test]
fn a_batch_tells_each_share_once() {
    each_server(async |server| {
        offer(server).await;
        let threshold = json!({ "name": "threshold", "value": [60, 90] });
        let scope = json!({ "name": "scope", "value": "account" });
        let own = json!([{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "allowance",
            "characteristic": [scope, threshold],
        }]);
        change(server, "included", json!({ "pricingLogicAlgorithm": own })).await;
        line(server, "p1", "491511", Some("acme")).await;
        line(server, "p2", "491512", Some("acme")).await;
        // The later one comes first.
        let lines = [
            call("b", "491512", "2026-03-02T10:00:00Z", 60),
            call("a", "491511", "2026-03-02T09:00:00Z", 60),
            call("c", "491511", "2026-03-02T11:00:00Z", 60),
        ];
        let ids = rated(server, &lines).await;
        assert_eq!(shares(server, "").await, [(60, 60), (90, 100)]);
        for (place, share) in [(1, 60), (0, 90)] {
            let found = alerts(server, &format!("usage.id={}", ids[place])).await;
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0]["share"], share);
        }
        // Records that come again tell nothing.
        let again = stream(server, &lines).await;
        assert_eq!(again["duplicate"], 3, "{again}");
        assert_eq!(shares(server, "").await.len(), 2);
    });
}

#[test]
fn what_was_told_is_known_after_a_restart() {
    each_database(async |database| {
        let server = TestServer::start(database).await;
        offer(&server).await;
        watch(
            &server,
            "most",
            "EUR",
            json!({ "scope": "account", "notify": [{ "percentage": 4 }] }),
        )
        .await;
        line(&server, "p1", "491511", Some("acme")).await;
        rated(&server, &[call("a", "491511", "2026-03-02T09:00:00Z", 60)]).await;
        assert_eq!(shares(&server, "").await, [(50, 60)]);
        server.stop().await;

        let server = TestServer::start(database).await;
        rated(&server, &[call("b", "491511", "2026-03-02T10:00:00Z", 60)]).await;
        let expected = [(50, 60), (80, 100), (100, 100)];
        assert_eq!(shares(&server, "alertType=share").await, expected);
        assert_eq!(amounts(&server).await, pairs(&[("0.04", "0.04")]));
        server.stop().await;

        let server = TestServer::start(database).await;
        rated(&server, &[call("c", "491511", "2026-03-02T11:00:00Z", 60)]).await;
        assert_eq!(alerts(&server, "").await.len(), 4);
        assert_eq!(spent(&server), [160_000]);
        server.stop().await;
    });
}

#[test]
fn rating_again_tells_only_what_is_new() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        rated(server, &[call("a", "491511", "2026-03-02T09:00:00Z", 60)]).await;
        let from = "2026-03-01T00:00:00Z";
        let report = rerate(server, from).await;
        assert_eq!(report["usage"], 1, "{report}");
        assert_eq!(shares(server, "").await, [(50, 60)]);
        // In longer steps the same call takes more.
        let steps = |step: u64| {
            let increment = json!({ "name": "increment", "value": [{ "from": 0, "step": step }] });
            json!({ "pricingLogicAlgorithm": [{
                "@type": "PricingLogicAlgorithm", "plaSpecId": "perUnit",
                "characteristic": [increment],
            }] })
        };
        change(server, "voice", steps(90)).await;
        rerate(server, from).await;
        assert_eq!(shares(server, "").await, [(50, 60), (80, 90)]);
        // What is given back and used up again is not told again.
        change(server, "voice", steps(10)).await;
        rerate(server, from).await;
        let later = rated(server, &[call("b", "491511", "2026-03-03T09:00:00Z", 30)]).await;
        let of_later = alerts(server, &format!("usage.id={}", later[0])).await;
        assert!(of_later.is_empty(), "{of_later:?}");
        rerate(server, from).await;
        assert_eq!(shares(server, "").await, [(50, 60), (80, 90)]);
    });
}

#[test]
fn what_was_carried_over_has_no_thresholds() {
    each_server(async |server| {
        offer(server).await;
        let own = json!([{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "allowance",
            "characteristic": [{ "name": "rollover", "value": { "periods": 1 } }],
        }]);
        change(server, "included", json!({ "pricingLogicAlgorithm": own })).await;
        line(server, "p1", "491511", None).await;
        // The 100 s of February come first, then those of March.
        let lines = [
            call("a", "491511", "2026-03-02T09:00:00Z", 60),
            call("b", "491511", "2026-03-02T10:00:00Z", 60),
        ];
        rated(server, &lines).await;
        assert!(alerts(server, "").await.is_empty());
        rated(server, &[call("c", "491511", "2026-03-02T11:00:00Z", 60)]).await;
        assert_eq!(shares(server, "").await, [(50, 80), (80, 80)]);
        let found = alerts(server, "bucket.id=p.p1~included~1772323200").await;
        assert_eq!(found.len(), 2);
        assert_eq!(found[0]["scope"], "product");
        assert!(found[0].get("billingAccount").is_none());
    });
}

/// A part of a session of 30 seconds.
fn part(number: u64, start: &str) -> Value {
    let mut usage = call("session", "491512", start, 30);
    let list = usage["usageCharacteristic"].as_array_mut();
    let list = list.expect("a list");
    list.push(json!({ "name": "partialSequence", "value": number }));
    list.push(json!({ "name": "lastPartial", "value": number == 2 }));
    usage
}

#[test]
fn amounts_are_told_across_the_products_of_an_account() {
    each_server(async |server| {
        offer(server).await;
        let notify = json!([{ "percentage": 50 }, { "amount": 0.12 }]);
        watch(
            server,
            "most",
            "EUR",
            json!({ "scope": "account", "notify": notify }),
        )
        .await;
        // Charges in another currency are no part of it.
        let own = json!({ "scope": "account", "notifyOnly": true, "notify": [{ "amount": 0.01 }] });
        watch(server, "dollars", "USD", own).await;
        line(server, "p1", "491511", Some("acme")).await;
        line(server, "p2", "491512", Some("acme")).await;
        rated(
            server,
            &[
                // 20 s of 120 are paid for: 0.04. The rest pays all of it.
                call("a", "491511", "2026-03-02T09:00:00Z", 100),
                call("b", "491512", "2026-03-02T10:00:00Z", 60),
            ],
        )
        .await;
        assert_eq!(amounts(server).await, pairs(&[("0.12", "0.16")]));
        let alert = alerts(server, "alertType=spend").await.remove(0);
        let expected = [
            ("/product/id", json!("p2")),
            ("/billingAccount/id", json!("acme")),
            ("/scope", json!("account")),
            ("/productOfferingPrice/id", json!("most")),
            ("/period/startDateTime", json!("2026-03-01T00:00:00.000Z")),
            ("/period/endDateTime", json!("2026-04-01T00:00:00.000Z")),
            ("/threshold", json!({ "unit": "EUR", "value": 0.12 })),
            ("/taxMode", json!("net")),
        ];
        for (pointer, value) in expected {
            assert_eq!(alert.pointer(pointer), Some(&value), "{pointer} of {alert}");
        }
        assert!(alert.get("share").is_none());

        rated(
            server,
            &[
                part(1, "2026-03-03T09:00:00Z"),
                part(2, "2026-03-03T09:00:30Z"),
                call("c", "491511", "2026-03-04T09:00:00Z", 180),
            ],
        )
        .await;
        // Both parts are one minute.
        let both = pairs(&[("0.12", "0.16"), ("0.50", "0.64")]);
        assert_eq!(amounts(server).await, both);
        assert_eq!(alerts(server, "alertType=spend&share=50").await.len(), 1);
        assert_eq!(spent(server), [640_000]);

        // At half the price it comes to half of it, and reaches the amounts a second time in silence.
        let from = "2026-03-04T00:00:00Z";
        rerate(server, from).await;
        assert_eq!(spent(server), [640_000]);
        change(
            server,
            "voice",
            json!({ "price": { "unit": "EUR", "value": 0.06 } }),
        )
        .await;
        for _ in 0..2 {
            rerate(server, from).await;
            assert_eq!(spent(server), [320_000]);
        }
        rated(server, &[call("d", "491511", "2026-03-05T09:00:00Z", 240)]).await;
        assert_eq!(spent(server), [560_000]);
        assert_eq!(amounts(server).await, both);
        // In the next month it begins anew.
        rated(server, &[call("e", "491512", "2026-04-05T09:00:00Z", 280)]).await;
        assert_eq!(spent(server), [560_000, 200_000]);
        let found = amounts(server).await;
        assert_eq!(found[2..], pairs(&[("0.12", "0.20")]));
    });
}

#[test]
fn amounts_can_hold_the_tax_and_be_of_each_product() {
    each_server(async |server| {
        offer(server).await;
        let own = json!({ "taxMode": "gross", "notify": [{ "amount": 0.14 }, { "amount": 0.3 }] });
        watch(server, "most", "EUR", own).await;
        line(server, "p1", "491511", Some("acme")).await;
        line(server, "p2", "491512", Some("acme")).await;
        let lines = [
            call("a", "491511", "2026-03-02T09:00:00Z", 60),
            call("b", "491511", "2026-03-02T10:00:00Z", 60),
            // 0.144 with tax, for each of both.
            call("c", "491511", "2026-03-02T11:00:00Z", 60),
            call("d", "491512", "2026-03-02T12:00:00Z", 60),
        ];
        let ids = rated(server, &lines).await;
        let expected = pairs(&[("0.14", "0.192"), ("0.14", "0.144")]);
        assert_eq!(amounts(server).await, expected);
        let of_d = alerts(server, &format!("usage.id={}", ids[3])).await;
        assert_eq!(of_d[0]["scope"], "product");
        assert_eq!(of_d[0]["taxMode"], "gross");
        let trace = read(
            server,
            &format!("/tollgate/v1/usage/{}/ratingTrace", ids[3]),
        )
        .await;
        let entry = &trace["spend"][0];
        assert_eq!(entry["price"]["id"], "most");
        assert_eq!(entry["charged"], json!({ "unit": "EUR", "value": 0.144 }));
        // Usage that costs nothing is added to nothing.
        let trace = read(
            server,
            &format!("/tollgate/v1/usage/{}/ratingTrace", ids[0]),
        )
        .await;
        assert!(trace.get("spend").is_none(), "{trace}");
        let usage = read(server, &format!("{V4}/{}", ids[0])).await;
        assert_eq!(usage["status"], "rated");
    });
}
