//! Files that are not as they should be, and files that are large.

use std::io::{Read, Write};
use std::sync::Arc;

use serde_json::Value;

use super::lines;
use crate::usage_file::{Fault, Mapping, Reader, Totals};

const HEAD: &str = r#"name = "test"
source = "switch"
specification = "voice"
record.id = { column = "id" }
usage.date = { column = "when", format = "rfc3339" }
characteristic = [{ name = "duration", column = "seconds", type = "duration", required = true }]
"#;

fn mapping(rest: &str) -> Mapping {
    Mapping::read(&format!("{HEAD}{rest}")).unwrap_or_else(|error| panic!("{error}"))
}

fn csv() -> Mapping {
    mapping("[format]\nkind = \"csv\"\nheader = true\n")
}

fn short(rest: &str, file: &[u8]) -> Vec<String> {
    let lines = lines(mapping(rest), file).into_iter();
    lines
        .map(|line| match serde_json::from_str::<Value>(&line) {
            Ok(usage) => usage["usageCharacteristic"][1]["value"].to_string(),
            Err(_) => line,
        })
        .filter(|line| !line.starts_with("# {"))
        .collect()
}

const CSV: &str = "[format]\nkind = \"csv\"\nheader = true\n";
const NDJSON: &str = "[format]\nkind = \"ndjson\"\n";
const JSON: &str = "[format]\nkind = \"json\"\n";

#[test]
fn bad_rows_do_not_stop_the_others() {
    let file = b"id,when,seconds\n\
        a,2026-11-22T10:00:00Z,1\n\
        b,2026-11-22T10:00:00Z\n\
        \n\
        c,yesterday,1\n\
        d,2026-11-22T10:00:00Z,\xff\n\
        e,2026-11-22T10:00:00Z,1,\n\
        \"f\n\",2026-11-22T10:00:00Z,1\n\
        ,2026-11-22T10:00:00Z,1\n";
    assert_eq!(
        short(CSV, file),
        [
            "\"a\"",
            "! line 3: has 2 fields, and needs 3",
            "! line 4, `when` is not a time of the format that the mapping says",
            "! line 6, `seconds` is not UTF-8",
            "! line 7: has 4 fields, more than 3",
            "\"f\"",
            "! line 10, `id` is missing",
        ]
    );
    let file = b"{\"id\":\"a\",\"when\":\"2026-11-22T10:00:00Z\",\"seconds\":1}\n\
        {\"id\":\"b\",\n\
        [1]\n\
        {\"id\":[],\"when\":\"2026-11-22T10:00:00Z\",\"seconds\":1}\n\
        {\"id\":7,\"when\":\"2026-11-22T10:00:00Z\",\"seconds\":\"2\"}";
    assert_eq!(
        short(NDJSON, file),
        [
            "\"a\"",
            "! line 2: is not JSON, at its line 1 column 10",
            "! line 3: is no object",
            "! line 4, `id` is a list or an object",
            "\"7\"",
        ]
    );
}

#[test]
fn files_that_cannot_be_read_say_why() {
    assert_eq!(
        short(CSV, b""),
        ["! line 1: the file is empty, and it should have a header"]
    );
    assert_eq!(
        short(CSV, b"id,when,second\n"),
        ["! line 1: there is no column `seconds`, which `characteristic.0.column` takes"]
    );
    let open = format!("id,when,seconds\n\"{}", "x".repeat(3 << 20));
    assert_eq!(
        short(CSV, open.as_bytes()),
        ["! line 2: the row is longer than 1048576 bytes"]
    );
    assert_eq!(
        short(JSON, b"[{\"id\":1}"),
        [
            "! line 1, `when` is missing",
            "! line 1: the file ends inside the array",
        ]
    );
    let gzip = zipped(b"id,when,seconds\na,2026-11-22T10:00:00Z,1\n");
    let cut = short(CSV, &gzip[..gzip.len() - 9]);
    assert!(
        cut.last().is_some_and(|line| line.starts_with("! line")),
        "{cut:?}"
    );
}

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn formats_and_compression_are_recognised() {
    let array = b"\xEF\xBB\xBF[{\"id\":\"a\",\"when\":\"2026-11-22T10:00:00Z\",\"seconds\":1}]";
    assert_eq!(short(JSON, array), ["\"a\""]);
    assert_eq!(short(JSON, &zipped(array)), ["\"a\""]);
    let table = b"\xEF\xBB\xBFid;when;seconds\r\na;2026-11-22T10:00:00Z;1\r\n";
    let semicolons = "[format]\nkind = \"csv\"\nheader = true\ndelimiter = \";\"\n";
    assert_eq!(short(semicolons, table), ["\"a\""]);
    let comments = "[format]\nkind = \"csv\"\nskip = 1\ncomment = \"#\"\nquote = \"\"\ndelimiter = \"|\"\n\
        columns = [\"seconds\", \"when\", \"id\"]\n";
    let pipes = b"export of today\n# seconds, when, id\n1|2026-11-22T10:00:00Z|\"a\"\n";
    assert_eq!(short(comments, pipes), ["\"\\\"a\\\"\""]);
}

