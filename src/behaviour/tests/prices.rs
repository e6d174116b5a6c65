//! Prices and periods of time.

use serde_json::{Value, json};

use super::fixture::{Catalog, invalid_at};

fn price(members: Value) -> Value {
    let mut body = json!({ "name": "n" });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn prices_that_fit_together() {
    let catalog = Catalog::strict();
    for (number, members) in [
        json!({}),
        json!({ "priceType": "recurring", "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1 }),
        json!({ "priceType": "recurring" }),
        json!({ "priceType": "oneTime", "price": { "unit": "EUR", "value": 9.90 } }),
        json!({ "priceType": "oneTime", "recurringChargePeriodType": "", "recurringChargePeriodLength": 0 }),
        json!({ "priceType": "usage", "unitOfMeasure": { "amount": 0.001, "units": "GB" } }),
        json!({ "priceType": "tiered by moon phase", "recurringChargePeriodLength": 3 }),
        json!({ "priceType": "discount", "percentage": 100 }),
        json!({ "priceType": "surcharge", "percentage": 250.5 }),
        json!({ "price": { "unit": "JPY", "value": -0.000000000000000000000000001 } }),
        json!({ "price": { "value": 5 } }),
        json!({ "tax": [{ "taxRate": 19 }, { "taxRate": 0 }, { "taxRate": 100.0 }] }),
    ]
    .into_iter()
    .enumerate()
    {
        let result = catalog.create("productOfferingPrice", &number.to_string(), price(members.clone()));
        assert!(result.is_ok(), "{members}: {result:?}");
    }
}

#[test]
fn prices_that_contradict_themselves() {
    let catalog = Catalog::strict();
    let digits = format!("1.{}", "3".repeat(40));
    let precise: Value = serde_json::from_str(&digits).unwrap();
    for (members, expected) in [
        (
            json!({ "priceType": "oneTime", "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1 }),
            vec!["/recurringChargePeriodType", "/recurringChargePeriodLength"],
        ),
        (
            json!({ "priceType": "One Time", "recurringChargePeriodType": "month" }),
            vec!["/recurringChargePeriodType"],
        ),
        (
            json!({ "priceType": "one_time", "recurringChargePeriodLength": 2 }),
            vec!["/recurringChargePeriodLength"],
        ),
        (
            json!({ "priceType": "recurring", "recurringChargePeriodLength": 0 }),
            vec!["/recurringChargePeriodLength"],
        ),
        (
            json!({ "recurringChargePeriodLength": -1 }),
            vec!["/recurringChargePeriodLength"],
        ),
        (
            json!({ "unitOfMeasure": { "amount": 0, "units": "GB" } }),
            vec!["/unitOfMeasure/amount"],
        ),
        (
            json!({ "priceType": "Discount", "percentage": 100.01 }),
            vec!["/percentage"],
        ),
        (json!({ "percentage": -101 }), vec!["/percentage"]),
        (
            json!({ "price": { "unit": "eur", "value": 1 } }),
            vec!["/price/unit"],
        ),
        (
            json!({ "price": { "unit": "Euro", "value": precise } }),
            vec!["/price/unit", "/price/value"],
        ),
        (
            json!({ "tax": [{ "taxRate": 19 }, { "taxRate": 119 }, { "taxRate": -1 }] }),
            vec!["/tax/1/taxRate", "/tax/2/taxRate"],
        ),
        (
            json!({ "tax": [{ "taxAmount": { "unit": "EURO", "value": 1 } }] }),
            vec!["/tax/0/taxAmount/unit"],
        ),
    ] {
        invalid_at(
            catalog.create("productOfferingPrice", "p", price(members)),
            &expected,
        );
    }
}

#[test]
fn a_price_inside_an_offering_keeps_the_same_rules() {
    let catalog = Catalog::strict();
    let body = json!({
        "name": "n",
        "productOfferingPrice": [
            { "name": "good", "priceType": "recurring" },
            { "name": "bad", "priceType": "oneTime", "recurringChargePeriod": "month",
              "price": { "dutyFreeAmount": { "unit": "XYZ", "value": 1 }, "taxRate": 19 } }
        ]
    });
    let at = "/productOfferingPrice/1";
    let expected = [
        format!("{at}/recurringChargePeriodType"),
        format!("{at}/price/unit"),
    ];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    invalid_at(catalog.create("productOffering", "o", body), &expected);
}

#[test]
fn periods_end_after_they_begin_wherever_they_stand() {
    let catalog = Catalog::strict();
    let period = |start: &str, end: &str| json!({ "startDateTime": start, "endDateTime": end });
    let (early, late) = ("2026-01-01T00:00:00+02:00", "2026-01-01T00:00:00Z");
    let body = json!({
        "name": "n",
        "validFor": period(late, early),
        "productOfferingTerm": [
            { "name": "t", "validFor": period(early, late) },
            { "name": "u", "validFor": period(early, early) }
        ],
        "prodSpecCharValueUse": [{
            "name": "speed",
            "productSpecCharacteristicValue": [{ "value": 1, "validFor": period(late, early) }]
        }]
    });
    let expected = [
        "/validFor/endDateTime",
        "/productOfferingTerm/1/validFor/endDateTime",
        "/prodSpecCharValueUse/0/productSpecCharacteristicValue/0/validFor/endDateTime",
    ];
    invalid_at(catalog.create("productOffering", "o", body), &expected);
    let open = json!({ "name": "n", "validFor": { "startDateTime": late } });
    catalog.create("productOffering", "o", open).unwrap();
}

#[test]
fn what_only_looks_like_a_period_or_an_amount_is_left_alone() {
    let catalog = Catalog::strict();
    let body = json!({
        "name": "n",
        "x-own": { "validFor": { "startDateTime": "2026-01-02T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z" } },
        "x-price": { "unit": "points", "value": 1 }
    });
    catalog.create("productOffering", "o", body).unwrap();
}

#[test]
fn rules_hold_for_patches() {
    let catalog = Catalog::strict();
    catalog
        .create(
            "productOfferingPrice",
            "p",
            price(json!({ "priceType": "oneTime" })),
        )
        .unwrap();
    let patch = json!({ "recurringChargePeriodType": "month" });
    invalid_at(
        catalog.patch("productOfferingPrice", "p", patch),
        &["/recurringChargePeriodType"],
    );
}
