//! `fields` and the single request.

use super::*;
use crate::domain::problem::Code;

fn shaped(fields: &str) -> Value {
    let request = parse_single(&format!("fields={fields}"), &model::OFFERING).expect(fields);
    request.fields.apply(json!({
        "id": "1", "href": "/1", "@type": "T", "@baseType": "B", "name": "n",
        "price": {"unit": "EUR", "value": 2.50, "@type": "Money"},
        "note": [{"author": "a", "text": "t"}, {"text": "u"}, "odd"]
    }))
}

#[test]
fn shapes() {
    for (fields, expected) in [
        ("none", json!({"id": "1", "href": "/1", "@type": "T"})),
        (
            "name",
            json!({"id": "1", "href": "/1", "@type": "T", "name": "n"}),
        ),
        (
            "name,none",
            json!({"id": "1", "href": "/1", "@type": "T", "name": "n"}),
        ),
        (
            "none&fields=name",
            json!({"id": "1", "href": "/1", "@type": "T", "name": "n"}),
        ),
        (
            "%20name%2C@baseType",
            json!({"id": "1", "href": "/1", "@type": "T", "@baseType": "B", "name": "n"}),
        ),
        (
            "price.unit",
            json!({"id": "1", "href": "/1", "@type": "T", "price": {"unit": "EUR"}}),
        ),
        (
            "price.unit,price",
            json!({"id": "1", "href": "/1", "@type": "T", "price": {"unit": "EUR", "value": 2.50, "@type": "Money"}}),
        ),
        (
            "price,price.unit",
            json!({"id": "1", "href": "/1", "@type": "T", "price": {"unit": "EUR", "value": 2.50, "@type": "Money"}}),
        ),
        (
            "note.author",
            json!({"id": "1", "href": "/1", "@type": "T", "note": [{"author": "a"}, {}, "odd"]}),
        ),
        (
            "unknown,name.deep",
            json!({"id": "1", "href": "/1", "@type": "T", "name": "n"}),
        ),
    ] {
        assert_eq!(
            shaped(fields).to_string(),
            reordered(&expected, &shaped("")),
            "{fields}"
        );
    }
    assert_eq!(shaped("").as_object().map(serde_json::Map::len), Some(7));
}

/// The expected members in the order of the full document, since order is kept.
fn reordered(expected: &Value, full: &Value) -> String {
    let names = full.as_object().expect("an object").keys();
    let ordered: serde_json::Map<_, _> = names
        .filter_map(|n| Some((n.clone(), expected.get(n)?.clone())))
        .collect();
    Value::Object(ordered).to_string()
}

#[test]
fn lists_are_shaped_element_by_element() {
    let fields = parse_list("fields=a", &model::OFFERING)
        .expect("good")
        .fields;
    let doc = json!([{"id": 1, "a": 2, "b": 3}, 7]);
    assert_eq!(fields.apply(doc), json!([{"id": 1, "a": 2}, 7]));
    assert!(fields.includes("a") && fields.includes("id") && !fields.includes("b"));
}

#[test]
fn single_requests() {
    let request = parse_single("version=1.0&fields=name", &model::OFFERING).expect("good");
    assert_eq!(request.version.as_deref(), Some("1.0"));
    assert_eq!(
        parse_single("", &model::OFFERING_V4).expect("good"),
        SingleRequest::default()
    );
    for (query, resource, name) in [
        ("version=", &model::OFFERING, "version"),
        ("version=1&version=2", &model::OFFERING, "version"),
        ("version=1", &model::OFFERING_V4, "version"),
        ("name=x", &model::OFFERING, "name"),
        ("limit=1", &model::OFFERING, "limit"),
        ("fields", &model::OFFERING, "fields"),
        ("fields>x", &model::OFFERING, "fields"),
    ] {
        let problem = parse_single(query, resource).expect_err(query);
        assert_eq!(problem.code, Code::InvalidQuery, "{query}");
        assert_eq!(problem.violations[0].path, name, "{query}");
    }
    let problem =
        parse_single("fields=note[?(@.author=='x')]", &model::OFFERING).expect_err("JSONPath");
    assert_eq!(problem.code, Code::NotImplemented);
}
