//! The program itself: exit statuses, and what it prints and writes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_conformance"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The fixtures of the comparison under the names that the program expects.
fn documents(folder: &Path) -> (PathBuf, PathBuf) {
    let (document, facts) = (
        folder.join("openapi.yaml"),
        folder.join("TMF999-Thing-v5.0.0.yaml"),
    );
    fs::write(&document, include_str!("support/openapi.yaml")).unwrap();
    fs::write(&facts, include_str!("support/facts.yaml")).unwrap();
    (document, facts)
}

#[test]
fn facts_answers_0_1_or_2() {
    let folder = tempfile::tempdir().unwrap();
    let (document, facts) = documents(folder.path());
    let output = program(&["facts", text(&document), text(&facts)]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    let changed = fs::read_to_string(&document)
        .unwrap()
        .replace("version: 5.0.0", "version: 5.9.9");
    fs::write(&document, changed).unwrap();
    let output = program(&["facts", text(&document), text(&facts)]);
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(
        table.contains("version  expected 5.0.0, found 5.9.9"),
        "{table}"
    );

    let output = program(&["facts", text(&document), text(&facts), "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["unexplained"][0]["at"], "version");

    let deviations = folder.path().join("deviations.yaml");
    let entry = "- {api: TMF999, version: v5, where: version, difference: '*', why: a test}\n";
    fs::write(&deviations, entry).unwrap();
    let accepted = program(&[
        "facts",
        text(&document),
        text(&facts),
        "--deviations",
        text(&deviations),
    ]);
    assert_eq!(accepted.status.code(), Some(0), "{accepted:?}");

    let output = program(&["facts", "no-such-file.json", text(&facts)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("no-such-file.json")
    );
}

#[test]
fn run_answers_2_without_a_server_and_names_the_profiles() {
    // A port that was free a moment ago; nothing listens on it.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    drop(socket);
    let output = program(&["run", "--url", &url]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let output = program(&["run", "--url", &url, "--header", "malformed"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("malformed")
    );
    let output = program(&["profiles"]);
    let list = String::from_utf8(output.stdout).unwrap();
    assert!(
        list.contains("TMF620 v4") && list.contains("TMF620 v5"),
        "{list}"
    );
}
