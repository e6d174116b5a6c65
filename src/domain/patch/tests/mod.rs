//! Tables of patches and what becomes of documents.

use serde_json::{Value, json};

mod properties;
mod queries;

use super::{MAX_OPERATIONS, PatchKind, apply, changed, check_read_only};
use crate::domain::adapt::tests::fixture::CATALOG_R4;
use crate::domain::problem::{Code, Problem};

fn patched(kind: PatchKind, document: &Value, patch: &Value) -> Result<Value, Problem> {
    let mut target = document.clone();
    let result = apply(kind, &mut target, patch);
    match result {
        Ok(()) => Ok(target),
        Err(problem) => {
            assert_eq!(&target, document, "a refused patch changed the document");
            Err(problem)
        }
    }
}

fn refusal(kind: PatchKind, document: &Value, patch: &Value) -> (Code, String) {
    match patched(kind, document, patch) {
        Ok(result) => panic!("{patch} was accepted and gave {result}"),
        Err(problem) => {
            let path = problem.violations.first().map(|v| v.path.clone());
            (problem.code, path.unwrap_or_default())
        }
    }
}

#[test]
fn media_types() {
    for (text, expected) in [
        ("application/json", Some(PatchKind::Merge)),
        ("application/json;charset=utf-8", Some(PatchKind::Merge)),
        ("Application/Merge-Patch+JSON ; q=1", Some(PatchKind::Merge)),
        ("application/json-patch+json", Some(PatchKind::Json)),
        (
            "application/json-patch-query+json",
            Some(PatchKind::JsonQuery),
        ),
        ("text/plain", None),
        ("", None),
    ] {
        assert_eq!(PatchKind::from_media(text), expected, "{text}");
    }
}

