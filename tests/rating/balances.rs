//! Balances and usage consumption over HTTP: the buckets that rating draws from, what fills and moves
//! them, and reports on them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Listener, Setup, TestServer, each_database, id as id_of};

const BALANCE: &str = "/tmf-api/prepayBalanceManagement/v4";
const QUERY_V4: &str = "/tmf-api/usageConsumption/v4/queryUsageConsumption";
const QUERY_V5: &str = "/tmf-api/usageConsumption/v5/queryUsageConsumption";
const REPORT_V5: &str = "/tmf-api/usageConsumption/v5/usageConsumptionReport";
const USAGE: &str = "/tmf-api/usageManagement/v4/usage";

/// On each database a server whose clock stands on the first of January 2030.
fn each(test: impl AsyncFn(&TestServer)) {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.standing_clock();
        let server = TestServer::with(setup).await;
        test(&server).await;
        server.stop().await;
    });
}

/// 600 seconds a month, for each owner of a scope; 0.12 EUR a started minute beyond.
async fn offer(server: &TestServer, plan: &str, scope: &str) {
    let catalog = server.v5();
    let voice = json!({
        "@type": "ProductOfferingPrice", "id": format!("{plan}-voice"), "name": "Calls",
        "priceType": "usage", "lifecycleStatus": "Active",
        "price": { "unit": "EUR", "value": 0.12 }, "unitOfMeasure": { "amount": 1, "units": "minute" },
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "perUnit",
            "characteristic": [{ "name": "increment", "value": [{ "from": 0, "step": 60 }] }],
        }],
    });
    catalog.make("productOfferingPrice", voice).await;
    let included = json!({
        "@type": "ProductOfferingPrice", "id": format!("{plan}-included"), "name": "600 seconds",
        "priceType": "allowance", "lifecycleStatus": "Active",
        "unitOfMeasure": { "amount": 600, "units": "s" },
        "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "allowance",
            "characteristic": [{ "name": "scope", "value": scope }],
        }],
        "popRelationship": [{
            "@type": "ProductOfferingPriceRelationship", "id": format!("{plan}-voice"),
            "relationshipType": "allowance",
        }],
    });
    catalog.make("productOfferingPrice", included).await;
    let offering = json!({
        "@type": "ProductOffering", "id": plan, "name": "Plan", "lifecycleStatus": "Active",
        "productOfferingPrice": [
            { "@type": "ProductOfferingPriceRef", "id": format!("{plan}-voice") },
            { "@type": "ProductOfferingPriceRef", "id": format!("{plan}-included") }],
    });
    catalog.make("productOffering", offering).await;
}

async fn line(server: &TestServer, id: &str, plan: &str, number: &str, account: Option<&str>) {
    let mut product = json!({
        "@type": "Product", "id": id, "status": "active", "startDate": "2029-01-01T00:00:00Z",
        "productOffering": { "@type": "ProductOfferingRef", "id": plan },
        "productCharacteristic": [
            { "@type": "StringCharacteristic", "name": "msisdn", "value": number }],
    });
    if let Some(account) = account {
        product["billingAccount"] =
            json!({ "@type": "BillingAccountRef", "id": account, "@referredType": "Elsewhere" });
    }
    let path = "/tmf-api/productInventory/v5/product";
    server.send(Method::POST, path, &product).await.must_be(201);
}

/// Rates a call and answers what it costs.
async fn call(server: &TestServer, record: &str, number: &str, seconds: u64) -> String {
    let usage = json!([{
        "usageDate": "2030-01-01T07:00:00Z", "usageType": "voice",
        "usageSpecification": { "id": "voice", "name": "voice" },
        "usageCharacteristic": [
            { "name": "source", "value": "msc-1" },
            { "name": "recordId", "value": record },
            { "name": "callingNumber", "value": number },
            { "name": "calledNumber", "value": "+49228000000" },
            { "name": "duration", "value": seconds }],
    }]);
    let answer = server
        .send(Method::POST, USAGE, &usage)
        .await
        .must_be(201)
        .json();
    let rated = &answer[0]["resource"];
    assert_eq!(rated["status"], "rated", "{answer}");
    let lines = rated["ratedProductUsage"].as_array().expect("prices");
    let total = lines.iter().find(|own| own["ratingAmountType"] == "Total");
    total.expect("a total")["taxExcludedRatingAmount"]["value"].to_string()
}

