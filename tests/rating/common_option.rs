//! One option of several lines: who pays is rated by another thread for each of them, and all draw from the
//! same allowance.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tollgate::charging::Owner;

use super::payers::{MARCH, PRODUCTS, line, make, offer};
use super::plan::{V4, call, read, stream};
use crate::support::{Setup, TestServer, each_database, each_server};

const ALERTS: &str = "/tollgate/v1/usageAlert";

/// An option with minutes that are given once; customers are told of shares of them.
async fn pack(server: &TestServer, minutes: u64) {
    let price = json!({
        "@type": "ProductOfferingPrice", "id": "minutes", "name": "Minutes", "priceType": "allowance",
        "lifecycleStatus": "Active", "unitOfMeasure": { "amount": minutes, "units": "min" },
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "allowance",
            "characteristic": [{ "name": "threshold", "value": [50, 80, 100] }] }],
        "popRelationship": [{
            "@type": "ProductOfferingPriceRelationship", "id": "calls", "relationshipType": "allowance" }],
    });
    server.v5().make("productOfferingPrice", price).await;
    let offering = json!({
        "@type": "ProductOffering", "id": "pack", "name": "Pack", "lifecycleStatus": "Active",
        "productOfferingPrice": [{ "@type": "ProductOfferingPriceRef", "id": "minutes" }] });
    server.v5().make("productOffering", offering).await;
    let product = json!({
        "@type": "Product", "id": "common", "status": "active", "startDate": MARCH,
        "productOffering": { "@type": "ProductOfferingRef", "id": "pack" } });
    make(server, PRODUCTS, &product).await;
}

fn with_pack() -> Value {
    json!({ "productRelationship": [
        { "@type": "ProductRelationship", "relationshipType": "enables", "id": "common" }] })
}

fn state(server: &TestServer) -> Owner {
    let states = server
        .parts()
        .engine
        .store
        .read_blocking(|session| session.charging_states(1, &["p:common".to_owned()]));
    Owner::read(&states.expect("a state")[0].2).expect("an owner")
}

/// What each record costs without tax, by its name.
async fn nets(server: &TestServer) -> Vec<(String, String)> {
    let list = read(server, &format!("{V4}?limit=1000")).await;
    let list = list.as_array().expect("a list").iter();
    let mut all: Vec<(String, String)> = list
        .map(|usage| {
            let named = usage["usageCharacteristic"].as_array().expect("a list");
            let name = named.iter().find(|own| own["name"] == "recordId");
            let name = name.expect("a name")["value"].as_str().expect("a text");
            let net = &usage["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"];
            (name.to_owned(), net.to_string())
        })
        .collect();
    all.sort();
    all
}

/// For each alert the share, what is used, and whose usage reached it.
async fn shares(server: &TestServer) -> Vec<(u64, u64, String)> {
    let found = read(server, &format!("{ALERTS}?alertType=share")).await;
    let found = found.as_array().expect("a list").iter();
    let number = |value: &Value| value.as_u64().expect("a number");
    found
        .map(|own| {
            assert!(
                own["bucket"]["id"]
                    .as_str()
                    .expect("an id")
                    .starts_with("p.common~")
            );
            let product = own["product"]["id"].as_str().expect("an id");
            (
                number(&own["share"]),
                number(&own["used"]["amount"]),
                product.to_owned(),
            )
        })
        .collect()
}

#[test]
fn lines_of_several_threads_and_processes_share_it_to_the_last_unit() {
    const LINES: u64 = 24;
    const ROUNDS: u64 = 12;
    const MINUTES: u64 = 167;
    each_database(async |database| {
        let mut servers = Vec::new();
        for _ in 0..2 {
            let mut setup = Setup::new(database);
            setup.config.rating.threads = 4;
            servers.push(TestServer::with(setup).await);
        }
        let first = &servers[0];
        offer(first).await;
        pack(first, MINUTES).await;
        for n in 0..LINES {
            let (id, account) = (format!("4917{n:02}"), format!("a{n}"));
            line(first, &id, None, with_account(&account)).await;
        }
        for server in &servers {
            server.parts().book.look().expect("prices are seen");
        }
        for round in 0..ROUNDS {
            // Four streams at once, two to each server.
            let calls = |part: u64| -> Vec<Value> {
                let own = (0..LINES).filter(move |n| n % 4 == (part + round) % 4);
                own.map(|n| {
                    let record = format!("{round:02}-{n:02}");
                    call(&record, &format!("4917{n:02}"), "2026-03-02T09:00:00Z", 60)
                })
                .collect()
            };
            let parts: Vec<Vec<Value>> = (0..4).map(calls).collect();
            let sent = parts.iter().zip([0, 1, 0, 1]);
            let answers = join_all(sent.map(|(part, server)| stream(&servers[server], part))).await;
            for answer in answers {
                assert_eq!(answer["rated"], LINES / 4, "round {round}: {answer}");
            }
            let taken = (LINES * (round + 1)).min(MINUTES) * 60;
            let used: u64 = state(first).buckets.iter().map(|own| own.used).sum();
            assert_eq!(used, taken, "round {round}");
        }
        let nets = nets(first).await;
        let free = nets.iter().filter(|(_, net)| net == "0.00").count();
        let paid = nets.iter().filter(|(_, net)| net == "0.10").count();
        let all = usize::try_from(LINES * ROUNDS).expect("small");
        let minutes = usize::try_from(MINUTES).expect("small");
        assert_eq!((free, paid), (minutes, all - minutes));
        // Whatever the thread, each share was told once.
        let told = shares(first).await;
        let told: Vec<u64> = told.iter().map(|(share, ..)| *share).collect();
        assert_eq!(told, [50, 80, 100]);
        for server in servers {
            server.stop().await;
        }
    });
}

