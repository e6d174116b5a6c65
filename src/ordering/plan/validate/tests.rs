use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ordering::fixture::{add, catalog, installed, offer, on, order, price, specify, with};

fn verdict(items: Value, inventory: &Inventory) -> Verdict {
    let order = order(items);
    validate(&order, &catalog(), inventory, &Settings::default())
}

/// Refusals as item, pointer and code.
fn refused(verdict: &Verdict) -> Vec<(&str, &str, &str)> {
    let all = verdict.refusals.iter();
    all.map(|r| (r.item.as_str(), r.pointer.as_str(), r.code.as_str()))
        .collect()
}

#[track_caller]
fn assert_refused(items: Value, inventory: &Inventory, expected: &[(&str, &str, &str)]) {
    let verdict = verdict(items, inventory);
    assert_eq!(refused(&verdict), expected, "{:#?}", verdict.refusals);
    assert!(verdict.placed.is_empty());
    assert!(verdict.refusals.iter().all(|r| r.message.len() > 5));
}

#[track_caller]
fn accepted(items: Value, inventory: &Inventory) -> Vec<PlacedItem> {
    let verdict = verdict(items, inventory);
    assert_eq!(verdict.refusals, [], "refused");
    verdict.placed
}

fn value<'p>(placed: &'p PlacedItem, name: &str) -> Option<&'p Value> {
    let mut own = placed.characteristics.iter();
    own.find(|own| own.name == name).map(|own| &own.value)
}

fn none() -> Inventory {
    Inventory::default()
}

fn line() -> Inventory {
    installed(&[(
        "p1",
        "mobile-s",
        "mobile-line",
        "active",
        json!({"msisdn": "+436601234567", "simType": "eSIM", "dataAllowance": 5,
               "networkGeneration": "4G", "voicemail": false}),
    )])
}

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

#[test]
fn characteristics_are_those_of_the_specification() {
    let at = "/productOrderItem/0/product/productCharacteristic/0/value";
    let names = "/productOrderItem/0/product/productCharacteristic/0/name";
    let list = "/productOrderItem/0/product/productCharacteristic";
    for (offering, given, pointer, code) in [
        (
            "mobile-m",
            json!({"colour": "red"}),
            names,
            "unknownCharacteristic",
        ),
        (
            "mobile-m",
            json!({"dataAllowance": 60}),
            at,
            "notConfigurable",
        ),
        (
            "mobile-m",
            json!({"msisdn": "+436601234567"}),
            at,
            "notConfigurable",
        ),
        ("mobile-m", json!({"simType": 4}), at, "valueType"),
        (
            "mobile-m",
            json!({"simType": "nano"}),
            at,
            "valueNotAllowed",
        ),
        (
            "mobile-m",
            json!({"simType": null}),
            at,
            "mandatoryCharacteristic",
        ),
        (
            "mobile-m",
            json!({"simType": ["eSIM", "physical"]}),
            at,
            "cardinality",
        ),
        ("mobile-m", json!({"voicemail": "perhaps"}), at, "valueType"),
        // The specification has 512, this offering does not sell it.
        ("aster-9", json!({"storage": 512}), at, "valueNotAllowed"),
        (
            "aster-9-pro",
            json!({"storage": 128}),
            at,
            "valueNotAllowed",
        ),
        (
            "vpn-network",
            json!({"addressPlan": "ten"}),
            at,
            "valuePattern",
        ),
        ("vpn-network", json!({}), list, "mandatoryCharacteristic"),
        ("iot-console", json!({"users": 101}), at, "valueNotAllowed"),
        ("iot-console", json!({"users": 1.5}), at, "valueType"),
    ] {
        let items = json!([add("1", offering, given)]);
        assert_refused(items, &none(), &[("1", pointer, code)]);
    }
}

