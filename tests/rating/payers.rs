//! What who pays brings to what usage costs: tax place, exemption, currency, agreed prices. Each usage is asked
//! for first and sent then: both answers are the same.

use reqwest::Method;
use serde_json::{Value, json};

use super::plan::{V4, call, read, stream};
use crate::support::{TestServer, each_server};

const ACCOUNTS: &str = "/tmf-api/accountManagement/v5/billingAccount";
pub const PRODUCTS: &str = "/tmf-api/productInventory/v5/product";
const PARTIES: &str = "/tmf-api/partyManagement/v5/organization";
const CUSTOMERS: &str = "/tmf-api/customerManagement/v5/customer";
pub const MARCH: &str = "2026-03-01T00:00:00Z";

pub async fn make(server: &TestServer, path: &str, body: &Value) -> Value {
    let made = server.send(Method::POST, path, body).await;
    made.must_be(201).json()
}

pub async fn patch(server: &TestServer, path: &str, body: &Value) {
    server.send(Method::PATCH, path, body).await.must_be(200);
}

/// 0.10 EUR a started minute without tax.
pub async fn offer(server: &TestServer) {
    let catalog = server.v5();
    let price = json!({
        "@type": "ProductOfferingPrice", "id": "calls", "name": "Calls", "priceType": "usage",
        "lifecycleStatus": "Active",
        "price": { "unit": "EUR", "value": 0.1 }, "unitOfMeasure": { "amount": 1, "units": "minute" },
        "tax": [{ "@type": "TaxItem", "taxCategory": "VAT", "taxRate": 25 }],
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "perUnit",
            "characteristic": [{ "name": "increment", "value": [{ "from": 0, "step": 60 }] }],
        }],
    });
    catalog.make("productOfferingPrice", price).await;
    let offering = json!({
        "@type": "ProductOffering", "id": "plain", "name": "Plain", "lifecycleStatus": "Active",
        "productOfferingPrice": [{ "@type": "ProductOfferingPriceRef", "id": "calls" }],
    });
    catalog.make("productOffering", offering).await;
}

/// 19 % in Germany, 20 % in France, 21 % anywhere else.
async fn taxes(server: &TestServer) {
    let table = json!({ "row": [
        { "category": "VAT", "place": "DE", "rate": 19 },
        { "category": "VAT", "place": "FR", "rate": 20 },
        { "category": "VAT", "rate": 21 }] });
    let path = "/tollgate/v1/taxTable/vat";
    server.send(Method::PUT, path, &table).await.must_be(201);
}

/// An organization and the customer that it is.
async fn customer(server: &TestServer, id: &str) {
    let party = json!({ "@type": "Organization", "id": id, "name": id, "tradingName": id });
    make(server, PARTIES, &party).await;
    let customer = json!({
        "@type": "Customer", "id": id, "name": id,
        "engagedParty": { "@type": "PartyRef", "id": id, "@referredType": "Organization" } });
    make(server, CUSTOMERS, &customer).await;
}

/// An account of a customer with what else is said of it.
async fn account(server: &TestServer, id: &str, more: Value) {
    let mut account = json!({
        "@type": "BillingAccount", "id": id, "name": id,
        "relatedParty": [{
            "@type": "RelatedPartyOrPartyRole", "role": "customer",
            "partyOrPartyRole": { "@type": "PartyRoleRef", "id": "acme", "@referredType": "Customer" } }],
    });
    for (name, value) in more.as_object().expect("an object") {
        account[name] = value.clone();
    }
    make(server, ACCOUNTS, &account).await;
}

/// A line, which is known by its id as its number.
pub async fn line(server: &TestServer, id: &str, account: Option<&str>, more: Value) {
    let mut product = json!({
        "@type": "Product", "id": id, "status": "active", "startDate": "2026-01-01T00:00:00Z",
        "productOffering": { "@type": "ProductOfferingRef", "id": "plain" },
        "productCharacteristic": [
            { "@type": "StringCharacteristic", "name": "msisdn", "value": id }],
    });
    if let Some(account) = account {
        product["billingAccount"] = json!({ "@type": "BillingAccountRef", "id": account });
    }
    for (name, value) in more.as_object().expect("an object") {
        product[name] = value.clone();
    }
    make(server, PRODUCTS, &product).await;
}

