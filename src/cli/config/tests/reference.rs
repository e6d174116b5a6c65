//! The defaults file as documentation: complete, commented, and the source of
//! `docs/configuration.md`.

use std::collections::BTreeSet;
use std::path::Path;

use super::super::layers::variable_name;
use super::super::{DEFAULTS, check};
use super::defaults;

/// One setting of `default.toml` as it stands there.
struct Entry {
    section: String,
    name: String,
    default: String,
    comment: String,
}

impl Entry {
    fn key(&self) -> String {
        match self.section.as_str() {
            "" => self.name.clone(),
            section => format!("{section}.{}", self.name),
        }
    }
}

/// The settings and the sections, each with the comment right above it.
fn entries() -> (Vec<Entry>, Vec<(String, String)>) {
    let (mut entries, mut sections) = (Vec::new(), Vec::new());
    let mut section = String::new();
    let mut comment: Vec<&str> = Vec::new();
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            sections.push((section.clone(), comment.join(" ")));
            comment.clear();
        } else if let Some((name, default)) = line.split_once(" = ") {
            entries.push(Entry {
                section: section.clone(),
                name: name.to_owned(),
                default: default.to_owned(),
                comment: comment.join(" "),
            });
            comment.clear();
        } else {
            assert!(line.is_empty(), "neither comment nor setting: {line}");
            comment.clear();
        }
    }
    (entries, sections)
}

fn keys_of(table: &toml::Table) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (name, value) in table {
        match value.as_table() {
            Some(inner) => keys.extend(inner.keys().map(|key| format!("{name}.{key}"))),
            None => {
                keys.insert(name.clone());
            }
        }
    }
    keys
}

#[test]
fn every_setting_stands_in_the_defaults_with_a_comment_and_the_reverse() {
    let (entries, sections) = entries();
    let written: BTreeSet<String> = entries.iter().map(Entry::key).collect();
    let used = toml::Table::try_from(defaults().config).expect("the settings are a table");
    assert_eq!(keys_of(&used), written);
    for entry in &entries {
        assert!(entry.comment.len() > 20, "{} needs a comment", entry.key());
    }
    for (name, comment) in sections {
        assert!(!comment.is_empty(), "[{name}] needs a comment");
    }
}

#[test]
fn every_number_has_a_range_that_its_comment_states() {
    let (entries, _) = entries();
    let mut ranged = BTreeSet::new();
    for entry in &entries {
        let key = entry.key();
        let first = entry.default.trim_start_matches('[').chars().next();
        let number = first.is_some_and(|c| c.is_ascii_digit());
        let range = check::RANGES.iter().find(|(known, _)| *known == key);
        assert_eq!(number, range.is_some(), "{key}");
        let Some((_, range)) = range else { continue };
        let stated = format!("rom {} to {}", range.start(), range.end());
        assert!(
            entry.comment.contains(&stated),
            "{key}: comment must say `{stated}`"
        );
        ranged.insert(key);
    }
    assert_eq!(
        ranged.len(),
        check::RANGES.len(),
        "a range without a setting"
    );
}

/// The part of `docs/configuration.md` below its marker: every setting in tables.
fn reference() -> String {
    let (entries, sections) = entries();
    let mut text = table(&entries, "");
    for (section, comment) in &sections {
        text += &format!(
            "\n### `[{section}]`\n\n{comment}\n\n{}",
            table(&entries, section)
        );
    }
    text
}

fn table(entries: &[Entry], section: &str) -> String {
    let mut text = "| Setting | Default | Variable | Meaning |\n|---|---|---|---|\n".to_owned();
    for entry in entries.iter().filter(|entry| entry.section == section) {
        text += &format!(
            "| `{}` | `{}` | `{}` | {} |\n",
            entry.name,
            entry.default,
            variable_name(&entry.key()),
            entry.comment.replace('|', "\\|"),
        );
    }
    text
}

#[test]
fn the_reference_in_docs_is_fresh() {
    const MARKER: &str = "<!-- generated from src/cli/config/default.toml -->\n\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let text = std::fs::read_to_string(&path).expect("docs/configuration.md");
    let (head, written) = text
        .split_once(MARKER)
        .expect("the marker in docs/configuration.md");
    let fresh = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{head}{MARKER}{fresh}")).expect("writable docs");
        return;
    }
    assert!(
        written == fresh,
        "docs/configuration.md is stale: run UPDATE_DOCS=1 cargo test --lib the_reference_in_docs"
    );
}
