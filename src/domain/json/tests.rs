//! The strict reader, pointers and decimals.

use std::cmp::Ordering;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::number::Decimal;
use super::{Limits, parse, pointer};
use crate::domain::problem::{Code, Problem};

fn read(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).expect(text)
}

fn refuse(bytes: &[u8]) -> Problem {
    parse(bytes, &small()).expect_err("accepted")
}

fn small() -> Limits {
    Limits {
        depth: 4,
        array_items: 3,
        string_bytes: 200,
        number_bytes: 40,
        members_per_object: 3,
    }
}

fn place(problem: &Problem) -> &str {
    &problem.violations[0].path
}

#[test]
fn keeps_order_and_digits() {
    let text = r#"{"b":2.50,"a":[1,-0,1e+5,0.10,18446744073709551616,true,null,"é\n"],"c":{}}"#;
    assert_eq!(read(text).to_string(), text);
    assert_eq!(read(" [ ] ").to_string(), "[]");
    assert_eq!(
        read("\u{feff}1.0"),
        serde_json::from_str::<Value>("1.0").unwrap()
    );
}

#[test]
fn agrees_with_the_library_on_numbers() {
    for text in [
        "0",
        "-1",
        "1E5",
        "1e-5",
        "2.500",
        "-0.0",
        "1e308",
        "123456789012345678901234567890.5",
    ] {
        assert_eq!(
            read(text),
            serde_json::from_str::<Value>(text).unwrap(),
            "{text}"
        );
    }
}