#[test]
fn merge_patch() {
    let rows = [
        (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
        (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
        (json!({"a":"b"}), json!({"a":null}), json!({})),
        (json!({"a":"b"}), json!({"z":null}), json!({"a":"b"})),
        (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
        (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
        (
            json!({"a":{"b":"c"}}),
            json!({"a":{"b":"d","c":null}}),
            json!({"a":{"b":"d"}}),
        ),
        (
            json!({"a":[{"b":"c"}]}),
            json!({"a":[1,null]}),
            json!({"a":[1,null]}),
        ),
        (
            json!({"a":"x"}),
            json!({"a":{"b":{"c":null}}}),
            json!({"a":{"b":{}}}),
        ),
        (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
    ];
    for (document, patch, expected) in rows {
        let result = patched(PatchKind::Merge, &document, &patch).expect("accepted");
        assert_eq!(result, expected, "{document} with {patch}");
    }
    assert_eq!(
        refusal(PatchKind::Merge, &json!({}), &json!([1])).0,
        Code::InvalidPatch
    );
}

#[test]
fn merge_patch_keeps_order_and_number_form() {
    let read = |text| serde_json::from_str::<Value>(text).expect("JSON");
    let document = read(r#"{"a":1,"b":2.50,"c":3,"d":4}"#);
    let patch = read(r#"{"a":null,"c":7.10}"#);
    let result = patched(PatchKind::Merge, &document, &patch).expect("accepted");
    assert_eq!(result.to_string(), r#"{"b":2.50,"c":7.10,"d":4}"#);
}

#[test]
fn json_patch_operations() {
    let rows = [
        // The examples' situations of RFC 6902, appendix A.
        (
            json!({"foo":"bar"}),
            json!([{"op":"add","path":"/baz","value":"qux"}]),
            json!({"foo":"bar","baz":"qux"}),
        ),
        (
            json!({"foo":["bar","baz"]}),
            json!([{"op":"add","path":"/foo/1","value":"qux"}]),
            json!({"foo":["bar","qux","baz"]}),
        ),
        (
            json!({"foo":["bar"]}),
            json!([{"op":"add","path":"/foo/-","value":["x"]}]),
            json!({"foo":["bar",["x"]]}),
        ),
        (
            json!({"foo":["bar"]}),
            json!([{"op":"add","path":"/foo/1","value":null}]),
            json!({"foo":["bar",null]}),
        ),
        (
            json!({"a":1,"b":2}),
            json!([{"op":"remove","path":"/a"}]),
            json!({"b":2}),
        ),
        (
            json!({"foo":[1,2,3]}),
            json!([{"op":"remove","path":"/foo/1"}]),
            json!({"foo":[1,3]}),
        ),
        (
            json!({"a":1}),
            json!([{"op":"replace","path":"/a","value":{"b":[]}}]),
            json!({"a":{"b":[]}}),
        ),
        (
            json!({"a":{"x":1},"b":{}}),
            json!([{"op":"move","from":"/a/x","path":"/b/y"}]),
            json!({"a":{},"b":{"y":1}}),
        ),
        (
            json!({"f":[0,1,2,3]}),
            json!([{"op":"move","from":"/f/1","path":"/f/3"}]),
            json!({"f":[0,2,3,1]}),
        ),
        (
            json!({"a":[1]}),
            json!([{"op":"copy","from":"/a","path":"/b"}]),
            json!({"a":[1],"b":[1]}),
        ),
        (
            json!({"a/b":1,"m~n":2}),
            json!([{"op":"replace","path":"/a~1b","value":3},{"op":"remove","path":"/m~0n"}]),
            json!({"a/b":3}),
        ),
        (
            json!({"~1":10}),
            json!([{"op":"test","path":"/~01","value":10}]),
            json!({"~1":10}),
        ),
        (
            json!({"":1}),
            json!([{"op":"replace","path":"/","value":2}]),
            json!({"":2}),
        ),
        (
            json!({"a":1}),
            json!([{"op":"test","path":"","value":{"a":1}},{"op":"replace","path":"","value":{"b":2}}]),
            json!({"b":2}),
        ),
        (
            json!({"a":1}),
            json!([{"op":"move","from":"/a","path":"/a"}]),
            json!({"a":1}),
        ),
        (
            json!({"a":1}),
            json!([{"op":"add","path":"/b","value":1,"extra":true}]),
            json!({"a":1,"b":1}),
        ),
        (json!({"a":1}), json!([]), json!({"a":1})),
    ];
    for (document, patch, expected) in rows {
        let result = patched(PatchKind::Json, &document, &patch).expect("accepted");
        assert_eq!(result, expected, "{document} with {patch}");
    }
}

#[test]
fn json_patch_refusals_name_the_place() {
    let document = json!({"a":1,"list":[1,2],"o":{"p":{}}});
    let good = json!({"op":"add","path":"/z","value":1});
    let rows = [
        (json!({"op":"add"}), Code::InvalidPatch, ""),
        (json!([7]), Code::InvalidPatch, "/0"),
        (json!([good, {"path":"/a"}]), Code::InvalidPatch, "/1/op"),
        (
            json!([good, {"op":"ad","path":"/a"}]),
            Code::InvalidPatch,
            "/1/op",
        ),
        (
            json!([good, {"op":1,"path":"/a"}]),
            Code::InvalidPatch,
            "/1/op",
        ),
        (
            json!([good, {"op":"add","path":"/a"}]),
            Code::InvalidPatch,
            "/1/value",
        ),
        (
            json!([good, {"op":"remove"}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"remove","path":"a"}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"remove","path":"/~2"}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"remove","path":"/nope"}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"remove","path":""}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"replace","path":"/nope","value":1}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"add","path":"/x/y","value":1}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"add","path":"/a/y","value":1}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"add","path":"/list/3","value":1}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"add","path":"/list/01","value":1}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"add","path":"/list/x","value":1}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"add","path":"/list/99999999999999999999","value":1}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"remove","path":"/list/-"}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"remove","path":"/list/2"}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"add","path":"/o/$serde_json::private::Number","value":"1"}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"move","path":"/b"}]),
            Code::InvalidPatch,
            "/1/from",
        ),
        (
            json!([good, {"op":"move","from":"/nope","path":"/b"}]),
            Code::InvalidPatch,
            "/1/from",
        ),
        (
            json!([good, {"op":"move","from":"/o","path":"/o/p/q"}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"copy","from":"/nope","path":"/b"}]),
            Code::InvalidPatch,
            "/1/from",
        ),
        (
            json!([good, {"op":"test","path":"/a","value":2}]),
            Code::Conflict,
            "/1/value",
        ),
        (
            json!([good, {"op":"test","path":"/nope","value":2}]),
            Code::InvalidPatch,
            "/1/path",
        ),
        (
            json!([good, {"op":"replace","path":"","value":[]}]),
            Code::InvalidPatch,
            "",
        ),
    ];
    for (patch, code, path) in rows {
        let actual = refusal(PatchKind::Json, &document, &patch);
        assert_eq!(actual, (code, path.to_owned()), "{patch}");
    }
}

