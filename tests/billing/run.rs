//! Bill runs through HTTP: from products and usage to bills and their lines.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::cli::config::Config;
use tollgate::domain::clock::Clock;

use crate::rating::payers::{line, make, offer};
use crate::rating::plan::{call, read, stream};
use crate::support::{Database, Setup, TestServer, each_database};

pub const ACCOUNTS: &str = "/tmf-api/accountManagement/v5/billingAccount";
pub const CYCLES: &str = "/tmf-api/accountManagement/v5/billingCycleSpecification";
const PRODUCTS: &str = "/tmf-api/productInventory/v5/product";
pub const BILLS: &str = "/tmf-api/customerBillManagement/v5/customerBill";
const RATES: &str = "/tmf-api/customerBillManagement/v5/appliedCustomerBillingRate";
pub const DEMANDS: &str = "/tmf-api/customerBillManagement/v5/customerBillOnDemand";
const DEMANDS_V4: &str = "/tmf-api/customerBillManagement/v4/customerBillOnDemand";
const RUNS: &str = "/tollgate/v1/billRun";
pub const DAY: i64 = 86_400_000;

/// A server whose clock stands on 1 January 2030, with a monthly cycle and the prices of calls.
async fn begin(database: &Database) -> (TestServer, Clock) {
    begin_with(database, |_| {}).await
}

/// The same with other settings.
pub async fn begin_with(
    database: &Database,
    adjust: impl FnOnce(&mut Config),
) -> (TestServer, Clock) {
    let mut setup = Setup::new(database);
    let clock = setup.standing_clock();
    setup.config.issuer.vat_number = "DE123456789".to_owned();
    adjust(&mut setup.config);
    let server = TestServer::with(setup).await;
    offer(&server).await;
    let cycle = json!({ "@type": "BillingCycleSpecification", "id": "first", "name": "On the first",
        "frequency": "monthly", "billingDateShift": 0, "paymentDueDateOffset": 14 });
    make(&server, CYCLES, &cycle).await;
    (server, clock)
}

pub async fn account(server: &TestServer, id: &str) {
    let account = json!({
        "@type": "BillingAccount", "id": id, "name": id, "state": "Active",
        "billStructure": { "@type": "BillStructure", "cycleSpecification": {
            "@type": "BillingCycleSpecificationRef", "id": "first" } },
        "relatedParty": [],
    });
    make(server, ACCOUNTS, &account).await;
}

/// 30.00 EUR a month in advance and 25 % tax.
pub fn monthly(value: f64) -> Value {
    json!([{
        "@type": "ProductPrice", "name": "Plan", "priceType": "recurring",
        "recurringChargePeriod": "month",
        "price": { "@type": "Price", "dutyFreeAmount": { "unit": "EUR", "value": value }, "taxRate": 25 },
    }])
}

pub async fn run(server: &TestServer, more: Value) -> Value {
    let mut body = json!({ "@type": "BillRun", "billingCycleSpecification": {
        "@type": "BillingCycleSpecificationRef", "id": "first" } });
    for (name, value) in more.as_object().expect("an object") {
        body[name] = value.clone();
    }
    let made = make(server, RUNS, &body).await;
    server.drain().await;
    let done = read(server, &format!("{RUNS}/{}", made["id"].as_str().unwrap())).await;
    assert_eq!(done["state"], "done", "{done}");
    done
}

pub async fn bills(server: &TestServer, account: &str) -> Vec<Value> {
    let list = read(server, &format!("{BILLS}?billingAccount.id={account}")).await;
    list.as_array().expect("a list").clone()
}

/// Lines of a bill: name, type of charge, first and last day, net.
async fn lines(server: &TestServer, bill: &Value) -> Vec<String> {
    let list = read(
        server,
        &format!("{RATES}?bill.id={}", bill["id"].as_str().unwrap()),
    )
    .await;
    let lines = list.as_array().expect("a list").iter().map(|line| {
        assert_eq!(line["isBilled"], true);
        assert_eq!(line["bill"]["id"], bill["id"]);
        let day = |name: &str| line["periodCoverage"][name].as_str().unwrap()[..10].to_owned();
        format!(
            "{} {} {} {} {}",
            line["name"].as_str().unwrap(),
            line["chargeType"].as_str().unwrap(),
            day("startDateTime"),
            day("endDateTime"),
            line["taxExcludedAmount"]["value"],
        )
    });
    lines.collect()
}

