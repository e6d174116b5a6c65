use serde_json::{Value, json};

use super::*;

#[test]
fn a_bundle_brings_what_is_not_named() {
    let placed = accepted(json!([home_duo(json!([fibre("2")]))]), &none());
    let shown: Vec<_> = placed
        .iter()
        .map(|p| (p.id.as_str(), p.ordered, p.parent, p.pointer.as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            ("1", true, None, "/productOrderItem/0"),
            ("2", true, Some(0), "/productOrderItem/0/productOrderItem/0"),
            // Not sold alone, but in a bundle it is.
            ("1/fibre-router", false, Some(0), "/productOrderItem/0"),
            ("1/tv-basic", false, Some(0), "/productOrderItem/0"),
        ]
    );
    assert_eq!(value(&placed[3], "channels"), Some(&json!(60)));
    // Parts may stand beside the bundle.
    let relation = json!([{"id": "1", "relationshipType": "bundledBy"}]);
    let beside = with(fibre("2"), "productOrderItemRelationship", relation);
    let placed = accepted(json!([beside, add("1", "home-duo", json!({}))]), &none());
    assert_eq!(placed[0].parent, Some(1));
    assert_eq!(placed.len(), 4);
}

#[test]
fn what_a_bundle_brings_must_be_complete() {
    // Fibre needs an address, which nobody has given.
    assert_refused(
        json!([add("1", "home-duo", json!({}))]),
        &none(),
        &[(
            "1",
            "/productOrderItem/0/productOffering",
            "mandatoryCharacteristic",
        )],
    );
}

#[test]
fn bundles_hold_as_much_as_they_may() {
    let extender = |id: &str, quantity: u32| {
        let item = add(id, "wifi-extender", json!({"quantity": 1}));
        with(item, "quantity", json!(quantity))
    };
    let ok = json!([home_duo(json!([
        fibre("2"),
        extender("3", 1),
        extender("4", 2)
    ]))]);
    assert_eq!(accepted(ok, &none()).len(), 6);
    assert_refused(
        json!([home_duo(json!([
            fibre("2"),
            extender("3", 2),
            extender("4", 2)
        ]))]),
        &none(),
        &[("1", "/productOrderItem/0/productOrderItem", "bundleLimit")],
    );
    assert_refused(
        json!([home_duo(json!([
            fibre("2"),
            add("3", "mobile-m", json!({}))
        ]))]),
        &none(),
        &[(
            "3",
            "/productOrderItem/0/productOrderItem/1/productOffering",
            "notInBundle",
        )],
    );
    // A part that must be there cannot stay away.
    let away = with(add("3", "tv-basic", json!({})), "quantity", json!(0));
    assert_refused(
        json!([home_duo(json!([fibre("2"), away]))]),
        &none(),
        &[("1", "/productOrderItem/0/productOrderItem", "bundleLimit")],
    );
}

#[test]
fn a_part_by_default_can_stay_away() {
    let trio = |extra: Value| {
        let mut parts = vec![
            add(
                "2",
                "fibre-1000",
                json!({"installationAddress": "Elm Street 1"}),
            ),
            add("3", "home-voice", json!({"lines": 1})),
            add("4", "tv-sports", json!({})),
            add("5", "tv-kids", json!({})),
        ];
        parts.extend(extra.as_array().unwrap().clone());
        let trio = add("1", "home-trio", json!({}));
        json!([with(trio, "productOrderItem", json!(parts))])
    };
    // The extender comes by default, but nobody has said how many.
    let verdict = verdict(trio(json!([])), &none());
    assert_eq!(verdict.refusals.len(), 1);
    let away = with(add("6", "wifi-extender", json!({})), "quantity", json!(0));
    let placed = accepted(trio(json!([away])), &none());
    let extender = placed.iter().find(|p| p.id == "6").unwrap();
    assert_eq!((extender.action, extender.quantity), (Action::NoChange, 0));
    assert!(!placed.iter().any(|p| p.id.ends_with("/wifi-extender")));
    // The pack's genre is fixed by the offering.
    let pack = placed.iter().find(|p| p.id == "4").unwrap();
    assert_eq!(value(pack, "genre"), Some(&json!("sports")));
}

