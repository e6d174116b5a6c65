//! References that may mean several kinds: parties, roles and accounts; who may play a role.

use serde_json::{Value, json};

use super::fixture::{Catalog, conflict_at, invalid_at, problem, refused};
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::Code;

fn store() -> Catalog {
    let store = Catalog::strict();
    let person = json!({ "givenName": "Ada", "familyName": "Moss" });
    store.create("individual", "ada", person).unwrap();
    let firm = json!({ "@type": "Organization", "name": "Moss Ltd", "tradingName": "Mossy" });
    store.create_stored("organization", "moss", firm).unwrap();
    store
}

fn customer(party: Value) -> Value {
    json!({ "@type": "Customer", "name": "Moss", "engagedParty": party })
}

fn party(id: &str) -> Value {
    json!({ "@type": "PartyRef", "id": id })
}

fn role(id: &str) -> Value {
    json!({ "@type": "PartyRoleRef", "id": id })
}

fn account(class: &str, parties: Value) -> Value {
    json!({ "@type": class, "name": "Main", "relatedParty": parties })
}

fn related(reference: Value) -> Value {
    json!({ "@type": "RelatedPartyRefOrPartyRoleRef", "role": "payer", "partyOrPartyRole": reference })
}

#[test]
fn the_kind_is_found_and_its_class_filled_in() {
    let store = store();
    let doc = store.create_stored("customer", "c", customer(party("moss")));
    let expected = json!({
        "@type": "PartyRef", "id": "moss", "name": "Moss Ltd", "href": "tollgate:organization/moss",
        "@referredType": "Organization"
    });
    assert_eq!(doc.unwrap()["engagedParty"], expected);
    let doc = store.create_stored("customer", "d", customer(party("ada")));
    let doc = doc.unwrap();
    assert_eq!(doc["engagedParty"]["@referredType"], "Individual");
    assert_eq!(doc["engagedParty"]["name"], "Ada Moss");
}

#[test]
fn the_class_that_is_named_decides() {
    let store = store();
    let twin = json!({ "@type": "Organization", "name": "Ada Ltd" });
    store.create_stored("organization", "ada", twin).unwrap();
    let named = |class: &str| {
        let party = json!({ "@type": "PartyRef", "id": "ada", "@referredType": class });
        customer(party)
    };
    for (id, class, name) in [
        ("1", "Organization", "Ada Ltd"),
        ("2", "Individual", "Ada Moss"),
        ("3", "Party", "Ada Moss"),
    ] {
        let doc = store.create_stored("customer", id, named(class)).unwrap();
        assert_eq!(doc["engagedParty"]["name"], name, "{class}");
        assert_eq!(doc["engagedParty"]["@referredType"], class);
    }
    let wrong = store.create_stored("customer", "4", named("Customer"));
    invalid_at(wrong, &["/engagedParty/@referredType"]);
}

#[test]
fn a_party_that_is_nowhere_is_named_with_all_that_it_may_be() {
    let store = store();
    let lost = problem(store.create_stored("customer", "c", customer(party("nobody"))));
    assert_eq!(lost.code, Code::UnknownReference);
    let expected = "there is no individual or organization 'nobody'";
    assert!(lost.message.contains(expected), "{}", lost.message);
    let nobody = store.create_stored("customer", "c", customer(json!({ "@type": "PartyRef" })));
    invalid_at(nobody, &["/engagedParty/id"]);
}

#[test]
fn references_to_roles_say_who_plays_them() {
    let store = store();
    store
        .create_stored("customer", "c", customer(party("ada")))
        .unwrap();
    let role_of = json!({ "@type": "Supplier", "name": "Agent", "engagedParty": party("moss") });
    store.create_stored("partyRole", "r", role_of).unwrap();
    let parties = json!([
        related(role("c")),
        related(role("r")),
        related(party("moss"))
    ]);
    let doc = store.create_stored("billingAccount", "b", account("BillingAccount", parties));
    let doc = doc.unwrap();
    let said = |at: usize| &doc["relatedParty"][at]["partyOrPartyRole"];
    assert_eq!(said(0)["@referredType"], "Customer");
    assert_eq!(said(0)["name"], "Moss");
    assert_eq!(said(0)["partyId"], "ada");
    assert_eq!(said(0)["partyName"], "Ada Moss");
    assert_eq!(said(1)["@referredType"], "PartyRole");
    assert_eq!(said(1)["partyName"], "Moss Ltd");
    assert_eq!(said(2)["@referredType"], "Organization");
    assert!(said(2).get("partyId").is_none());
    // A subclass without a kind of its own is kept with its superclass.
    let supplier = json!({ "@type": "PartyRoleRef", "id": "r", "@referredType": "Supplier" });
    let parties = json!([related(supplier)]);
    let doc = store.create_stored("billingAccount", "s", account("BillingAccount", parties));
    assert_eq!(
        doc.unwrap()["relatedParty"][0]["partyOrPartyRole"]["name"],
        "Agent"
    );
}

