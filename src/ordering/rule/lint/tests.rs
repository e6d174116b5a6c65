use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Severity, lint};
use crate::ordering::catalog::{Catalog, Offering, ProductSpecification, ServiceSpecification};
use crate::ordering::rule::Rule;

fn records(file: &str) -> Vec<(String, Value)> {
    let path = format!("{}/sample/{file}", env!("CARGO_MANIFEST_DIR"));
    let records: Vec<Value> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let id = |record: &Value| record["id"].as_str().unwrap().to_owned();
    records
        .into_iter()
        .map(|record| (id(&record), record))
        .collect()
}

fn catalog(specifications: Vec<(String, Value)>, services: Vec<(String, Value)>) -> Catalog {
    let mut catalog = Catalog::default();
    for (id, doc) in specifications {
        let compiled = Arc::new(ProductSpecification::compile(&id, &doc));
        catalog.specifications.insert(id, compiled);
    }
    for (id, doc) in services {
        let compiled = Arc::new(ServiceSpecification::compile(&id, &doc));
        catalog.services.insert(id, compiled);
    }
    catalog
}

#[test]
fn the_sample_is_clean() {
    let mut catalog = catalog(
        records("catalog/specifications.json"),
        records("ordering/service_specifications.json"),
    );
    for file in ["catalog/offerings.json", "catalog/bundles.json"] {
        for (id, doc) in records(file) {
            let compiled = Arc::new(Offering::compile(&id, &doc));
            catalog.offerings.insert(id, compiled);
        }
    }
    let rules: Vec<Rule> = records("ordering/rules.json")
        .iter()
        .map(|(id, doc)| Rule::compile(id, doc).unwrap())
        .collect();
    let targets = ["oss-mobile", "oss-fixed", "oss-ip"].map(str::to_owned);
    let findings = lint(&rules, &catalog, Some(&targets));
    assert!(findings.is_empty(), "{findings:#?}");
}

fn small() -> Catalog {
    let values = json!([{ "value": "a" }, { "value": "b" }]);
    let product = json!({
        "productSpecCharacteristic": [
            { "name": "kind", "characteristicValueSpecification": values },
            { "name": "speed", "valueType": "integer" },
        ],
        "serviceSpecification": [{ "id": "cfs" }],
        "resourceSpecification": [{ "id": "res" }],
    });
    let cfs = json!({
        "specCharacteristic": [
            { "name": "speed", "minCardinality": 1 },
            { "name": "vlan", "minCardinality": 1 },
        ],
        "serviceSpecRelationship": [{ "id": "rfs", "relationshipType": "contains" }],
    });
    let own = |id: &str, doc: Value| (id.to_owned(), doc);
    catalog(
        vec![own("p", product)],
        vec![
            own("cfs", cfs),
            own("rfs", json!({})),
            own("lone", json!({})),
        ],
    )
}

/// Codes, pointers and severities of what is found in rules given as conditions and outputs.
fn findings(rules: &[Value]) -> Vec<(Severity, &'static str, String)> {
    let rules: Vec<Rule> = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| {
            let mut rule = rule.clone();
            rule["name"] = json!("n");
            Rule::compile(&format!("r{index}"), &rule).unwrap()
        })
        .collect();
    let targets = ["oss".to_owned()];
    let found = lint(&rules, &small(), Some(&targets));
    let found = found.into_iter().filter(|f| !f.rule.is_empty());
    found.map(|f| (f.severity, f.code, f.pointer)).collect()
}