/// What a call of a line costs, net and gross, or why it has no price: as it is told before, and as it is
/// rated.
pub async fn costs(server: &TestServer, record: &str, line: &str, start: &str) -> String {
    let usage = call(record, line, start, 60);
    let question = json!({ "usage": usage, "product": { "id": line } });
    let path = "/tollgate/v1/rate";
    let told = server.send(Method::POST, path, &question).await;
    let told = &told.must_be(200).json()["usage"][0];

    let answer = stream(server, &[usage]).await;
    let sent = &answer["record"][0];
    let id = sent["id"].as_str().unwrap_or_else(|| panic!("{answer}"));
    let rated = read(server, &format!("{V4}/{id}")).await;
    if rated["status"] == "rejected" {
        let reason = &rated["statusReason"];
        assert_eq!(told["rejection"], *reason, "{told}");
        return reason["code"].as_str().expect("a code").to_owned();
    }
    let mut trace = read(server, &format!("/tollgate/v1/usage/{id}/ratingTrace")).await;
    // What is only asked about waits for no bill.
    trace.as_object_mut().map(|own| own.shift_remove("tallied"));
    assert_eq!(told["trace"], trace);
    let (told, rated) = (
        &told["ratedProductUsage"][0],
        &rated["ratedProductUsage"][0],
    );
    for name in [
        "taxExcludedRatingAmount",
        "taxIncludedRatingAmount",
        "taxRate",
        "isTaxExempt",
    ] {
        assert_eq!(told[name], rated[name], "{name}");
    }
    let value = |name: &str| rated[name]["value"].to_string();
    let agreed = match trace["isAgreed"] == true {
        true => " agreed",
        false => "",
    };
    let amounts = ["taxExcludedRatingAmount", "taxIncludedRatingAmount"].map(value);
    format!("{}{agreed}", amounts.join(" "))
}

#[test]
fn the_place_of_the_account_decides_the_rate() {
    each_server(async |server| {
        offer(server).await;
        taxes(server).await;
        customer(server, "acme").await;
        account(server, "munich", json!({ "taxPlace": "DE-BY" })).await;
        account(server, "paris", json!({ "taxPlace": "FR" })).await;
        account(server, "anywhere", json!({})).await;
        line(server, "491", Some("munich"), json!({})).await;
        line(server, "492", Some("paris"), json!({})).await;
        line(server, "493", Some("anywhere"), json!({})).await;
        line(server, "494", None, json!({})).await;
        for (number, costs_) in [
            ("491", "0.10 0.119"),
            ("492", "0.10 0.12"),
            ("493", "0.10 0.121"),
            ("494", "0.10 0.121"),
        ] {
            assert_eq!(
                costs(server, number, number, MARCH).await,
                costs_,
                "{number}"
            );
        }
        // A change of the account holds for the next usage.
        let moved = json!({ "@type": "BillingAccount", "taxPlace": "FR" });
        patch(server, &format!("{ACCOUNTS}/munich"), &moved).await;
        assert_eq!(costs(server, "a", "491", MARCH).await, "0.10 0.12");
        let moved = json!({ "@type": "Product",
            "billingAccount": { "@type": "BillingAccountRef", "id": "anywhere" } });
        patch(server, &format!("{PRODUCTS}/491"), &moved).await;
        assert_eq!(costs(server, "b", "491", MARCH).await, "0.10 0.121");
    });
}

fn certificate(start: &str, end: &str) -> Value {
    json!({
        "@type": "TaxExemptionCertificate", "issuingJurisdiction": "Berlin",
        "validFor": { "@type": "TimePeriod", "startDateTime": start, "endDateTime": end } })
}