#[test]
fn values_are_accepted_as_they_are_meant() {
    for (offering, given, name, expected) in [
        // What the catalog fixes may be repeated.
        (
            "mobile-m",
            json!({"dataAllowance": 20}),
            "dataAllowance",
            json!(20),
        ),
        (
            "mobile-m",
            json!({"dataAllowance": "20"}),
            "dataAllowance",
            json!(20),
        ),
        ("iot-console", json!({"users": "7"}), "users", json!(7)),
        ("iot-console", json!({"users": 100}), "users", json!(100)),
        (
            "mobile-m",
            json!({"voicemail": "FALSE"}),
            "voicemail",
            json!(false),
        ),
        (
            "aster-9-pro",
            json!({"storage": 512}),
            "storage",
            json!(512),
        ),
        (
            "vpn-network",
            json!({"addressPlan": "10.0.0.0/8"}),
            "topology",
            json!("full mesh"),
        ),
        (
            "mobile-m",
            json!({"simType": ["eSIM"]}),
            "simType",
            json!("eSIM"),
        ),
        // An option that is not wanted.
        (
            "mobile-m",
            json!({"voicemail": null}),
            "dataAllowance",
            json!(20),
        ),
    ] {
        let placed = accepted(json!([add("1", offering, given.clone())]), &none());
        assert_eq!(value(&placed[0], name), Some(&expected), "{given}");
    }
    let placed = accepted(
        json!([add("1", "mobile-m", json!({"voicemail": null}))]),
        &none(),
    );
    assert_eq!(value(&placed[0], "voicemail"), None);
}

#[test]
fn several_values_and_ranges_with_open_ends() {
    let mut catalog = catalog();
    let characteristic = |extra: Value| {
        let mut own = json!({"name": "c", "valueType": "integer", "minCardinality": 2,
            "maxCardinality": 3});
        own.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        json!({"name": "S", "productSpecCharacteristic": [own]})
    };
    let range = json!({"characteristicValueSpecification": [
        {"valueFrom": 0, "valueTo": 10, "rangeInterval": "open"}, {"value": 99}]});
    specify(&mut catalog, "s", &characteristic(range));
    offer(
        &mut catalog,
        "o",
        &json!({"lifecycleStatus": "Active",
        "productSpecification": {"id": "s"}}),
    );
    for (given, expected) in [
        (json!([1, 9.0, 99]), None),
        (json!([1]), Some(code::CARDINALITY)),
        (json!([1, 2, 3, 4]), Some(code::CARDINALITY)),
        (json!([0, 5]), Some(code::VALUE_NOT_ALLOWED)),
        (json!([5, 10]), Some(code::VALUE_NOT_ALLOWED)),
        (json!([5, 9.5]), Some(code::VALUE_TYPE)),
    ] {
        let order = order(json!([add("1", "o", json!({"c": given}))]));
        let verdict = validate(&order, &catalog, &none(), &Settings::default());
        let code = verdict.refusals.first().map(|r| r.code.as_str());
        assert_eq!(code, expected, "{given}");
    }
    // The same name twice is two values.
    let twice = json!({"id": "1", "action": "add", "productOffering": {"id": "o"}, "product":
        {"productCharacteristic": [{"name": "c", "value": 1}, {"name": "c", "value": 2}]}});
    let order = order(json!([twice]));
    let verdict = validate(&order, &catalog, &none(), &Settings::default());
    assert_eq!(value(&verdict.placed[0], "c"), Some(&json!([1, 2])));
}

fn home_duo(parts: Value) -> Value {
    with(add("1", "home-duo", json!({})), "productOrderItem", parts)
}

