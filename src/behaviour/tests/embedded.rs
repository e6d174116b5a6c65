//! Parties that are sent inside other resources.

use serde_json::{Value, json};

use super::fixture::{Catalog, invalid_at, refused};
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::Code;

fn customer(party: Value) -> Value {
    json!({ "@type": "Customer", "name": "Ada", "engagedParty": party })
}

fn ada() -> Value {
    json!({ "@type": "Individual", "givenName": "Ada", "familyName": "Moss" })
}

fn related(role: &str, party: Value) -> Value {
    json!({ "@type": "RelatedPartyOrPartyRole", "role": role, "partyOrPartyRole": party })
}

#[test]
fn a_customer_brings_its_party() {
    let store = Catalog::strict();
    let doc = store
        .create_stored("customer", "c", customer(ada()))
        .unwrap();
    let reference = &doc["engagedParty"];
    let id = reference["id"].as_str().expect("an id");
    assert_eq!(reference["@type"], "PartyRef");
    assert_eq!(reference["@referredType"], "Individual");
    assert_eq!(reference["name"], "Ada Moss");
    assert_eq!(reference["href"], format!("tollgate:individual/{id}"));
    assert!(reference.get("givenName").is_none());
    let person = store.stored("individual", id);
    assert_eq!(person["givenName"], "Ada");
    assert_eq!(person["status"], "initialized", "its own rules were asked");
}

#[test]
fn what_is_wrong_with_the_party_is_said_where_it_stands() {
    let store = Catalog::strict();
    let nameless = json!({ "@type": "Individual", "givenName": "Ada", "birthDate": "soon" });
    let (code, mut pointers) = refused(store.create_stored("customer", "c", customer(nameless)));
    pointers.sort();
    assert_eq!(code, Code::InvalidBody);
    assert_eq!(
        pointers,
        ["/engagedParty/birthDate", "/engagedParty/familyName"]
    );
    let mut odd = ada();
    odd["status"] = json!("deceased");
    let (code, pointers) = refused(store.create_stored("customer", "c", customer(odd)));
    assert_eq!(code, Code::BadTransition);
    assert_eq!(pointers, ["/engagedParty/status"]);
    let role = json!({ "@type": "PartyRole", "name": "Agent", "engagedParty": ada() });
    invalid_at(
        store.create_stored("customer", "c", customer(role)),
        &["/engagedParty/@type"],
    );
    assert_eq!(store.count("individual"), 0, "nothing of it was kept");
    assert_eq!(store.count("customer"), 0);
}

#[test]
fn a_refused_customer_leaves_no_party_behind() {
    let store = Catalog::strict();
    let mut doc = customer(ada());
    doc["account"] = json!([{ "@type": "AccountRef", "id": "none" }]);
    let (code, _) = refused(store.create_stored("customer", "c", doc));
    assert_eq!(code, Code::UnknownReference);
    assert_eq!(store.count("individual"), 0);
}

#[test]
fn a_party_that_is_there_is_referred_to() {
    let store = Catalog::strict();
    store.create_stored("individual", "ada", ada()).unwrap();
    let again =
        json!({ "@type": "Individual", "id": "ada", "givenName": "Eve", "familyName": "Moss" });
    let doc = store
        .create_stored("customer", "c", customer(again))
        .unwrap();
    assert_eq!(doc["engagedParty"]["id"], "ada");
    assert_eq!(doc["engagedParty"]["name"], "Ada Moss");
    assert_eq!(store.stored("individual", "ada")["givenName"], "Ada");
    // Little more than an id is a reference, whatever its type.
    let bare = json!({ "@type": "Individual", "id": "eve", "name": "Eve" });
    let (code, pointers) = refused(store.create_stored("customer", "d", customer(bare)));
    assert_eq!(
        (code, pointers),
        (Code::UnknownReference, vec!["/engagedParty".to_owned()])
    );
    // One with an id of its own keeps it.
    let own =
        json!({ "@type": "Individual", "id": "eve", "givenName": "Eve", "familyName": "Moss" });
    let doc = store.create_stored("customer", "d", customer(own)).unwrap();
    assert_eq!(doc["engagedParty"]["id"], "eve");
    assert_eq!(store.stored("individual", "eve")["givenName"], "Eve");
}

#[test]
fn related_parties_and_what_they_bring_themselves() {
    let store = Catalog::strict();
    let firm = json!({ "@type": "Organization", "name": "Moss Ltd", "relatedParty": [related("owner", ada())] });
    let agent = json!({ "@type": "Supplier", "name": "Agent", "engagedParty": firm });
    let mut doc = customer(ada());
    doc["relatedParty"] = json!([related("agent", agent), related("guardian", ada())]);
    let doc = store.create_stored("customer", "c", doc).unwrap();
    let agent = &doc["relatedParty"][0]["partyOrPartyRole"];
    assert_eq!(agent["@type"], "PartyRoleRef");
    assert_eq!(agent["@referredType"], "Supplier");
    assert_eq!(agent["partyName"], "Moss Ltd");
    assert_eq!(
        doc["relatedParty"][1]["partyOrPartyRole"]["@type"],
        "PartyRef"
    );
    let role = store.stored("partyRole", agent["id"].as_str().expect("an id"));
    assert_eq!(role["@type"], "Supplier");
    let firm = store.stored(
        "organization",
        role["engagedParty"]["id"].as_str().expect("an id"),
    );
    assert_eq!(
        firm["relatedParty"][0]["partyOrPartyRole"]["name"],
        "Ada Moss"
    );
    assert_eq!(store.count("individual"), 3);
    // Deep down, a fault is named where it stands.
    let firm = json!({ "@type": "Organization", "name": "X", "relatedParty": [related("owner", json!({ "@type": "Individual", "givenName": "E" }))] });
    let agent = json!({ "@type": "PartyRole", "name": "Agent", "engagedParty": firm });
    let mut doc = customer(ada());
    doc["relatedParty"] = json!([related("agent", agent)]);
    invalid_at(
        store.create_stored("customer", "d", doc),
        &[
            "/relatedParty/0/partyOrPartyRole/engagedParty/relatedParty/0/partyOrPartyRole/familyName",
        ],
    );
    assert_eq!(store.count("individual"), 3);
}

#[test]
fn a_patch_may_bring_a_party_too() {
    let store = Catalog::strict();
    store
        .create_stored("customer", "c", customer(ada()))
        .unwrap();
    let patch = json!({ "relatedParty": [related("guardian", ada())] });
    let doc = store
        .patch_as(ApiVersion::V5, "customer", "c", patch)
        .unwrap();
    assert_eq!(
        doc["relatedParty"][0]["partyOrPartyRole"]["name"],
        "Ada Moss"
    );
    assert_eq!(store.count("individual"), 2);
}
