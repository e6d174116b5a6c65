//! The default account of a customer.

use serde_json::{Value, json};

use super::fixture::Catalog;

const KIND: &str = "billingAccount";

fn account(catalog: &Catalog, id: &str, customer: &str, role: &str) {
    let doc = json!({
        "@type": "BillingAccount", "name": format!("Account {id}"),
        "relatedParty": [{ "@type": "RelatedPartyRefOrPartyRoleRef", "role": role,
            "partyOrPartyRole": { "@type": "PartyRoleRef", "id": customer, "@referredType": "Customer" } }],
    });
    catalog.create_stored(KIND, id, doc).expect("an account");
}

fn listed(catalog: &Catalog, customer: &str) -> Vec<String> {
    let customer = catalog.stored("customer", customer);
    let list = customer.get("account").and_then(Value::as_array);
    let ids = list.into_iter().flatten().map(|item| &item["id"]);
    ids.map(|id| id.as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn the_first_account_becomes_the_default() {
    let catalog = Catalog::strict();
    catalog.customer("ann");
    account(&catalog, "a", "ann", "payer");
    assert_eq!(
        listed(&catalog, "ann"),
        [""; 0],
        "who only pays does not hold it"
    );
    account(&catalog, "b", "ann", "Account Holder");
    account(&catalog, "c", "ann", "customer");
    assert_eq!(listed(&catalog, "ann"), ["b"]);
    assert_eq!(
        catalog.stored("customer", "ann")["account"][0],
        json!({ "@type": "AccountRef", "id": "b", "href": "tollgate:billingAccount/b",
            "@referredType": "BillingAccount", "name": "Account b" })
    );
}

#[test]
fn the_next_account_takes_the_place_of_one_that_is_deleted() {
    let catalog = Catalog::strict();
    catalog.customer("ann");
    for id in ["a", "b", "c"] {
        account(&catalog, id, "ann", "customer");
    }
    catalog.delete(KIND, "a").expect("deleted");
    assert_eq!(listed(&catalog, "ann"), ["b"]);
    catalog.delete(KIND, "c").expect("deleted");
    catalog.delete(KIND, "b").expect("deleted");
    assert_eq!(listed(&catalog, "ann"), [""; 0]);
    assert_eq!(catalog.stored("customer", "ann").get("account"), None);
}

#[test]
fn the_next_account_takes_the_place_of_one_that_is_closed() {
    let catalog = Catalog::strict();
    catalog.customer("ann");
    account(&catalog, "a", "ann", "owner");
    account(&catalog, "b", "ann", "owner");
    let close = |id: &str| {
        let patch = json!({ "state": "Closed" });
        catalog.patch(KIND, id, patch).expect("closed")
    };
    close("a");
    assert_eq!(listed(&catalog, "ann"), ["b", "a"]);
    close("b");
    assert_eq!(
        listed(&catalog, "ann"),
        ["b", "a"],
        "none is left to take its place"
    );
    account(&catalog, "c", "ann", "owner");
    assert_eq!(listed(&catalog, "ann"), ["c", "b", "a"]);
}

#[test]
fn an_account_that_gets_another_holder_moves() {
    let catalog = Catalog::strict();
    catalog.customer("ann");
    catalog.customer("bob");
    account(&catalog, "a", "ann", "customer");
    let mut moved = catalog.stored(KIND, "a")["relatedParty"].clone();
    moved[0]["partyOrPartyRole"] =
        json!({ "@type": "PartyRoleRef", "id": "bob", "@referredType": "Customer" });
    let version = crate::domain::descriptor::ApiVersion::V5;
    let patch = json!({ "relatedParty": moved });
    catalog.patch_as(version, KIND, "a", patch).expect("moved");
    assert_eq!(listed(&catalog, "ann"), [""; 0]);
    assert_eq!(listed(&catalog, "bob"), ["a"]);
}