/// The records behind each line of usage of a bill, with what they added.
async fn behind(server: &TestServer, bill: &Value) -> Vec<Vec<String>> {
    let path = format!("{RATES}?bill.id={}", bill["id"].as_str().unwrap());
    let list = read(server, &path).await;
    let mut all = Vec::new();
    for line in list.as_array().expect("a list") {
        let id = line["id"].as_str().expect("an id");
        let path = format!("/tollgate/v1/appliedCustomerBillingRate/{id}/usage");
        if line["chargeType"] != "usageCharge" {
            server.get(&path).await.must_fail(409);
            continue;
        }
        let found = server.get(&path).await.must_be(200);
        let items = found.json();
        let items = items.as_array().expect("a list");
        assert_eq!(found.said("x-total-count"), items.len().to_string());
        let last = server
            .get(&format!("{path}?offset={}", items.len() - 1))
            .await;
        assert_eq!(last.must_be(200).json()[0], items[items.len() - 1]);
        let mut own = Vec::new();
        for item in items {
            let usage = read(server, item["usage"]["href"].as_str().expect("an address")).await;
            let way = format!(
                "/tollgate/v1/usage/{}/appliedCustomerBillingRate",
                usage["id"].as_str().expect("an id")
            );
            let back = read(server, &way).await;
            let back = back.as_array().expect("a list");
            assert!(
                back.iter()
                    .any(|own| own["id"] == line["id"] && own["bill"]["id"] == bill["id"]),
                "{back:?}"
            );
            let record = usage["usageCharacteristic"]
                .as_array()
                .expect("a list")
                .iter();
            let record = record
                .clone()
                .find(|own| own["name"] == "recordId")
                .expect("a name");
            let net = format!(
                "{:.2}",
                item["taxExcludedAmount"]["value"].as_f64().unwrap()
            );
            own.push(format!("{} {net}", record["value"].as_str().unwrap()));
        }
        all.push(own);
    }
    all
}