#[test]
fn groups_are_chosen_from() {
    let family = |lines: &[&str]| {
        let lines = lines.iter().enumerate();
        let lines: Vec<Value> = lines
            .map(|(index, offering)| add(&format!("l{index}"), offering, json!({})))
            .collect();
        let family = add("1", "family-mobile", json!({}));
        json!([with(family, "productOrderItem", json!(lines))])
    };
    let group = [(
        "1",
        "/productOrderItem/0/productOrderItem",
        "bundleGroupLimit",
    )];
    assert_refused(family(&[]), &none(), &group);
    assert_refused(family(&["mobile-m"]), &none(), &group);
    assert_eq!(
        accepted(family(&["mobile-m", "mobile-l"]), &none()).len(),
        3
    );
    let many = [
        "mobile-m", "mobile-m", "mobile-m", "mobile-l", "mobile-l", "mobile-l",
    ];
    assert_refused(family(&many), &none(), &group);
}

#[test]
fn parts_count_in_each_bundle() {
    let fleet = |quantity: u32| {
        let fleet = add("1", "fleet-tracking", json!({}));
        let console = add("2", "iot-console", json!({"users": 3}));
        let fleet = with(fleet, "productOrderItem", json!([console]));
        json!([with(fleet, "quantity", json!(quantity))])
    };
    let placed = accepted(fleet(3), &none());
    let quantity = |id: &str| placed.iter().find(|p| p.id == id).unwrap().quantity;
    assert_eq!(quantity("2"), 3);
    assert_eq!(quantity("1/iot-connect-m"), 30);
    assert_refused(
        fleet(20_000),
        &none(),
        &[
            ("1", "/productOrderItem/0/quantity", "quantity"),
            ("1", "/productOrderItem/0/quantity", "quantity"),
        ],
    );
}

#[test]
fn with_a_bundle_go_its_parts() {
    let placed = accepted(json!([on("delete", "1", "h", json!({}))]), &home());
    let shown: Vec<_> = placed.iter().map(|p| (p.id.as_str(), p.action)).collect();
    let expected = ["1", "1/f", "1/r", "1/t"].map(|id| (id, Action::Delete));
    assert_eq!(shown, expected);
    assert_eq!(placed[3].product.as_deref(), Some("t"));
    // A part that the order names goes its own way.
    let items = json!([
        on("delete", "1", "h", json!({})),
        on("noChange", "2", "t", json!({})),
        on("noChange", "3", "f", json!({})),
    ]);
    assert_eq!(accepted(items, &home()).len(), 4);
}

#[test]
fn an_installed_bundle_keeps_its_limits() {
    assert_refused(
        json!([on("delete", "1", "t", json!({}))]),
        &home(),
        &[("1", "/productOrderItem/0", "bundleLimit")],
    );
    let change = |parts: Value| {
        let bundle = on("modify", "1", "h", json!({}));
        json!([with(bundle, "productOrderItem", parts)])
    };
    let extender = |id: &str| add(id, "wifi-extender", json!({"quantity": 1}));
    let placed = accepted(change(json!([extender("2"), extender("3")])), &home());
    assert_eq!(placed.len(), 3);
    let four = json!([extender("2"), extender("3"), extender("4"), extender("5")]);
    assert_refused(
        change(four),
        &home(),
        &[("1", "/productOrderItem/0", "bundleLimit")],
    );
    assert_refused(
        change(json!([add("2", "mobile-m", json!({}))])),
        &home(),
        &[(
            "2",
            "/productOrderItem/0/productOrderItem/0/productOffering",
            "notInBundle",
        )],
    );
}
