//! The comparison of documents with facts: equal descriptions in both styles, and each kind of
//! difference reported at its place.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop"
)]

use std::path::Path;

use conformance::facts::{Deviations, Difference, FactsReport, compare, document, file};
use serde_json::{Value, json};

const FACTS: &str = include_str!("support/facts.yaml");

fn facts() -> conformance::facts::shape::ApiShape {
    let value: Value = serde_yaml_ng::from_str(FACTS).unwrap();
    file::read(&value, Path::new("TMF999-Thing-v5.0.0.yaml")).unwrap()
}

fn swagger() -> Value {
    serde_yaml_ng::from_str(include_str!("support/swagger.yaml")).unwrap()
}

fn openapi() -> Value {
    serde_yaml_ng::from_str(include_str!("support/openapi.yaml")).unwrap()
}

fn differences(document: &Value) -> Vec<Difference> {
    compare(&facts(), &document::read(document).unwrap())
}

/// Applies a change to the OpenAPI fixture and answers what is reported.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut document = openapi();
    change(&mut document);
    let found = differences(&document);
    found
        .iter()
        .map(|found| format!("{}: {}", found.at, found.difference))
        .collect()
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    document.pointer_mut(parent).unwrap()[name] = value;
}

fn remove(document: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    assert!(
        document
            .pointer_mut(parent)
            .unwrap()
            .as_object_mut()
            .unwrap()
            .remove(&name)
            .is_some()
    );
}

#[test]
fn a_flat_swagger_and_an_inheriting_openapi_document_both_agree() {
    assert_eq!(differences(&swagger()), []);
    assert_eq!(differences(&openapi()), []);
}

#[test]
fn missing_parts_are_reported_at_their_place() {
    let thing = "/components/schemas/Thing/allOf/1/properties";
    let cases = [
        ("/paths/~1thing~1{id}/delete", "DELETE /thing/{id}: missing"),
        (
            "/paths/~1thing/get/responses/500",
            "GET /thing status 500: missing",
        ),
        (
            "/paths/~1thing/post/callbacks",
            "listener thingCreateEvent: missing",
        ),
        ("/components/schemas/Other", "entity Other: missing"),
        ("/components/schemas/StateType", "enum StateType: missing"),
    ];
    for (pointer, expected) in cases {
        assert_eq!(changed(|document| remove(document, pointer)), [expected]);
    }
    let found = changed(|document| remove(document, &format!("{thing}/name")));
    assert_eq!(found, ["entity Thing attribute name: missing"]);
    let found = changed(|document| set(document, "/paths/~1thing/get/parameters", json!([])));
    assert_eq!(
        found,
        [
            "GET /thing query fields: missing",
            "GET /thing query limit: missing"
        ]
    );
}

#[test]
fn different_parts_are_reported_with_both_values() {
    let thing = "/components/schemas/Thing/allOf/1/properties";
    let cases = [
        (
            "/info/version",
            json!("5.0.1"),
            "version: expected 5.0.0, found 5.0.1",
        ),
        (
            "/paths/~1thing/get/responses/200/content/application~1json/schema",
            json!({"$ref": "#/components/schemas/Thing"}),
            "GET /thing status 200: expected Thing[], found Thing",
        ),
        (
            "/paths/~1thing/post/requestBody/content/application~1json/schema/$ref",
            json!("#/components/schemas/Thing"),
            "POST /thing body: expected Thing_FVO, found Thing",
        ),
    ];
    for (pointer, value, expected) in cases {
        let found = changed(|document| *document.pointer_mut(pointer).unwrap() = value);
        assert_eq!(found, [expected]);
    }
    let number = json!({"type": "number"});
    let found = changed(|document| set(document, &format!("{thing}/name"), number));
    assert_eq!(
        found,
        ["entity Thing attribute name: expected string, found number"]
    );
    let single = json!({"$ref": "#/components/schemas/Other"});
    let found = changed(|document| set(document, &format!("{thing}/other"), single));
    assert_eq!(
        found,
        ["entity Thing attribute other: expected Other[], found Other"]
    );
    let found = changed(|document| set(document, &format!("{thing}/count/default"), json!(2)));
    assert_eq!(found, ["entity Thing default count: expected 1, found 2"]);
}

