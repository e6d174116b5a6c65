//! Where resources start and how their state moves.

use serde_json::json;

use super::fixture::{Catalog, Policies, STRICT, problem, refused};
use crate::domain::descriptor::ApiVersion;
use crate::domain::mode::Mode;
use crate::domain::problem::Code;

const KINDS: [&str; 5] = [
    "productCatalog",
    "category",
    "productOffering",
    "productOfferingPrice",
    "productSpecification",
];

#[test]
fn a_bare_name_gets_the_first_state_and_nothing_else() {
    let catalog = Catalog::strict();
    for kind in KINDS {
        let doc = catalog.bare(kind, "1");
        assert_eq!(doc["lifecycleStatus"], "In Study", "{kind}");
        let mut names: Vec<&String> = doc.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(
            names,
            ["@type", "lastUpdate", "lifecycleStatus", "name"],
            "{kind}"
        );
    }
}

#[test]
fn moves_follow_the_life_cycle() {
    let catalog = Catalog::strict();
    catalog.bare("productOffering", "1");
    for state in ["In Design", "In Test", "Active", "Launched", "Retired"] {
        let patch = json!({ "lifecycleStatus": state });
        let doc = catalog.patch("productOffering", "1", patch).unwrap();
        assert_eq!(doc["lifecycleStatus"], state);
    }
    let back = catalog.patch(
        "productOffering",
        "1",
        json!({ "lifecycleStatus": "Active" }),
    );
    let refusal = problem(back);
    assert_eq!(refusal.code, Code::BadTransition);
    assert!(refusal.message.contains("Obsolete"), "{}", refusal.message);
    assert_eq!(
        catalog.stored("productOffering", "1")["lifecycleStatus"],
        "Retired"
    );
}

#[test]
fn a_state_stays_when_a_patch_removes_it() {
    let catalog = Catalog::strict();
    let body = json!({ "name": "n", "lifecycleStatus": "Active" });
    catalog.create("productOffering", "1", body).unwrap();
    let patch = json!({ "lifecycleStatus": null, "description": "d" });
    let doc = catalog
        .patch_as(ApiVersion::V5, "productOffering", "1", patch)
        .unwrap();
    assert_eq!(doc["lifecycleStatus"], "Active");
    assert_eq!(doc["description"], "d");
}

#[test]
fn foreign_states_by_switch() {
    let body = json!({ "name": "n", "lifecycleStatus": "Piloted" });
    let strict = Catalog::strict().create("category", "1", body.clone());
    assert_eq!(
        refused(strict),
        (Code::InvalidBody, vec!["/lifecycleStatus".to_owned()])
    );
    for mode in [Mode::Warn, Mode::Off] {
        let catalog = Catalog::with(Policies {
            lifecycle: mode,
            ..STRICT
        });
        let doc = catalog.create("category", "1", body.clone()).unwrap();
        assert_eq!(doc["lifecycleStatus"], "Piloted");
        let doc = catalog
            .patch("category", "1", json!({ "lifecycleStatus": "Obsolete" }))
            .unwrap();
        assert_eq!(doc["lifecycleStatus"], "Obsolete");
        assert_eq!(catalog.bare("category", "2")["lifecycleStatus"], "In Study");
    }
}

#[test]
fn an_offered_version_is_what_an_id_means() {
    let catalog = Catalog::strict();
    let version = |number: &str, state: &str| json!({ "name": number, "version": number, "lifecycleStatus": state });
    catalog
        .create("productOffering", "1", version("1.0", "Launched"))
        .unwrap();
    catalog
        .create("productOffering", "1", version("2.0", "In Design"))
        .unwrap();
    assert_eq!(catalog.stored("productOffering", "1")["version"], "1.0");
    catalog
        .create("productOffering", "1", version("3.0", "active"))
        .unwrap();
    assert_eq!(catalog.stored("productOffering", "1")["version"], "3.0");
}

/// States of an operator's own, as they stand in a file.
fn with_states(text: &str) -> Catalog {
    let table: toml::Table = toml::from_str(text).unwrap();
    Catalog::with_states(STRICT, &table.try_into().unwrap())
}

#[test]
fn an_operator_has_states_of_its_own() {
    let catalog = with_states(
        "[productOffering]
        states = ['Draft', 'On Sale', 'Gone']
        default = 'Draft'
        initial = ['Draft']
        active = ['On Sale']
        ended = ['Gone']
        moves.Draft = ['On Sale']
        moves.'On Sale' = ['Gone']",
    );
    let doc = catalog.bare("productOffering", "1");
    assert_eq!(doc["lifecycleStatus"], "Draft");
    let leap = json!({ "lifecycleStatus": "Gone" });
    let refusal = problem(catalog.patch("productOffering", "1", leap));
    assert_eq!(refusal.code, Code::BadTransition);
    assert!(refusal.message.contains("On Sale"), "{}", refusal.message);
    let sale = json!({ "lifecycleStatus": "On Sale" });
    catalog.patch("productOffering", "1", sale).unwrap();
    // Other kinds keep theirs.
    assert_eq!(catalog.bare("category", "c")["lifecycleStatus"], "In Study");
}

#[test]
fn an_operators_states_mean_what_it_says() {
    let catalog = with_states(
        "[productOffering]
        active = ['In Test']
        ended = ['Obsolete']",
    );
    catalog.bare("category", "c");
    let offering = |version: &str, state: &str| json!({ "name": version, "version": version, "lifecycleStatus": state, "category": [{ "id": "c" }] });
    // What is active is what the id means.
    for (version, state) in [("1.0", "In Test"), ("2.0", "Launched")] {
        let body = offering(version, state);
        catalog.create("productOffering", "o", body).unwrap();
    }
    assert_eq!(catalog.stored("productOffering", "o")["version"], "1.0");
    catalog.delete("productOffering", "o").unwrap();
    // What has not ended keeps what it refers to.
    catalog
        .create("productOffering", "p", offering("1.0", "Retired"))
        .unwrap();
    let kept = problem(catalog.delete("category", "c"));
    assert_eq!(kept.code, Code::StillReferenced);
    let end = json!({ "lifecycleStatus": "Obsolete" });
    catalog.patch("productOffering", "p", end).unwrap();
    catalog.delete("category", "c").unwrap();
}

#[test]
fn a_machine_has_a_mode_of_its_own() {
    let catalog = with_states("[category]\nmode = 'warn'");
    let foreign = json!({ "name": "n", "lifecycleStatus": "Piloted" });
    catalog.create("category", "1", foreign.clone()).unwrap();
    let strict = catalog.create("productOffering", "1", foreign);
    assert_eq!(refused(strict).0, Code::InvalidBody);
}
