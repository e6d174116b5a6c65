//! What the mappings of the program make of files such as switches write: `tests/golden/usage_file/`.

use std::path::PathBuf;

use serde_json::Value;

use super::lines;
use crate::rating::record::Record;
use crate::usage_file::Mapping;
use crate::usage_file::mapping::builtin;

type Given = &'static [(&'static str, &'static str)];

/// Files, their mappings, and what is given with them.
const CASES: [(&str, &str, Given); 10] = [
    (
        "asterisk-csv.csv",
        "asterisk-csv",
        &[
            ("time_zone", "Europe/Berlin"),
            ("numbers.country", "49"),
            ("numbers.national", "0"),
            ("source", "pbx-1"),
        ],
    ),
    (
        "asterisk-csv-without-uniqueid.csv",
        "asterisk-csv",
        &[("time_zone", "Europe/London")],
    ),
    ("freeswitch-csv.csv", "freeswitch-csv", &[]),
    ("freeswitch-json.json", "freeswitch-json", &[]),
    ("kamailio-acc-cdrs.csv", "kamailio-acc-cdrs", GERMAN),
    ("kamailio-cdrs.csv", "kamailio-cdrs", GERMAN),
    ("kamailio-missed.csv", "kamailio-missed", GERMAN),
    ("opensips-acc.csv", "opensips-acc", GERMAN),
    ("opensips-missed.csv", "opensips-missed", GERMAN),
    ("packet-gateway-csv.csv", "packet-gateway-csv", &[]),
];
const GERMAN: Given = &[("numbers.country", "49"), ("numbers.national", "0")];

fn file(name: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/golden/usage_file").join(name)
}

fn mapping(name: &str, given: &[(&str, &str)]) -> Mapping {
    let text = builtin::text(name).expect("a mapping");
    let given = given
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let given: Vec<(String, String)> = given.collect();
    Mapping::read_with(text, &given).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// With `GOLDEN=write` in the environment, what is found is written down instead, to be read and judged.
#[test]
fn files_of_switches() {
    for (name, mapped, given) in CASES {
        let bytes = std::fs::read(file(name)).expect(name);
        let mut found = lines(mapping(mapped, given), &bytes).join("\n");
        found.push('\n');
        let expected = file(&format!("{name}.expected"));
        if std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
            std::fs::write(&expected, &found).expect(name);
        }
        let expected = std::fs::read_to_string(&expected).expect(name);
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn rating_can_read_what_comes_out() {
    for (name, mapped, given) in CASES {
        let bytes = std::fs::read(file(name)).expect(name);
        let lines = lines(mapping(mapped, given), &bytes);
        let usages = lines.iter().filter(|line| line.starts_with('{'));
        let mut count = 0;
        for usage in usages {
            let usage: Value = serde_json::from_str(usage).expect("JSON");
            let record = Record::read(&usage).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
            assert!(record.name().is_some(), "{name}");
            count += 1;
        }
        assert!(count > 0, "{name}");
    }
}

#[test]
fn mappings_have_the_names_of_their_files() {
    for (name, text) in builtin::ALL {
        assert_eq!(mapping(name, &[]).name, name);
        assert!(mapping(name, &[]).description.is_some(), "{name}");
        let tested = CASES.iter().any(|(_, mapped, _)| *mapped == name);
        assert!(tested && !text.contains('\t'), "{name}");
    }
    assert_eq!(builtin::names().count(), builtin::ALL.len());
    assert!(builtin::text("asterisk").is_none());
}
