//! What calls of the log may name, read from the sources: sentences for clients and documents hold
//! values, so neither goes there.

use std::fs;
use std::path::{Path, PathBuf};

/// Pieces of a call that would bring values of clients along, and what to write instead.
const FORBIDDEN: [(&str, &str); 10] = [
    ("%problem,", "problem = %problem.logged()"),
    ("%problem)", "problem = %problem.logged()"),
    ("problem.message", "problem = %problem.logged()"),
    ("?problem", "problem = %problem.logged()"),
    ("?row", "its kind and id"),
    ("?doc", "nothing of a document"),
    ("%doc", "nothing of a document"),
    (".doc", "nothing of a document"),
    ("body", "nothing of a body"),
    ("query_string", "nothing of a query"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The text of each call of a macro of `tracing`, with its line.
fn calls(source: &str) -> Vec<(usize, &str)> {
    let mut calls = Vec::new();
    let mut from = 0;
    while let Some(at) = source[from..].find("tracing::").map(|at| from + at) {
        from = at + "tracing::".len();
        let rest = &source[from..];
        let name = rest.find(|c: char| !c.is_ascii_alphabetic() && c != '_');
        let Some(name) = name.filter(|name| rest[*name..].starts_with("!(")) else {
            continue;
        };
        let mut depth = 0;
        let end = rest[name..].find(|letter| {
            depth += i32::from(letter == '(') - i32::from(letter == ')');
            letter == ')' && depth == 0
        });
        let call = &rest[..name + end.expect("the end of a call") + 1];
        calls.push((source[..at].lines().count(), call));
    }
    calls
}

#[test]
fn no_call_of_the_log_takes_what_clients_sent() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in files {
        let source = fs::read_to_string(&path).expect("a source");
        for (line, call) in calls(&source) {
            seen += 1;
            for (piece, instead) in FORBIDDEN {
                if call.contains(piece) {
                    wrong.push(format!("{}:{line}: {piece}: log {instead}", path.display()));
                }
            }
        }
    }
    assert!(seen > 30, "only {seen} calls were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn calls_are_found_whole() {
    let source =
        "a\ntracing::warn!(x = f(1), \"b\"); tracing::Subscriber; tracing::info_span!(\"c\");";
    assert_eq!(
        calls(source),
        [(1, "warn!(x = f(1), \"b\")"), (2, "info_span!(\"c\")")]
    );
}
