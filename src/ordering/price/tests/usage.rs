//! What of the prices of usage an order shows.

use std::collections::HashSet;
use std::sync::Arc;

use super::*;

/// A price of usage with these attributes besides.
fn usage(extra: Value) -> Value {
    let mut price = json!({"name": "U", "priceType": "usage", "price": {"unit": "EUR", "value": 0.1},
        "unitOfMeasure": {"amount": 1, "units": "minute"}});
    let members = extra.as_object().cloned().unwrap();
    price.as_object_mut().unwrap().extend(members);
    price
}

fn condition(name: &str, value: Value) -> Value {
    json!({"name": name, "productSpecCharacteristicValue": [{"value": value}]})
}

/// Ids and amounts of the prices of an item, each with the number of its alterations.
fn shown(catalog: &Catalog, characteristics: Value) -> Vec<String> {
    let items = json!([add("1", "o", characteristics)]);
    let prices = priced_with(catalog, items, &Inventory::default());
    let own = prices.items[0].prices.iter();
    own.map(|price| {
        let altered = price["priceAlteration"].as_array().map_or(0, Vec::len);
        let id = price["productOfferingPrice"]["id"].as_str().unwrap();
        let amount = &price["price"]["dutyFreeAmount"]["value"];
        format!("{id} {amount} {altered}")
    })
    .collect()
}

#[test]
fn conditions_on_usage_do_not_hide_a_price() {
    let uses = |uses: &[Value]| usage(json!({ "prodSpecCharValueUse": uses }));
    let own = |value: u32| condition("storage", json!(value));
    let mut catalog = offering(
        &[
            ("calls", uses(&[condition("eventType", json!("voice"))])),
            ("abroad", uses(&[condition("roaming", json!(true))])),
            ("own", uses(&[condition("sliceType", json!("gaming"))])),
            (
                "small",
                uses(&[condition("direction", json!("out")), own(128)]),
            ),
            (
                "large",
                uses(&[condition("direction", json!("out")), own(256)]),
            ),
        ],
        json!({}),
    );
    // Nobody says that it is about usage: it is about a product that does not have it.
    assert!(catalog.asks_for_usage());
    assert_eq!(
        shown(&catalog, json!({"storage": 128})),
        ["calls 0.10 0", "abroad 0.10 0", "small 0.10 0"]
    );
    catalog.usage_names = Arc::new(HashSet::from(["sliceType".into()]));
    assert_eq!(
        shown(&catalog, json!({"storage": 256})),
        [
            "calls 0.10 0",
            "abroad 0.10 0",
            "own 0.10 0",
            "large 0.10 0"
        ]
    );
}

#[test]
fn usage_names_are_asked_for_where_they_decide_only() {
    let with_use = |price: Value, name: &str| {
        let uses = json!([condition(name, json!("x"))]);
        with(price, "prodSpecCharValueUse", uses)
    };
    let asks = |price: Value| {
        let mut catalog = Catalog::default();
        fixture::price(&mut catalog, "p", &price);
        catalog.asks_for_usage()
    };
    assert!(!asks(usage(json!({}))));
    assert!(!asks(with_use(usage(json!({})), "calledNumber")));
    assert!(asks(with_use(usage(json!({})), "storage")));
    assert!(!asks(with_use(monthly(json!(1)), "storage")));
}

#[test]
fn a_condition_of_another_price_is_about_the_product() {
    let fee = with(
        monthly(json!(5)),
        "prodSpecCharValueUse",
        json!([condition("roaming", json!(true))]),
    );
    let catalog = offering(&[("fee", fee), ("m", monthly(json!(20)))], json!({}));
    assert_eq!(shown(&catalog, json!({})), ["m 20.00 0"]);
}

#[test]
fn what_comes_with_usage_is_neither_charged_nor_taken_off() {
    let of = |word: &str, extra: Value| {
        let mut price = json!({"name": word, "priceType": word});
        let members = extra.as_object().cloned().unwrap();
        price.as_object_mut().unwrap().extend(members);
        price
    };
    let money = |value: u32| json!({"price": {"unit": "EUR", "value": value}});
    let names = |id: &str, word: &str| json!([{"id": id, "relationshipType": word}]);
    let brings = usage(json!({"popRelationship": [
        {"id": "brought", "relationshipType": "discountedBy"},
        {"id": "also-brought", "relationshipType": "discount"},
        {"id": "fee", "relationshipType": "setupFee"}]}));
    let grant = json!({"unitOfMeasure": {"amount": 10, "units": "GB"}, "percentage": 100});
    let both = json!({"percentage": 50, "popRelationship": [
        {"id": "m", "relationshipType": "discounts"}, {"id": "calls", "relationshipType": "discounts"}]});
    let catalog = offering(
        &[
            ("m", monthly(json!(20))),
            ("calls", brings),
            ("included", of("allowance", grant)),
            ("sold-allowance", of("Allowance", money(3))),
            ("least", of("minimumCommitment", money(4))),
            ("most", of("maximumSpend", money(50))),
            ("early", of("penalty", money(100))),
            ("brought", of("discount", money(1))),
            ("also-brought", of("discount", json!({"percentage": 90}))),
            (
                "named",
                with(
                    of("discount", money(1)),
                    "popRelationship",
                    names("calls", "discounts"),
                ),
            ),
            ("both", of("discount", both)),
        ],
        json!({}),
    );
    let order = json!([add("1", "o", json!({}))]);
    assert_eq!(shown(&catalog, json!({})), ["m 20.00 1", "calls 0.10 0"]);
    let prices = priced_with(&catalog, order, &Inventory::default());
    assert_eq!(short(&prices.totals), ["recurring month 10.00 null EUR"]);
}

#[test]
fn of_a_bundle_of_usage_only_the_prices_of_usage_are_shown() {
    let parts = ["calls", "fee", "least", "off"].map(|id| json!({ "id": id }));
    let money = json!({"unit": "EUR", "value": 0.05});
    let mut catalog = offering(
        &[(
            "bundle",
            json!({"name": "B", "priceType": "usage", "isBundle": true, "bundledPopRelationship": parts}),
        )],
        json!({}),
    );
    for (id, doc) in [
        ("calls", usage(json!({}))),
        ("fee", json!({"priceType": "setupFee", "price": money})),
        (
            "least",
            json!({"priceType": "minimumCharge", "price": money}),
        ),
        ("off", json!({"priceType": "discount", "price": money})),
    ] {
        fixture::price(&mut catalog, id, &doc);
    }
    assert_eq!(shown(&catalog, json!({})), ["calls 0.10 0"]);
}
