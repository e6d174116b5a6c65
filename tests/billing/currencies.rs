//! An account that is charged in two currencies has a bill in each.

use reqwest::Method;
use serde_json::{Value, json};

use super::documents::PAYMENTS;
use super::run::{ACCOUNTS, BILLS, DAY, DEMANDS, account, begin_with, bills, monthly, run};
use crate::rating::payers::{line, make};
use crate::rating::plan::read;
use crate::support::{TestServer, each_database};

const PRODUCT: &str = "/tmf-api/productInventory/v5/product/4917";

/// 31.00 EUR a month, and 10 dollars.
fn prices() -> Value {
    let mut prices = monthly(31.0);
    let mut abroad = prices[0].clone();
    abroad["name"] = json!("Abroad");
    abroad["price"]["dutyFreeAmount"] = json!({ "unit": "USD", "value": 10 });
    prices.as_array_mut().expect("a list").push(abroad);
    prices
}

/// Amount and state of each bill.
async fn shown(server: &TestServer) -> Vec<String> {
    let bills = bills(server, "acme").await;
    let shown = bills.iter().map(|bill| {
        let sum = &bill["taxIncludedAmount"];
        let text = |name: &str| bill[name].as_str().unwrap_or("none").to_owned();
        let (unit, state) = (sum["unit"].as_str().expect("a unit"), text("state"));
        let number = text("billNo");
        format!(
            "{} {} {unit} {state}",
            number.trim_start_matches('0'),
            sum["value"]
        )
    });
    shown.collect()
}

async fn balances(server: &TestServer) -> Vec<String> {
    let account = read(server, &format!("{ACCOUNTS}/acme")).await;
    let balances = account["accountBalance"].as_array().expect("balances");
    let shown = balances.iter().map(|own| {
        let (kind, amount) = (own["balanceType"].as_str(), &own["amount"]);
        let unit = amount["unit"].as_str().expect("a unit");
        format!("{} {} {unit}", kind.expect("a type"), amount["value"])
    });
    let mut shown: Vec<String> = shown.filter(|own| !own.contains(" 0.00 ")).collect();
    shown.sort();
    shown
}

#[test]
fn an_account_has_a_bill_in_each_currency() {
    each_database(async |database| {
        let (server, clock) = begin_with(database, |config| {
            config.billing.review_percent = 150;
            config.billing.review_bills = 1;
        })
        .await;
        account(&server, "acme").await;
        let more = json!({ "startDate": "2029-12-01T00:00:00Z", "productPrice": prices() });
        line(&server, "4917", Some("acme"), more).await;

        // Of December and, in advance, of January, with 25 % tax; numbers follow each other.
        let done = run(&server, json!({})).await;
        assert_eq!(
            [
                &done["accountCount"],
                &done["billCount"],
                &done["failedCount"]
            ],
            [&json!(1), &json!(2), &json!(0)],
            "{done}"
        );
        let totals = done["total"].as_array().expect("totals");
        assert_eq!(totals.len(), 2, "{done}");
        let first = shown(&server).await;
        assert_eq!(first, ["1 77.50 EUR sent", "2 25.00 USD sent"]);
        assert_eq!(
            balances(&server).await,
            ["ReceivableBalance 25.00 USD", "ReceivableBalance 77.50 EUR"]
        );
        let again = run(&server, json!({})).await;
        assert_eq!(
            (&again["billCount"], &again["skippedCount"]),
            (&json!(0), &json!(1))
        );

        // Dollars pay dollars, and what is too much stays on account in dollars.
        let payment = json!({ "account": { "id": "acme" },
            "totalAmount": { "unit": "USD", "value": 30 }, "amount": { "unit": "USD", "value": 30 },
            "paymentMethod": { "@type": "Cash" } });
        make(&server, PAYMENTS, &payment).await;
        assert_eq!(
            shown(&server).await,
            ["1 77.50 EUR sent", "2 25.00 USD settled"]
        );
        assert_eq!(
            balances(&server).await,
            ["OnAccountBalance -5.00 USD", "ReceivableBalance 77.50 EUR"]
        );

        // Each currency has its history: twice the dollars are looked at, the euros are as they were.
        let mut dearer = prices();
        dearer[1]["price"]["dutyFreeAmount"]["value"] = json!(60);
        let change = json!({ "productPrice": dearer });
        server
            .send(Method::PATCH, PRODUCT, &change)
            .await
            .must_be(200);
        clock.advance_millis(31 * DAY);
        let done = run(&server, json!({})).await;
        assert_eq!(
            (&done["billCount"], &done["heldCount"]),
            (&json!(2), &json!(1)),
            "{done}"
        );
        let all = bills(&server, "acme").await;
        let held = all
            .iter()
            .find(|bill| bill["state"] == "onHold")
            .expect("a bill on hold");
        assert_eq!(held["taxIncludedAmount"]["unit"], "USD");
        let path = format!("{BILLS}/{}", held["id"].as_str().expect("an id"));
        let release = json!({ "state": "validated" });
        server
            .send(Method::PATCH, &path, &release)
            .await
            .must_be(200);
        // What was on account in dollars pays it.
        let paid = read(&server, &path).await;
        assert_eq!(
            paid["appliedPayment"][0]["appliedAmount"]["value"].to_string(),
            "5.00",
            "{paid}"
        );

        // A bill on demand answers with the one in the currency of the account.
        let end = json!({ "status": "terminated", "terminationDate": "2030-02-01T00:00:00Z" });
        server.send(Method::PATCH, PRODUCT, &end).await.must_be(200);
        clock.advance_millis(DAY);
        let body = json!({ "@type": "CustomerBillOnDemand", "category": "last",
            "billingAccount": { "@type": "BillingAccountRef", "id": "acme" } });
        let asked = make(&server, DEMANDS, &body).await;
        server.drain().await;
        let path = format!("{DEMANDS}/{}", asked["id"].as_str().expect("an id"));
        let done = read(&server, &path).await;
        assert_eq!(done["state"], "done", "{done}");
        let last: Vec<String> = shown(&server).await.split_off(4);
        assert_eq!(last.len(), 2, "{last:?}");
        let named = format!(
            "{BILLS}/{}",
            done["customerBill"]["id"].as_str().expect("an id")
        );
        assert_eq!(
            read(&server, &named).await["taxIncludedAmount"]["unit"],
            "EUR"
        );
        server.stop().await;
    });
}
