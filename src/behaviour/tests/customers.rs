//! The flow of a customer's status: what speaks against it, and what follows.

use serde_json::{Value, json};

use super::fixture::{Catalog, problem};
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::{Code, Outcome};

fn customer(store: &Catalog, id: &str) {
    let party = json!({ "@type": "Individual", "givenName": "Ada", "familyName": id });
    let body =
        json!({ "@type": "Customer", "name": id, "status": "Active", "engagedParty": party });
    store.create_stored("customer", id, body).unwrap();
}

fn holder(customer: &str, role: &str) -> Value {
    json!({
        "@type": "RelatedPartyRefOrPartyRoleRef", "role": role,
        "partyOrPartyRole": { "@type": "PartyRoleRef", "id": customer }
    })
}

fn account(store: &Catalog, id: &str, parties: &[Value], relationships: &[(&str, &str)]) {
    let link = |(kind, other): &(&str, &str)| {
        json!({
            "@type": "AccountRelationship", "relationshipType": kind,
            "account": { "@type": "AccountRef", "id": other }
        })
    };
    let mut body = json!({ "@type": "BillingAccount", "name": id, "relatedParty": parties });
    if !relationships.is_empty() {
        body["accountRelationship"] = relationships.iter().map(link).collect();
    }
    store.create_stored("billingAccount", id, body).unwrap();
}

fn move_to(store: &Catalog, id: &str, status: &str) -> Outcome<Value> {
    store.patch_as(ApiVersion::V5, "customer", id, json!({ "status": status }))
}

fn state(store: &Catalog, account: &str) -> Value {
    store.stored("billingAccount", account)["state"].clone()
}

/// All reasons of a refusal.
fn reasons(result: Outcome<Value>) -> Vec<String> {
    let refusal = problem(result);
    assert_eq!(refusal.code, Code::Conflict, "{refusal}");
    assert!(
        refusal.violations.iter().all(|v| v.path == "/status"),
        "{refusal}"
    );
    refusal.violations.into_iter().map(|v| v.message).collect()
}

#[test]
fn who_pays_for_others_is_not_terminated() {
    let store = Catalog::strict();
    for id in ["rich", "poor"] {
        customer(&store, id);
    }
    account(&store, "payer", &[holder("rich", "owner")], &[]);
    account(
        &store,
        "own",
        &[holder("rich", "owner")],
        &[("paid by", "payer")],
    );
    account(
        &store,
        "other",
        &[holder("poor", "owner")],
        &[("payer", "payer")],
    );
    let told = reasons(move_to(&store, "rich", "Terminated"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("'payer'") && told[0].contains("'other'"),
        "{told:?}"
    );
    move_to(&store, "rich", "Suspended").unwrap();
    let closed = json!({ "state": "Closed" });
    store
        .patch_as(ApiVersion::V5, "billingAccount", "other", closed)
        .unwrap();
    move_to(&store, "rich", "Terminated").unwrap();
}

#[test]
fn all_reasons_are_told_at_once() {
    let store = Catalog::strict();
    for id in ["head", "branch", "guest", "poor"] {
        customer(&store, id);
    }
    account(&store, "main", &[holder("head", "owner")], &[]);
    account(
        &store,
        "sub",
        &[holder("poor", "owner")],
        &[("parent", "main")],
    );
    let relate = |id: &str, role: &str| {
        let party = json!({
            "@type": "RelatedPartyOrPartyRole", "role": role,
            "partyOrPartyRole": { "@type": "PartyRoleRef", "id": "head" }
        });
        let patch = json!({ "relatedParty": [party] });
        store
            .patch_as(ApiVersion::V5, "customer", id, patch)
            .unwrap();
    };
    relate("branch", "Parent customer");
    relate("guest", "friend");
    let refusal = problem(move_to(&store, "head", "Terminated"));
    assert!(
        refusal.message.contains("from 'Active' to 'Terminated'"),
        "{refusal}"
    );
    let told = reasons(Err(refusal));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter().any(|reason| reason.contains("'sub'")),
        "{told:?}"
    );
    assert!(
        told.iter().any(|reason| reason.contains("'branch'")),
        "{told:?}"
    );
    move_to(&store, "branch", "Terminated").unwrap();
    assert_eq!(reasons(move_to(&store, "head", "Terminated")).len(), 1);
}

#[test]
fn accounts_without_balance_are_closed_at_the_end() {
    let store = Catalog::strict();
    for id in ["c", "partner"] {
        customer(&store, id);
    }
    account(&store, "empty", &[holder("c", "owner")], &[]);
    account(&store, "owing", &[holder("c", "account holder")], &[]);
    account(&store, "settled", &[holder("c", "Customer")], &[]);
    account(
        &store,
        "joint",
        &[holder("c", "owner"), holder("partner", "owner")],
        &[],
    );
    account(
        &store,
        "paid",
        &[holder("c", "payer"), holder("partner", "owner")],
        &[],
    );
    let party = json!({
        "@type": "RelatedPartyRefOrPartyRoleRef", "role": "contact",
        "partyOrPartyRole": store.stored("customer", "c")["engagedParty"].clone()
    });
    account(&store, "listed", &[party], &[]);
    let list = json!({ "account": [{ "@type": "AccountRef", "id": "listed" }] });
    store
        .patch_as(ApiVersion::V5, "customer", "c", list)
        .unwrap();
    for (account, amount) in [("owing", "0.01"), ("settled", "5"), ("settled", "-5")] {
        let money =
            json!({ "unit": "EUR", "value": amount.parse::<serde_json::Number>().unwrap() });
        store
            .post("billingAccount", account, "receivable", money)
            .unwrap();
    }
    for status in ["Suspended", "Active"] {
        move_to(&store, "c", status).unwrap();
        assert_eq!(store.work(), 1, "{status} is followed");
        assert_eq!(state(&store, "empty"), "Active");
    }
    move_to(&store, "c", "Terminated").unwrap();
    assert_eq!(store.work(), 1);
    for (account, expected) in [
        ("empty", "Closed"),
        ("owing", "Active"),
        ("settled", "Closed"),
        ("joint", "Active"),
        ("paid", "Active"),
        ("listed", "Closed"),
    ] {
        assert_eq!(state(&store, account), expected, "{account}");
    }
}

#[test]
fn more_accounts_than_one_transaction_holds() {
    let store = Catalog::strict();
    customer(&store, "c");
    for at in 0..105 {
        account(&store, &format!("a{at}"), &[holder("c", "owner")], &[]);
    }
    move_to(&store, "c", "Terminated").unwrap();
    store.work();
    for at in 0..105 {
        assert_eq!(state(&store, &format!("a{at}")), "Closed", "a{at}");
    }
}

#[test]
fn a_status_that_has_changed_again_is_not_followed() {
    let store = Catalog::strict();
    customer(&store, "c");
    move_to(&store, "c", "Suspended").unwrap();
    move_to(&store, "c", "Active").unwrap();
    move_to(&store, "c", "Suspended").unwrap();
    account(&store, "a", &[holder("c", "owner")], &[]);
    move_to(&store, "c", "Terminated").unwrap();
    assert_eq!(store.work(), 4);
    assert_eq!(state(&store, "a"), "Closed");
    // A first activation has no consequences, and neither has a change of something else.
    customer(&store, "d");
    let patch = json!({ "statusReason": "because" });
    store
        .patch_as(ApiVersion::V5, "customer", "d", patch)
        .unwrap();
    assert_eq!(store.work(), 0);
}
