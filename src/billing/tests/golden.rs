//! Worked examples: tests/golden/billing, one file for each subject.

use std::path::Path;

use serde_yaml_ng::{Mapping, Value};

use super::world::{self, Read};
use crate::billing::check::{Limits, check};
use crate::billing::{self, Bill};

/// How many examples there are at least, so that none is lost unseen.
const EXAMPLES: usize = 60;

#[test]
fn worked_examples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/billing");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let examples: Vec<Value> = serde_yaml_ng::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for example in examples {
            count += 1;
            wrong.extend(differences(&example));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= EXAMPLES, "{count} examples");
}

/// What differs from what an example says.
fn differences(example: &Value) -> Vec<String> {
    let name = world::text(&example["name"]);
    assert!(!world::text(&example["because"]).is_empty(), "{name}");
    let bills = match example.get("bills").and_then(Value::as_sequence) {
        Some(bills) => bills.clone(),
        None => vec![Value::Mapping(Mapping::new())],
    };
    let (mut wrong, mut marks) = (Vec::new(), Vec::new());
    let mut world = example.as_mapping().unwrap().clone();
    for (number, step) in bills.iter().enumerate() {
        for once in [
            "usage", "pending", "lines", "taxItems", "total", "others", "fault",
        ] {
            if number > 0 {
                world.remove(once);
            }
        }
        world.extend(step.as_mapping().unwrap().clone());
        let value = Value::Mapping(world.clone());
        let read = world::example(&value);
        let given = world::given(&read, marks);
        let mut differ = |what: &str, found: String, expected: String| {
            if found != expected {
                let bill = number + 1;
                wrong.push(format!(
                    "{name}, bill {bill}, {what}:\n  {found}\nnot\n  {expected}"
                ));
            }
        };
        match billing::bills(&given) {
            Ok(mut made) => {
                expect(&read, &made, &mut differ);
                marks = made.pop().unwrap().marks;
            }
            Err(fault) => {
                differ(
                    "fault",
                    fault.to_string(),
                    read.text("fault").unwrap_or_default(),
                );
                marks = given.marks;
            }
        }
    }
    wrong
}

fn expect(read: &Read<'_>, bills: &[Bill], differ: &mut impl FnMut(&str, String, String)) {
    let bill = &bills[0];
    let texts = |list: &[Value]| {
        let items: Vec<String> = list.iter().map(world::text).collect();
        items.join("\n  ")
    };
    let listed = |name: &str| {
        let items: Vec<Value> = read
            .list(name)
            .iter()
            .map(|own| own.value.clone())
            .collect();
        texts(&items)
    };
    let lines = |bill: &Bill| {
        let lines: Vec<String> = bill
            .lines
            .iter()
            .map(|own| world::line(own, read.zone))
            .collect();
        lines.join("\n  ")
    };
    differ("lines", lines(bill), listed("lines"));
    let others = read.get("others");
    let others = others.as_ref().and_then(|own| own.value.as_mapping());
    let mut expected = others.cloned().unwrap_or_default();
    for other in &bills[1..] {
        let own = expected.remove(other.currency.code);
        let own = own.as_ref().and_then(Value::as_sequence);
        differ(
            other.currency.code,
            lines(other),
            own.map_or_else(String::new, |own| texts(own)),
        );
    }
    let missing: Vec<&Value> = expected.keys().collect();
    differ("others", format!("{missing:?}"), "[]".to_owned());
    if read.get("taxItems").is_some() {
        differ(
            "tax",
            world::tax_items(bill).join("\n  "),
            listed("taxItems"),
        );
    }
    if let Some(total) = read.text("total") {
        differ("total", world::totals(bill), total);
    }
    differ(
        "fault",
        String::new(),
        read.text("fault").unwrap_or_default(),
    );
    for bill in bills {
        let findings = check(bill, &[], &Limits::default());
        differ("check", format!("{findings:?}"), "[]".to_owned());
    }
}
