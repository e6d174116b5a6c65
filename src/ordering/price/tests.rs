mod usage;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ordering::fixture::{self, add, catalog, installed, offer, on, order, with};
use crate::ordering::inventory::Inventory;
use crate::ordering::plan::validate::{Settings, validate};

fn priced_with(catalog: &Catalog, items: Value, inventory: &Inventory) -> Prices {
    let order = order(items);
    let verdict = validate(&order, catalog, inventory, &Settings::default());
    assert_eq!(verdict.refusals, []);
    let prices = price(&order, &verdict.placed, catalog);
    assert_eq!(prices.faults, []);
    prices
}

fn priced(items: Value) -> Prices {
    priced_with(&catalog(), items, &Inventory::default())
}

/// Totals in short: type, period, amounts without and with tax, as written.
fn short(totals: &[Value]) -> Vec<String> {
    let totals = totals.iter();
    totals
        .map(|total| {
            let text = |name: &str| total[name].as_str().unwrap_or("-").to_owned();
            let amount = |name: &str| total["price"][name]["value"].to_string();
            let unit = &total["price"]["dutyFreeAmount"]["unit"];
            format!(
                "{} {} {} {} {}",
                text("priceType"),
                text("recurringChargePeriod"),
                amount("dutyFreeAmount"),
                amount("taxIncludedAmount"),
                unit.as_str().unwrap_or("-"),
            )
        })
        .collect()
}

#[test]
fn a_mobile_order_costs_what_the_catalog_says() {
    let prices = priced(json!([
        add("1", "mobile-m", json!({})),
        with(add("2", "roaming-europe", json!({})), "quantity", json!(2)),
    ]));
    let own = &prices.items[0].prices;
    assert_eq!(own.len(), 11, "{own:#?}");
    assert_eq!(
        own[0],
        json!({
            "@type": "OrderPrice",
            "name": "Mobile M, per month",
            "productOfferingPrice": {
                "@type": "ProductOfferingPriceRef",
                "id": "mobile-m-monthly",
                "href": "tollgate:productOfferingPrice/mobile-m-monthly",
                "name": "Mobile M, per month",
                "version": "1.0",
                "@referredType": "ProductOfferingPrice",
            },
            "priceType": "recurring",
            "recurringChargePeriod": "month",
            "price": {
                "@type": "Price",
                "dutyFreeAmount": {"unit": "EUR", "value": own[0]["price"]["dutyFreeAmount"]["value"]},
                "taxIncludedAmount": {"unit": "EUR", "value": own[0]["price"]["taxIncludedAmount"]["value"]},
                "taxRate": own[0]["price"]["taxRate"],
            },
        })
    );
    assert_eq!(
        own[0]["price"]["dutyFreeAmount"]["value"].to_string(),
        "24.90"
    );
    assert_eq!(
        own[0]["price"]["taxIncludedAmount"]["value"].to_string(),
        "29.88"
    );
    assert_eq!(own[0]["price"]["taxRate"].to_string(), "20");
    // Usage is a price, but in no total.
    assert_eq!(own[4]["priceType"], "usage");
    assert_eq!(own[4]["unitOfMeasure"], "GB");
    assert_eq!(
        short(&prices.items[0].totals),
        [
            "recurring month 24.90 29.88 EUR",
            "oneTime - 10.00 12.00 EUR"
        ]
    );
    assert_eq!(
        short(&prices.items[1].totals),
        ["recurring month 10.00 12.00 EUR"]
    );
    assert_eq!(
        short(&prices.totals),
        [
            "recurring month 34.90 41.88 EUR",
            "oneTime - 10.00 12.00 EUR"
        ]
    );
}

#[test]
fn fine_usage_prices_are_not_rounded_away() {
    let prices = priced(json!([add("1", "mobile-prepaid", json!({}))]));
    let mut own = prices.items[0].prices.iter();
    let data = own.find(|p| p["name"] == "Data").unwrap();
    assert_eq!(
        data["price"]["dutyFreeAmount"]["value"].to_string(),
        "0.0049"
    );
    assert_eq!(
        data["price"]["taxIncludedAmount"]["value"].to_string(),
        "0.00588"
    );
}

