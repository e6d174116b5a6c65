//! Accounts, and people: what one version made is changed through the other.

use serde_json::{Value, json};

use super::fixture::{Catalog, Policies, STRICT, refused};
use crate::domain::descriptor::ApiVersion::{V4, V5};
use crate::domain::mode::Mode;
use crate::domain::patch::PatchKind;
use crate::domain::problem::Code;

/// A billing account as a v5 client makes it: without what v4 requires of contacts.
fn account() -> Value {
    json!({
        "@type": "BillingAccount", "name": "Household",
        "relatedParty": [{"@type": "RelatedPartyRefOrPartyRoleRef", "role": "owner",
            "partyOrPartyRole": {"@type": "PartyRef", "id": "p1"}}],
        "contact": [{"@type": "Contact", "contactType": "billing", "contactName": "Ann", "contactMedium": [
            {"@type": "EmailContactMedium", "emailAddress": "ann@example.com"}
        ]}],
        "billStructure": {"@type": "BillStructure",
            "format": {"@type": "BillFormatRef", "id": "f1"}}
    })
}

/// References lead nowhere here, so they are not looked at.
fn catalog() -> Catalog {
    let catalog = Catalog::with(Policies {
        references: Mode::Off,
        ..STRICT
    });
    let made = catalog.create_stored("billingAccount", "b1", account());
    made.expect("an account");
    catalog
}

#[test]
fn an_account_made_through_v5_is_patched_through_v4() {
    let catalog = catalog();
    let patch = json!({"name": "Family"});
    let stored = catalog.patch("billingAccount", "b1", patch).expect("named");
    let mut expected = account();
    expected["name"] = json!("Family");
    expected["currency"] = json!("EUR");
    expected["state"] = stored["state"].clone();
    expected["lastUpdate"] = stored["lastUpdate"].clone();
    assert_eq!(stored, expected);

    // Within a contact that lacks its `validFor`, and sent back whole.
    let patch = json!([{"op": "replace", "path": "/contact/0/contactName", "value": "Bob"}]);
    let stored = catalog.patch_with(PatchKind::Json, V4, "billingAccount", "b1", patch);
    assert_eq!(stored.expect("renamed")["contact"][0]["contactName"], "Bob");
    let contact = json!({"contactType": "billing", "contactName": "Eve", "contactMedium": [
        {"mediumType": "email", "characteristic": {"emailAddress": "eve@example.com"}},
    ]});
    let patch = json!({"contact": [contact.clone()]});
    let stored = catalog
        .patch("billingAccount", "b1", patch)
        .expect("v4 contact");
    assert_eq!(
        stored["contact"][0]["contactMedium"][0],
        json!({"@type": "EmailContactMedium", "emailAddress": "eve@example.com"})
    );

    // A contact more must be complete.
    let patch = json!([{"op": "add", "path": "/contact/-", "value": contact}]);
    let result = catalog.patch_with(PatchKind::Json, V4, "billingAccount", "b1", patch);
    let expected = (Code::InvalidBody, vec!["/contact/1/validFor".to_owned()]);
    assert_eq!(refused(result), expected);
}

#[test]
fn what_the_server_owns_is_not_patched() {
    let catalog = catalog();
    let balance = json!([{"@type": "AccountBalance", "balanceType": "ReceivableBalance",
        "amount": {"unit": "EUR", "value": 1}, "validFor": {"startDateTime": "2030-01-01T00:00:00Z"}}]);
    let patch = json!({"accountBalance": balance, "description": "x"});
    let before = catalog.stored("billingAccount", "b1");
    for version in [V4, V5] {
        let stored = catalog.patch_as(version, "billingAccount", "b1", patch.clone());
        let stored = stored.expect("the rest is patched");
        assert_eq!(stored["description"], "x");
        assert_eq!(stored.get("accountBalance"), before.get("accountBalance"));
        for kind in [PatchKind::Json, PatchKind::JsonQuery] {
            let add = json!([{"op": "add", "path": "/accountBalance", "value": balance}]);
            let result = catalog.patch_with(kind, version, "billingAccount", "b1", add);
            let expected = (Code::ReadOnly, vec!["/accountBalance".to_owned()]);
            assert_eq!(refused(result), expected, "{kind:?}");
        }
    }
}