async fn read(server: &TestServer, path: &str) -> Value {
    server.get(path).await.must_be(200).json()
}

async fn buckets(server: &TestServer, query: &str) -> Vec<Value> {
    let found = read(server, &format!("{BALANCE}/bucket?{query}")).await;
    found.as_array().expect("a list").clone()
}

/// What is left in all buckets that a query finds.
async fn left(server: &TestServer, query: &str) -> u64 {
    let found = buckets(server, query).await;
    let amounts = found
        .iter()
        .map(|own| own["remainingValue"]["amount"].as_u64());
    amounts.map(|own| own.expect("an amount")).sum()
}

async fn act(server: &TestServer, kind: &str, body: &Value) -> Value {
    let path = format!("{BALANCE}/{kind}");
    server
        .send(Method::POST, &path, body)
        .await
        .must_be(201)
        .json()
}

fn top_up(bucket: &str, amount: Value) -> Value {
    json!({
        "amount": amount, "bucket": { "id": bucket }, "partyAccount": { "id": "acme" },
        "usageType": "voice",
    })
}

fn transfer(from: &str, to: &str, minutes: u64) -> Value {
    json!({
        "amount": { "amount": minutes, "units": "min" },
        "bucket": { "id": from }, "usageType": "voice",
        "receiverBucket": { "id": to }, "receiverBucketUsageType": "voice",
        "channel": { "id": "app" }, "reason": "a gift",
        "logicalResource": [{ "id": "n-1" }], "receiverLogicalResource": { "id": "n-2" },
    })
}

#[test]
fn buckets_are_those_that_rating_draws_from() {
    each(async |server| {
        offer(server, "solo", "product").await;
        offer(server, "family", "account").await;
        line(server, "p1", "solo", "491511", None).await;
        line(server, "p2", "family", "491512", Some("acme")).await;
        line(server, "p3", "family", "491513", Some("acme")).await;
        // What is due is there before anybody uses it.
        let due = buckets(server, "product.id=p1").await;
        assert_eq!(due.len(), 1);
        assert_eq!(
            due[0]["remainingValue"],
            json!({ "amount": 600, "units": "s" })
        );
        assert_eq!(call(server, "a", "491511", 130).await, "0.00");
        assert_eq!(call(server, "b", "491512", 60).await, "0.00");
        assert_eq!(call(server, "c", "491513", 61).await, "0.00");

        let own = &buckets(server, "product.id=p1").await[0];
        assert_eq!(own["id"], due[0]["id"]);
        assert_eq!(own["name"], "600 seconds");
        assert_eq!(own["usageType"], "voice");
        assert_eq!(own["status"], "active");
        assert_eq!(own["isShared"], false);
        assert_eq!(own["remainingValue"]["amount"], 420);
        assert_eq!(own["remainingValueName"], "7 min");
        assert_eq!(own["validFor"]["startDateTime"], "2030-01-01T00:00:00.000Z");
        assert_eq!(own["validFor"]["endDateTime"], "2030-02-01T00:00:00.000Z");
        let path = format!("{BALANCE}/bucket/{}", id_of(own));
        assert_eq!(read(server, &path).await, *own);

        let shared = &buckets(server, "partyAccount.id=acme").await;
        assert_eq!(shared.len(), 1, "{shared:?}");
        assert_eq!(shared[0]["isShared"], true);
        assert_eq!(shared[0]["remainingValue"]["amount"], 420);
        let users: Vec<&str> = shared[0]["product"]
            .as_array()
            .expect("products")
            .iter()
            .filter_map(|own| own["id"].as_str())
            .collect();
        assert_eq!(users, ["p2", "p3"]);
        assert_eq!(buckets(server, "product.id=p3").await, *shared);

        for (query, count) in [
            ("", 2),
            ("status=active", 2),
            ("usageType=sms", 0),
            ("isShared=true", 1),
            ("remainingValue.amount.lt=420", 0),
            ("remainingValue.amount.lte=420&name=600%20seconds", 2),
            ("product.id=nobody", 0),
            ("id=p.p1~solo-included~x", 0),
        ] {
            assert_eq!(buckets(server, query).await.len(), count, "{query}");
        }
        let page = server
            .get(&format!("{BALANCE}/bucket?limit=1&offset=1&sort=-isShared"))
            .await;
        let page = page.must_be(206);
        assert_eq!(page.header("X-Total-Count"), Some("2"));
        assert_eq!(page.json()[0]["isShared"], false);

        let sum = read(
            server,
            &format!("{BALANCE}/accumulatedBalance?partyAccount.id=acme"),
        )
        .await;
        assert_eq!(
            sum[0]["totalBalance"],
            json!({ "amount": 420, "units": "s" })
        );
        assert_eq!(sum[0]["bucket"][0]["id"], shared[0]["id"]);
        let one = format!("{BALANCE}/accumulatedBalance/{}", id_of(&sum[0]));
        assert_eq!(read(server, &one).await, sum[0]);
        server
            .get(&format!("{BALANCE}/bucket/p.p9~none~0"))
            .await
            .must_fail(404);
        server
            .get(&format!("{BALANCE}/accumulatedBalance/p.p9~s"))
            .await
            .must_fail(404);
    });
}