#[test]
fn the_discount_of_a_bundle_is_on_the_prices_that_it_names() {
    let fibre = add(
        "2",
        "fibre-500",
        json!({"installationAddress": "Elm Street 1"}),
    );
    let duo = with(
        add("1", "home-duo", json!({})),
        "productOrderItem",
        json!([fibre]),
    );
    let prices = priced(json!([duo]));
    // Television and router came unasked, so they are with the bundle.
    let named: Vec<_> = prices.items[0]
        .prices
        .iter()
        .map(|p| p["name"].clone())
        .collect();
    assert_eq!(
        named,
        ["Router rental, per month", "Television Basic, per month"]
    );
    let fibre = &prices.items[1].prices[0];
    let alteration = &fibre["priceAlteration"][0];
    assert_eq!(
        fibre["price"]["dutyFreeAmount"]["value"].to_string(),
        "39.90"
    );
    assert_eq!(
        alteration["price"]["dutyFreeAmount"]["value"].to_string(),
        "-3.99"
    );
    assert_eq!(alteration["price"]["percentage"].to_string(), "-10");
    assert_eq!(alteration["priceType"], "recurring");
    assert!(prices.items[0].prices[0].get("priceAlteration").is_none());
    // 4.90 + 9.90 - 0.99, and 39.90 - 3.99.
    assert_eq!(
        short(&prices.items[0].totals),
        ["recurring month 13.81 16.57 EUR"]
    );
    assert_eq!(
        short(&prices.items[1].totals),
        [
            "recurring month 35.91 43.09 EUR",
            "oneTime - 49.00 58.80 EUR"
        ]
    );
    // 49.72 with tax of 20 per cent is 59.664: one rounding, not two.
    assert_eq!(
        short(&prices.totals),
        [
            "recurring month 49.72 59.66 EUR",
            "oneTime - 49.00 58.80 EUR"
        ]
    );
}

#[test]
fn what_is_changed_pays_no_setup_and_what_ends_pays_nothing() {
    let inventory = installed(&[
        ("p1", "mobile-s", "mobile-line", "active", json!({})),
        ("p2", "linden-11", "tablet", "active", json!({})),
    ]);
    let change = on("modify", "1", "p1", json!({}));
    let change = with(change, "productOffering", json!({"id": "mobile-l"}));
    let items = json!([change, on("delete", "2", "p2", json!({}))]);
    let prices = priced_with(&catalog(), items, &inventory);
    assert_eq!(short(&prices.totals), ["recurring month 34.90 41.88 EUR"]);
    assert_eq!(prices.items[1], ItemPrices::default());
}

/// An offering with prices of its own, in a catalog with the sample operator's.
fn offering(prices: &[(&str, Value)], extra: Value) -> Catalog {
    let mut catalog = catalog();
    for (id, doc) in prices {
        fixture::price(&mut catalog, id, doc);
    }
    let references: Vec<Value> = prices.iter().map(|(id, _)| json!({"id": id})).collect();
    let mut doc = json!({"name": "O", "lifecycleStatus": "Active",
        "productSpecification": {"id": "smartphone"}, "productOfferingPrice": references});
    let members = extra.as_object().cloned().unwrap_or_default();
    doc.as_object_mut().unwrap().extend(members);
    offer(&mut catalog, "o", &doc);
    catalog
}

fn monthly(value: Value) -> Value {
    json!({"name": "M", "priceType": "recurring", "recurringChargePeriodType": "month",
        "recurringChargePeriodLength": 1, "price": {"unit": "EUR", "value": value}})
}

fn total(catalog: &Catalog, item: Value) -> Vec<String> {
    short(&priced_with(catalog, json!([item]), &Inventory::default()).totals)
}

