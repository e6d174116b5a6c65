use serde_json::{Value, json};

use super::*;

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