#[test]
fn extra_parts_are_reported_unless_marked_as_extensions() {
    let cases = [
        (
            "/components/schemas/New",
            json!({"type": "object"}),
            "entity New: extra",
        ),
        (
            "/components/schemas/Thing/allOf/1/properties/extra",
            json!({"type": "string"}),
            "entity Thing attribute extra: extra",
        ),
        (
            "/paths/~1thing/get/responses/422",
            json!({"description": "x"}),
            "GET /thing status 422: extra",
        ),
        (
            "/paths/~1thing~1{id}/put",
            json!({"responses": {}}),
            "PUT /thing/{id}: extra",
        ),
        (
            "/paths/~1thing/post/requestBody/content/text~1csv",
            json!({"schema": {"type": "string"}}),
            "POST /thing media text/csv: extra",
        ),
    ];
    for (pointer, mut value, expected) in cases {
        assert_eq!(
            changed(|document| set(document, pointer, value.clone())),
            [expected]
        );
        value["x-somebody-extension"] = json!(true);
        let found = changed(|document| set(document, pointer, value));
        assert!(found.is_empty(), "{found:?}");
    }
}

#[test]
fn required_sets_enums_subtypes_and_forms_are_compared() {
    let schemas = "/components/schemas";
    let found = changed(|document| {
        set(
            document,
            &format!("{schemas}/Thing_FVO/required"),
            json!(["id"]),
        )
    });
    assert_eq!(
        found,
        [
            "entity Thing create required name: missing",
            "entity Thing create required id: extra"
        ]
    );
    let found = changed(|document| {
        set(
            document,
            &format!("{schemas}/StateType/enum"),
            json!(["open", "aborted"]),
        );
    });
    assert_eq!(
        found,
        [
            "enum StateType value 'aborted ': missing",
            "enum StateType value 'aborted': extra"
        ],
        "a trailing blank is part of the value"
    );
    let found = changed(|document| {
        remove(
            document,
            &format!("{schemas}/Thing/discriminator/mapping/SpecialThing"),
        );
    });
    assert_eq!(
        found,
        [
            "entity Thing subtype SpecialThing: missing",
            "entity Thing subtype Thing: missing"
        ]
    );
    let found = changed(|document| remove(document, &format!("{schemas}/Thing_MVO")));
    assert!(
        found.contains(&"entity Thing patch attribute id: extra".to_owned()),
        "{found:?}"
    );
}

#[test]
fn deviations_explain_and_unused_ones_are_told() {
    let mut document = openapi();
    set(
        &mut document,
        "/components/schemas/New",
        json!({"type": "object"}),
    );
    let found = differences(&document);
    let text = "\
- {api: TMF999, version: v5, where: entity New, difference: extra, why: we need it}
- {api: TMF999, version: 5.0.0, where: 'enum *', difference: '*', why: never seen}
- {api: TMF999, version: v4, where: 'enum *', difference: '*', why: another version}
";
    let deviations = Deviations::parse(text).unwrap();
    let report = FactsReport::new(&facts(), found.clone(), &deviations);
    assert!(report.agrees());
    assert_eq!(report.explained[0].why, "we need it");
    assert_eq!(report.unused_deviations.len(), 1);
    assert!(report.table().contains("unused deviation: enum *"));
    let report = FactsReport::new(&facts(), found, &Deviations::default());
    assert!(!report.agrees());
    assert!(
        report.table().contains("extra      entity New"),
        "{}",
        report.table()
    );
    assert!(
        Deviations::parse("- {api: A, version: v5, where: x, difference: y, why: ' '}").is_err()
    );
    assert!(Deviations::parse(include_str!("../deviations.yaml")).is_ok());
}

#[test]
fn other_files_are_refused() {
    assert!(document::read(&json!({"paths": {}})).is_err());
    assert!(file::read(&json!({"title": "x"}), Path::new("TMF1.yaml")).is_err());
}