#[test]
fn where_nothing_is_found_something_else_is_taken() {
    let text = r#"name = "test"
source = "switch"
specification = "voice"
format = { kind = "csv", columns = ["a", "b", "when", "up", "down", "begin", "end"] }
record.id = { column = "a", or = { template = "{b}/{2}" }, default = "none" }
usage.date = { column = "when", format = "epoch" }
usage.type = { column = "b", lookup = { x = "X" }, otherwise = "other" }
characteristic = [
    { name = "octets", sum = ["up", "down"], type = "integer", multiply = 1024 },
    { name = "duration", between = ["begin", "end"], format = "epochMillis", type = "duration", round = "up" },
]
"#;
    let file = b"1,x,0,1,2,1000,2001\n,y,0,,,,\n,,0,,5,3000,2000\n";
    let lines = lines(Mapping::read(text).unwrap(), file);
    let is = |line: usize, parts: &[&str]| parts.iter().all(|part| lines[line].contains(part));
    assert!(is(
        0,
        &[
            "\"X\"",
            "\"value\":\"1\"",
            "\"octets\",\"value\":3072",
            "\"duration\",\"value\":2"
        ]
    ));
    assert!(is(
        1,
        &["\"other\"", "\"value\":\"y/y\"", "\"value\":\"y/y\"}]"]
    ));
    assert_eq!(lines[2], "! line 3, `end` is before the start");
}

#[test]
fn trailers_are_compared() {
    let trailer = "[format]\nkind = \"csv\"\nheader = true\n\
        [trailer]\ncolumn = 1\nis = \"T\"\nrows = 2\nseconds = 3\n";
    let file = |last: &str| {
        format!("id,when,seconds\na,2026-11-22T10:00:00Z,1\nb,2026-11-22T10:00:00Z,2\n{last}")
    };
    let of = |last: &str| short(trailer, file(last).as_bytes()).split_off(2);
    assert!(of("T,2,3\n").is_empty());
    assert_eq!(
        of("T,3,4\n"),
        [
            "# rows: 3 declared, 2 found",
            "# seconds: 4 declared, 3 found"
        ]
    );
    assert_eq!(of(""), ["# no trailer"]);
    assert_eq!(
        of("T,two,3\n"),
        ["! line 4, `field 2` is not a whole number", "# no trailer"]
    );
    assert_eq!(
        of("T,2,3\nc,2026-11-22T10:00:00Z,1\n"),
        [
            "! line 5: stands behind the trailer",
            "# rows: 2 declared, 3 found"
        ]
    );
}

/// Rows as long as somebody reads.
struct Endless {
    left: usize,
    rest: Vec<u8>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() && self.left > 0 {
            self.left -= 1;
            self.rest = format!("{},2026-11-22T10:00:00Z,7\n", self.left).into_bytes();
        }
        let count = buffer.len().min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

#[test]
fn totals_and_both_forms_of_a_record() {
    let rows = Endless {
        left: 2_000,
        rest: b"id,when,seconds\n".to_vec(),
    };
    let mut reader = Reader::open(Arc::new(csv()), rows).unwrap();
    let mut text = Vec::new();
    while let Some(record) = reader.record() {
        let record = record.unwrap();
        assert_eq!(
            (record.source(), record.partial_sequence()),
            ("switch", None)
        );
        text.clear();
        record.write(&mut text);
        assert_eq!(
            serde_json::from_slice::<Value>(&text).unwrap(),
            record.to_value()
        );
    }
    assert_eq!(
        (reader.totals().usage, reader.totals().seconds),
        (2_000, 14_000)
    );
    assert!(reader.record().is_none());
}

#[test]
fn a_second_run_goes_on_where_the_first_one_stopped() {
    let file = "id,when,seconds\na,2026-11-22T10:00:00Z,1\nx\nb,2026-11-22T10:00:00Z,2\n";
    let mapping = Arc::new(csv());
    let mut whole = Reader::open(Arc::clone(&mapping), file.as_bytes()).unwrap();
    assert_eq!(whole.by_ref().count(), 3);
    for stop in 0..=3 {
        let mut first = Reader::open(Arc::clone(&mapping), file.as_bytes()).unwrap();
        let before = first.by_ref().take(stop).count();
        let kept = Totals::from_value(&first.totals().to_value()).unwrap();
        let mut second = Reader::open(Arc::clone(&mapping), file.as_bytes()).unwrap();
        second.resume(kept).unwrap();
        assert_eq!(before + second.by_ref().count(), 3);
        assert_eq!(second.totals(), whole.totals());
    }
    let shorter = "id,when,seconds\n";
    let mut second = Reader::open(mapping, shorter.as_bytes()).unwrap();
    assert!(second.resume(whole.totals().clone()).is_err());
}

#[test]
fn what_fails_is_told_once() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let head = b"id,when,seconds\na,2026-11-22T10:00:00Z,1\n".as_slice();
    // The header is in the first bytes; the rest comes when rows are asked for.
    let padded = [head, &b"b,2026-11-22T10:00:00Z,1\n".repeat(6_000)].concat();
    let mut reader = Reader::open(Arc::new(csv()), padded.as_slice().chain(Broken)).unwrap();
    let faults = reader.by_ref().filter_map(Result::err);
    let faults: Vec<Fault> = faults.collect();
    assert!(matches!(faults.as_slice(), [Fault::File(_)]), "{faults:?}");
    assert!(reader.next().is_none());
}