#[test]
fn accounts_are_found_whatever_their_kind() {
    let store = store();
    let holder = json!([related(party("ada"))]);
    let kinds = [
        "billingAccount",
        "partyAccount",
        "settlementAccount",
        "financialAccount",
    ];
    for (at, kind) in kinds.into_iter().enumerate() {
        let (first, rest) = kind.split_at(1);
        let class = format!("{}{rest}", first.to_uppercase());
        store
            .create_stored(kind, kind, account(&class, holder.clone()))
            .unwrap();
        let id = format!("c{at}");
        let mut doc = customer(party("ada"));
        doc["account"] = json!([{ "@type": "AccountRef", "id": kind }]);
        let doc = store.create_stored("customer", &id, doc).unwrap();
        assert_eq!(doc["account"][0]["@referredType"], class);
        assert_eq!(doc["account"][0]["href"], format!("tollgate:{kind}/{kind}"));
    }
    let mut doc = customer(party("ada"));
    doc["account"] =
        json!([{ "@type": "AccountRef", "id": "billingAccount", "@referredType": "PartyAccount" }]);
    // A billing account is a party account.
    let found = store.create_stored("customer", "x", doc.clone()).unwrap();
    assert_eq!(found["account"][0]["name"], "Main");
    doc["account"] = json!([{ "@type": "AccountRef", "id": "none" }]);
    let (code, pointers) = refused(store.create_stored("customer", "y", doc));
    assert_eq!(
        (code, pointers),
        (Code::UnknownReference, vec!["/account/0".to_owned()])
    );
}

#[test]
fn what_the_catalog_says_of_parties_elsewhere_is_kept() {
    let store = store();
    let offering = |reference: Value| {
        let party = json!({ "@type": "RelatedPartyRefOrPartyRoleRef", "role": "owner", "partyOrPartyRole": reference });
        json!({ "@type": "ProductSpecification", "name": "n", "relatedParty": [party] })
    };
    let doc = store.create_stored("productSpecification", "1", offering(party("elsewhere")));
    let said = &doc.unwrap()["relatedParty"][0]["partyOrPartyRole"];
    assert!(said.get("href").is_none(), "{said}");
    let doc = store.create_stored("productSpecification", "2", offering(party("ada")));
    assert_eq!(
        doc.unwrap()["relatedParty"][0]["partyOrPartyRole"]["name"],
        "Ada Moss"
    );
    let named = json!({ "@type": "PartyRef", "id": "elsewhere", "@referredType": "Individual" });
    let (code, _) = refused(store.create_stored("productSpecification", "3", offering(named)));
    assert_eq!(code, Code::UnknownReference);
}

#[test]
fn nobody_who_has_died_or_closed_takes_up_a_role() {
    let store = store();
    store
        .create_stored("customer", "before", customer(party("ada")))
        .unwrap();
    let died = json!({ "status": "deceased" });
    store
        .patch_as(ApiVersion::V5, "individual", "ada", died)
        .unwrap();
    store
        .patch("organization", "moss", json!({ "status": "closed" }))
        .unwrap();
    for id in ["ada", "moss"] {
        conflict_at(
            store.create_stored("customer", "c", customer(party(id))),
            &["/engagedParty"],
        );
        let role = json!({ "@type": "PartyRole", "name": "Agent", "engagedParty": party(id) });
        conflict_at(
            store.create_stored("partyRole", "r", role),
            &["/engagedParty"],
        );
    }
    // The customer goes on until somebody ends it, and can be changed.
    let customer = store.stored("customer", "before");
    assert_eq!(customer["status"], "Initialized");
    let patch = json!({ "description": "estate" });
    store
        .patch_as(ApiVersion::V5, "customer", "before", patch)
        .unwrap();
    let other = json!({ "@type": "PartyRef", "id": "moss", "@referredType": "Organization" });
    let other = json!({ "engagedParty": other });
    conflict_at(
        store.patch_as(ApiVersion::V5, "customer", "before", other),
        &["/engagedParty"],
    );
}
