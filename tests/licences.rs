//! What `deny.toml` says about licences, sources and banned crates, held against the dependency
//! tree that is really built. It needs no tool and no network beyond what the build needed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Where crates may come from, as Cargo writes it.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn root_file(name: &str) -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The packages built for this machine.
fn packages() -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = |args: &[&str]| {
        let mut command = Command::new(&cargo);
        command.args(args).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.output().expect("cargo runs")
    };
    let version = String::from_utf8(run(&["-vV"]).stdout).expect("UTF-8");
    let host = version
        .lines()
        .find_map(|l| l.strip_prefix("host: "))
        .expect("a host line");
    // Without the filter Cargo wants the crates of every platform, which no build has fetched.
    let ask = [
        "metadata",
        "--format-version=1",
        "--locked",
        "--filter-platform",
        host,
    ];
    let mut output = run(&[ask.as_slice(), &["--offline"]].concat());
    if !output.status.success() {
        // Only a part of the workspace was built here: let Cargo fetch the rest.
        output = run(&ask);
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata: {errors}");
    let mut metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    match metadata["packages"].take() {
        Value::Array(packages) => packages,
        other => panic!("no list of packages: {other}"),
    }
}

/// Names and sources in `Cargo.lock`: the crates of every platform.
fn locked() -> Vec<(String, Option<String>)> {
    let lock = root_file("Cargo.lock");
    let packages = lock["package"].as_array().expect("a list of packages");
    let text = |package: &toml::Value, key| {
        package
            .get(key)
            .and_then(toml::Value::as_str)
            .map(str::to_owned)
    };
    packages
        .iter()
        .map(|p| (text(p, "name").expect("a name"), text(p, "source")))
        .collect()
}

fn strings(value: &toml::Value) -> BTreeSet<&str> {
    let items = value.as_array().expect("a list");
    items
        .iter()
        .map(|item| item.as_str().expect("a text"))
        .collect()
}

/// True when an SPDX expression holds with the licences that `allowed` accepts. `/` is the old
/// way to write OR.
fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let holds = either(&mut rest, allowed);
    assert!(rest.is_empty(), "not an SPDX expression: {expression}");
    holds
}

fn either(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut holds = both(words, allowed);
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        holds |= both(words, allowed);
    }
    holds
}

fn both(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut holds = one(words, allowed);
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        holds &= one(words, allowed);
    }
    holds
}

fn one(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let holds = either(words, allowed);
            let [")", rest @ ..] = *words else {
                panic!("a parenthesis is not closed before {words:?}");
            };
            *words = rest;
            holds
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            allowed(&format!("{licence} WITH {exception}"))
        }
        [licence, rest @ ..] => {
            *words = rest;
            allowed(licence)
        }
        [] => panic!("an SPDX expression ends early"),
    }
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let deny = root_file("deny.toml");
    let allow = strings(&deny["licenses"]["allow"]);
    let exceptions = deny["licenses"]["exceptions"].as_array().expect("a list");
    let packages = packages();
    assert!(packages.len() > 100, "the dependency tree was not read");
    let mut refused = Vec::new();
    for package in &packages {
        let (name, licence) = (&package["name"], package["license"].as_str());
        let own: BTreeSet<&str> = exceptions
            .iter()
            .filter(|exception| exception["crate"].as_str() == name.as_str())
            .flat_map(|exception| strings(&exception["allow"]))
            .collect();
        let allowed = |licence: &str| allow.contains(licence) || own.contains(licence);
        if !licence.is_some_and(|expression| satisfied(expression, &allowed)) {
            refused.push(format!("{name} {}: {licence:?}", package["version"]));
        }
    }
    assert!(
        refused.is_empty(),
        "not allowed by deny.toml:\n{}",
        refused.join("\n")
    );
}

#[test]
fn exceptions_are_still_needed() {
    let deny = root_file("deny.toml");
    let names: BTreeSet<String> = locked().into_iter().map(|(name, _)| name).collect();
    for exception in deny["licenses"]["exceptions"].as_array().expect("a list") {
        let name = exception["crate"].as_str().expect("a name");
        assert!(
            names.contains(name),
            "deny.toml: nothing depends on {name} any more"
        );
    }
}

#[test]
fn crates_come_from_the_public_registry_only() {
    for (name, source) in locked() {
        if let Some(source) = source {
            assert_eq!(source, CRATES_IO, "{name}");
        }
    }
}

#[test]
fn no_banned_crate_is_in_the_tree() {
    let deny = root_file("deny.toml");
    let names: BTreeSet<String> = locked().into_iter().map(|(name, _)| name).collect();
    for ban in deny["bans"]["deny"].as_array().expect("a list") {
        let name = ban["crate"].as_str().expect("a name");
        assert!(!names.contains(name), "{name}: {}", ban["reason"]);
    }
}

#[test]
fn expressions_are_read_as_spdx_means_them() {
    let only = |known: &'static str| move |licence: &str| licence == known;
    for (expression, known, expected) in [
        ("MIT", "MIT", true),
        ("MIT", "ISC", false),
        ("MIT OR Apache-2.0", "Apache-2.0", true),
        ("MIT/Apache-2.0", "MIT", true),
        ("MIT AND ISC", "MIT", false),
        ("(MIT OR ISC) AND MIT", "MIT", true),
        ("GPL-2.0 OR MIT AND ISC", "MIT", false),
        ("(GPL-2.0 OR MIT) AND MIT", "MIT", true),
        ("Apache-2.0 WITH LLVM-exception", "Apache-2.0", false),
        ("Apache-2.0 WITH LLVM-exception OR MIT", "MIT", true),
    ] {
        assert_eq!(
            satisfied(expression, &only(known)),
            expected,
            "{expression} with {known}"
        );
    }
}