#[test]
fn usage_of_one_line_that_comes_late_changes_what_the_others_pay() {
    each_server(async |server| {
        offer(server).await;
        pack(server, 5).await;
        // Amounts of the month of each line too.
        let most = json!({
            "@type": "ProductOfferingPrice", "id": "most", "name": "Limit", "priceType": "maximumSpend",
            "lifecycleStatus": "Active", "price": { "unit": "EUR", "value": 1 },
            "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
            "pricingLogicAlgorithm": [{
                "@type": "PricingLogicAlgorithm", "plaSpecId": "maximumSpend",
                "characteristic": [
                    { "name": "scope", "value": "product" },
                    { "name": "notify", "value": [{ "percentage": 10 }, { "percentage": 30 }] }] }],
        });
        server.v5().make("productOfferingPrice", most).await;
        let patch = json!({ "@type": "ProductOffering", "productOfferingPrice": [
            { "@type": "ProductOfferingPriceRef", "id": "calls" },
            { "@type": "ProductOfferingPriceRef", "id": "most" }] });
        server
            .v5()
            .patch("productOffering/plain", &patch)
            .await
            .must_be(200);
        line(server, "491", None, with_account("one")).await;
        line(server, "492", None, with_account("two")).await;
        let at = |minute: u32| format!("2026-03-02T09:{minute:02}:00Z");
        for (record, line, minute, seconds) in [
            ("c", "491", 20, 120),
            ("d", "492", 30, 120),
            ("e", "491", 40, 180),
        ] {
            stream(server, &[call(record, line, &at(minute), seconds)]).await;
        }
        // Of the last one a minute is included.
        let first = [(50, 240, "492"), (80, 240, "492"), (100, 300, "491")];
        let first = first.map(|(share, used, line)| (share, used, line.to_owned()));
        assert_eq!(shares(server).await, first);
        assert_eq!(
            amounts(server).await,
            [("491".to_owned(), "0.20".to_owned())]
        );
        // Too late for the others, of whom it takes three minutes.
        stream(server, &[call("a", "492", &at(0), 180)]).await;
        assert!(state(server).late.is_some());
        assert_eq!(server.parts().worker.drain().await.expect("a job"), 1);
        let costs = [("a", "0.00"), ("c", "0.00"), ("d", "0.20"), ("e", "0.30")];
        let costs = costs.map(|(name, net)| (name.to_owned(), net.to_owned()));
        assert_eq!(nets(server).await, costs);
        let owner = state(server);
        assert_eq!(owner.late, None);
        assert_eq!(owner.buckets.iter().map(|own| own.used).sum::<u64>(), 300);
        // Shares were told; the line that pays more now hears of its next amount.
        assert_eq!(shares(server).await, first);
        let mut told = amounts(server).await;
        told.sort();
        let expected = [
            ("491", "0.20"),
            ("491", "0.30"),
            ("492", "0.30"),
            ("492", "0.30"),
        ];
        let expected = expected.map(|(line, spent)| (line.to_owned(), spent.to_owned()));
        assert_eq!(told, expected);
        // Nothing is told twice by rating it all again.
        let question = json!({ "product": { "id": "491" }, "from": MARCH });
        let path = "/tollgate/v1/usage/rerate";
        let report = server.send(Method::POST, path, &question).await;
        let report = report.must_be(200).json();
        assert_eq!(
            (&report["usage"], &report["changed"]),
            (&json!(4), &json!(0)),
            "{report}"
        );
        assert_eq!(shares(server).await.len() + amounts(server).await.len(), 7);
    });
}

/// An account that is kept elsewhere, and the option.
fn with_account(account: &str) -> Value {
    let mut more = with_pack();
    more["billingAccount"] =
        json!({ "@type": "BillingAccountRef", "id": account, "@referredType": "Elsewhere" });
    more
}

/// For each alert of an amount the line, and what it has come to.
async fn amounts(server: &TestServer) -> Vec<(String, String)> {
    let found = read(server, &format!("{ALERTS}?alertType=spend")).await;
    let found = found.as_array().expect("a list").iter();
    let shown = |own: &Value| {
        let line = own["product"]["id"].as_str().expect("an id");
        (line.to_owned(), own["spent"]["value"].to_string())
    };
    found.map(shown).collect()
}