#[test]
fn a_run_bills_products_and_usage_once() {
    each_database(async |database| {
        let (server, clock) = begin(database).await;
        account(&server, "acme").await;
        account(&server, "nothing").await;
        let more = json!({ "startDate": "2029-12-11T00:00:00Z", "productPrice": monthly(30.0) });
        line(&server, "49170", Some("acme"), more).await;
        let calls: Vec<Value> = (1..=10)
            .map(|n| {
                call(
                    &format!("c{n}"),
                    "49170",
                    &format!("2029-12-{:02}T10:00:00Z", n + 11),
                    60,
                )
            })
            .collect();
        stream(&server, &calls).await;
        stream(&server, &[call("new", "49170", "2030-01-01T01:00:00Z", 60)]).await;

        let done = run(&server, json!({})).await;
        let counts = |run: &Value| {
            [
                "accountCount",
                "billCount",
                "emptyCount",
                "skippedCount",
                "failedCount",
            ]
            .map(|name| run[name].as_u64().unwrap_or(0))
        };
        assert_eq!(counts(&done), [2, 1, 1, 0, 0], "{done}");
        assert_eq!(
            done["total"][0]["taxExcludedAmount"],
            json!({ "unit": "EUR", "value": 51.32 })
        );

        let bills = bills(&server, "acme").await;
        let [bill] = bills.as_slice() else {
            panic!("{bills:?}")
        };
        // 21 of 31 days of December, January in advance, ten minutes.
        assert_eq!(
            lines(&server, bill).await,
            [
                "Plan recurringCharge 2029-12-11 2030-01-01 20.32",
                "Plan recurringCharge 2030-01-01 2030-02-01 30.00",
                "Calls usageCharge 2029-12-01 2030-01-01 1.00",
            ]
        );
        assert_eq!(bill["taxExcludedAmount"]["value"].to_string(), "51.32");
        assert_eq!(bill["taxIncludedAmount"]["value"].to_string(), "64.15");
        assert_eq!(bill["state"], "sent");
        assert_eq!(bill["billNo"], "00000001");
        assert_eq!(
            bill["paymentDueDate"].as_str().unwrap()[..10],
            *"2030-01-15"
        );
        for document in bill["billDocument"].as_array().expect("documents") {
            let got = server
                .get(document["url"].as_str().expect("a url"))
                .await
                .must_be(200);
            assert!(
                got.said("content-type")
                    .starts_with(document["mimeType"].as_str().unwrap())
            );
            match document["mimeType"].as_str().unwrap() {
                "application/pdf" => assert!(got.body.starts_with("%PDF"), "{}", &got.body[..20]),
                _ => assert!(
                    got.body.contains("00000001") && got.body.contains("64.15"),
                    "{}",
                    got.body
                ),
            }
        }
        let v4 = "/tmf-api/customerBillManagement/v4";
        let old = read(
            &server,
            &format!("{v4}/customerBill/{}", bill["id"].as_str().unwrap()),
        )
        .await;
        assert_eq!(old["billNo"], "00000001");
        let path = format!(
            "{v4}/appliedCustomerBillingRate?bill.id={}",
            bill["id"].as_str().unwrap()
        );
        let old = read(&server, &path).await;
        assert_eq!(old.as_array().unwrap().len(), 3);
        assert_eq!(old[0]["type"], "appliedBillingCharge");

        let again = run(&server, json!({})).await;
        assert_eq!(counts(&again), [2, 0, 1, 1, 0], "{again}");

        // A month later: usage of January, some of December that comes late.
        clock.advance_millis(31 * DAY);
        stream(
            &server,
            &[call("late", "49170", "2029-12-30T10:00:00Z", 61)],
        )
        .await;
        let done = run(&server, json!({})).await;
        assert_eq!(counts(&done), [2, 1, 1, 0, 0], "{done}");
        let bills = self::bills(&server, "acme").await;
        assert_eq!(
            lines(&server, &bills[1]).await,
            [
                "Plan recurringCharge 2030-02-01 2030-03-01 30.00",
                "Calls usageCharge 2029-12-01 2030-01-01 0.20",
                "Calls usageCharge 2030-01-01 2030-02-01 0.10",
            ]
        );
        assert_eq!(bills[1]["billNo"], "00000002");
        // Each record is behind the line that it came to.
        let ten: Vec<String> = (1..=10).map(|n| format!("c{n} 0.10")).collect();
        assert_eq!(behind(&server, &bills[0]).await, [ten]);
        assert_eq!(
            behind(&server, &bills[1]).await,
            [["late 0.20"], ["new 0.10"]]
        );
        let balance = read(&server, &format!("{ACCOUNTS}/acme")).await;
        // 64.15 and 37.88.
        assert_eq!(
            balance["accountBalance"][0]["amount"]["value"].to_string(),
            "102.03",
            "{balance}"
        );
        server.stop().await;
    });
}

#[test]
fn changes_cut_the_period_and_what_was_paid_in_advance_comes_back() {
    each_database(async |database| {
        let (server, clock) = begin(database).await;
        account(&server, "acme").await;
        let more = json!({ "startDate": "2029-12-01T00:00:00Z", "productPrice": monthly(31.0) });
        line(&server, "1", Some("acme"), more.clone()).await;
        line(&server, "2", Some("acme"), more).await;
        run(&server, json!({})).await;
        // On the 11th one has another price, the other ends.
        clock.advance_millis(10 * DAY);
        let path = format!("{PRODUCTS}/1");
        let change = json!({ "productPrice": monthly(62.0) });
        server
            .send(Method::PATCH, &path, &change)
            .await
            .must_be(200);
        let end = json!({ "status": "terminated", "terminationDate": "2030-01-11T00:00:00Z" });
        server
            .send(Method::PATCH, &format!("{PRODUCTS}/2"), &end)
            .await
            .must_be(200);
        clock.advance_millis(21 * DAY);
        run(&server, json!({})).await;
        let bills = bills(&server, "acme").await;
        let own = lines(&server, &bills[1]).await;
        assert_eq!(
            own,
            [
                "Plan recurringCharge 2030-01-11 2030-02-01 42.00",
                "Plan recurringCharge 2030-02-01 2030-03-01 62.00",
                "Plan credit 2030-01-11 2030-02-01 -21.00",
                "Plan credit 2030-01-11 2030-02-01 -21.00",
            ],
            "{own:#?}"
        );
        server.stop().await;
    });
}

