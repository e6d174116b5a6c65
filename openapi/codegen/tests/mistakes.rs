//! A mistake in the model is reported with its file and key, and all of them in one run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "helpers of tests fail by panicking, as the tests do"
)]

use std::fs;
use std::path::Path;

use codegen::problem::Problem;
use codegen::resolve;
use codegen::source::Sources;

const MANIFEST: &str = "
glossary: glossary.yaml
common: {v5: [common-v5.yaml, shared-v5.yaml]}
apis: [TMF000-v5.yaml]
";

const COMMON: &str = "
nested_forms: true
operations:
  list: {query: fields, ok: 200 many, errors: 400}
  create: {ok: 201 one, errors: 400}
hub:
  entity: Hub
  create: Hub
  listener_status: 204
  operations: {create: {ok: 201 one, errors: default}}
events: {}
entities:
  Hub: {about: A subscription., attributes: {callback: string | Where to.}, required: [callback]}
";

const SHARED: &str = "
entities:
  Maker: {about: Who made it., attributes: {name: string | Its name.}, write: {required: [name]}}
";

const API: &str = "
api: TMF000
version: v5
edition: 5.0.0
title: Things
about: Things.
base_paths: [/tmf-api/thing/v5]
resources:
  thing:
    label: thing
    operations: [list, create]
    events: [Create]
    index: [name]
entities:
  Thing:
    about: A thing.
    attributes:
      name: string | Its name.
      part: Part[] | What it is made of.
  Part: {about: A part., attributes: {size: integer | How large.}}
";

/// Problems of the sound little model above with one file changed.
fn problems(file: &str, change: impl Fn(&str) -> String) -> Vec<Problem> {
    let folder = tempfile::tempdir().expect("folder");
    for (name, text) in [
        ("manifest.yaml", MANIFEST),
        ("glossary.yaml", "id: Identifier."),
        ("common-v5.yaml", COMMON),
        ("shared-v5.yaml", SHARED),
        ("TMF000-v5.yaml", API),
    ] {
        let text = if name == file {
            change(text)
        } else {
            text.to_owned()
        };
        fs::write(folder.path().join(name), text).expect("written");
    }
    match read(folder.path()) {
        Ok(()) => Vec::new(),
        Err(problems) => problems,
    }
}

fn read(folder: &Path) -> Result<(), Vec<Problem>> {
    let sources = Sources::read(folder).map_err(|p| p.0)?;
    resolve::resolve(&sources).map_err(|p| p.0)?;
    Ok(())
}

/// Replaces a text of the API file and expects one problem at that key.
fn expect(from: &str, to: &str, key: &str, message: &str) {
    let found = problems("TMF000-v5.yaml", |text| {
        assert!(text.contains(from), "`{from}` is not in the model");
        text.replacen(from, to, 1)
    });
    let at = |p: &&Problem| p.file == "TMF000-v5.yaml" && p.key == key;
    let hit = found
        .iter()
        .find(at)
        .unwrap_or_else(|| panic!("nothing at {key}: {found:?}"));
    assert!(hit.message.contains(message), "{hit}");
}

#[test]
fn the_little_model_is_sound() {
    assert_eq!(problems("", str::to_owned), []);
}

#[test]
fn unknown_types_and_entities() {
    expect(
        "Part[]",
        "Parts[]",
        "entities.Thing.attributes.part",
        "`Parts` is neither",
    );
    expect(
        "about: A part.,",
        "about: A part., extends: [Nothing],",
        "entities.Part.extends",
        "there is no entity `Nothing`",
    );
    expect(
        "about: A part.,",
        "about: A part., subtypes: [Nothing],",
        "entities.Part.subtypes",
        "there is no entity `Nothing`",
    );
    expect(
        "  thing:\n",
        "  things:\n",
        "resources.things.entity",
        "there is no entity `Things`",
    );
}

#[test]
fn circular_parents() {
    expect(
        "about: A part.,",
        "about: A part., extends: [Part],",
        "entities.Part.extends",
        "its own ancestor",
    );
}

#[test]
fn missing_descriptions() {
    expect(
        "about: A thing.\n",
        "required: []\n",
        "entities.Thing.about",
        "missing",
    );
    expect(
        " | How large.",
        "",
        "entities.Part.attributes.size",
        "missing",
    );
}

