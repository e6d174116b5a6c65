//! The general rules on kinds outside the catalog: states, references, and what they keep in place.

use serde_json::{Value, json};

use super::fixture::{Catalog, problem, refused};
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::Code;

fn person(store: &Catalog, id: &str) {
    let body = json!({ "givenName": "Ada", "familyName": "Moss" });
    store.create("individual", id, body).unwrap();
}

fn customer_of(person: &str) -> Value {
    let party = json!({ "@type": "PartyRef", "@referredType": "Individual", "id": person });
    json!({ "@type": "Customer", "name": "Ada", "engagedParty": party })
}

#[test]
fn states_of_customers_accounts_and_parties() {
    let store = Catalog::strict();
    person(&store, "p");
    let stored = store.stored("individual", "p");
    assert_eq!(stored["status"], "initialized");
    let doc = store
        .create_stored("customer", "c", customer_of("p"))
        .unwrap();
    assert_eq!(doc["status"], "Initialized");
    let leap = store.patch_as(
        ApiVersion::V5,
        "customer",
        "c",
        json!({ "status": "Suspended" }),
    );
    let refusal = problem(leap);
    assert_eq!(refusal.code, Code::BadTransition);
    let allowed = "it can become: Validated, Active, Terminated";
    assert!(refusal.message.contains(allowed), "{}", refusal.message);
    for status in ["Active", "Suspended", "Active", "Terminated"] {
        let patch = json!({ "status": status });
        store
            .patch_as(ApiVersion::V5, "customer", "c", patch)
            .unwrap();
    }
    let mut dead = customer_of("p");
    dead["status"] = json!("Terminated");
    let dead = store.create_stored("customer", "d", dead);
    let expected = (Code::BadTransition, vec!["/status".to_owned()]);
    assert_eq!(refused(dead), expected);
}

#[test]
fn a_reference_outside_the_catalog_must_point_at_something() {
    let store = Catalog::strict();
    let lost = store.create_stored("customer", "c", customer_of("p"));
    let expected = (Code::UnknownReference, vec!["/engagedParty".to_owned()]);
    assert_eq!(refused(lost), expected);
    person(&store, "p");
    let doc = store
        .create_stored("customer", "c", customer_of("p"))
        .unwrap();
    assert_eq!(doc["engagedParty"]["href"], "tollgate:individual/p");
}

#[test]
fn a_party_stays_while_a_live_customer_refers_to_it() {
    let store = Catalog::strict();
    person(&store, "p");
    store
        .create_stored("customer", "c", customer_of("p"))
        .unwrap();
    let kept = problem(store.delete("individual", "p"));
    assert_eq!(kept.code, Code::StillReferenced);
    assert!(kept.message.contains("customer 'c'"), "{}", kept.message);
    let end = json!({ "status": "Terminated" });
    store
        .patch_as(ApiVersion::V5, "customer", "c", end)
        .unwrap();
    store.delete("individual", "p").unwrap();
}
