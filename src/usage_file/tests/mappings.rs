//! Mappings that are refused, and what for.

use super::lines;
use crate::usage_file::Mapping;
use crate::usage_file::mapping::builtin;

/// A mapping that holds, in which tests put mistakes.
const GOOD: &str = r#"name = "test"
source = "switch"
specification = "voice"
time_zone = "UTC"

[format]
kind = "csv"
columns = ["id", "when", "seconds", "number"]
optional = ["number"]

[record]
id = { column = "id" }

[usage]
date = { column = "when", format = "rfc3339" }

[[characteristic]]
name = "duration"
column = "seconds"
type = "duration"
"#;

fn mistakes(text: &str) -> String {
    match Mapping::read(text) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn mistakes_have_their_line_and_key() {
    assert_eq!(mistakes(GOOD), "");
    for (from, to, line, said) in [
        ("source =", "sauce =", 1, "`source` is needed"),
        (
            "source =",
            "sauce =",
            2,
            "`sauce` is unknown here; known are name,",
        ),
        ("[format]", "[format", 6, "not TOML"),
        (
            "[format]\nkind = \"csv\"",
            "[form]\nkind = \"csv\"",
            1,
            "`format` is needed",
        ),
        (
            "\"csv\"",
            "\"xls\"",
            7,
            "`format.kind` must be one of csv, ndjson, json",
        ),
        (
            "\"csv\"",
            "\"csv\"\ndelimiter = \";;\"",
            8,
            "`format.delimiter` must be one ASCII character",
        ),
        (
            "\"csv\"",
            "\"csv\"\nheader = true",
            9,
            "`format.columns` are named by the file",
        ),
        (
            "\"csv\"",
            "\"csv\"\nskip = -1",
            8,
            "`format.skip` must be a whole number",
        ),
        (
            "optional = [\"number\"]",
            "optional = [\"numer\"]",
            9,
            "`format.optional` has `numer`",
        ),
        (
            "\"seconds\", \"number\"",
            "\"number\", \"number\"",
            8,
            "`format.columns` has a name twice",
        ),
        ("UTC", "Berlin", 4, "`time_zone` must be a time zone"),
        (
            "{ column = \"id\" }",
            "{ column = \"idd\" }",
            12,
            "`record.id.column` `idd` is no column",
        ),
        (
            "{ column = \"id\" }",
            "{ column = 5 }",
            12,
            "`record.id.column` 5 is behind the last of 4 columns",
        ),
        (
            "{ column = \"id\" }",
            "{ column = 0 }",
            12,
            "`record.id.column` must be the name of a column, its position from 1",
        ),
        (
            "{ column = \"id\" }",
            "{ template = \"{id\" }",
            12,
            "`record.id.template` has a brace without its other one",
        ),
        (
            "{ column = \"id\" }",
            "{ template = \"{0}\" }",
            12,
            "`record.id.template` `0` is no column",
        ),
        (
            "{ column = \"id\" }",
            "{ template = \"id\" }",
            12,
            "`record.id.template` has no column in braces",
        ),
        (
            "{ column = \"id\" }",
            "{ constant = 1 }",
            12,
            "`record.id` is the same for all rows",
        ),
        (
            "{ column = \"id\" }",
            "{ column = \"id\", constant = 1 }",
            12,
            "`record.id.column` is needed, or one of constant, template",
        ),
        (
            "{ column = \"id\" }",
            "{ column = \"id\", type = \"integer\" }",
            12,
            "`record.id.type` must be text",
        ),
        (
            "{ column = \"id\" }",
            "{ column = \"id\", lookup = \"ids\" }",
            12,
            "`record.id.lookup` there is no table [lookup.ids]",
        ),
        (
            "{ column = \"id\" }",
            "{ column = \"id\", otherwise = \"a\" }",
            12,
            "`record.id.otherwise` is about a lookup",
        ),
        (
            "{ column = \"id\" }",
            "{ column = \"id\", capture = \"(\" }",
            12,
            "`record.id.capture` is no regular expression",
        ),
        (
            "{ column = \"id\" }",
            "{ column = \"id\", or = { column = \"x\" } }",
            12,
            "`record.id.or.column` `x` is no column",
        ),
        (
            "format = \"rfc3339\"",
            "format = \"iso\"",
            15,
            "`usage.date.format` must be rfc3339,",
        ),
        (
            ", format = \"rfc3339\"",
            "",
            15,
            "`usage.date.format` is needed",
        ),
        (
            "[usage]\n",
            "[usage]\ntipe = 1\n",
            15,
            "`usage.tipe` is unknown here",
        ),
        (
            "name = \"duration\"",
            "nam = \"duration\"",
            18,
            "`characteristic.0.nam` is unknown here",
        ),
        (
            "name = \"duration\"",
            "name = \"source\"",
            17,
            "`characteristic` has `source` twice",
        ),
        (
            "type = \"duration\"",
            "type = \"time\"",
            20,
            "`characteristic.0.type` must be one of text,",
        ),
        (
            "type = \"duration\"",
            "unit = \"min\"",
            20,
            "`characteristic.0.unit` is for durations",
        ),
        (
            "type = \"duration\"",
            "type = \"duration\"\nunit = \"weeks\"",
            21,
            "`characteristic.0.unit` must be one of s, ms,",
        ),
        (
            "type = \"duration\"",
            "type = \"duration\"\nmultiply = 2",
            21,
            "`characteristic.0.multiply` is for integers",
        ),
        (
            "type = \"duration\"",
            "type = \"duration\"\nrequired = true\ndefault = 0",
            21,
            "`characteristic.0.required` has no meaning",
        ),
        (
            "type = \"duration\"",
            "type = \"money\"",
            17,
            "`characteristic.0.currency` is needed",
        ),
        (
            "type = \"duration\"",
            "type = \"money\"\ncurrency = \"EURO\"",
            21,
            "`characteristic.0.currency` must be an ISO 4217 code",
        ),
        (
            "column = \"seconds\"",
            "between = [\"when\"]",
            19,
            "`characteristic.0.between` must be a list of two columns",
        ),
        (
            "column = \"seconds\"\ntype = \"duration\"",
            "sum = [\"seconds\"]",
            19,
            "`characteristic.0.sum` is a number",
        ),
        (
            "[record]",
            "[[filter]]\ncolumn = \"id\"\n\n[record]",
            12,
            "`filter.0.column` needs one of is, is_not",
        ),
        (
            "[record]",
            "[[filter]]\ncolumn = \"id\"\nmatches = \"[\"\n\n[record]",
            13,
            "`filter.0.matches` is no regular expression",
        ),
        (
            "[record]",
            "[trailer]\ncolumn = 1\nis = \"T\"\n\n[record]",
            12,
            "`trailer.column` and nothing else",
        ),
        (
            "[record]",
            "[trailer]\ncolumn = 1\nis = \"T\"\nsum = 2\n\n[record]",
            14,
            "`trailer.sum` is unknown here",
        ),
        (
            "[record]",
            "[numbers]\ncountry = \"+49\"\n\n[record]",
            12,
            "`numbers.country` must be digits",
        ),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let said_at = format!("line {line}");
        let mistakes = mistakes(&GOOD.replacen(from, to, 1));
        let found = mistakes
            .lines()
            .any(|mistake| mistake.starts_with(&said_at) && mistake.contains(said));
        assert!(
            found,
            "{from} -> {to}: expected {said_at}, {said}\n{mistakes}"
        );
    }
}

#[test]
fn what_is_given_takes_the_place_of_what_is_written() {
    let given = |key: &str, value: &str| {
        let given = [(key.to_owned(), value.to_owned())];
        Mapping::read_with(GOOD, &given).map_err(|error| error.to_string())
    };
    assert!(given("source", "other").is_ok());
    assert!(given("numbers.country", "49").is_ok());
    assert!(given("time_zone", "Europe/Berlin").is_ok());
    let error = given("time_zone", "Mars").unwrap_err();
    assert!(error.contains("`time_zone` must be a time zone"), "{error}");
    let error = given("sauce", "x").unwrap_err();
    assert!(
        error.contains("`sauce` is no setting of this mapping"),
        "{error}"
    );
}

#[test]
fn the_mapping_of_the_documentation_reads_its_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/usage-files.md");
    let docs = std::fs::read_to_string(path).unwrap();
    let example = docs
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let mapping = Mapping::read(example.unwrap()).unwrap_or_else(|error| panic!("{error}"));
    let file = "switch;number;result;start;b_number;ms\n\
        s1;17;OK;22.11.2026 10:00:00;030 1234567;61001\n\
        s1;18;BUSY;22.11.2026 10:00:00;030 1234567;0\n\
        END;2;62\n";
    let lines = lines(mapping, file.as_bytes());
    let [usage, totals] = lines.as_slice() else {
        panic!("{lines:#?}");
    };
    for part in [
        "2026-11-22T09:00:00",
        "\"s1-17\"",
        "\"+49301234567\"",
        "\"value\":62",
    ] {
        assert!(usage.contains(part), "{part}: {usage}");
    }
    assert!(totals.contains("\"usage\":1"), "{totals}");
}

#[test]
fn a_mapping_is_found_by_its_name_or_its_path() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/sample/mapping/asterisk-csv.toml"
    );
    let by_path = builtin::text_or_file(path).unwrap();
    assert_eq!(builtin::text_or_file("asterisk-csv").unwrap(), by_path);
    assert!(builtin::text_or_file("no-such-mapping").is_err());
}