#[test]
fn an_exemption_frees_what_began_in_its_period() {
    each_server(async |server| {
        offer(server).await;
        taxes(server).await;
        customer(server, "acme").await;
        let march = certificate(MARCH, "2026-04-01T00:00:00Z");
        let free = json!({ "taxPlace": "DE", "taxExemption": [march] });
        account(server, "free", free).await;
        line(server, "491", Some("free"), json!({})).await;
        for (record, start, costs_) in [
            ("a", "2026-02-28T23:59:59Z", "0.10 0.119"),
            ("b", MARCH, "0.10 0.10"),
            ("c", "2026-03-31T23:59:59Z", "0.10 0.10"),
            ("d", "2026-04-01T00:00:00Z", "0.10 0.119"),
        ] {
            assert_eq!(costs(server, record, "491", start).await, costs_, "{start}");
        }
        // A certificate that is about another tax frees from that.
        let mut excise = certificate(MARCH, "2026-04-01T00:00:00Z");
        excise["taxDefinition"] = json!([{ "@type": "TaxDefinition", "taxType": "excise" }]);
        let path = format!("{ACCOUNTS}/free");
        let change = json!({ "@type": "BillingAccount", "taxExemption": [excise] });
        patch(server, &path, &change).await;
        assert_eq!(costs(server, "e", "491", MARCH).await, "0.10 0.119");

        // A certificate that comes late counts when the usage is rated again.
        let year = certificate("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let change = json!({ "@type": "BillingAccount", "taxExemption": [year] });
        patch(server, &path, &change).await;
        let question =
            json!({ "billingAccount": { "id": "free" }, "from": "2026-01-01T00:00:00Z" });
        let rerated = server
            .send(Method::POST, "/tollgate/v1/usage/rerate", &question)
            .await;
        let report = rerated.must_be(200).json();
        let delta = &report["delta"][0];
        let counts = (report["usage"].as_u64(), report["changed"].as_u64());
        assert_eq!(counts, (Some(5), Some(3)), "{report}");
        assert_eq!(delta["net"]["value"].to_string(), "0", "{report}");
        assert_eq!(delta["gross"]["value"].to_string(), "-0.057", "{report}");
    });
}

#[test]
fn where_an_account_has_no_certificate_those_of_its_holder_count() {
    each_server(async |server| {
        offer(server).await;
        taxes(server).await;
        customer(server, "acme").await;
        account(server, "one", json!({ "taxPlace": "DE" })).await;
        line(server, "491", Some("one"), json!({})).await;
        assert_eq!(costs(server, "a", "491", MARCH).await, "0.10 0.119");
        let year = certificate("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let free = json!({ "@type": "Organization", "taxExemptionCertificate": [year] });
        patch(server, &format!("{PARTIES}/acme"), &free).await;
        assert_eq!(costs(server, "b", "491", MARCH).await, "0.10 0.10");
        // The account has its own now, which is over.
        let past = certificate("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        let own = json!({ "@type": "BillingAccount", "taxExemption": [past] });
        patch(server, &format!("{ACCOUNTS}/one"), &own).await;
        assert_eq!(costs(server, "c", "491", MARCH).await, "0.10 0.119");
    });
}

#[test]
fn an_account_in_another_currency_is_not_charged() {
    each_server(async |server| {
        offer(server).await;
        customer(server, "acme").await;
        account(server, "swiss", json!({ "currency": "CHF" })).await;
        line(server, "411", Some("swiss"), json!({})).await;
        assert_eq!(costs(server, "a", "411", MARCH).await, "CURRENCY");
        let euro = json!({ "@type": "BillingAccount", "currency": "EUR" });
        patch(server, &format!("{ACCOUNTS}/swiss"), &euro).await;
        let recycle = "/tollgate/v1/usage/recycle";
        let rejected = json!({ "reason": "CURRENCY" });
        let answer = server.send(Method::POST, recycle, &rejected).await;
        assert_eq!(answer.must_be(200).json()["count"], 1);
        assert_eq!(server.parts().pool.drain().await.expect("rating"), 1);
        let rated = read(server, &format!("{V4}?status=rated")).await;
        let gross = &rated[0]["ratedProductUsage"][0]["taxIncludedRatingAmount"];
        assert_eq!(gross, &json!({ "unit": "EUR", "value": 0.125 }), "{rated}");
    });
}

/// A price of a product in place of that of the catalog, in March.
fn agreed(price: Value) -> Value {
    json!({ "productPrice": [{
        "@type": "ProductPrice", "priceType": "usage", "price": price,
        "productOfferingPrice": { "@type": "ProductOfferingPriceRef", "id": "calls" },
        "validFor": { "startDateTime": MARCH, "endDateTime": "2026-04-01T00:00:00Z" },
    }] })
}

#[test]
fn an_agreed_price_takes_the_place_of_that_of_the_catalog() {
    each_server(async |server| {
        offer(server).await;
        customer(server, "acme").await;
        account(server, "one", json!({})).await;
        let amount = |value: f64| json!({ "unit": "EUR", "value": value });
        let special = agreed(json!({ "@type": "Price", "dutyFreeAmount": amount(0.04) }));
        line(server, "491", Some("one"), special).await;
        for (record, start, costs_) in [
            ("a", "2026-02-28T23:59:59Z", "0.10 0.125"),
            ("b", MARCH, "0.04 0.05 agreed"),
            ("c", "2026-04-01T00:00:00Z", "0.10 0.125"),
        ] {
            assert_eq!(costs(server, record, "491", start).await, costs_, "{start}");
        }
        // The price of the catalog is without tax, so an amount with tax does not say what is charged.
        let taxed = agreed(json!({ "@type": "Price", "taxIncludedAmount": amount(0.05) }));
        line(server, "492", Some("one"), taxed).await;
        assert_eq!(costs(server, "d", "492", MARCH).await, "NO_PRICE");
        let before = "2026-02-28T23:59:59Z";
        assert_eq!(costs(server, "e", "492", before).await, "0.10 0.125");
        // Nor is an amount in a currency that the account does not have charged.
        let francs = json!({ "unit": "CHF", "value": 0.04 });
        let foreign = agreed(json!({ "@type": "Price", "dutyFreeAmount": francs }));
        line(server, "493", Some("one"), foreign).await;
        assert_eq!(costs(server, "f", "493", MARCH).await, "CURRENCY");
        // What names the price of the catalog without an amount leaves it as it is.
        let plain = agreed(json!({ "@type": "Price", "taxRate": 25 }));
        line(server, "494", Some("one"), plain).await;
        assert_eq!(costs(server, "g", "494", MARCH).await, "0.10 0.125");
        // The end of an agreement holds for the next usage.
        let ended = json!({ "@type": "Product", "productPrice": null });
        patch(server, &format!("{PRODUCTS}/491"), &ended).await;
        assert_eq!(costs(server, "h", "491", MARCH).await, "0.10 0.125");
    });
}
