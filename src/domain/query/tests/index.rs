//! Index keys and walking.

use super::*;
use crate::domain::descriptor::Scalar;

#[test]
fn keys_by_type() {
    for (scalar, value, key) in [
        (Scalar::String, json!("a b"), Some("a b")),
        (Scalar::String, json!(2.5), Some("2.5")),
        (Scalar::Uri, json!(true), Some("true")),
        (Scalar::Boolean, json!(false), Some("false")),
        (Scalar::Boolean, json!("false"), None),
        (
            Scalar::DateTime,
            json!("2024-05-01T10:00:00.5+02:00"),
            Some("2024-05-01T08:00:00.500000Z"),
        ),
        (
            Scalar::Date,
            json!("2024-05-01"),
            Some("2024-05-01T00:00:00.000000Z"),
        ),
        (
            Scalar::DateTime,
            json!("0000-01-01T00:00:00+01:00"),
            Some("-0001-12-31T23:00:00.000000Z"),
        ),
        (
            Scalar::DateTime,
            json!("9999-12-31T23:59:59-01:00"),
            Some("~10000-01-01T00:59:59.000000Z"),
        ),
        (Scalar::DateTime, json!("soon"), None),
        (Scalar::DateTime, json!("24-5-1"), None),
        (Scalar::DateTime, json!(5), None),
        (Scalar::Number, json!("5"), None),
        (Scalar::Integer, json!(0), Some("1")),
        (Scalar::Integer, json!(null), None),
        (Scalar::String, json!(null), None),
        (Scalar::String, json!(["a"]), None),
        (Scalar::String, json!({"a": 1}), None),
    ] {
        assert_eq!(
            index_key(scalar, &value).as_deref(),
            key,
            "{scalar:?} {value}"
        );
    }
}

#[test]
fn long_strings_keep_equality() {
    let long = |tail: &str| Value::String("é".repeat(300) + tail);
    let key = |value: &Value| index_key(Scalar::String, value).expect("a key");
    let (a, b) = (key(&long("a")), key(&long("b")));
    assert!(a.len() <= 200 && a != b && a == key(&long("a")), "{a}");
    let nul = key(&json!("a\0b"));
    assert!(!nul.contains('\0') && nul != key(&json!("ab")), "{nul:?}");
    let kept = "x".repeat(200);
    assert_eq!(key(&json!(kept)), kept);
}

#[test]
fn operand_keys_equal_value_keys() {
    for (query, scalar, value) in [
        ("name=x", Scalar::String, json!("x")),
        ("limit.eq=5.0", Scalar::Integer, json!(5)),
        ("isBundle=TRUE", Scalar::Boolean, json!(true)),
        (
            "lastUpdate=2024-05-01T10:00:00+02:00",
            Scalar::DateTime,
            json!("2024-05-01T08:00:00Z"),
        ),
    ] {
        let Filter::Test(test) = filter(query) else {
            panic!("{query}")
        };
        assert_eq!(
            test.values[0].index_key(scalar),
            index_key(scalar, &value),
            "{query}"
        );
    }
    let Filter::Test(pattern) = filter("name.like=x%25") else {
        panic!("a test")
    };
    assert_eq!(pattern.values[0].index_key(Scalar::String), None);
    let Filter::Test(name) = filter("name=x") else {
        panic!("a test")
    };
    assert_eq!(name.values[0].index_key(Scalar::Number), None);
}

#[test]
fn walking() {
    let doc =
        json!({"a": [{"b": [1, 2, null]}, {"b": 3}, 4, {"c": 5}], "d": {"e": "x"}, "n": null});
    for (path, expected) in [
        ("a.b", vec![json!(1), json!(2), json!(3)]),
        ("d.e", vec![json!("x")]),
        ("d", vec![json!({"e": "x"})]),
        ("d.e.f", vec![]),
        ("n", vec![]),
        ("n.x", vec![]),
        ("zzz", vec![]),
    ] {
        let mut seen = Vec::new();
        index_values(path, &doc, |v| seen.push(v.clone()));
        assert_eq!(seen, expected, "{path}");
    }
}
