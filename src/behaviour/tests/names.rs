//! Names in references follow the resources that they name.

use serde_json::json;

use super::fixture::Catalog;
use crate::domain::descriptor::ApiVersion;

#[test]
fn what_refers_to_a_category_gets_its_new_name() {
    let store = Catalog::strict();
    store.bare("category", "c");
    assert_eq!(store.work(), 0);
    let body = json!({ "name": "n", "category": [{ "id": "c" }] });
    // More than are written at once.
    for at in 0..103 {
        store
            .create("productOffering", &format!("o{at}"), body.clone())
            .unwrap();
    }
    store
        .patch("category", "c", json!({ "description": "d" }))
        .unwrap();
    assert_eq!(store.work(), 0, "the name is the same");
    store
        .patch("category", "c", json!({ "name": "renamed" }))
        .unwrap();
    assert_eq!(store.work(), 1);
    for at in 0..103 {
        let doc = store.stored("productOffering", &format!("o{at}"));
        assert_eq!(doc["category"][0]["name"], "renamed", "o{at}");
    }
    assert_eq!(store.work(), 0, "offerings are not referred to");
}

#[test]
fn nothing_is_to_be_done_for_what_nobody_refers_to() {
    let store = Catalog::strict();
    store.bare("category", "c");
    store
        .patch("category", "c", json!({ "name": "renamed" }))
        .unwrap();
    assert_eq!(store.work(), 0);
}

#[test]
fn a_name_goes_from_the_person_over_the_role_to_the_account() {
    let store = Catalog::strict();
    let customer = json!({
        "@type": "Customer", "name": "Household",
        "engagedParty": { "@type": "Individual", "id": "ada", "givenName": "Ada", "familyName": "Byron" }
    });
    store.create_stored("customer", "c", customer).unwrap();
    let holder = json!({
        "@type": "RelatedPartyRefOrPartyRoleRef", "role": "owner",
        "partyOrPartyRole": { "@type": "PartyRoleRef", "id": "c" }
    });
    let account = json!({ "@type": "BillingAccount", "name": "Main", "relatedParty": [holder] });
    store.create_stored("billingAccount", "b", account).unwrap();
    let married = json!({ "familyName": "King" });
    store
        .patch_as(ApiVersion::V5, "individual", "ada", married)
        .unwrap();
    assert_eq!(store.work(), 2, "one for the person and one for the role");
    let customer = store.stored("customer", "c");
    assert_eq!(customer["engagedParty"]["name"], "Ada King");
    assert_eq!(customer["name"], "Household");
    let account = store.stored("billingAccount", "b");
    let said = &account["relatedParty"][0]["partyOrPartyRole"];
    assert_eq!(said["partyName"], "Ada King");
    assert_eq!(said["name"], "Household");
}

#[test]
fn a_new_version_with_another_name_is_told_of() {
    let store = Catalog::strict();
    let specification = |name: &str, version: &str| json!({ "name": name, "version": version, "lifecycleStatus": "Active" });
    store
        .create("productSpecification", "s", specification("Old", "1.0"))
        .unwrap();
    let offering = json!({ "name": "n", "productSpecification": { "id": "s" } });
    store.create("productOffering", "o", offering).unwrap();
    store
        .create("productSpecification", "s", specification("New", "2.0"))
        .unwrap();
    assert_eq!(store.work(), 1);
    let offering = store.stored("productOffering", "o");
    assert_eq!(offering["productSpecification"]["name"], "New");
}
