//! Paths with conditions.

use serde_json::{Value, json};

use super::{patched, refusal};
use crate::domain::patch::PatchKind;
use crate::domain::problem::Code;

fn order() -> Value {
    json!({
        "id": "1",
        "usageCharacteristic": [
            {"name": "originatingPhoneNumber", "value": "1"},
            {"name": "duration", "value": 20},
            {"name": "duration", "value": 30}
        ],
        "orderItem": [
            {"id": "a", "quantity": 1, "productOffering": {"id": "1513"},
             "note": [{"author": "x", "text": "old"}, {"author": "y", "text": "old"}]},
            {"id": "b", "quantity": 2, "productOffering": {"id": "77"},
             "note": [{"author": "x", "text": "older"}]},
            {"id": "c", "quantity": 3}
        ],
        "tag": ["red", "blue"],
        "note": [{"author": "John Doe", "text": "1"}, {"author": "Ann/Bo?", "text": "2"}]
    })
}

/// The pointers that differ after a `replace` with `"NEW"`.
fn replaced(path: &str) -> Vec<String> {
    let document = order();
    let patch = json!([{"op":"replace","path":path,"value":"NEW"}]);
    let result = patched(PatchKind::JsonQuery, &document, &patch)
        .unwrap_or_else(|problem| panic!("{path}: {problem}"));
    let mut found = Vec::new();
    collect(&result, "", &mut found);
    found
}

fn collect(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text == "NEW" => found.push(at.to_owned()),
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                collect(item, &format!("{at}/{i}"), found);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                collect(item, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn query_paths_select() {
    let rows: [(&str, &[&str]); 24] = [
        (
            "/usageCharacteristic/value?name=originatingPhoneNumber",
            &["/usageCharacteristic/0/value"],
        ),
        (
            "/usageCharacteristic/value?name=duration",
            &[
                "/usageCharacteristic/1/value",
                "/usageCharacteristic/2/value",
            ],
        ),
        (
            "/usageCharacteristic/value?name=duration&value=30.0",
            &["/usageCharacteristic/2/value"],
        ),
        (
            "/usageCharacteristic/value?usageCharacteristic.value=20",
            &["/usageCharacteristic/1/value"],
        ),
        (
            "/usageCharacteristic/value?name=duration&value.gt=25",
            &["/usageCharacteristic/2/value"],
        ),
        ("/note/text?author.like=Ann%25", &["/note/1/text"]),
        (
            "/note/text?author=John Doe&author=Ann/Bo?",
            &["/note/0/text", "/note/1/text"],
        ),
        (
            "/note[?(@.author=='John Doe' || @.text=='2')]/text",
            &["/note/0/text", "/note/1/text"],
        ),
        (
            "/usageCharacteristic?name=originatingPhoneNumber",
            &["/usageCharacteristic/0"],
        ),
        (
            "/orderItem/quantity?orderItem.productOffering.id=1513",
            &["/orderItem/0/quantity"],
        ),
        (
            "/orderItem/quantity?productOffering.id='77'",
            &["/orderItem/1/quantity"],
        ),
        (
            "/orderItem/note/text?author=x",
            &["/orderItem/0/note/0/text", "/orderItem/1/note/0/text"],
        ),
        (
            "/orderItem/note/text?orderItem.id=a&author=x",
            &["/orderItem/0/note/0/text"],
        ),
        (
            "/orderItem/note/text?orderItem.id=a&orderItem.note.author=y",
            &["/orderItem/0/note/1/text"],
        ),
        ("/orderItem/note?orderItem.id=b", &["/orderItem/1/note"]),
        ("/orderItem/1/note?author=x", &["/orderItem/1/note/0"]),
        ("/tag?tag=blue", &["/tag/1"]),
        ("/note/text?author=John%20Doe", &["/note/0/text"]),
        ("note[?(@.author=='John Doe')].text", &["/note/0/text"]),
        ("$.note[?(@.author=='John Doe')].text", &["/note/0/text"]),
        ("/note[?(@.author=='Ann/Bo?')]/text", &["/note/1/text"]),
        ("/note[?(@.author=='John Doe')]", &["/note/0"]),
        ("$['note'][1].text", &["/note/1/text"]),
        (
            "/orderItem[*]/id",
            &["/orderItem/0/id", "/orderItem/1/id", "/orderItem/2/id"],
        ),
    ];
    for (path, expected) in rows {
        assert_eq!(replaced(path), expected, "{path}");
    }
}

#[test]
fn query_paths_with_other_operations() {
    let rows = [
        (
            json!([{"op":"remove","path":"/usageCharacteristic?name=duration"}]),
            "/usageCharacteristic",
            json!([{"name":"originatingPhoneNumber","value":"1"}]),
        ),
        (
            json!([{"op":"add","path":"/note/role?author=John Doe","value":"r"}]),
            "/note/0/role",
            json!("r"),
        ),
        (
            json!([{"op":"add","path":"/orderItem/note/-?orderItem.id=b","value":1}]),
            "/orderItem/1/note/1",
            json!(1),
        ),
        (
            json!([{"op":"add","path":"/tag/-","value":"x"}]),
            "/tag/2",
            json!("x"),
        ),
        (
            json!([{"op":"test","path":"/usageCharacteristic/value?name=duration&value=20","value":20.0}]),
            "/id",
            json!("1"),
        ),
        (
            json!([{"op":"copy","from":"/note/text?author=John Doe","path":"/usageCharacteristic/value?name=duration"}]),
            "/usageCharacteristic/2/value",
            json!("1"),
        ),
        (
            json!([{"op":"move","from":"/tag?tag=red","path":"/note/tag?author=John Doe"}]),
            "/note/0/tag",
            json!("red"),
        ),
        (
            json!([{"op":"replace","path":"/orderItem/0/quantity","value":9}]),
            "/orderItem/0/quantity",
            json!(9),
        ),
    ];
    for (patch, at, expected) in rows {
        let result = patched(PatchKind::JsonQuery, &order(), &patch)
            .unwrap_or_else(|problem| panic!("{patch}: {problem}"));
        assert_eq!(result.pointer(at), Some(&expected), "{patch}");
    }
}

#[test]
fn query_paths_that_are_refused() {
    for path in [
        "/usageCharacteristic/value?name=nobody",
        "/usageCharacteristic/value",
        "/usageCharacteristic/value?nobody",
        "/usageCharacteristic/value?name=duration&",
        "/note[?(@.author==)]/text",
        "/note[?(avg(@.x)>1)]/text",
        "/note/text?fields=author",
        "/usageCharacteristic/value?=x",
        "/usageCharacteristic/value?name=%4",
        "/id?name=x",
        "/orderItem[*/id",
        "/orderItem[bad]/id",
        "$..id",
        "/missing/value?name=x",
        "/orderItem/~3?id=a",
    ] {
        let patch = json!([{"op":"replace","path":path,"value":1}]);
        let actual = refusal(PatchKind::JsonQuery, &order(), &patch);
        assert_eq!(actual, (Code::InvalidPatch, "/0/path".to_owned()), "{path}");
    }
    let whole = json!([{"op":"add","path":"/note?author=John Doe","value":1}]);
    assert_eq!(refusal(PatchKind::JsonQuery, &order(), &whole).1, "/0/path");
    let several =
        json!([{"op":"move","from":"/usageCharacteristic/value?name=duration","path":"/x"}]);
    assert_eq!(
        refusal(PatchKind::JsonQuery, &order(), &several).1,
        "/0/from"
    );
}