#[test]
fn alterations_follow_each_other_by_priority() {
    let off = |extra: Value| {
        let mut price = json!({"name": "D", "priceType": "discount"});
        let members = extra.as_object().cloned().unwrap();
        price.as_object_mut().unwrap().extend(members);
        price
    };
    let named = json!([{"id": "m", "relationshipType": "discounts"}]);
    let catalog = offering(
        &[
            ("m", monthly(json!(20))),
            ("late", off(json!({"percentage": 10, "priority": 2}))),
            (
                "first",
                off(json!({"price": {"unit": "EUR", "value": 5}, "priority": 1,
                "popRelationship": named, "recurringChargePeriodType": "month",
                "productOfferingTerm": [{"duration": {"amount": 1, "units": "year"}}]})),
            ),
            ("up", json!({"priceType": "surcharge", "percentage": 1})),
        ],
        json!({}),
    );
    let prices = priced_with(
        &catalog,
        json!([add("1", "o", json!({}))]),
        &Inventory::default(),
    );
    let altered = prices.items[0].prices[0]["priceAlteration"]
        .as_array()
        .unwrap();
    let amounts: Vec<String> = altered
        .iter()
        .map(|a| a["price"]["dutyFreeAmount"]["value"].to_string())
        .collect();
    // 20 - 5 = 15; 10 per cent of that off: 13.5; 1 per cent of that on.
    assert_eq!(amounts, ["-5.00", "-1.50", "0.135"]);
    // A year of monthly charges.
    assert_eq!(altered[0]["applicationDuration"], json!(12));
    // No tax is stated, so none is shown.
    assert_eq!(short(&prices.totals), ["recurring month 13.635 null EUR"]);
}

#[test]
fn nothing_is_taken_off_below_zero_and_amounts_can_stand_for_themselves() {
    let gift = json!({"priceType": "discount", "price": {"unit": "EUR", "value": 100}});
    let named = json!([{"id": "m", "relationshipType": "discounts"}]);
    let all = with(gift.clone(), "popRelationship", named);
    let catalog = offering(&[("m", monthly(json!(20))), ("d", all)], json!({}));
    assert_eq!(
        total(&catalog, add("1", "o", json!({}))),
        ["recurring month 0.00 null EUR"]
    );
    let catalog = offering(&[("m", monthly(json!(20))), ("d", gift)], json!({}));
    assert_eq!(
        total(&catalog, add("1", "o", json!({}))),
        [
            "recurring month 20.00 null EUR",
            "oneTime - -100.00 null EUR"
        ]
    );
}

#[test]
fn conditions_terms_currencies_and_parts_of_prices() {
    let once = |value: Value, unit: &str| json!({"priceType": "oneTime", "price": {"unit": unit, "value": value}});
    let storage = |value: u32| json!([{"name": "storage", "productSpecCharacteristicValue": [{"value": value}]}]);
    let term = |name: &str| json!([{"name": name}]);
    let catalog = offering(
        &[
            (
                "small",
                with(
                    once(json!(600), "EUR"),
                    "prodSpecCharValueUse",
                    storage(128),
                ),
            ),
            (
                "large",
                with(
                    once(json!(700), "EUR"),
                    "prodSpecCharValueUse",
                    storage(256),
                ),
            ),
            ("foreign", once(json!(3), "CHF")),
            (
                "long",
                with(monthly(json!(10)), "productOfferingTerm", term("24 months")),
            ),
            (
                "short",
                with(monthly(json!(12)), "productOfferingTerm", term("12 months")),
            ),
            (
                "over",
                with(
                    once(json!(9), "EUR"),
                    "validFor",
                    json!({"endDateTime": "2026-01-01T00:00:00Z"}),
                ),
            ),
            (
                "old",
                with(once(json!(9), "EUR"), "lifecycleStatus", json!("Retired")),
            ),
            (
                "all",
                json!({"isBundle": true, "bundledPopRelationship": [{"id": "fibre-setup-once"}]}),
            ),
        ],
        json!({"productOfferingTerm": [{"name": "24 months"}, {"name": "12 months"}]}),
    );
    let item = |storage: u32| add("1", "o", json!({"storage": storage}));
    let expected = |phone: &str, month: &str| {
        vec![
            format!("oneTime - {phone} null EUR"),
            "oneTime - 3.00 null CHF".to_owned(),
            format!("recurring month {month} null EUR"),
        ]
    };
    assert_eq!(total(&catalog, item(128)), expected("649.00", "10.00"));
    assert_eq!(total(&catalog, item(256)), expected("749.00", "10.00"));
    let short_term = with(item(256), "itemTerm", json!([{"name": "12 months"}]));
    assert_eq!(total(&catalog, short_term), expected("749.00", "12.00"));
}

