//! Deletions of what is referred to.

use serde_json::{Value, json};

use super::fixture::{Catalog, Policies, STRICT, problem};
use crate::domain::mode::Mode;
use crate::domain::problem::Code;

fn offering_in(category: &str, state: &str) -> Value {
    json!({ "name": "n", "lifecycleStatus": state, "category": [{ "id": category }] })
}

#[test]
fn what_is_referred_to_stays() {
    let catalog = Catalog::strict();
    catalog.bare("category", "c");
    catalog
        .create("productOffering", "o", offering_in("c", "Active"))
        .unwrap();
    let refusal = problem(catalog.delete("category", "c"));
    assert_eq!(refusal.code, Code::StillReferenced);
    assert!(
        refusal.message.contains("productOffering 'o' (n)"),
        "{}",
        refusal.message
    );
    catalog.delete("productOffering", "o").unwrap();
    catalog.delete("category", "c").unwrap();
}

#[test]
fn five_referrers_are_named() {
    let catalog = Catalog::strict();
    catalog.bare("category", "c");
    for number in 0..7 {
        let id = format!("o{number}");
        catalog
            .create("productOffering", &id, offering_in("c", "In Test"))
            .unwrap();
    }
    assert_eq!(problem(catalog.delete("category", "c")).violations.len(), 5);
}

#[test]
fn history_holds_nothing_in_place() {
    for state in ["Retired", "retired"] {
        let catalog = Catalog::strict();
        catalog.bare("category", "c");
        catalog
            .create("productOffering", "o", offering_in("c", state))
            .unwrap();
        catalog.delete("category", "c").unwrap();
    }
}

#[test]
fn live_referrers_are_found_behind_many_that_are_history() {
    let catalog = Catalog::strict();
    catalog.bare("category", "c");
    for number in 0..70 {
        let id = format!("old{number}");
        catalog
            .create("productOffering", &id, offering_in("c", "Retired"))
            .unwrap();
    }
    catalog
        .create("productOffering", "live", offering_in("c", "Active"))
        .unwrap();
    let refusal = problem(catalog.delete("category", "c"));
    assert!(refusal.message.contains("'live'"), "{}", refusal.message);
    assert_eq!(refusal.violations.len(), 1);
}

#[test]
fn an_embedded_value_of_the_same_id_is_no_referrer() {
    let catalog = Catalog::strict();
    catalog.bare("productOfferingPrice", "p");
    let body = json!({ "name": "n", "productOfferingPrice": [{ "id": "p", "name": "own", "priceType": "usage" }] });
    catalog.create("productOffering", "o", body).unwrap();
    catalog.delete("productOfferingPrice", "p").unwrap();
}

#[test]
fn parents_and_members_are_referred_to() {
    let catalog = Catalog::strict();
    catalog.bare("category", "top");
    catalog
        .create("category", "sub", json!({ "name": "n", "parentId": "top" }))
        .unwrap();
    assert_eq!(
        problem(catalog.delete("category", "top")).code,
        Code::StillReferenced
    );
    catalog.bare("productOffering", "member");
    let bundle =
        json!({ "name": "b", "isBundle": true, "bundledProductOffering": [{ "id": "member" }] });
    catalog.create("productOffering", "bundle", bundle).unwrap();
    assert_eq!(
        problem(catalog.delete("productOffering", "member")).code,
        Code::StillReferenced
    );
}

#[test]
fn a_reference_of_another_version_of_itself_does_not_count() {
    let catalog = Catalog::strict();
    catalog
        .create(
            "productOffering",
            "o",
            json!({ "name": "n", "version": "1" }),
        )
        .unwrap();
    let next = json!({
        "name": "n", "version": "2",
        "productOfferingRelationship": [{
            "@type": "ProductOfferingRelationship", "id": "o", "version": "1", "relationshipType": "replaces"
        }]
    });
    catalog.create_stored("productOffering", "o", next).unwrap();
    catalog.delete("productOffering", "o").unwrap();
}

#[test]
fn the_guard_follows_the_switch() {
    for (mode, stays) in [(Mode::Warn, true), (Mode::Off, false)] {
        let catalog = Catalog::with(Policies {
            references: mode,
            ..STRICT
        });
        catalog.bare("category", "c");
        catalog
            .create("productOffering", "o", offering_in("c", "Active"))
            .unwrap();
        assert_eq!(catalog.delete("category", "c").is_err(), stays, "{mode:?}");
    }
}

#[test]
fn one_of_several_versions_may_go_but_not_the_last() {
    let catalog = Catalog::strict();
    for version in ["1", "2"] {
        let body = json!({ "name": "n", "version": version });
        catalog.create("category", "c", body).unwrap();
    }
    catalog
        .create("productOffering", "o", offering_in("c", "Active"))
        .unwrap();
    assert_eq!(
        problem(catalog.delete("category", "c")).code,
        Code::StillReferenced
    );
    catalog.delete_version("category", "c", "1").unwrap();
    let last = catalog.delete_version("category", "c", "2");
    assert_eq!(problem(last).code, Code::StillReferenced);
    assert_eq!(catalog.stored("category", "c")["version"], "2");
}
