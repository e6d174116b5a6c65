use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[test]
fn expected_prices_and_terms_are_judged_by_policy() {
    let item = |price: Value, terms: Value| {
        let item = add("1", "mobile-m", json!({}));
        with(with(item, "itemPrice", json!([price])), "itemTerm", terms)
    };
    let expects = |value: Value| {
        json!({"priceType": "recurring", "recurringChargePeriod": "monthly",
            "price": {"dutyFreeAmount": {"unit": "EUR", "value": value}}})
    };
    let codes = |item: Value, policy: Policy| {
        let settings = Settings {
            prices: policy,
            terms: policy,
        };
        let order = order(json!([item]));
        let verdict = validate(&order, &catalog(), &none(), &settings);
        let shown = |list: &[Refusal]| {
            let codes: Vec<_> = list.iter().map(|r| r.code.clone()).collect();
            codes.join(" ")
        };
        (shown(&verdict.refusals), shown(&verdict.warnings))
    };
    let right = item(
        expects(json!(24.9)),
        json!([{"duration": {"amount": 1, "units": "year"}}]),
    );
    let wrong = item(
        expects(json!(19.9)),
        json!([{"name": "Commitment of 3 months"}]),
    );
    let both = "termDiffers priceDiffers".to_owned();
    assert_eq!(codes(right, Policy::Refuse), (String::new(), String::new()));
    assert_eq!(
        codes(wrong.clone(), Policy::Ignore),
        (String::new(), String::new())
    );
    assert_eq!(
        codes(wrong.clone(), Policy::Warn),
        (String::new(), both.clone())
    );
    assert_eq!(codes(wrong, Policy::Refuse), (both, String::new()));
    let gross = json!({"productOfferingPrice": {"id": "mobile-m-monthly"},
        "price": {"taxIncludedAmount": {"unit": "EUR", "value": 29.88}}});
    assert_eq!(codes(item(gross, json!([])), Policy::Refuse).0, "");
    let other = json!({"productOfferingPrice": {"id": "mobile-s-monthly"}});
    assert_eq!(
        codes(item(other, json!([])), Policy::Refuse).0,
        "priceDiffers"
    );
}

#[test]
fn what_is_missing_can_be_supplied() {
    let appointment = json!({"appointment": {"id": "a"}});
    let need = Need::Appointment;
    let missing = |items: Value, index: usize| {
        let order = order(items.clone());
        let verdict = validate(&order, &catalog(), &none(), &Settings::default());
        need.missing(&order, &none(), &verdict.placed, index)
    };
    let without = home_duo(json!([fibre("2")]));
    let found = missing(json!([without.clone()]), 1).unwrap();
    assert_eq!(found.item, "2");
    assert_eq!(
        found.pointer,
        "/productOrderItem/0/productOrderItem/0/appointment"
    );
    // What the bundle brings is asked for at the bundle.
    let brought = missing(json!([without.clone()]), 2).unwrap();
    assert_eq!(brought.pointer, "/productOrderItem/0/appointment");
    let given = with(without, "appointment", appointment["appointment"].clone());
    assert_eq!(missing(json!([given.clone()]), 1), None);
    assert_eq!(missing(json!([given]), 2), None);
}

#[test]
fn the_snapshot_is_filled_level_by_level() {
    let full = catalog();
    let order = order(json!([
        home_duo(json!([fibre("2")])),
        add("9", "nowhere", json!({}))
    ]));
    let mut snapshot = Catalog::default();
    let mut rounds = Vec::new();
    loop {
        let reach = snapshot.missing(&order, &line());
        if reach.is_empty() {
            break;
        }
        rounds.push(reach.wanted.len());
        assert!(rounds.len() < 10, "{rounds:?}");
        for (kind, id) in reach.wanted {
            use crate::ordering::catalog::Kind;
            let found = match kind {
                Kind::Offering => full.offerings.get(&id).map(|own| {
                    snapshot.offerings.insert(id.clone(), own.clone());
                }),
                Kind::ProductSpecification => full.specifications.get(&id).map(|own| {
                    snapshot.specifications.insert(id.clone(), own.clone());
                }),
                Kind::Price => full.prices.get(&id).map(|own| {
                    snapshot.prices.insert(id.clone(), own.clone());
                }),
                Kind::ServiceSpecification => None,
            };
            if found.is_none() {
                snapshot.absent.insert((kind, id));
            }
        }
    }
    // Only what the order reaches: the router comes unasked, the extender would have to be named.
    assert!(snapshot.offerings.contains_key("fibre-router"));
    assert!(!snapshot.offerings.contains_key("wifi-extender"));
    assert!(snapshot.prices.contains_key("home-duo-discount"));
    assert!(snapshot.offerings.contains_key("mobile-s"));
    assert!(!snapshot.prices.contains_key("mobile-s-monthly"));
    let settings = Settings::default();
    let own = validate(&order, &snapshot, &line(), &settings);
    assert_eq!(own, validate(&order, &full, &line(), &settings));
}

#[test]
fn a_price_of_its_own_needs_no_reference() {
    let mut catalog = catalog();
    price(
        &mut catalog,
        "p",
        &json!({"priceType": "oneTime", "price": {"unit": "EUR", "value": 1}}),
    );
    offer(
        &mut catalog,
        "o",
        &json!({"lifecycleStatus": "Active", "productOfferingPrice": [
        {"id": "p"}, {"priceType": "recurring", "price": {"unit": "EUR", "value": 2}}]}),
    );
    let order = order(json!([add("1", "o", json!({}))]));
    let verdict = validate(&order, &catalog, &none(), &Settings::default());
    let prices = crate::ordering::price::price(&order, &verdict.placed, &catalog);
    let own = &prices.items[0].prices;
    assert_eq!(own[0]["productOfferingPrice"]["id"], "p");
    assert!(own[1].get("productOfferingPrice").is_none());
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z1-9-]{0,9}".prop_map(Value::from),
        Just(json!("mobile-m")),
        Just(json!("add")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((member(), inner), 0..5).prop_map(|members| {
                members
                    .into_iter()
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }),
        ]
    })
}

fn member() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "id",
        "action",
        "quantity",
        "product",
        "productOffering",
        "productOrderItem",
        "name",
        "value",
        "productCharacteristic",
        "place",
        "productOrderItemRelationship",
        "relationshipType",
        "itemPrice",
        "price",
        "itemTerm",
        "priceType",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_sent_is_judged_the_same_way_twice(
        items in prop::collection::vec(json_value(), 0..4),
    ) {
        let order = order(Value::from(items));
        let catalog = catalog();
        let settings = Settings { prices: Policy::Warn, terms: Policy::Warn };
        let first = validate(&order, &catalog, &home(), &settings);
        prop_assert_eq!(&first, &validate(&order, &catalog, &home(), &settings));
        if first.is_accepted() {
            prop_assert!(first.placed.len() >= order.items.len());
        }
        let _ = crate::ordering::price::price(&order, &first.placed, &catalog);
    }

    #[test]
    fn an_installed_product_reads_from_anything(doc in json_value()) {
        let installed = Installed::read("p", &doc);
        prop_assert_eq!(installed.id, "p");
    }
}