#[test]
fn a_top_up_is_used_by_the_next_call() {
    each(async |server| {
        offer(server, "solo", "product").await;
        line(server, "p1", "solo", "491511", None).await;
        assert_eq!(call(server, "a", "491511", 600).await, "0.00");
        // The thread knows that nothing is left.
        assert_eq!(call(server, "b", "491511", 60).await, "0.12");
        let spent = id_of(&buckets(server, "product.id=p1").await[0]);
        let body = top_up(&spent, json!({ "amount": 2, "units": "min" }));
        let done = act(server, "topupBalance", &body).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(done["confirmationDate"], "2030-01-01T08:00:00.000Z");
        assert_eq!(left(server, "product.id=p1").await, 120);
        assert_eq!(call(server, "c", "491511", 60).await, "0.00");
        assert_eq!(left(server, "product.id=p1").await, 60);
        // It has its own validity, where it says one.
        let mut longer = top_up(&spent, json!({ "amount": 60, "units": "s" }));
        longer["validFor"] = json!({
            "startDateTime": "2030-01-01T00:00:00Z", "endDateTime": "2031-01-01T00:00:00Z",
        });
        assert_eq!(
            act(server, "topupBalance", &longer).await["status"],
            "completed"
        );
        let ends: Vec<Value> = buckets(server, "product.id=p1&sort=validFor.endDateTime")
            .await
            .iter()
            .map(|own| own["validFor"]["endDateTime"].clone())
            .collect();
        assert_eq!(ends[2], "2031-01-01T00:00:00.000Z", "{ends:?}");
        // The one that ends first is used first.
        assert_eq!(call(server, "d", "491511", 120).await, "0.00");
        assert_eq!(call(server, "e", "491511", 60).await, "0.12");
    });
}

#[test]
fn a_product_without_usage_is_topped_up_by_its_allowance() {
    each(async |server| {
        offer(server, "solo", "product").await;
        line(server, "p1", "solo", "491511", None).await;
        let mut body = top_up("solo-included", json!({ "amount": 60, "units": "s" }));
        body["product"] = json!([{ "id": "p1" }]);
        let done = act(server, "topupBalance", &body).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(call(server, "a", "491511", 660).await, "0.00");
        assert_eq!(call(server, "b", "491511", 1).await, "0.12");
    });
}

