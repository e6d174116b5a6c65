//! Definitions of characteristics and their allowed values.

use serde_json::{Value, json};

use super::fixture::{Catalog, invalid_at, problem};

/// A specification with one characteristic in the stored form.
fn with(characteristic: Value) -> Value {
    let mut one = json!({ "@type": "CharacteristicSpecification", "name": "speed" });
    for (name, value) in characteristic.as_object().unwrap() {
        one[name] = value.clone();
    }
    json!({ "@type": "ProductSpecification", "name": "n", "productSpecCharacteristic": [one] })
}

/// A characteristic of a type with allowed values.
fn values(value_type: &str, values: Value) -> Value {
    with(json!({ "valueType": value_type, "characteristicValueSpecification": values }))
}

#[track_caller]
fn accepted(catalog: &Catalog, docs: Vec<Value>) {
    for doc in docs {
        let result = catalog.create_stored("productSpecification", "s", doc.clone());
        assert!(result.is_ok(), "{doc}: {result:?}");
        catalog.delete("productSpecification", "s").unwrap();
    }
}

/// Pointers are relative to the characteristic.
#[track_caller]
fn refused(catalog: &Catalog, cases: Vec<(Value, &[&str])>) {
    for (doc, expected) in cases {
        let expected: Vec<String> = expected
            .iter()
            .map(|end| format!("/productSpecCharacteristic/0{end}"))
            .collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        invalid_at(
            catalog.create_stored("productSpecification", "s", doc),
            &expected,
        );
    }
}

const FIRST: &str = "/characteristicValueSpecification/0/value";
const SECOND: &str = "/characteristicValueSpecification/1/value";

#[test]
fn values_are_of_their_type() {
    let catalog = Catalog::strict();
    accepted(
        &catalog,
        vec![
            values("string", json!([{ "value": "red" }, { "value": null }, {}])),
            values(
                "Integer",
                json!([{ "value": 3 }, { "value": "4" }, { "value": 3.0 }, { "value": -2e3 }]),
            ),
            values("number", json!([{ "value": 3.5 }, { "value": "3.5" }])),
            values("boolean", json!([{ "value": true }, { "value": "False" }])),
            values(
                "date-time",
                json!([{ "value": "2026-01-01T00:00:00Z" }, { "value": "2026-01-01" }]),
            ),
            values("object", json!([{ "value": { "a": 1 } }])),
            values("number", json!([{ "value": [1, 2.5] }])),
            values("colour", json!([{ "value": 3 }, { "value": "red" }])),
            values("number", json!([{ "value": 3, "valueType": "integer" }])),
        ],
    );
    refused(
        &catalog,
        vec![
            (
                values("string", json!([{ "value": "red" }, { "value": 3 }])),
                &[SECOND],
            ),
            (
                values("integer", json!([{ "value": 3.5 }, { "value": "x" }])),
                &[FIRST, SECOND],
            ),
            (values("number", json!([{ "value": "many" }])), &[FIRST]),
            (values("boolean", json!([{ "value": "yes" }])), &[FIRST]),
            (
                values("dateTime", json!([{ "value": "tomorrow" }])),
                &[FIRST],
            ),
            (values("object", json!([{ "value": "{}" }])), &[FIRST]),
            (values("number", json!([{ "value": [1, "x"] }])), &[FIRST]),
            (
                values("string", json!([{ "value": "3", "valueType": "number" }])),
                &["/characteristicValueSpecification/0/valueType"],
            ),
        ],
    );
}

