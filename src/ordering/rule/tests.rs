use serde_json::{Value, json};

use super::{Rule, RuleSet};
use crate::domain::clock::Micros;

fn rule(id: &str, more: Value) -> Rule {
    let mut document = json!({ "name": id, "when": {}, "produce": [] });
    let map = document.as_object_mut().unwrap();
    map.extend(more.as_object().unwrap().clone());
    Rule::compile(id, &document).unwrap_or_else(|v| panic!("{id}: {v:?}"))
}

fn pointers(document: &Value) -> Vec<String> {
    let violations = Rule::compile("r", document).unwrap_err();
    violations.into_iter().map(|v| v.path).collect()
}

#[test]
fn mistakes_are_named_by_pointer() {
    let document = json!({
        "name": "",
        "prioritty": 5,
        "priority": "high",
        "validFor": {"startDateTime": "soon"},
        "when": {
            "productSpecification": "mobile-line",
            "action": ["add", "remove"],
            "characteristic": [{"name": "speed"}, {"name": "a", "matches": "("}, {"atLeast": 1}],
            "place": [{"attribute": "country", "equals": "AT", "name": "x"}],
            "expression": "1 +",
        },
        "requires": [{"information": "money"}, {"information": "characteristic"}],
        "produce": [
            {"name": "a b", "kind": "serviceOrder", "specification": "x"},
            {"name": "n", "kind": "reserveNumber", "timeout": "P1M", "after": ["n"]},
            {"name": "n", "kind": "serviceOrder", "onAdd": "delete", "compensation": "manual"},
            {"name": "m", "kind": "serviceOrder", "specification": "s", "characteristic": [
                {"name": "x"},
                {"name": "y", "copy": "characteristic.a + 1"},
                {"name": "y", "constant": 1, "copy": "action"},
                {"name": "z", "lookup": {"by": "action", "table": {}}},
                {"name": "w", "result": {"node": "n"}},
            ]},
            {"name": "s", "kind": "service", "specification": "cfs", "target": "oss"},
        ],
    });
    let expected = [
        "/prioritty",
        "/validFor/startDateTime",
        "/name",
        "/priority",
        "/when/productSpecification",
        "/when/action/1",
        "/when/characteristic/0",
        "/when/characteristic/1/matches",
        "/when/characteristic/1",
        "/when/characteristic/2/name",
        "/when/place/0/name",
        "/when/expression",
        "/requires/0/information",
        "/requires/1/name",
        "/produce/0/name",
        "/produce/1/timeout",
        "/produce/1/parameters/pool",
        "/produce/1/after/0",
        "/produce/2/onAdd",
        "/produce/2/compensationTask",
        "/produce/2/specification",
        "/produce/2/name",
        "/produce/3/characteristic/0",
        "/produce/3/characteristic/1/copy",
        "/produce/3/characteristic/2",
        "/produce/3/characteristic/3/lookup/table",
        "/produce/3/characteristic/4/result/name",
        "/produce/4/target",
    ];
    assert_eq!(pointers(&document), expected);
}

#[test]
fn what_is_not_an_object_is_refused() {
    assert_eq!(pointers(&json!([])), [""]);
    assert_eq!(pointers(&json!({})), ["/name", "/when"]);
}

#[test]
fn the_newest_valid_version_counts() {
    let at = |text: &str| Micros::parse(text).unwrap();
    let period = |from: &str, until: &str| json!({"startDateTime": from, "endDateTime": until});
    let set = RuleSet::new(vec![
        rule("a", json!({"version": "1.9"})),
        rule(
            "a",
            json!({"version": "1.10", "validFor": period("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z")}),
        ),
        rule(
            "a",
            json!({"version": "2.0", "lifecycleStatus": "In Design"}),
        ),
    ]);
    let label = |now: Micros| {
        let found = set.for_item(None, None, &[], now);
        found.iter().map(|r| r.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(label(at("2026-04-30T23:59:59Z")), ["a 1.9"]);
    assert_eq!(label(at("2026-05-01T00:00:00Z")), ["a 1.10"]);
    assert_eq!(label(at("2026-06-01T00:00:00Z")), ["a 1.9"]);
}

#[test]
fn rules_come_by_priority_then_id() {
    let set = RuleSet::new(vec![
        rule(
            "z",
            json!({"priority": 1, "when": {"productOffering": ["o"]}}),
        ),
        rule("b", json!({"when": {"productSpecification": ["p", "p"]}})),
        rule("a", json!({"when": {"category": ["c"]}})),
        rule("y", json!({"priority": 200})),
        rule("s", json!({"when": {"serviceSpecification": ["p"]}})),
        rule("other", json!({"when": {"productSpecification": ["q"]}})),
    ]);
    let ids = |rules: Vec<&Rule>| rules.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
    let categories = ["c".to_owned(), "d".to_owned()];
    let found = set.for_item(Some("p"), Some("o"), &categories, Micros(0));
    assert_eq!(ids(found), ["z", "a", "b", "y"]);
    assert_eq!(ids(set.for_service("p", Micros(0))), ["s"]);
    assert_eq!(ids(set.for_resource("p", Micros(0))), [""; 0]);
}
