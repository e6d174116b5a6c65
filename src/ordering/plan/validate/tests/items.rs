use serde_json::json;

use super::*;

#[test]
fn a_mobile_order_gets_its_defaults() {
    let placed = accepted(
        json!([
            add("1", "mobile-m", json!({"simType": "physical"})),
            add("2", "aster-9", json!({"colour": "moss"})),
            add("3", "roaming-europe", json!({})),
        ]),
        &none(),
    );
    assert_eq!(placed.len(), 3);
    let names: Vec<&str> = placed[0]
        .characteristics
        .iter()
        .map(|c| c.name.as_str())
        .collect();
    // The number is found by fulfilment.
    assert_eq!(
        names,
        [
            "simType",
            "dataAllowance",
            "networkGeneration",
            "voicemail",
            "numberPorting"
        ]
    );
    assert_eq!(value(&placed[0], "simType"), Some(&json!("physical")));
    assert_eq!(value(&placed[0], "dataAllowance"), Some(&json!(20)));
    assert_eq!(placed[0].specification.as_deref(), Some("mobile-line"));
    assert_eq!(value(&placed[1], "storage"), Some(&json!(256)));
    assert_eq!(placed[0].product, Some(product_id("order-1", "1")));
    assert_ne!(placed[0].product, placed[1].product);
}

#[test]
fn items_are_well_formed() {
    assert_refused(json!([]), &none(), &[("", "/productOrderItem", "noItems")]);
    assert_refused(
        json!([{"id": "1", "action": "add"}]),
        &none(),
        &[("1", "/productOrderItem/0", "nothingOrdered")],
    );
    assert_refused(
        json!([
            add("1", "mobile-m", json!({})),
            add("1", "mobile-s", json!({}))
        ]),
        &none(),
        &[("1", "/productOrderItem/1/id", "duplicateItem")],
    );
    assert_refused(
        json!([with(
            add("1", "mobile-m", json!({})),
            "action",
            json!("buy")
        )]),
        &none(),
        &[("1", "/productOrderItem/0/action", "malformedItem")],
    );
    for quantity in [json!(0), json!(100_001)] {
        assert_refused(
            json!([with(add("1", "mobile-m", json!({})), "quantity", quantity)]),
            &none(),
            &[("1", "/productOrderItem/0/quantity", "quantity")],
        );
    }
    for quantity in [json!(-1), json!(1.5), json!("2")] {
        assert_refused(
            json!([with(add("1", "mobile-m", json!({})), "quantity", quantity)]),
            &none(),
            &[("1", "/productOrderItem/0/quantity", "malformedItem")],
        );
    }
    let relation = json!([{"id": "9", "relationshipType": "reliesOn"}]);
    assert_refused(
        json!([with(
            add("1", "mobile-m", json!({})),
            "productOrderItemRelationship",
            relation
        )]),
        &none(),
        &[(
            "1",
            "/productOrderItem/0/productOrderItemRelationship/0/id",
            "unknownItem",
        )],
    );
    let bundled = |id: &str| json!([{"id": id, "relationshipType": "bundledBy"}]);
    let item = |id: &str, by: &str| {
        let item = add(id, "mobile-m", json!({}));
        with(item, "productOrderItemRelationship", bundled(by))
    };
    let circle = verdict(json!([item("1", "2"), item("2", "1")]), &none());
    assert!(circle.refusals.iter().any(|r| r.code == code::ITEM_CIRCLE));
}

#[test]
fn odd_shapes_are_refused_without_panic() {
    for items in [
        json!([1, null, [], "x"]),
        json!([{}]),
        json!({"id": "1"}),
        json!([{"id": 7, "action": [], "product": [], "productOffering": 4, "quantity": {}}]),
        json!([{"id": "1", "action": "add", "productOffering": {"id": "mobile-m"},
                "product": {"productCharacteristic": [3, {"name": 5}], "place": [null, 1]}}]),
        json!([{"id": "1", "action": "add", "productOffering": {"id": "mobile-m"},
                "product": {"product": [{"name": "a part"}]}}]),
    ] {
        let verdict = verdict(items.clone(), &none());
        assert!(!verdict.is_accepted(), "{items}");
    }
}

#[test]
fn only_what_is_sold_can_be_added() {
    let mut catalog = catalog();
    let base = json!({"name": "X", "lifecycleStatus": "Active",
        "productSpecification": {"id": "mobile-line"}});
    let variants = [
        (
            "status",
            with(base.clone(), "lifecycleStatus", json!("Retired")),
        ),
        ("none", json!({"name": "X"})),
        (
            "over",
            with(
                base.clone(),
                "validFor",
                json!({"endDateTime": "2026-11-22T10:00:00Z"}),
            ),
        ),
        (
            "soon",
            with(
                base.clone(),
                "validFor",
                json!({"startDateTime": "2026-11-22T10:00:01Z"}),
            ),
        ),
        (
            "just",
            with(
                base.clone(),
                "validFor",
                json!({"startDateTime": "2026-11-22T10:00:00Z"}),
            ),
        ),
        (
            "spec",
            with(
                base.clone(),
                "productSpecification",
                json!({"id": "nowhere"}),
            ),
        ),
        (
            "acts",
            with(
                base.clone(),
                "allowedAction",
                json!([{"action": "terminate"}]),
            ),
        ),
        (
            "act",
            with(base.clone(), "allowedAction", json!([{"action": "Add"}])),
        ),
    ];
    for (id, doc) in &variants {
        offer(&mut catalog, id, doc);
    }
    for (id, expected) in [
        ("status", Some(code::OFFERING_NOT_ACTIVE)),
        ("none", Some(code::OFFERING_NOT_ACTIVE)),
        ("over", Some(code::OFFERING_NOT_VALID)),
        ("soon", Some(code::OFFERING_NOT_VALID)),
        ("just", None),
        ("spec", Some(code::UNKNOWN_SPECIFICATION)),
        ("acts", Some(code::ACTION_NOT_ALLOWED)),
        ("act", None),
        ("nothing-like-it", Some(code::UNKNOWN_OFFERING)),
        // Sold in bundles only.
        ("fibre-router", Some(code::NOT_SELLABLE)),
    ] {
        let order = order(json!([add("1", id, json!({}))]));
        let verdict = validate(&order, &catalog, &none(), &Settings::default());
        let code = verdict.refusals.first().map(|r| r.code.as_str());
        assert_eq!(code, expected, "{id}: {:?}", verdict.refusals);
    }
}

#[test]
fn channel_and_market_count_where_they_are_known() {
    let codes = |channels: &[&str], markets: &[&str]| {
        let mut order = order(json!([add("1", "mobile-youth", json!({}))]));
        order.channels = channels.iter().map(|c| (*c).to_owned()).collect();
        order.markets = markets.iter().map(|c| (*c).to_owned()).collect();
        let verdict = validate(&order, &catalog(), &none(), &Settings::default());
        let codes = verdict.refusals.into_iter().map(|r| r.code);
        codes.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(codes(&[], &[]), "");
    assert_eq!(codes(&["web"], &["youth"]), "");
    assert_eq!(codes(&["Web shop"], &[]), "");
    assert_eq!(codes(&["sales"], &["youth"]), "channel");
    assert_eq!(codes(&["sales"], &["consumer"]), "channel market");
    assert_eq!(codes(&["sales", "web"], &["consumer", "youth"]), "");
}