fn fibre(id: &str) -> Value {
    add(
        id,
        "fibre-500",
        json!({"installationAddress": "Elm Street 1"}),
    )
}

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
    assert_refused(
        family(
            &["mobile-m"; 4].map(|m| m)[..0]
                .iter()
                .copied()
                .chain(["mobile-l"; 1])
                .collect::<Vec<_>>()
                .as_slice(),
        ),
        &none(),
        &group,
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
fn requirements_are_met_by_the_order_or_by_what_is_installed() {
    let sim = || json!([add("1", "extra-sim", json!({}))]);
    let at = "/productOrderItem/0/productOffering";
    // By the offering (a certain plan) and by the specification (any line).
    assert_refused(
        sim(),
        &none(),
        &[("1", at, "requires"), ("1", at, "requires")],
    );
    assert_refused(sim(), &line(), &[("1", at, "requires")]);
    let medium = installed(&[("p1", "mobile-m", "mobile-line", "active", json!({}))]);
    accepted(sim(), &medium);
    let gone = installed(&[("p1", "mobile-m", "mobile-line", "terminated", json!({}))]);
    assert_eq!(verdict(sim(), &gone).refusals.len(), 2);
    accepted(
        json!([
            add("1", "extra-sim", json!({})),
            add("2", "mobile-m", json!({}))
        ]),
        &none(),
    );
    // Not with a line that goes in the same order.
    let both = json!([
        add("1", "extra-sim", json!({})),
        on("delete", "2", "p1", json!({}))
    ]);
    assert_eq!(verdict(both, &medium).refusals.len(), 2);
}

#[test]
fn what_excludes_each_other_cannot_be_had_together() {
    let excluded = |offerings: [&str; 2], inventory: &Inventory| {
        let items = offerings.iter().enumerate();
        let items: Vec<Value> = items
            .map(|(index, offering)| add(&format!("{index}"), offering, json!({})))
            .collect();
        let verdict = verdict(json!(items), inventory);
        let codes = verdict.refusals.into_iter().map(|r| (r.item, r.code));
        codes.collect::<Vec<_>>()
    };
    let of = |item: &str| vec![(item.to_owned(), "excludes".to_owned())];
    let both = ["roaming-europe", "roaming-world"];
    assert_eq!(excluded(both, &line()), of("1"));
    let with = |roaming: &str| {
        let mut inventory = line();
        let own = installed(&[("p2", roaming, "mobile-roaming", "active", json!({}))]);
        inventory.products.extend(own.products);
        inventory
    };
    assert_eq!(
        excluded(["roaming-world", "mobile-m"], &with("roaming-europe")),
        of("0")
    );
    // The rule stands at the other one, which is installed.
    assert_eq!(
        excluded(["roaming-europe", "mobile-m"], &with("roaming-world")),
        of("0")
    );
    assert_eq!(excluded(["roaming-europe", "mobile-m"], &line()), []);
}

#[test]
fn what_is_still_required_stays() {
    let mut inventory = line();
    let roaming = (
        "p2",
        "roaming-europe",
        "mobile-roaming",
        "active",
        json!({}),
    );
    inventory.products.extend(installed(&[roaming]).products);
    assert_refused(
        json!([on("delete", "1", "p1", json!({}))]),
        &inventory,
        &[("1", "/productOrderItem/0/productOffering", "stillRequired")],
    );
    accepted(
        json!([
            on("delete", "1", "p1", json!({})),
            on("delete", "2", "p2", json!({}))
        ]),
        &inventory,
    );
    accepted(
        json!([
            on("delete", "1", "p1", json!({})),
            add("2", "mobile-l", json!({}))
        ]),
        &inventory,
    );
}

#[test]
fn a_change_keeps_what_is_not_mentioned() {
    let placed = accepted(
        json!([on("modify", "1", "p1", json!({"voicemail": true}))]),
        &line(),
    );
    let own = &placed[0];
    assert_eq!(own.offering.as_deref(), Some("mobile-s"));
    assert_eq!(own.product.as_deref(), Some("p1"));
    assert_eq!(value(own, "msisdn"), Some(&json!("+436601234567")));
    assert_eq!(value(own, "voicemail"), Some(&json!(true)));
    // No defaults for what the product does not have.
    assert_eq!(value(own, "numberPorting"), None);
    // The number may be repeated, but not changed.
    accepted(
        json!([on("modify", "1", "p1", json!({"msisdn": "+436601234567"}))]),
        &line(),
    );
    assert_refused(
        json!([on("modify", "1", "p1", json!({"msisdn": "+436601234568"}))]),
        &line(),
        &[(
            "1",
            "/productOrderItem/0/product/productCharacteristic/0/value",
            "notConfigurable",
        )],
    );
}

#[test]
fn a_product_migrates_to_an_offering_of_its_specification() {
    let to = |offering: &str| {
        let item = on("modify", "1", "p1", json!({}));
        json!([with(item, "productOffering", json!({"id": offering}))])
    };
    let placed = accepted(to("mobile-m"), &line());
    assert_eq!(value(&placed[0], "dataAllowance"), Some(&json!(20)));
    assert_eq!(value(&placed[0], "networkGeneration"), Some(&json!("5G")));
    assert_eq!(value(&placed[0], "msisdn"), Some(&json!("+436601234567")));
    assert_eq!(value(&placed[0], "voicemail"), Some(&json!(false)));
    assert_refused(
        to("tv-basic"),
        &line(),
        &[
            ("1", "/productOrderItem/0/productOffering", "migration"),
            ("1", "/productOrderItem/0/productOffering", "requires"),
        ],
    );
    // Unless the old offering says so.
    let mut catalog = catalog();
    let old = json!({"lifecycleStatus": "Retired", "productSpecification": {"id": "mobile-line"},
        "productOfferingRelationship": [{"id": "linden-11", "relationshipType": "migration"}]});
    offer(&mut catalog, "mobile-s", &old);
    let verdict = validate(
        &order(to("linden-11")),
        &catalog,
        &line(),
        &Settings::default(),
    );
    assert_eq!(verdict.refusals, []);
    // A plan that is not sold any more can still be changed.
    let change = order(json!([on("modify", "1", "p1", json!({"voicemail": true}))]));
    let verdict = validate(&change, &catalog, &line(), &Settings::default());
    assert_eq!(verdict.refusals, []);
}

#[test]
fn products_are_there_and_stay() {
    let at = "/productOrderItem/0/product/id";
    for (status, code) in [
        ("active", None),
        ("suspended", None),
        ("pendingActive", None),
        ("terminated", Some("productStatus")),
        ("pendingTerminate", Some("productStatus")),
        ("cancelled", Some("productStatus")),
        ("aborted ", Some("productStatus")),
    ] {
        let inventory = installed(&[("p1", "mobile-s", "mobile-line", status, json!({}))]);
        for action in ["modify", "delete"] {
            let items = json!([on(action, "1", "p1", json!({}))]);
            match code {
                None => drop(accepted(items, &inventory)),
                Some(code) => assert_refused(items, &inventory, &[("1", at, code)]),
            }
        }
        accepted(json!([on("noChange", "1", "p1", json!({}))]), &inventory);
    }
    for action in ["modify", "delete", "noChange"] {
        let items = json!([on(action, "1", "p9", json!({}))]);
        assert_refused(items, &line(), &[("1", at, "unknownProduct")]);
    }
    let product = json!({"name": "x"});
    for (action, pointer, code) in [
        ("modify", at, "productRequired"),
        ("delete", at, "productRequired"),
        (
            "add",
            "/productOrderItem/0/productOffering",
            "offeringRequired",
        ),
    ] {
        let items = json!([{"id": "1", "action": action, "product": product}]);
        assert_refused(items, &line(), &[("1", pointer, code)]);
    }
    let exists = with(
        add("1", "mobile-m", json!({})),
        "product",
        json!({"id": "p1"}),
    );
    assert_refused(json!([exists]), &line(), &[("1", at, "productExists")]);
    assert_refused(
        json!([
            on("modify", "1", "p1", json!({})),
            on("delete", "2", "p1", json!({}))
        ]),
        &line(),
        &[("2", "/productOrderItem/1/product/id", "productTwice")],
    );
    let other = json!({"productSpecification": {"id": "tablet"}});
    assert_refused(
        json!([with(add("1", "mobile-m", json!({})), "product", other)]),
        &none(),
        &[(
            "1",
            "/productOrderItem/0/product/productSpecification",
            "otherSpecification",
        )],
    );
}

fn home() -> Inventory {
    let part = |id: &'static str, offering: &'static str, specification: &'static str| {
        (id, offering, specification, "active", json!({}))
    };
    let mut inventory = installed(&[
        part("h", "home-duo", "home-converged"),
        part("f", "fibre-500", "fibre-access"),
        part("r", "fibre-router", "fibre-router"),
        part("t", "tv-basic", "tv-service"),
    ]);
    let relations = |kind: &str, ids: &[&str]| -> Vec<(String, String)> {
        let ids = ids.iter();
        ids.map(|id| (kind.to_owned(), (*id).to_owned())).collect()
    };
    let products = &mut inventory.products;
    products.get_mut("h").unwrap().relationships = relations("bundles", &["f", "r"]);
    // The relation may stand on either side.
    products.get_mut("t").unwrap().relationships = relations("bundledBy", &["h"]);
    inventory
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
    fn whatever_is_sent_is_judged_the_same_way_twice(items in json_value()) {
        let order = order(items);
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