#[test]
fn ranges_hold_something_and_have_a_known_interval() {
    let catalog = Catalog::strict();
    let from = |from: i64, to: i64, interval: &str| {
        values(
            "number",
            json!([{ "valueFrom": from, "valueTo": to, "rangeInterval": interval }]),
        )
    };
    accepted(
        &catalog,
        vec![
            from(1, 5, "open"),
            from(5, 5, "closed"),
            from(-5, 5, "closedBottom"),
            from(0, 0, "open"),
            from(1, 2, ""),
            values("number", json!([{ "valueFrom": 3 }])),
            values(
                "number",
                json!([{ "value": 7, "valueFrom": 1, "valueTo": 7, "rangeInterval": "closedTop" }]),
            ),
        ],
    );
    let at = |name: &'static str| format!("/characteristicValueSpecification/0/{name}");
    let (to, bottom, interval) = (at("valueTo"), at("valueFrom"), at("rangeInterval"));
    refused(
        &catalog,
        vec![
            (from(5, 1, "closed"), &[to.as_str()]),
            (from(5, 5, "closedTop"), &[to.as_str()]),
            (from(1, 5, "halfOpen"), &[interval.as_str()]),
            (
                values("boolean", json!([{ "valueFrom": 0, "valueTo": 1 }])),
                &[bottom.as_str()],
            ),
            (
                values(
                    "number",
                    json!([{ "value": 7, "valueFrom": 1, "valueTo": 7, "rangeInterval": "closedBottom" }]),
                ),
                &[FIRST],
            ),
        ],
    );
}

#[test]
fn patterns_compile_and_values_match_them() {
    let catalog = Catalog::strict();
    accepted(
        &catalog,
        vec![
            with(json!({ "regex": "" })),
            with(json!({
                "valueType": "string", "regex": "^[a-z]+$",
                "characteristicValueSpecification": [{ "value": "red" }, { "value": "blue", "regex": "ue$" }]
            })),
        ],
    );
    let long = "a".repeat(2_000);
    refused(
        &catalog,
        vec![
            (with(json!({ "regex": "[a-" })), &["/regex"]),
            (with(json!({ "regex": long })), &["/regex"]),
            (with(json!({ "regex": "(\\w{1000}){1000}" })), &["/regex"]),
            (
                with(json!({
                    "regex": "^[a-z]+$",
                    "characteristicValueSpecification": [{ "value": "Red" }, { "value": "blue", "regex": "red" }]
                })),
                &[FIRST, SECOND],
            ),
            (
                values("string", json!([{ "value": "x", "regex": "(" }])),
                &["/characteristicValueSpecification/0/regex"],
            ),
        ],
    );
}

#[test]
fn cardinalities_fit_together() {
    let catalog = Catalog::strict();
    let of = |min: i64, max: i64| with(json!({ "minCardinality": min, "maxCardinality": max }));
    accepted(
        &catalog,
        vec![
            of(0, 1),
            of(1, 1),
            of(0, 0),
            with(json!({ "minCardinality": 2 })),
        ],
    );
    refused(
        &catalog,
        vec![
            (of(2, 1), &["/maxCardinality"]),
            (of(-1, 1), &["/minCardinality"]),
            (of(-2, -1), &["/minCardinality", "/maxCardinality"]),
        ],
    );
}

#[test]
fn a_product_has_no_more_defaults_than_values() {
    let catalog = Catalog::strict();
    let default = |value: i64| json!({ "value": value, "isDefault": true });
    let during = |value: i64, start: &str, end: &str| {
        let period = json!({ "startDateTime": format!("{start}-01-01T00:00:00Z"), "endDateTime": format!("{end}-01-01T00:00:00Z") });
        json!({ "value": value, "isDefault": true, "validFor": period })
    };
    let several = |max: i64, count: i64| {
        let list: Vec<Value> = (0..count).map(default).collect();
        with(
            json!({ "valueType": "number", "maxCardinality": max, "characteristicValueSpecification": list }),
        )
    };
    accepted(
        &catalog,
        vec![
            values(
                "number",
                json!([default(1), { "value": 2, "isDefault": false }, { "value": 3 }]),
            ),
            several(3, 3),
            values(
                "number",
                json!([during(2, "2027", "2028"), during(1, "2026", "2027")]),
            ),
        ],
    );
    let second = "/characteristicValueSpecification/1/isDefault";
    refused(
        &catalog,
        vec![
            (values("number", json!([default(1), default(2)])), &[second]),
            (several(0, 2), &[second]),
            (
                several(2, 3),
                &["/characteristicValueSpecification/2/isDefault"],
            ),
            (
                values(
                    "number",
                    json!([during(2, "2026", "2028"), during(1, "2027", "2029")]),
                ),
                &[second],
            ),
        ],
    );
}