#[test]
fn what_cannot_be_calculated_is_named() {
    let faults = |price: Value| {
        let catalog = offering(&[("p", price)], json!({}));
        let order = order(json!([add("1", "o", json!({}))]));
        let verdict = validate(
            &order,
            &catalog,
            &Inventory::default(),
            &Settings::default(),
        );
        let mut prices = super::price(&order, &verdict.placed, &catalog);
        prices.faults.pop().map(|fault| (fault.item, fault.code))
    };
    let wrong = Some(("1".to_owned(), "priceNotExact".to_owned()));
    let amount = |money: Value| json!({"priceType": "oneTime", "price": money});
    assert_eq!(faults(amount(json!({"unit": "EUR", "value": 1}))), None);
    assert_eq!(faults(amount(json!({"unit": "XYZ", "value": 1}))), wrong);
    assert_eq!(faults(amount(json!({"unit": "EUR"}))), wrong);
    let circle = json!({"bundledPopRelationship": [{"id": "p"}]});
    assert_eq!(faults(circle), wrong);
    let gone = json!({"bundledPopRelationship": [{"id": "nowhere"}]});
    assert_eq!(faults(gone), wrong);
    let most: Value = serde_json::from_str("70000000000000000000000000000").unwrap();
    let huge = json!({"priceType": "oneTime", "price": {"unit": "EUR", "value": most},
        "tax": [{"taxRate": 50}]});
    assert_eq!(faults(huge), wrong);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The total of the order is the sum of those of its items, exactly.
    #[test]
    fn the_whole_is_the_sum_of_its_parts(
        cents in prop::collection::vec(0_u32..1_000_000, 1..5),
        quantities in prop::collection::vec(1_u32..50, 5),
        percentage in 0_u32..100,
    ) {
        let mut catalog = catalog();
        fixture::price(&mut catalog, "d", &json!({"priceType": "discount", "percentage": percentage}));
        let mut items = Vec::new();
        let mut exact = rust_decimal::Decimal::ZERO;
        for (index, (cents, quantity)) in cents.iter().zip(&quantities).enumerate() {
            let amount = rust_decimal::Decimal::new(i64::from(*cents), 2);
            let number = Value::Number(crate::domain::money::number_of(amount));
            let id = format!("o{index}");
            fixture::price(&mut catalog, &id, &monthly(number));
            offer(&mut catalog, &id, &json!({"lifecycleStatus": "Active",
                "productOfferingPrice": [{"id": id}, {"id": "d"}]}));
            items.push(with(add(&id, &id, json!({})), "quantity", json!(quantity)));
            let rest = rust_decimal::Decimal::from(100 - percentage);
            exact += amount * rest / rust_decimal::Decimal::ONE_HUNDRED
                * rust_decimal::Decimal::from(*quantity);
        }
        let prices = priced_with(&catalog, json!(items), &Inventory::default());
        let value = |total: &Value| -> rust_decimal::Decimal {
            total["price"]["dutyFreeAmount"]["value"].to_string().parse().unwrap()
        };
        let parts: rust_decimal::Decimal =
            prices.items.iter().flat_map(|item| &item.totals).map(value).sum();
        prop_assert_eq!(value(&prices.totals[0]), parts);
        prop_assert_eq!(parts, exact);
    }
}