fn only(rules: &[Value]) -> (Severity, &'static str, String) {
    let mut found = findings(rules);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[test]
fn rules_that_never_apply() {
    use Severity::{Error, Warning};
    let test = |test: Value| json!({ "when": { "productSpecification": ["p"], "characteristic": [test] } });
    for (rule, severity, code) in [
        (
            json!({ "when": { "productSpecification": ["q"] } }),
            Error,
            "unreachable",
        ),
        (
            json!({ "when": { "productSpecification": ["p", "q"] } }),
            Warning,
            "unknown",
        ),
        (
            json!({ "when": { "category": ["c"] } }),
            Error,
            "unreachable",
        ),
        (
            json!({ "when": { "serviceSpecification": ["lone"] } }),
            Error,
            "unreachable",
        ),
        (
            test(json!({ "name": "speed", "atLeast": 5, "atMost": 4 })),
            Error,
            "contradiction",
        ),
        (
            test(json!({ "name": "speed", "equals": 3, "atLeast": 5 })),
            Error,
            "contradiction",
        ),
        (
            test(json!({ "name": "speed", "atLeast": 5, "present": false })),
            Error,
            "contradiction",
        ),
        (
            test(json!({ "name": "kind", "equals": "c" })),
            Warning,
            "neverSold",
        ),
        (
            test(json!({ "name": "colour", "equals": "c" })),
            Warning,
            "neverSold",
        ),
    ] {
        let found = only(std::slice::from_ref(&rule));
        assert_eq!((found.0, found.1), (severity, code), "{rule}");
    }
}

#[test]
fn rules_behind_others_of_their_group() {
    let rule = |priority: u32, when: Value| json!({ "exclusiveGroup": "g", "priority": priority, "when": when });
    let wide = json!({ "productSpecification": ["p"] });
    let narrow = json!({ "productSpecification": ["p"], "action": ["add"] });
    assert_eq!(
        only(&[rule(1, wide.clone()), rule(2, narrow.clone())]).1,
        "shadowed"
    );
    assert!(findings(&[rule(2, wide), rule(1, narrow)]).is_empty());
}

#[test]
fn outputs_that_lack_something() {
    use Severity::{Error, Warning};
    let with = |mapping: Value, more: Value| {
        let mut output = json!({
            "name": "o", "kind": "serviceOrder", "specification": "cfs",
            "characteristic": [{ "name": "vlan", "constant": 1 }, mapping],
        });
        for (key, value) in more.as_object().unwrap() {
            output[key] = value.clone();
        }
        json!({ "when": { "productSpecification": ["p"] }, "produce": [output] })
    };
    let speed = || json!({ "name": "speed", "copy": "characteristic.speed" });
    assert!(findings(&[with(speed(), json!({}))]).is_empty());
    let table = json!({ "by": "characteristic.kind", "table": { "a": 1 } });
    for (rule, severity, code, pointer) in [
        (
            with(speed(), json!({ "target": "other" })),
            Error,
            "unknownTarget",
            "/produce/0/target",
        ),
        (
            with(speed(), json!({ "after": ["x"] })),
            Error,
            "unknownName",
            "/produce/0/after/0",
        ),
        (
            with(
                json!({ "name": "speed", "result": { "node": "x", "name": "y" } }),
                json!({}),
            ),
            Error,
            "unknownName",
            "/produce/0/characteristic/1/result/node",
        ),
        (
            with(
                json!({ "name": "speed", "copy": "characteristic.x" }),
                json!({}),
            ),
            Warning,
            "unknownSource",
            "/produce/0/characteristic/1/copy",
        ),
        (
            with(json!({ "name": "speed", "lookup": table }), json!({})),
            Error,
            "lookupGap",
            "/produce/0/characteristic/1/lookup/table",
        ),
        (
            with(speed(), json!({ "specification": "none" })),
            Error,
            "unknownSpecification",
            "/produce/0/specification",
        ),
        (
            with(speed(), json!({ "characteristic": [speed()] })),
            Error,
            "missingCharacteristic",
            "/produce/0/characteristic",
        ),
        (
            with(
                speed(),
                json!({ "characteristic": [], "copyMatching": true }),
            ),
            Warning,
            "missingCharacteristic",
            "/produce/0/characteristic",
        ),
    ] {
        let expected = (severity, code, pointer.to_owned());
        assert_eq!(only(std::slice::from_ref(&rule)), expected, "{rule}");
    }
}

#[test]
fn circles() {
    let waiting = json!({ "when": { "productSpecification": ["p"] }, "produce": [
        { "name": "a", "kind": "manualTask", "after": ["b"] },
        { "name": "b", "kind": "manualTask", "characteristic": [
            { "name": "x", "result": { "node": "a", "name": "x" } },
        ] },
    ] });
    assert_eq!(only(&[waiting]).1, "afterCircle");
    let made_of = |of: &str, part: &str| {
        json!({ "when": { "serviceSpecification": [of] }, "produce": [
            { "name": "part", "kind": "service", "specification": part },
        ] })
    };
    let found = findings(&[made_of("cfs", "rfs"), made_of("rfs", "cfs")]);
    assert!(found.iter().any(|f| f.1 == "serviceCircle"), "{found:?}");
}