#[test]
fn names_the_place_of_each_fault() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(201));
    let name = format!("{{\"{}\":1}}", "x".repeat(201));
    let digits = format!("[{}]", "1".repeat(41));
    let cases: &[(&str, Code, &str)] = &[
        (r#"{"a":1,"a":2}"#, Code::MalformedBody, "/a"),
        (r#"{"a":[{"b":1,"b":1}]}"#, Code::MalformedBody, "/a/0/b"),
        (r#"{"a":1,"\u0061":2}"#, Code::MalformedBody, "/a"),
        (
            r#"{"x/y":{"~":[1,2,tru]}}"#,
            Code::MalformedBody,
            "/x~1y/~0/2",
        ),
        ("[[[[[1]]]]]", Code::LimitExceeded, "/0/0/0/0"),
        (
            r#"{"a":{"a":{"a":{"a":{}}}}}"#,
            Code::LimitExceeded,
            "/a/a/a/a",
        ),
        ("[1,2,3,4]", Code::LimitExceeded, ""),
        (r#"{"a":1,"b":2,"c":3,"d":4}"#, Code::LimitExceeded, ""),
        (&long, Code::LimitExceeded, "/a"),
        (&name, Code::LimitExceeded, ""),
        (&digits, Code::LimitExceeded, "/0"),
        (r#"{"a":1e999999}"#, Code::LimitExceeded, "/a"),
        (r#"{"a":-1e-999999}"#, Code::LimitExceeded, "/a"),
        (r#"{"a":1e99999999999999999999}"#, Code::LimitExceeded, "/a"),
        ("{} x", Code::MalformedBody, ""),
        ("{}{}", Code::MalformedBody, ""),
        ("", Code::MalformedBody, ""),
        ("{\"a\":1", Code::MalformedBody, ""),
        ("{'a':1}", Code::MalformedBody, ""),
        ("[1,]", Code::MalformedBody, "/1"),
        ("01", Code::MalformedBody, ""),
        ("NaN", Code::MalformedBody, ""),
        ("\"\u{1}\"", Code::MalformedBody, ""),
        (r#"["\ud800"]"#, Code::MalformedBody, "/0"),
        (r#"{"a":["x\u0000"]}"#, Code::InvalidBody, "/a/0"),
        (r#"{"x\u0000":1}"#, Code::InvalidBody, ""),
    ];
    for (text, code, at) in cases {
        let problem = refuse(text.as_bytes());
        assert_eq!(
            (problem.code, place(&problem)),
            (*code, *at),
            "{text}: {problem}"
        );
    }
}

#[test]
fn syntax_errors_tell_line_and_column() {
    let problem = refuse(b"{\n  \"a\": nope\n}");
    assert!(problem.message.contains("line 2 column"), "{problem}");
}

#[test]
fn refuses_bad_utf8() {
    assert_eq!(refuse(b"[\"\xff\"]").code, Code::MalformedBody);
    assert_eq!(refuse(b"{\"\xc3\x28\":1}").code, Code::MalformedBody);
    assert_eq!(refuse(b"\xff").code, Code::MalformedBody);
}

#[test]
fn the_librarys_mark_is_refused_in_every_spelling() {
    for text in [
        r#"{"$serde_json::private::Number":"1"}"#,
        r#"{"\u0024serde_json::private::Number":"1"}"#,
        r#"{"a":{"b":1,"$serde_json::private::Number":"1"}}"#,
    ] {
        let problem = refuse(text.as_bytes());
        assert_eq!(problem.code, Code::MalformedBody, "{text}");
        assert!(place(&problem).contains("private"), "{problem}");
    }
}

#[test]
fn very_deep_documents_are_refused_whatever_the_setting() {
    let limits = Limits {
        depth: usize::MAX,
        ..Limits::default()
    };
    for levels in [121, 127, 128, 129, 100_000] {
        let text = "[".repeat(levels) + &"]".repeat(levels);
        let problem = parse(text.as_bytes(), &limits).expect_err("accepted");
        assert_eq!(problem.code, Code::LimitExceeded, "{levels}");
        assert!(problem.message.len() < 400, "{levels}");
    }
    let text = "[".repeat(120) + &"]".repeat(120);
    assert!(parse(text.as_bytes(), &limits).is_ok());
}

#[test]
fn long_names_are_shortened_in_pointers() {
    let text = format!("{{\"{}\":nope}}", "é".repeat(5_000));
    let problem = parse(text.as_bytes(), &Limits::default()).expect_err("accepted");
    assert!(place(&problem).len() < 200, "{problem}");
}

#[test]
fn pointers() {
    assert_eq!(pointer::child("/a", "x/~y"), "/a/x~1~0y");
    assert_eq!(pointer::parent("/a/x~1y"), Some(("/a", "x/y".into())));
    assert_eq!(pointer::parent(""), None);
    let names: Vec<_> = pointer::segments("/a//~01").collect();
    assert_eq!(names, ["a", "", "~1"]);
    assert_eq!(pointer::segments("").count(), 0);
    for (text, valid) in [
        ("", true),
        ("/", true),
        ("a", false),
        ("/~", false),
        ("/~2", false),
        ("/~0~1", true),
    ] {
        assert_eq!(pointer::is_valid(text), valid, "{text}");
    }
    for (text, index) in [
        ("0", Some(0)),
        ("12", Some(12)),
        ("01", None),
        ("-", None),
        ("", None),
        ("+1", None),
    ] {
        assert_eq!(pointer::index(text), index, "{text}");
    }
    let mut doc = json!({"a": [{"b/c": 1}]});
    assert_eq!(pointer::get(&doc, "/a/0/b~1c"), Some(&json!(1)));
    *pointer::get_mut(&mut doc, "/a/0/b~1c").unwrap() = json!(2);
    assert_eq!(doc, json!({"a": [{"b/c": 2}]}));
}

fn decimal(text: &str) -> Decimal<'_> {
    Decimal::parse(text).expect(text)
}

#[test]
fn decimals_compare_by_value() {
    let ascending = [
        "-1e300",
        "-1000",
        "-12.5",
        "-12",
        "-1.0000000000000000000000001",
        "-1",
        "-0.5",
        "-1e-300",
        "0",
        "1e-300",
        "0.09",
        "0.1",
        "0.9999999999999999999999999999",
        "1",
        "2.49",
        "2.5",
        "10",
        "99.9",
        "100",
        "1e300",
    ];
    for (i, a) in ascending.iter().enumerate() {
        for (j, b) in ascending.iter().enumerate() {
            assert_eq!(decimal(a).compare(&decimal(b)), i.cmp(&j), "{a} {b}");
            assert_eq!(
                decimal(a).key().cmp(&decimal(b).key()),
                i.cmp(&j),
                "{a} {b}"
            );
        }
    }
    for (a, b) in [
        ("2.50", "2.5"),
        ("25e-1", "2.5"),
        ("0", "-0.00e9"),
        ("1e2", "100"),
        ("007", "7"),
        ("0.001e3", "1"),
    ] {
        assert_eq!(decimal(a).compare(&decimal(b)), Ordering::Equal, "{a} {b}");
        assert_eq!(decimal(a).key(), decimal(b).key(), "{a} {b}");
    }
    for text in [
        "", "-", "+1", ".5", "5.", "1e", "1e+", "1x", "0x10", "NaN", "inf", "1 ", "--1",
    ] {
        assert!(Decimal::parse(text).is_none(), "{text}");
    }
}

fn number_text() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,12})(\\.[0-9]{1,12})?"
}

proptest! {
    #[test]
    fn decimal_keys_sort_as_exact_arithmetic_does(a in number_text(), b in number_text()) {
        let exact = |t: &str| t.parse::<rust_decimal::Decimal>().unwrap();
        let order = exact(&a).cmp(&exact(&b));
        prop_assert_eq!(decimal(&a).compare(&decimal(&b)), order);
        prop_assert_eq!(decimal(&a).key().cmp(&decimal(&b).key()), order);
    }

    #[test]
    fn keys_agree_with_comparison_for_any_exponent(
        a in "-?[0-9]{1,6}(\\.[0-9]{1,6})?e[+-]?[0-9]{1,3}",
        b in "-?[0-9]{1,6}(\\.[0-9]{1,6})?e[+-]?[0-9]{1,3}",
    ) {
        prop_assert_eq!(decimal(&a).compare(&decimal(&b)), decimal(&a).key().cmp(&decimal(&b).key()));
    }

    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes, &Limits::default());
    }

    #[test]
    fn accepts_only_what_the_library_accepts(text in "[\\[\\]{}:,\"a0-9.eE+\\-\\\\u ]{0,40}") {
        if let Ok(value) = parse(text.as_bytes(), &Limits::default()) {
            let library = serde_json::from_str::<Value>(&text);
            prop_assert_eq!(library.ok(), Some(value));
        }
    }
}
