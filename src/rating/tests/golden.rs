//! The golden suite: `tests/golden/rating/*.json`. Each case writes out its arithmetic, which is
//! worked out here with fractions of any size, so that neither the numbers in the files nor the code
//! are taken for granted.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::arithmetic;
use super::world::World;
use crate::domain::money::Amount;
use crate::rating::rated::{Line, Rated, Stop};

/// The suite must not shrink unseen.
const CASES_MIN: usize = 320;

fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/rating");
    let entries = std::fs::read_dir(&folder).expect("the golden suite");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

#[test]
fn golden_cases_cost_what_their_arithmetic_says() {
    let mut count = 0;
    let mut failed: Vec<String> = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let file: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in file["case"].as_array().expect("cases") {
            count += 1;
            let name = path.file_stem().expect("a name").to_string_lossy();
            let name = format!("{name}: {}", case["name"].as_str().expect("a name"));
            assert!(case["why"].is_string(), "{name}: why?");
            let given = given(&file, case);
            if let Err(difference) = run(&given, case) {
                failed.push(format!("{name}\n    {difference}"));
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {count} differ:\n{}",
        failed.len(),
        failed.join("\n")
    );
    assert!(count >= CASES_MIN, "{count} cases");
}

/// What the file gives, with what the case gives instead. `parameter` of the case are parameters of
/// the first price, and `patch` is merged into it.
fn given(file: &Value, case: &Value) -> Value {
    let mut given = file["given"].clone();
    merge(&mut given, &case["given"]);
    let Some(price) = given["price"].get_mut(0) else {
        return given;
    };
    merge(price, &case["patch"]);
    if let Some(parameters) = case["parameter"].as_object() {
        let algorithm = &mut price["pricingLogicAlgorithm"];
        if !algorithm.is_array() {
            *algorithm = json!([{"@type": "PricingLogicAlgorithm", "plaSpecId": "perUnit"}]);
        }
        let list = &mut algorithm[0]["characteristic"];
        if !list.is_array() {
            *list = json!([]);
        }
        let list = list.as_array_mut().expect("a list");
        for (name, value) in parameters {
            list.retain(|own| own["name"] != name.as_str());
            if !value.is_null() {
                list.push(json!({"@type": "Characteristic", "name": name, "value": value}));
            }
        }
    }
    given
}

fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.as_object_mut().expect("an object").remove(name)),
            Value::Object(_) => merge(&mut target[name], value),
            _ => target[name] = value.clone(),
        }
    }
}

fn run(given: &Value, case: &Value) -> Result<(), String> {
    let world = World::of(given);
    if let Some(expected) = case["fault"].as_array() {
        let Err(faults) = world else {
            return Err("it compiles".to_owned());
        };
        let found: Vec<Value> = faults.iter().map(|own| json!(own.fault.pointer)).collect();
        return match found == *expected {
            true => Ok(()),
            false => Err(format!("faults: {faults:?}")),
        };
    }
    let mut world = world.map_err(|faults| format!("does not compile: {faults:?}"))?;
    let one = [case.clone()];
    let steps = case["step"]
        .as_array()
        .map_or(one.as_slice(), Vec::as_slice);
    for (number, step) in steps.iter().enumerate() {
        let answer = world.rate(&step["event"]);
        let checked = match (&answer, step["reject"].as_str()) {
            (Err(rejection), Some(code)) if rejection.code.as_str() == code => Ok(()),
            (Err(rejection), _) => Err(format!(
                "rejected: {rejection} {}",
                rejection.message(&world.tariff.cards)
            )),
            (Ok(rated), Some(code)) => Err(format!("not rejected with {code}: {}", shown(rated))),
            (Ok(rated), None) => {
                super::shown::sound(&world, &step["event"], rated);
                check(&world, step, rated)
            }
        };
        checked.map_err(|what| format!("step {number}: {what}"))?;
    }
    Ok(())
}

fn check(world: &World, step: &Value, rated: &Rated) -> Result<(), String> {
    let sum = step["sum"].as_str().ok_or("no arithmetic is written out")?;
    let scale = world.card(rated).rounding.to.scale;
    let by_hand = match step["mode"].as_str() {
        // Rounding other than half up is written out in the arithmetic.
        Some("asWritten") => arithmetic::rounded(&arithmetic::value(sum), Amount::SCALE),
        _ => arithmetic::rounded(&arithmetic::value(sum), scale),
    };
    let net = step["net"].as_str().ok_or("no net amount is written")?;
    if by_hand != net {
        return Err(format!(
            "the arithmetic comes to {by_hand}, but net is {net}"
        ));
    }
    let mut differences = Vec::new();
    let mut same = |what: &str, expected: &Value, found: Value| {
        if !expected.is_null() && *expected != found {
            differences.push(format!("{what}: {found} instead of {expected}"));
        }
    };
    same("net", &step["net"], amount(rated.net));
    same("gross", &step["gross"], amount(rated.gross));
    same("tier", &step["tier"], json!(rated.tier));
    same("price", &step["price"], json!(world.card(rated).price));
    let stop = rated.stop.map(|stop| match stop {
        Stop::Cap => "cap",
        Stop::Blocked => "blocked",
    });
    same("stop", &step["stop"], json!(stop));
    let moves = rated.buckets.iter().map(|one| {
        let bucket = world.buckets.get(one.bucket).expect("a bucket");
        (bucket.id.to_string(), json!(one.taken))
    });
    same("bucket", &step["bucket"], Value::Object(moves.collect()));
    if let Some(expected) = step["line"].as_array() {
        let found: Vec<Value> = rated
            .lines
            .iter()
            .map(|own| line(world, rated, own))
            .collect();
        let alike = expected.len() == found.len()
            && expected.iter().zip(&found).all(|(expected, found)| {
                let mut members = expected.as_object().expect("a line").iter();
                members.all(|(name, value)| found[name] == *value)
            });
        if !alike {
            differences.push(format!("lines: {}", json!(found)));
        }
    }
    match differences.is_empty() {
        true => Ok(()),
        false => Err(differences.join("; ")),
    }
}

fn line(world: &World, rated: &Rated, line: &Line) -> Value {
    let card = world.card(rated);
    let zone = line.key.zone.and_then(|zone| card.zone(zone));
    let band = line.key.band.and_then(|band| card.band(band));
    let bucket = line.key.bucket.and_then(|place| world.buckets.get(place));
    json!({
        "kind": line.key.kind.as_str(),
        "tag": line.key.tag.as_str(),
        "zone": zone,
        "band": band,
        "bucket": bucket.map(|bucket| &bucket.id),
        "quantity": line.quantity,
        "net": amount(line.net),
        "gross": amount(line.gross),
        "list": amount(line.list),
    })
}

fn amount(amount: Amount) -> Value {
    json!(amount.decimal(0).to_string())
}

fn shown(rated: &Rated) -> String {
    format!("net {} {:?}", amount(rated.net), rated.trace)
}