#[test]
fn a_default_lies_in_a_range() {
    let catalog = Catalog::strict();
    let list =
        |default: Value| json!([{ "valueFrom": 1, "valueTo": 5 }, { "valueFrom": 10 }, default]);
    let default = |value: Value| list(json!({ "isDefault": true, "value": value }));
    let open = json!({ "extensible": true, "valueType": "number", "characteristicValueSpecification": default(json!(7)) });
    accepted(
        &catalog,
        vec![
            values("number", default(json!(5))),
            values("number", default(json!("12.5"))),
            values("number", list(json!({ "value": 7 }))),
            with(open),
        ],
    );
    let third = "/characteristicValueSpecification/2/value";
    refused(
        &catalog,
        vec![(values("number", default(json!(7))), &[third])],
    );
}

#[test]
fn values_have_one_unit_and_characteristics_their_own_names() {
    let catalog = Catalog::strict();
    let unit = |name: &str| json!({ "value": 1, "unitOfMeasure": name });
    accepted(
        &catalog,
        vec![values(
            "number",
            json!([unit("Mbit/s"), { "value": 2 }, unit("Mbit/s")]),
        )],
    );
    let third = "/characteristicValueSpecification/2/unitOfMeasure";
    refused(
        &catalog,
        vec![(
            values(
                "number",
                json!([unit("Mbit/s"), { "value": 2 }, unit("Gbit/s")]),
            ),
            &[third],
        )],
    );
    let names = json!([{ "name": "speed" }, { "name": "colour" }, { "name": "speed" }]);
    let body = json!({ "name": "n", "productSpecCharacteristic": names });
    invalid_at(
        catalog.create("productSpecification", "s", body),
        &["/productSpecCharacteristic/2/name"],
    );
    let doc =
        json!({ "name": "n", "productOfferingCharacteristic": [{ "name": "a" }, { "name": "a" }] });
    invalid_at(
        catalog.create_stored("productOffering", "o", doc),
        &["/productOfferingCharacteristic/1/name"],
    );
}

#[test]
fn uses_of_characteristics_keep_the_rules_and_all_faults_are_named() {
    let catalog = Catalog::strict();
    let body = json!({
        "name": "n",
        "prodSpecCharValueUse": [{
            "name": "speed", "valueType": "number", "minCardinality": 2, "maxCardinality": 1,
            "productSpecCharacteristicValue": [
                { "value": "fast" },
                { "valueFrom": 5, "valueTo": 1 }
            ]
        }],
        "isBundle": false,
        "bundledProductOffering": [{ "id": "nobody" }]
    });
    let at = "/prodSpecCharValueUse/0";
    let expected = [
        "/isBundle".to_owned(),
        format!("{at}/maxCardinality"),
        format!("{at}/productSpecCharacteristicValue/0/value"),
        format!("{at}/productSpecCharacteristicValue/1/valueTo"),
    ];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    invalid_at(catalog.create("productOffering", "o", body), &expected);
}

#[test]
fn what_one_document_can_cost_is_bounded() {
    let catalog = Catalog::strict();
    let many = |count: usize, pattern: fn(usize) -> String| {
        let list: Vec<Value> = (0..count)
            .map(|number| {
                json!({ "@type": "CharacteristicSpecification", "name": number.to_string(), "regex": pattern(number) })
            })
            .collect();
        json!({ "name": "n", "productSpecCharacteristic": list })
    };
    accepted(&catalog, vec![many(150, |_| "^a+$".to_owned())]);
    let different = catalog.create_stored(
        "productSpecification",
        "s",
        many(101, |number| format!("a{number}")),
    );
    invalid_at(different, &["/productSpecCharacteristic/100/regex"]);
    let wrong = catalog.create_stored("productSpecification", "s", many(80, |_| "(".to_owned()));
    assert_eq!(problem(wrong).violations.len(), 50);
}
