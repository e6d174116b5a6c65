use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Frame, Packed, pack, unpack};

struct Names;

impl Frame for Names {
    fn holds(&self, under: &str, key: &str, _text: &str) -> bool {
        under == "ref" || matches!(key, "name" | "@type")
    }
}

fn there_and_back(document: &Value) -> Packed {
    let mut packed = Packed::default();
    pack(document, &Names, &mut packed);
    let text = unpack(&packed.shape, &packed.leaves).expect("leaves of the shape");
    assert_eq!(text, document.to_string(), "{packed:?}");
    packed
}

#[test]
fn alike_documents_have_one_shape_and_few_leaves() {
    let usage = |number: &str, seconds: u64| {
        json!({"@type": "Usage", "usageDate": "2026-03-02T09:00:00Z", "usageCharacteristic": [
            {"name": "calledNumber", "value": number},
            {"name": "duration", "value": seconds}, {"name": "answered", "value": true}],
            "ref": {"id": "voice \"a\"", "href": "tollgate:usageSpecification/voice"}, "ratingDate": "2026-03-02T09:00:01.250Z"})
    };
    let (one, other) = (
        there_and_back(&usage("+4915112345678", 61)),
        there_and_back(&usage("+49301234567", 6_100)),
    );
    assert_eq!(one.shape, other.shape);
    assert!(one.leaves.len() < 24, "{} bytes", one.leaves.len());
    assert!(!one.shape.contains("4915112345678"));
}

#[test]
fn what_looks_like_a_number_or_an_instant_comes_back_as_it_was() {
    for text in [
        "",
        "0",
        "007",
        "+0049",
        "+",
        "-1",
        "1.50",
        "2026-02-30T00:00:00Z",
        "2026-02-28T24:00:00Z",
        "2026-02-28T23:59:60Z",
        "2026-02-28T23:59:59.000Z",
        "2026-02-28T23:59:59.123456Z",
        "2026-02-28t23:59:59Z",
        "2026-02-28T23:59:59+00:00",
        "9999-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "018f3c1e-7b1a-7c3e-8d2b-0123456789ab",
        "018F3C1E-7B1A-7C3E-8D2B-0123456789AB",
        "line\nbreak \"and\" \\ \u{1}\u{2} ü",
        "123456789012345678901234567890",
    ] {
        there_and_back(&json!([text, {"name": text}, "2026-01-01T00:00:00Z", text]));
    }
    let numbers = r#"[0, -0, 0.0, -0.50, 1e5, 1E-7, 12345678901234567890123, 999999999999999999, 0.000001, -3, 1.10]"#;
    let numbers: Value = serde_json::from_str(numbers).expect("JSON");
    there_and_back(&numbers);
}

#[test]
fn leaves_of_another_shape_are_told() {
    let packed = there_and_back(&json!({"a": "text", "b": 5}));
    assert_eq!(
        unpack(&packed.shape, packed.leaves.split_last().expect("leaves").1),
        None
    );
    let mut more = packed.leaves.clone();
    more.push(0);
    assert_eq!(unpack(&packed.shape, &more), None);
    assert_eq!(unpack("\u{1}", &[255; 12]), None);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "-?(0|[1-9][0-9]{0,22})(\\.[0-9]{1,8})?(e[0-9]{1,2})?"
            .prop_map(|text| serde_json::from_str(&text).expect("a number")),
        "\\PC*".prop_map(Value::from),
        "[+]?[0-9]{1,20}".prop_map(Value::from),
        "20[0-9]{2}-(0[1-9]|1[0-2])-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{3}|\\.[0-9]{6})?Z"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("(name|ref|[a-z@]{1,6})", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_document_comes_back(document in any_json()) {
        there_and_back(&document);
    }

    #[test]
    fn no_leaves_panic(shape in "[\u{1}\u{2}a]{0,8}", leaves in prop::collection::vec(any::<u8>(), 0..40)) {
        let _ = unpack(&shape, &leaves);
    }
}