#[test]
fn test_compares_numbers_by_value() {
    let read = |text| serde_json::from_str::<Value>(text).expect("JSON");
    let document = read(r#"{"price":{"value":2.50}}"#);
    let patch = read(r#"[{"op":"test","path":"/price/value","value":25e-1}]"#);
    let result = patched(PatchKind::Json, &document, &patch).expect("accepted");
    assert_eq!(result.to_string(), document.to_string());
}

#[test]
fn limits_hold() {
    let many = vec![json!({"op":"add","path":"/a","value":1}); MAX_OPERATIONS + 1];
    let code = refusal(PatchKind::Json, &json!({}), &Value::Array(many)).0;
    assert_eq!(code, Code::LimitExceeded);

    let doubling = |i: usize| json!({"op":"copy","from":"","path":format!("/a{i}")});
    let bomb: Value = (0..60).map(doubling).collect();
    let code = refusal(PatchKind::Json, &json!({"x":[1,2,3]}), &bomb).0;
    assert_eq!(code, Code::LimitExceeded);

    let nesting = |depth: usize| {
        let path = format!("/a{}", "/a".repeat(depth));
        json!({"op":"add","path":path,"value":{"a":{}}})
    };
    let tower: Value = std::iter::once(json!({"op":"add","path":"/a","value":{}}))
        .chain((0..900).map(nesting))
        .collect();
    let code = refusal(PatchKind::Json, &json!({}), &tower).0;
    assert_eq!(code, Code::LimitExceeded);
}

#[test]
fn changes_are_first_level_and_textual() {
    let read = |text| serde_json::from_str::<Value>(text).expect("JSON");
    let old = read(r#"{"a":2.5,"b":{"c":1},"d":1,"e":null}"#);
    let new = read(r#"{"f":1,"a":2.50,"b":{"c":1},"e":0}"#);
    assert_eq!(changed(&old, &new), ["f", "a", "e", "d"]);
    assert!(changed(&old, &old).is_empty());
}

#[test]
fn read_only_attributes() {
    let old = json!({
        "id": "1", "href": "h", "@type": "Catalog", "name": "n", "lastUpdate": "2030-01-01T00:00:00Z",
        "mine": 1
    });
    let rows: [(Value, &[&str]); 9] = [
        (json!({}), &[]),
        (json!({"id": "1", "href": "h", "@type": "Catalog"}), &[]),
        (
            json!({"name": "m", "mine": 2, "other": 3, "relatedParty": []}),
            &[],
        ),
        (json!({"id": "2"}), &["/id"]),
        (json!({"id": 1}), &["/id"]),
        (json!({"href": null}), &["/href"]),
        (json!({"@type": "Other"}), &["/@type"]),
        (
            json!({"lastUpdate": "2031-01-01T00:00:00Z", "name": "m"}),
            &["/lastUpdate"],
        ),
        (json!({"id": null, "href": "i"}), &["/href", "/id"]),
    ];
    for (patch, expected) in rows {
        let new = patched(PatchKind::Merge, &old, &patch).expect("accepted");
        let paths: Vec<String> = match check_read_only(&CATALOG_R4, &old, &new) {
            Ok(()) => Vec::new(),
            Err(problem) => {
                assert_eq!(problem.code, Code::ReadOnly);
                problem.violations.into_iter().map(|v| v.path).collect()
            }
        };
        assert_eq!(paths, expected, "{patch}");
    }
}