#[test]
fn balances_are_transferred_and_corrected() {
    each(async |server| {
        offer(server, "solo", "product").await;
        line(server, "p1", "solo", "491511", None).await;
        line(server, "p2", "solo", "491512", None).await;
        assert_eq!(call(server, "a", "491511", 300).await, "0.00");
        assert_eq!(call(server, "b", "491512", 600).await, "0.00");
        let [one, other] = [
            id_of(&buckets(server, "product.id=p1").await[0]),
            id_of(&buckets(server, "product.id=p2").await[0]),
        ];
        let done = act(server, "transferBalance", &transfer(&one, &other, 3)).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(left(server, "product.id=p1").await, 120);
        assert_eq!(left(server, "product.id=p2").await, 180);
        assert_eq!(call(server, "c", "491512", 180).await, "0.00");
        assert_eq!(call(server, "d", "491511", 120).await, "0.00");

        let adjust = |amount: i64| {
            json!({
                "amount": { "amount": amount, "units": "s" }, "bucket": { "id": one },
                "usageType": "voice", "reason": "a mistake",
            })
        };
        assert_eq!(
            act(server, "adjustBalance", &adjust(90)).await["status"],
            "completed"
        );
        assert_eq!(left(server, "product.id=p1").await, 90);
        assert_eq!(
            act(server, "adjustBalance", &adjust(-40)).await["status"],
            "completed"
        );
        assert_eq!(left(server, "product.id=p1").await, 50);

        // What cannot be done is kept with its reason, and changes nothing.
        let mut wrong_type = adjust(1);
        wrong_type["usageType"] = json!("data");
        let mut wrong_unit = adjust(1);
        wrong_unit["amount"]["units"] = json!("EUR");
        let mut parts = adjust(1);
        parts["amount"]["amount"] = json!(0.5);
        let nowhere = top_up("p.p1~no~0", json!({ "amount": 1, "units": "s" }));
        for (kind, body, code) in [
            ("adjustBalance", adjust(-51), "INSUFFICIENT"),
            ("adjustBalance", wrong_type, "WRONG_TYPE"),
            ("adjustBalance", wrong_unit, "WRONG_UNIT"),
            ("adjustBalance", parts, "BAD_AMOUNT"),
            ("adjustBalance", adjust(0), "BAD_AMOUNT"),
            ("topupBalance", nowhere, "UNKNOWN_BUCKET"),
            (
                "topupBalance",
                top_up(&one, json!({ "amount": -1, "units": "s" })),
                "BAD_AMOUNT",
            ),
            ("transferBalance", transfer(&one, &other, 1), "INSUFFICIENT"),
            (
                "transferBalance",
                transfer(&one, "p.p3~x~0", 0),
                "UNKNOWN_BUCKET",
            ),
        ] {
            let made = act(server, kind, &body).await;
            assert_eq!(made["status"], "failed", "{made}");
            assert_eq!(made["statusReason"]["code"], code, "{made}");
            assert!(made.get("confirmationDate").is_none(), "{made}");
        }
        assert_eq!(left(server, "product.id=p1").await, 50);
        assert_eq!(left(server, "product.id=p2").await, 0);

        // To rate again takes back what usage did, and nothing of what was done by hand.
        for product in ["p1", "p2"] {
            let question = json!({ "product": { "id": product }, "from": "2020-01-01T00:00:00Z" });
            let path = "/tollgate/v1/usage/rerate";
            let report = server.send(Method::POST, path, &question).await;
            let report = report.must_be(200).json();
            assert_eq!(
                (&report["failed"], &report["changed"]),
                (&json!(0), &json!(0)),
                "{report}"
            );
            assert!(report["usage"].as_u64() > Some(0), "{report}");
        }
        assert_eq!(left(server, "product.id=p1").await, 50);
        assert_eq!(left(server, "product.id=p2").await, 0);

        let history = read(server, &format!("{BALANCE}/balanceActionHistory")).await;
        assert_eq!(history.as_array().expect("a list").len(), 12);
        let completed =
            format!("{BALANCE}/balanceActionHistory?status=completed&sort=requestedDate");
        let completed = read(server, &completed).await;
        assert_eq!(completed.as_array().expect("a list").len(), 3);
        let past = format!("{BALANCE}/balanceActionHistory/{}", id_of(&done));
        let past = read(server, &past).await;
        assert_eq!(past["@type"], "BalanceActionHistory");
        assert_eq!(past["receiverBucket"]["id"], other);

        // What was done is not undone by forgetting it.
        let path = format!("{BALANCE}/transferBalance/{}", id_of(&done));
        server
            .send(Method::DELETE, &path, &json!({}))
            .await
            .must_fail(409);
        let more = json!({
            "amount": { "amount": 9, "units": "min" }, "channel": { "id": "app" }, "reason": "more",
            "logicalResource": [{ "id": "n-1" }], "receiverLogicalResource": { "id": "n-2" },
        });
        server
            .send(Method::PATCH, &path, &more)
            .await
            .must_fail(409);
    });
}

