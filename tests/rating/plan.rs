//! A plan, its products and their usage.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, client};

pub const V4: &str = "/tmf-api/usageManagement/v4/usage";
pub const V5: &str = "/tmf-api/productUsageManagement/v5/productUsage";
pub const STREAM: &str = "/tollgate/v1/usage?version=v4&answer=all";

/// A plan of which 100 seconds a month are included, for each account; 0.12 EUR a started minute beyond.
pub async fn offer(server: &TestServer) {
    let catalog = server.v5();
    let voice = json!({
        "@type": "ProductOfferingPrice", "id": "voice", "name": "Calls", "priceType": "usage",
        "lifecycleStatus": "Active",
        "price": { "unit": "EUR", "value": 0.12 }, "unitOfMeasure": { "amount": 1, "units": "minute" },
        "tax": [{ "@type": "TaxItem", "taxCategory": "VAT", "taxRate": 20 }],
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "perUnit",
            "characteristic": [{ "name": "increment", "value": [{ "from": 0, "step": 60 }] }],
        }],
    });
    catalog.make("productOfferingPrice", voice).await;
    let included = json!({
        "@type": "ProductOfferingPrice", "id": "included", "name": "100 seconds", "priceType": "allowance",
        "lifecycleStatus": "Active",
        "unitOfMeasure": { "amount": 100, "units": "s" },
        "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "allowance",
            "characteristic": [{ "name": "scope", "value": "account" }],
        }],
        "popRelationship": [{
            "@type": "ProductOfferingPriceRelationship", "id": "voice", "relationshipType": "allowance",
        }],
    });
    catalog.make("productOfferingPrice", included).await;
    let offering = json!({
        "@type": "ProductOffering", "id": "plan", "name": "Plan", "lifecycleStatus": "Active",
        "productOfferingPrice": [
            { "@type": "ProductOfferingPriceRef", "id": "voice" },
            { "@type": "ProductOfferingPriceRef", "id": "included" }],
    });
    catalog.make("productOffering", offering).await;
}

pub async fn line(server: &TestServer, id: &str, number: &str, account: Option<&str>) {
    let mut product = json!({
        "@type": "Product", "id": id, "status": "active", "startDate": "2026-01-01T00:00:00Z",
        "productOffering": { "@type": "ProductOfferingRef", "id": "plan" },
        "productCharacteristic": [
            { "@type": "StringCharacteristic", "name": "msisdn", "value": number }],
    });
    if let Some(account) = account {
        let reference =
            json!({ "@type": "BillingAccountRef", "id": account, "@referredType": "Elsewhere" });
        product["billingAccount"] = reference;
    }
    let path = "/tmf-api/productInventory/v5/product";
    server.send(Method::POST, path, &product).await.must_be(201);
}

pub fn call(record: &str, number: &str, start: &str, seconds: u64) -> Value {
    json!({
        "usageDate": start, "usageType": "voice",
        "usageSpecification": { "id": "voice", "name": "voice" },
        "usageCharacteristic": [
            { "name": "source", "value": "msc-1" },
            { "name": "recordId", "value": record },
            { "name": "callingNumber", "value": number },
            { "name": "calledNumber", "value": "+49228000000" },
            { "name": "duration", "value": seconds }],
    })
}

pub async fn stream(server: &TestServer, lines: &[Value]) -> Value {
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    let request = client()
        .post(format!("{}{STREAM}", server.url()))
        .header("Content-Type", "application/x-ndjson")
        .body(text.join("\n"));
    Answer::of(request).await.must_be(200).json()
}

pub async fn read(server: &TestServer, path: &str) -> Value {
    server.get(path).await.must_be(200).json()
}
