//! Cutting a stream into records.

use std::io::{BufRead, BufReader, Read};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::domain::json::frame::{Broken, Frame, Frames, Layout};

/// A stream in small pieces, so that records lie across them.
fn stream(content: &str, piece: usize) -> impl BufRead {
    BufReader::with_capacity(
        piece,
        std::io::Cursor::new(content.as_bytes().to_vec()).take(u64::MAX),
    )
}

/// Everything that is cut off, with its line, and how it ends.
fn cut(content: &str, piece: usize, lines: bool) -> (Vec<(u64, String)>, Option<String>) {
    let mut frames = Frames::start(stream(content, piece), 1000, lines).unwrap();
    let (mut found, mut record) = (Vec::new(), Vec::new());
    loop {
        match frames.next(&mut record) {
            Ok(Some(frame)) => {
                assert_eq!(frame.number, u64::try_from(found.len()).unwrap() + 1);
                let text = if frame.too_long {
                    "TOO LONG".to_owned()
                } else {
                    text(&record)
                };
                found.push((frame.line, text));
            }
            Ok(None) => return (found, None),
            Err(Broken::Content { line, message }) => {
                return (found, Some(format!("{line}: {message}")));
            }
            Err(Broken::Io(error)) => panic!("{error}"),
        }
    }
}

fn text(record: &[u8]) -> String {
    String::from_utf8(record.to_vec())
        .unwrap()
        .trim_end()
        .to_owned()
}

#[test]
fn layouts_are_found_out() {
    for (content, expected) in [
        ("", vec![]),
        (" \n ", vec![]),
        ("[]", vec![]),
        (" [ ] \n", vec![]),
        ("\u{FEFF}[{\"a\":1}]", vec![(1, "{\"a\":1}")]),
        (
            "[{\"a\":1},\n{\"b\":[2,{}]} , 3 ,\"x,]\",\nnull]",
            vec![
                (1, "{\"a\":1}"),
                (2, "{\"b\":[2,{}]}"),
                (2, "3"),
                (2, "\"x,]\""),
                (3, "null"),
            ],
        ),
        (
            "{\"a\":1}\n\n{\"b\":2}\r\nnonsense {\n{\"c\":3}",
            vec![
                (1, "{\"a\":1}"),
                (3, "{\"b\":2}"),
                (4, "nonsense {"),
                (5, "{\"c\":3}"),
            ],
        ),
        (
            "{\n\"a\":1\n}\n{\"b\":\n2}{\"c\":3}",
            vec![(1, "{\n\"a\":1\n}"), (4, "{\"b\":\n2}"), (5, "{\"c\":3}")],
        ),
        (
            r#"[{"a":"}\"]{"},{"b":"\\"}]"#,
            vec![(1, r#"{"a":"}\"]{"}"#), (1, r#"{"b":"\\"}"#)],
        ),
    ] {
        for piece in [1, 2, 7, 4096] {
            let (found, error) = cut(content, piece, false);
            let expected: Vec<(u64, String)> = expected
                .iter()
                .map(|(line, text)| (*line, (*text).to_owned()))
                .collect();
            assert_eq!(
                (found, error),
                (expected, None),
                "{content:?} in pieces of {piece}"
            );
        }
    }
}

#[test]
fn a_broken_record_spoils_itself_only() {
    let (found, error) = cut(r#"[{"a":[1},{"b":2}]"#, 3, false);
    assert_eq!(error, None);
    assert_eq!(
        found,
        [(1, r#"{"a":[1}"#.to_owned()), (1, r#"{"b":2}"#.to_owned())]
    );
    let (found, error) = cut("{\"a\":\n{\"b\":2}\n", 3, true);
    assert_eq!(error, None);
    assert_eq!(
        found,
        [(1, "{\"a\":".to_owned()), (2, "{\"b\":2}".to_owned())]
    );
    let long = format!("[{{\"a\":\"{}\"}},\n{{\"b\":2}}]", "x".repeat(2000));
    assert_eq!(
        cut(&long, 64, false).0,
        [(1, "TOO LONG".to_owned()), (2, "{\"b\":2}".to_owned())]
    );
    let long = format!("{{\"b\":2}}\n{}\n{{\"b\":3}}", "x".repeat(2000));
    let (found, _) = cut(&long, 64, false);
    assert_eq!(
        found[1..],
        [(2, "TOO LONG".to_owned()), (3, "{\"b\":3}".to_owned())]
    );
}

#[test]
fn a_file_that_breaks_off_says_where() {
    for (content, records, expected) in [
        ("[{\"a\":1}\n", 1, "2: the file ends inside the array"),
        (
            "[{\"a\":1},\n{\"b\":",
            1,
            "2: the file ends inside the record that begins here",
        ),
        (
            "[{\"a\":1} {\"b\":2}]",
            1,
            "1: a comma or ] is missing between the records",
        ),
        ("[,{}]", 0, "1: a record is missing before the comma"),
        ("[{},,{}]", 1, "1: a record is missing before the comma"),
        ("[{}]\n[{}]", 1, "2: something follows the end of the array"),
        (
            "{\n",
            0,
            "1: the file ends inside the record that begins here",
        ),
    ] {
        let (found, error) = cut(content, 5, false);
        assert_eq!(
            (found.len(), error.as_deref()),
            (records, Some(expected)),
            "{content:?}"
        );
    }
}

#[test]
fn brackets_without_end_are_not_followed() {
    let (_, error) = cut(&"[".repeat(200_000), 4096, false);
    assert!(error.unwrap().contains("nested too deeply"));
}

fn records() -> impl Strategy<Value = Vec<Value>> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(|n| json!(n)),
        "[\\x20-\\x7e\n\u{e4}]{0,12}".prop_map(|s| json!(s)),
        any::<bool>().prop_map(|b| json!(b)),
    ];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-z\"{}\\[\\]]{1,4}", inner), 0..3)
                .prop_map(|members| members.into_iter().collect::<Value>()),
        ]
    });
    prop::collection::vec(value.prop_map(|v| json!({"v": v})), 1..6)
}

proptest! {
    /// However records are written down, they are found again; and a cutter that goes on behind any
    /// of them finds the rest.
    #[test]
    fn what_was_written_is_found(records in records(), pretty: bool, style in 0..3, piece in 1..40_usize) {
        let show = |record: &Value| match pretty && style != 1 {
            true => serde_json::to_string_pretty(record).unwrap(),
            false => record.to_string(),
        };
        let texts: Vec<String> = records.iter().map(show).collect();
        let content = match style {
            0 => format!("[{}]", texts.join(",\n")),
            1 => texts.join("\n"),
            _ => texts.join("\n\n"),
        };
        let mut frames = Frames::start(stream(&content, piece), 100_000, style == 1).unwrap();
        let mut record = Vec::new();
        let mut seen: Vec<Frame> = Vec::new();
        while let Some(frame) = frames.next(&mut record).unwrap() {
            let value: Value = serde_json::from_slice(&record).unwrap();
            prop_assert_eq!(&value, &records[seen.len()]);
            seen.push(frame);
        }
        prop_assert_eq!(seen.len(), records.len());
        let layout: Layout = frames.layout();
        for (at, frame) in seen.iter().enumerate() {
            let offset = usize::try_from(frame.end.offset).unwrap();
            let rest = stream(content.split_at(offset).1, piece);
            let mut frames = Frames::resume(rest, 100_000, layout, frame.end);
            let mut left = Vec::new();
            while let Some(frame) = frames.next(&mut record).unwrap() {
                left.push(frame);
            }
            prop_assert_eq!(&left[..], &seen[at + 1..]);
        }
    }
}