#[test]
fn top_ups_at_once_add_up_while_usage_is_rated() {
    each(async |server| {
        offer(server, "solo", "product").await;
        line(server, "p1", "solo", "491511", None).await;
        assert_eq!(call(server, "first", "491511", 60).await, "0.00");
        let bucket = id_of(&buckets(server, "product.id=p1").await[0]);
        let body = top_up(&bucket, json!({ "amount": 1, "units": "min" }));
        let top_ups = (0..20).map(|_| act(server, "topupBalance", &body));
        let calls = async {
            for n in 0..20 {
                assert_eq!(call(server, &format!("c{n}"), "491511", 20).await, "0.00");
            }
        };
        let (done, ()) =
            futures_util::future::join(futures_util::future::join_all(top_ups), calls).await;
        assert!(
            done.iter().all(|own| own["status"] == "completed"),
            "{done:?}"
        );
        // 600 s and twenty minutes, less 21 started minutes.
        assert_eq!(left(server, "product.id=p1").await, 600 + 20 * 60 - 21 * 60);
        assert_eq!(buckets(server, "product.id=p1").await.len(), 2);
    });
}

#[test]
fn consumption_is_reported_in_both_versions() {
    each(async |server| {
        offer(server, "solo", "product").await;
        offer(server, "family", "account").await;
        line(server, "p1", "solo", "491511", Some("acme")).await;
        line(server, "p2", "family", "491512", Some("acme")).await;
        call(server, "a", "491511", 60).await;
        call(server, "b", "491512", 120).await;
        let query = json!({ "searchCriteria": { "product": [{ "id": "p1" }], "name": "Mine" } });
        let made = server
            .send(Method::POST, QUERY_V4, &query)
            .await
            .must_be(201)
            .json();
        let report = &made["usageConsumption"][0];
        assert_eq!(report["name"], "Mine");
        let bucket = &report["bucketRefOrValue"][0];
        assert_eq!(
            bucket["remainingValue"],
            json!({ "amount": 540, "units": "s" })
        );
        assert_eq!(
            bucket["validFor"]["endDateTime"],
            "2030-02-01T00:00:00.000Z"
        );
        let counters = |of: &Value| -> Vec<(String, u64)> {
            let all = of.as_array().expect("counters").iter();
            all.map(|own| {
                let name = own["counterType"].as_str().expect("a type").to_owned();
                (name, own["value"]["amount"].as_u64().expect("an amount"))
            })
            .collect()
        };
        let expected = [("granted", 600), ("used", 60), ("remaining", 540)];
        let expected = expected.map(|(name, n)| (name.to_owned(), n));
        assert_eq!(counters(&bucket["bucketCounter"]), expected);
        assert_eq!(
            counters(&report["product"][0]["consumptionSummary"]),
            expected
        );

        // The same query in v5, and by number.
        let newer = read(server, &format!("{QUERY_V5}/{}", id_of(&made))).await;
        assert_eq!(newer["state"], "done");
        assert_eq!(newer["usageConsumption"][0]["bucket"][0]["@type"], "Bucket");
        for criteria in [
            json!({ "logicalResource": [{ "@type": "LogicalResourceRef", "id": "n", "value": "+49 1511" }] }),
            json!({ "bucket": [{ "@type": "BucketRef", "id": bucket["id"], "@referredType": "Bucket" }] }),
        ] {
            let mut criteria = criteria;
            criteria["@type"] = json!("UsageConsumptionReport");
            let query = json!({ "@type": "QueryUsageConsumption", "searchCriteria": criteria });
            let made = server
                .send(Method::POST, QUERY_V5, &query)
                .await
                .must_be(201)
                .json();
            assert_eq!(made["state"], "done", "{made}");
            let found = &made["usageConsumption"][0]["bucket"];
            assert_eq!(found.as_array().expect("buckets").len(), 1, "{made}");
            assert_eq!(found[0]["id"], bucket["id"]);
        }
        // All of the account: the line's own bucket and the one that is shared.
        let query = json!({
            "@type": "QueryUsageConsumption",
            "partyAccount": [{ "@type": "PartyAccountRef", "id": "acme" }],
        });
        let made = server
            .send(Method::POST, QUERY_V5, &query)
            .await
            .must_be(201)
            .json();
        let found = made["usageConsumption"][0]["bucket"]
            .as_array()
            .expect("buckets");
        let mut lefts: Vec<u64> = found
            .iter()
            .filter_map(|own| own["remainingValue"]["amount"].as_u64())
            .collect();
        lefts.sort_unstable();
        assert_eq!(lefts, [480, 540], "{made}");
        // A period that is over has none of these.
        let mut before = query.clone();
        before["searchCriteria"] = json!({
            "@type": "UsageConsumptionReport",
            "validPeriod": { "startDateTime": "2029-11-01T00:00:00Z", "endDateTime": "2029-12-01T00:00:00Z" },
        });
        let made = server
            .send(Method::POST, QUERY_V5, &before)
            .await
            .must_be(201)
            .json();
        assert_eq!(made["usageConsumption"][0]["bucket"], json!([]), "{made}");
        let nobody = json!({ "@type": "QueryUsageConsumption" });
        let made = server
            .send(Method::POST, QUERY_V5, &nobody)
            .await
            .must_be(201)
            .json();
        assert_eq!(made["state"], "rejected", "{made}");
        assert_eq!(made["errorMessage"][0]["code"], "nobody");

        let report = json!({
            "@type": "UsageConsumptionReport",
            "product": [{ "@type": "UsageConsumptionProductRef", "id": "p2" }],
        });
        let made = server
            .send(Method::POST, REPORT_V5, &report)
            .await
            .must_be(201)
            .json();
        assert_eq!(made["bucket"][0]["remainingValue"]["amount"], 480, "{made}");
    });
}

#[test]
fn who_listens_hears_of_failures() {
    each(async |server| {
        let listener = Listener::start().await;
        let body = json!({ "callback": listener.url() });
        let hub = format!("{BALANCE}/hub");
        server.send(Method::POST, &hub, &body).await.must_be(201);
        let body = top_up("p.nobody~x~0", json!({ "amount": 1, "units": "s" }));
        assert_eq!(act(server, "topupBalance", &body).await["status"], "failed");
        server.drain().await;
        let events = listener.events();
        let types = events.iter().filter_map(|own| own["eventType"].as_str());
        let types: Vec<&str> = types.collect();
        assert_eq!(
            types,
            ["TopupBalanceCreateEvent", "TopupBalanceFailureEvent"]
        );
        let told = &events[1]["event"]["topupBalance"];
        assert_eq!(told["statusReason"]["code"], "UNKNOWN_BUCKET", "{told}");
    });
}
