//! The structure of the source: who uses whom, how long files get, and the map in `lib.rs`.

mod rules;
mod samples;
mod tokens;

use std::path::{Path, PathBuf};

/// A file longer than this has more than one subject.
const LINES_MAX: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder of the repository, sorted; none when there is no such folder.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The path below a folder of the repository, with forward slashes.
fn below(path: &Path, folder: &str) -> String {
    let relative = path
        .strip_prefix(root().join(folder))
        .expect("a path below it");
    relative.to_string_lossy().replace('\\', "/")
}

/// The top-level modules: folders and files directly in `src/`.
fn layers() -> Vec<String> {
    let mut layers: Vec<String> = rust_files("src")
        .iter()
        .map(|path| below(path, "src"))
        .filter_map(|path| Some(path.split(['/', '.']).next()?.to_owned()))
        .filter(|name| name != "lib" && name != "main")
        .collect();
    layers.dedup();
    layers
}

/// Written by the code generator, which says so in the first line.
fn is_generated(path: &Path) -> bool {
    below(path, "").starts_with("src/api/generated/")
}

#[test]
fn layers_use_only_what_they_may() {
    let layers = layers();
    assert!(
        layers.iter().any(|layer| layer == "domain"),
        "no source found: {layers:?}"
    );
    let found: Vec<String> = rust_files("src")
        .iter()
        .flat_map(|path| rules::violations(&below(path, "src"), &read(path), &layers))
        .collect();
    assert!(
        found.is_empty(),
        "{} violations:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn hand_written_files_stay_short() {
    let folders = [
        "src",
        "tests",
        "benches",
        "openapi/codegen",
        "sample/numbering",
        "conformance",
    ];
    let long: Vec<String> = folders
        .into_iter()
        .flat_map(rust_files)
        .filter(|path| !is_generated(path))
        .map(|path| (read(&path).lines().count(), path))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, path)| format!("{}: {lines} lines", below(&path, "")))
        .collect();
    assert!(
        long.is_empty(),
        "more than {LINES_MAX} lines, split them:\n{}",
        long.join("\n")
    );
}

#[test]
fn generated_files_say_so() {
    for path in rust_files("src").iter().filter(|path| is_generated(path)) {
        let text = read(path);
        let first = text.lines().next().unwrap_or("").to_lowercase();
        assert!(
            first.starts_with("//") && first.contains("generated"),
            "{}: the first line must say that it is generated",
            below(path, "")
        );
    }
}

#[test]
fn the_library_has_a_map_of_its_modules() {
    let text = read(&root().join("src/lib.rs"));
    let map: String = text
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .collect();
    assert!(
        !map.trim().is_empty(),
        "src/lib.rs begins with a map of the modules"
    );
    let words = tokens::tokens(&text);
    let declared = words
        .windows(2)
        .filter_map(|pair| (pair[0].text == "mod").then_some(&pair[1].text));
    let missing: Vec<&String> = declared
        .filter(|name| !map.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "src/lib.rs: the map does not mention {missing:?}"
    );
}
