//! What an API file may change of a shared entity, and what an older version takes from the newer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, as the tests do"
)]

use std::fs;

use codegen::domain::descriptor::ApiVersion;
use codegen::model::{Api, Attribute};
use codegen::resolve;
use codegen::source::Sources;

const MANIFEST: &str = "
glossary: glossary.yaml
common: {v4: [common-v4.yaml], v5: [common-v5.yaml, shared-v5.yaml]}
apis: [TMF000-v4.yaml, TMF000-v5.yaml]
";

const COMMON: &str = "
nested_forms: true
operations:
  create: {ok: 201 one, errors: 400}
  patch: {ok: 200 one, errors: 400}
hub:
  entity: Hub
  create: Hub
  listener_status: 204
  operations: {create: {ok: 201 one, errors: default}}
events: {}
entities:
  Hub: {about: A subscription., attributes: {callback: string | Where to.}, forms: [patch]}
";

const SHARED: &str = "
enums:
  Colour: {about: A colour., values: [red, blue]}
entities:
  Part:
    about: A part.
    attributes: {size: integer | How large., colour: Colour | Its colour.}
    write: {required: [size]}
    personal: [size]
";

const API: &str = "
api: TMF000
version: v5
edition: 5.0.0
title: Things
about: Things.
base_paths: [/tmf-api/thing/v5]
resources:
  thing: {label: thing, operations: [create, patch], index: [part.size, owner.id -> thing|other]}
  other: {label: other, operations: [create]}
entities:
  Thing: {about: A thing., attributes: {part: Part, owner: Owner}}
  Owner: {about: An owner., attributes: {id: string}}
  Other: {about: Another thing., attributes: {id: string}}
";

const OLD: &str = "
api: TMF000
version: v4
edition: 4.0.0
title: Things
about: Things.
base_paths: [/tmf-api/thing/v4]
resources:
  thing: {label: thing, operations: [create]}
entities:
  Thing: {attributes: {part: Piece, holder: Piece}, renames: {holder: '.'}}
  Piece: {becomes: Part, attributes: {length: integer, colour: Colour}, renames: {length: size}}
enums:
  Colour: {about: A colour., values: [rouge, blue], becomes: {rouge: red}}
";

/// The little model with an addition to the entities of v5.
fn api(version: ApiVersion, addition: &str) -> Api {
    let model = resolve::resolve(&sources(addition, OLD)).expect("a sound model");
    let mut apis = model.apis.into_iter();
    apis.find(|a| a.version == version).expect("the API")
}

fn sources(addition: &str, old: &str) -> Sources {
    let folder = tempfile::tempdir().expect("folder");
    let api = format!("{API}{addition}");
    for (name, text) in [
        ("manifest.yaml", MANIFEST),
        ("glossary.yaml", "id: Identifier."),
        ("common-v4.yaml", COMMON),
        ("common-v5.yaml", COMMON),
        ("shared-v5.yaml", SHARED),
        ("TMF000-v4.yaml", old),
        ("TMF000-v5.yaml", api.as_str()),
    ] {
        fs::write(folder.path().join(name), text).expect("written");
    }
    Sources::read(folder.path()).expect("files")
}

fn attribute(api: &Api, entity: &str, name: &str) -> Attribute {
    api.entities[entity].attribute(name).expect("it").clone()
}

/// Required on create and on patch.
fn forms(addition: &str) -> (bool, bool) {
    let size = attribute(&api(ApiVersion::V5, addition), "Part", "size");
    (size.required_on_create, size.required_on_patch)
}

#[test]
fn a_change_of_one_form_leaves_the_other() {
    assert_eq!(forms(""), (true, true));
    let amended = |how: &str| forms(&format!("  Part: {{amend: true, {how}}}\n"));
    assert_eq!(amended("patch: {required: []}"), (true, false));
    assert_eq!(amended("create: {required: []}"), (false, true));
    assert_eq!(amended("write: {required: []}"), (false, false));
}

#[test]
fn forms_of_a_shared_entity_can_be_taken_back() {
    let hub = |addition| api(ApiVersion::V5, addition).entities["Hub"].patch_form;
    assert!(hub(""));
    assert!(!hub("  Hub: {amend: true, forms: [none]}\n"));
}

#[test]
fn enums_of_further_files_are_shared() {
    let api = api(ApiVersion::V5, "");
    assert_eq!(api.enums["Colour"].values, ["red", "blue"]);
}

#[test]
fn a_reference_may_lead_to_several_kinds() {
    let api = api(ApiVersion::V5, "");
    let targets: Vec<_> = api.resources[0]
        .indexes
        .iter()
        .map(|i| &i.targets)
        .collect();
    assert_eq!(targets[0], &Vec::<String>::new());
    assert_eq!(targets[1], &["thing", "other"]);
}

#[test]
fn what_is_personal_in_the_newer_version_is_so_in_the_older() {
    let length = attribute(&api(ApiVersion::V4, ""), "Piece", "length");
    assert!(length.personal);
    assert_eq!(length.canonical.as_deref(), Some("size"));
}

#[test]
fn values_may_be_spelt_differently_in_the_newer_version() {
    let pair = ("rouge".to_owned(), "red".to_owned());
    assert_eq!(api(ApiVersion::V4, "").enums["Colour"].stored, [pair]);
    assert_eq!(api(ApiVersion::V5, "").enums["Colour"].stored, []);
}

#[test]
fn what_an_attribute_holds_may_stand_in_the_object_itself() {
    let holder = attribute(&api(ApiVersion::V4, ""), "Thing", "holder");
    assert_eq!(holder.canonical.as_deref(), Some("."));
}

#[test]
fn a_spelling_of_a_value_that_is_not_there() {
    for (value, becomes) in [("rouge", "scarlet"), ("rosso", "red")] {
        let old = OLD.replace("rouge: red", &format!("{value}: {becomes}"));
        let problems = resolve::resolve(&sources("", &old)).expect_err("a mistake");
        let [problem] = problems.0.as_slice() else {
            panic!("{problems:?}");
        };
        assert_eq!(problem.file, "TMF000-v4.yaml");
        assert_eq!(problem.key, format!("enums.Colour.becomes.{value}"));
        assert!(problem.message.contains(becomes), "{problem:?}");
    }
}

/// It is then what is stored, so it lists the indexes; only descriptions come from the newer version.
#[test]
fn an_api_may_end_with_the_older_version() {
    let old = "
api: TMF001
version: v4
edition: 4.0.0
title: Old things
about: Old things.
base_paths: [/tmf-api/oldThing/v4]
resources:
  oldThing: {label: old thing, operations: [create], index: [part.size]}
entities:
  OldThing: {about: An old thing., attributes: {part: Piece}}
  Piece: {becomes: Part, attributes: {size: integer, colour: string}}
";
    let model = resolve::resolve(&sources("", old)).expect("a sound model");
    let api = model.api("TMF001", ApiVersion::V4).expect("the API");
    assert_eq!(api.entities["Piece"].about, "A part.");
    assert_eq!(attribute(api, "Piece", "size").about, "How large.");
    assert_eq!(api.entities["Piece"].canonical, None);
    assert_eq!(api.resources[0].indexes[0].path, "part.size");
}