#[test]
fn a_bill_on_demand_is_made_by_the_same_way() {
    each_database(async |database| {
        let (server, clock) = begin(database).await;
        account(&server, "acme").await;
        let more = json!({ "startDate": "2029-12-01T00:00:00Z", "productPrice": monthly(31.0) });
        line(&server, "49170", Some("acme"), more).await;
        clock.advance_millis(10 * DAY);
        let ask = async |category: &str| {
            let body = json!({ "@type": "CustomerBillOnDemand", "category": category,
                "billingAccount": { "@type": "BillingAccountRef", "id": "acme" } });
            let asked = make(&server, DEMANDS, &body).await;
            assert_eq!(asked["state"], "inProgress");
            server.drain().await;
            read(
                &server,
                &format!("{DEMANDS}/{}", asked["id"].as_str().unwrap()),
            )
            .await
        };
        let trial = ask("trial").await;
        assert_eq!(trial["state"], "done", "{trial}");
        let interim = ask("interim").await;
        assert_eq!(interim["state"], "done", "{interim}");
        let bills = bills(&server, "acme").await;
        assert_eq!(bills[0]["category"], "trial");
        assert_eq!(bills[0].get("billNo"), None);
        assert_eq!(bills[1]["category"], "interim");
        assert_eq!(bills[0]["taxIncludedAmount"], bills[1]["taxIncludedAmount"]);
        let same = ask("interim").await;
        assert_eq!(same["state"], "rejected", "{same}");

        server.stop().await;
    });
}

#[test]
fn a_party_alone_says_whose_bill_it_is() {
    each_database(async |database| {
        let (server, clock) = begin(database).await;
        for (id, party, role) in [
            ("acme", "ada", "payer"),
            ("home", "ben", "owner"),
            ("work", "ben", "contact"),
            ("left", "cleo", "owner"),
            ("right", "cleo", "owner"),
        ] {
            let body = json!({ "@type": "BillingAccount", "id": id, "name": id, "state": "Active",
                "relatedParty": [{ "@type": "RelatedPartyOrPartyRole", "role": role,
                    "partyOrPartyRole": { "@type": "PartyRef", "id": party, "@referredType": "Individual" } }] });
            make(&server, ACCOUNTS, &body).await;
            let more =
                json!({ "startDate": "2029-12-01T00:00:00Z", "productPrice": monthly(31.0) });
            line(&server, &format!("49{id}"), Some(id), more).await;
        }
        clock.advance_millis(10 * DAY);
        let ask = async |party: &str| {
            let body = json!({ "relatedParty": { "id": party, "@referredType": "Individual" } });
            let asked = make(&server, DEMANDS_V4, &body).await;
            server.drain().await;
            read(
                &server,
                &format!("{DEMANDS}/{}", asked["id"].as_str().unwrap()),
            )
            .await
        };
        for (party, account) in [("ada", "acme"), ("ben", "home")] {
            let done = ask(party).await;
            assert_eq!(done["state"], "done", "{done}");
            let made = &bills(&server, account).await[0];
            assert_eq!(made["id"], done["customerBill"]["id"]);
        }
        for (party, why) in [("cleo", "name one"), ("dan", "no billing account")] {
            let refused = ask(party).await;
            assert_eq!(refused["state"], "rejected", "{refused}");
            let reason = refused["stateReason"].as_str().unwrap();
            assert!(reason.contains(why), "{reason}");
        }
        let nobody = json!({ "name": "for whom?", "stateReason": "mine" });
        let refusal = server.send(Method::POST, DEMANDS_V4, &nobody).await;
        assert_eq!(refusal.must_fail(400).violations(), ["/billingAccount"]);
        server.stop().await;
    });
}

