//! Where resources start and how their state moves.

use serde_json::json;

use super::fixture::{Catalog, STRICT, problem, refused};
use crate::behaviour::{Mode, Policies};
use crate::domain::descriptor::ApiVersion;
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