#[test]
fn the_glossary_describes_what_has_no_text() {
    let found = problems("TMF000-v5.yaml", |text| {
        text.replace(
            "name: string | Its name.",
            "name: string | Its name.\n      id: string",
        )
    });
    assert_eq!(found, []);
}

#[test]
fn names_of_attributes_that_do_not_exist() {
    for (key, list) in [
        ("required", "required: [colour]"),
        ("create.required", "create: {required: [colour]}"),
        ("patch.without", "patch: {without: [colour]}"),
        ("personal", "personal: [colour]"),
    ] {
        let to = format!("about: A part., {list},");
        let at = format!("entities.Part.{key}");
        expect(
            "about: A part.,",
            &to,
            &at,
            "there is no attribute `colour`",
        );
    }
    expect(
        "    index:",
        "    supplied: [colour]\n    index:",
        "resources.thing.supplied",
        "`colour`",
    );
    expect(
        "    index:",
        "    state: colour\n    index:",
        "resources.thing.state",
        "`colour`",
    );
}

#[test]
fn indexes() {
    let at = "resources.thing.index";
    expect("[name]", "[part.weight]", at, "no such attribute");
    expect("[name]", "[part]", at, "only scalars");
    expect("[name]", "[name counted]", at, "is not PATH");
    expect("[name]", "['name -> nothing']", at, "which is no kind");
    expect("[name]", "['name -> thing|nothing']", at, "`nothing`");
    assert_eq!(
        problems("TMF000-v5.yaml", |t| t.replace("[name]", "[part.size]")),
        []
    );
}

#[test]
fn shared_files() {
    let twice = problems("shared-v5.yaml", |t| t.replace("Maker", "Hub"));
    let at = |p: &&Problem| p.file == "shared-v5.yaml" && p.key == "entities.Hub";
    let hit = twice.iter().find(at).expect("a problem");
    assert!(hit.message.contains("common-v5.yaml"), "{hit}");
    let none = problems("manifest.yaml", |t| {
        t.replace("[common-v5.yaml, shared-v5.yaml]", "[]")
    });
    assert!(
        none.iter().any(|p| p.message.contains("at least one file")),
        "{none:?}"
    );
    expect(
        "Part: {",
        "Owner: {amend: true}\n  Part: {",
        "entities.Owner.amend",
        "no shared entity",
    );
}

#[test]
fn operations_and_events() {
    expect(
        "[list, create]",
        "[list, lend]",
        "resources.thing.operations",
        "`lend`",
    );
    expect(
        "[list, create]",
        "[list, patch]",
        "resources.thing.operations",
        "how `patch` behaves",
    );
    expect(
        "[Create]",
        "[Created]",
        "resources.thing.events",
        "`Created`",
    );
    expect(
        "    index: [name]",
        "    index: [name]\n    loose: [nothing]",
        "resources.thing.loose",
        "`nothing` is no kind",
    );
    expect(
        "resources:",
        "events: {listeners: {ThingDeleteEvent: gone}}\nresources:",
        "events.listeners.ThingDeleteEvent",
        "no event of that type",
    );
    let found = problems("common-v5.yaml", |t| t.replace("200 many", "200 lots"));
    assert!(
        found.iter().any(|p| p.message.contains("200 lots")),
        "{found:?}"
    );
}

#[test]
fn a_repeated_or_unknown_key_is_told_with_its_line() {
    let twice = problems("TMF000-v5.yaml", |t| {
        t.replace("  Part:", "  Thing: {about: Again.}\n  Part:")
    });
    assert!(
        twice
            .iter()
            .any(|p| p.message.contains("`Thing` is written twice")),
        "{twice:?}"
    );
    assert!(
        twice.iter().all(|p| p.key.starts_with("line ")),
        "{twice:?}"
    );
    let unknown = problems("TMF000-v5.yaml", |t| {
        t.replace("    index:", "    indices:")
    });
    assert!(
        unknown.iter().any(|p| p.message.contains("indices")),
        "{unknown:?}"
    );
}

#[test]
fn all_mistakes_are_told_together() {
    let found = problems("TMF000-v5.yaml", |t| {
        t.replace("Part[]", "Parts[]").replace("[name]", "[size]")
    });
    assert_eq!(found.len(), 2, "{found:?}");
}