#[test]
fn what_cannot_be_billed_is_named_and_keeps_nobody_from_a_bill() {
    each_database(async |database| {
        let (server, clock) = begin(database).await;
        for id in ["acme", "bolt"] {
            account(&server, id).await;
            let more =
                json!({ "startDate": "2029-12-01T00:00:00Z", "productPrice": monthly(31.0) });
            line(&server, &format!("49{id}"), Some(id), more).await;
        }
        // Named twice, billed once.
        let named = ["acme", "acme"].map(|id| json!({ "@type": "BillingAccountRef", "id": id }));
        let once = run(&server, json!({ "billingAccount": named })).await;
        assert_eq!(
            (
                &once["accountCount"],
                &once["billCount"],
                &once["failedCount"]
            ),
            (&json!(1), &json!(1), &json!(0)),
            "{once}"
        );
        assert_eq!(once["openPartCount"], 0);

        // What is kept of one account is broken.
        database.execute(
            "UPDATE billing_state SET state = x'62'",
            "UPDATE billing_state SET state = 'b'",
        );
        clock.advance_millis(31 * DAY);
        let next = run(&server, json!({})).await;
        assert_eq!(next["billCount"], 1, "{next}");
        assert_eq!(next["failure"][0]["billingAccount"]["id"], "acme");

        // A chunk fails again and again: its run ends all the same and names the accounts.
        let away = "ALTER TABLE billing_state RENAME TO away";
        database.execute(away, away);
        clock.advance_millis(28 * DAY);
        let asked = make(&server, RUNS, &json!({ "@type": "BillRun" })).await;
        for _ in 0..8 {
            server.drain().await;
            clock.advance_millis(1_000_000);
        }
        let back = "ALTER TABLE away RENAME TO billing_state";
        database.execute(back, back);
        let at = format!("{RUNS}/{}", asked["id"].as_str().unwrap());
        let failed = read(&server, &at).await;
        assert_eq!(failed["state"], "done", "{failed}");
        assert_eq!(failed["failedCount"], 2);
        let why = failed["failure"][0]["reason"].as_str().unwrap();
        assert!(why.starts_with("billing failed"), "{why}");
        let again = run(&server, json!({})).await;
        assert_eq!(again["billCount"], 1, "{again}");
        server.stop().await;
    });
}

#[test]
fn a_maximum_takes_off_and_leaving_early_costs() {
    each_database(async |database| {
        let (server, clock) = begin(database).await;
        account(&server, "acme").await;
        let catalog = server.v5();
        let most = json!({
            "@type": "ProductOfferingPrice", "id": "most", "name": "At most", "priceType": "maximumSpend",
            "lifecycleStatus": "Active", "price": { "unit": "EUR", "value": 0.5 },
            "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
        });
        catalog.make("productOfferingPrice", most).await;
        let leave = json!({
            "@type": "ProductOfferingPrice", "id": "leave", "name": "Leaving early", "priceType": "penalty",
            "lifecycleStatus": "Active", "price": { "unit": "EUR", "value": 5 },
            "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
        });
        catalog.make("productOfferingPrice", leave).await;
        let prices = ["calls", "most", "leave"]
            .map(|id| json!({ "@type": "ProductOfferingPriceRef", "id": id }));
        let offering = json!({ "@type": "ProductOffering", "id": "bound", "name": "Bound",
            "lifecycleStatus": "Active", "productOfferingPrice": prices });
        catalog.make("productOffering", offering).await;
        let more = json!({ "startDate": "2029-12-01T00:00:00Z",
            "productOffering": { "@type": "ProductOfferingRef", "id": "bound" },
            "productTerm": [{ "@type": "ProductTerm", "name": "A year",
                "duration": { "amount": 12, "units": "month" } }] });
        line(&server, "49170", Some("acme"), more).await;
        let calls: Vec<Value> = (1..=10)
            .map(|n| {
                call(
                    &format!("c{n}"),
                    "49170",
                    &format!("2029-12-{:02}T10:00:00Z", n + 11),
                    60,
                )
            })
            .collect();
        stream(&server, &calls).await;
        run(&server, json!({})).await;
        clock.advance_millis(10 * DAY);
        let end = json!({ "status": "terminated", "terminationDate": "2030-01-11T00:00:00Z" });
        server
            .send(Method::PATCH, &format!("{PRODUCTS}/49170"), &end)
            .await
            .must_be(200);
        clock.advance_millis(21 * DAY);
        run(&server, json!({})).await;
        let bills = bills(&server, "acme").await;
        let first = lines(&server, &bills[0]).await;
        assert_eq!(
            first,
            [
                "Calls usageCharge 2029-12-01 2030-01-01 1.00",
                "At most credit 2029-12-01 2030-01-01 -0.50",
            ],
            "{first:#?}"
        );
        // Of twelve months from 1 December eleven are left that have begun or not.
        let last = lines(&server, &bills[1]).await;
        assert_eq!(
            last,
            ["Leaving early penalty 2030-01-11 2030-12-01 55.00"],
            "{last:#?}"
        );
        server.stop().await;
    });
}
