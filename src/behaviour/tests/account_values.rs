//! What is written in an account: currency, credit limit, tax place, certificates.

use serde_json::{Value, json};

use super::fixture::{Catalog, invalid_at};

/// An account in the stored form with further members.
fn account(members: Value) -> Value {
    let mut doc = json!({ "@type": "FinancialAccount", "name": "Books" });
    for (name, value) in members.as_object().unwrap() {
        doc[name] = value.clone();
    }
    doc
}

fn create(catalog: &Catalog, id: &str, members: Value) -> crate::domain::problem::Outcome<Value> {
    catalog.create_stored("financialAccount", id, account(members))
}

#[test]
fn an_account_has_a_currency() {
    let catalog = Catalog::strict();
    for (number, (members, expected)) in [
        (json!({}), "EUR"),
        (json!({ "currency": null }), "EUR"),
        (json!({ "currency": "CHF" }), "CHF"),
        (
            json!({ "creditLimit": { "unit": "JPY", "value": 500 } }),
            "JPY",
        ),
        (json!({ "creditLimit": { "value": 500 } }), "EUR"),
        (
            json!({ "currency": "SEK", "creditLimit": { "unit": "SEK", "value": 0 } }),
            "SEK",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let made = create(&catalog, &number.to_string(), members).expect("an account");
        assert_eq!(made["currency"], expected);
    }
}

#[test]
fn the_currency_stays_when_a_patch_leaves_it_out() {
    let catalog = Catalog::strict();
    create(&catalog, "a", json!({ "currency": "CHF" })).expect("an account");
    let patch = json!({ "currency": null, "description": "x" });
    let patched = catalog
        .patch("financialAccount", "a", patch)
        .expect("patched");
    assert_eq!(patched["currency"], "CHF");
    let patch = json!({ "creditLimit": { "unit": "EUR", "value": 5 } });
    invalid_at(
        catalog.patch("financialAccount", "a", patch),
        &["/creditLimit/unit"],
    );
    let patch = json!({ "currency": "EUR", "creditLimit": { "unit": "EUR", "value": 5 } });
    let patched = catalog
        .patch("financialAccount", "a", patch)
        .expect("nothing was booked");
    assert_eq!(patched["currency"], "EUR");
}

#[test]
fn values_that_cannot_be() {
    let catalog = Catalog::strict();
    for (members, expected) in [
        (json!({ "currency": "Euro" }), vec!["/currency"]),
        (json!({ "currency": "eur" }), vec!["/currency"]),
        (json!({ "currency": 978 }), vec!["/currency"]),
        (
            json!({ "currency": "CHF", "creditLimit": { "unit": "EUR", "value": 1 } }),
            vec!["/creditLimit/unit"],
        ),
        (
            json!({ "creditLimit": { "unit": "EUR", "value": -0.01 } }),
            vec!["/creditLimit/value"],
        ),
        (json!({ "creditClass": " " }), vec!["/creditClass"]),
        (json!({ "creditClass": 5 }), vec!["/creditClass"]),
        (json!({ "taxPlace": "Germany" }), vec!["/taxPlace"]),
        (json!({ "taxPlace": "XX" }), vec!["/taxPlace"]),
        (
            json!({ "taxPlace": { "name": "Berlin" } }),
            vec!["/taxPlace/id"],
        ),
        (json!({ "taxPlace": ["DE"] }), vec!["/taxPlace"]),
        (
            json!({ "taxExemption": [{ "@type": "TaxExemptionCertificate", "issuingJurisdiction": "",
                "validFor": { "startDateTime": "2030-01-01T00:00:00Z", "endDateTime": "2029-01-01T00:00:00Z" } }] }),
            vec![
                "/taxExemption/0/issuingJurisdiction",
                "/taxExemption/0/validFor/endDateTime",
            ],
        ),
    ] {
        invalid_at(create(&catalog, "a", members), &expected);
    }
}

#[test]
fn values_that_can_be() {
    let catalog = Catalog::strict();
    for (number, members) in [
        json!({ "creditClass": "gold", "taxPlace": "DE" }),
        json!({ "taxPlace": "US-CA", "creditLimit": { "unit": "EUR", "value": 0 } }),
        json!({ "taxPlace": { "@type": "PlaceRef", "id": "17", "@referredType": "GeographicSite" } }),
        json!({ "taxPlace": null, "creditClass": null }),
        json!({ "taxExemption": [{ "@type": "TaxExemptionCertificate", "issuingJurisdiction": "Bavaria" }] }),
    ]
    .into_iter()
    .enumerate()
    {
        let result = create(&catalog, &number.to_string(), members.clone());
        assert!(result.is_ok(), "{members}: {result:?}");
    }
}

#[test]
fn an_account_has_one_parent_at_a_time() {
    let catalog = Catalog::strict();
    for id in ["p", "q"] {
        create(&catalog, id, json!({})).expect("a parent");
    }
    let parents = |first: Value, second: Value| {
        let relationship = |id: &str, period: Value| {
            json!({ "@type": "AccountRelationship", "relationshipType": "parent", "validFor": period,
                "account": { "@type": "AccountRef", "id": id, "@referredType": "FinancialAccount" } })
        };
        json!({ "accountRelationship": [relationship("p", first), relationship("q", second)] })
    };
    let turn = "2030-01-01T00:00:00Z";
    let both = parents(json!({}), json!({ "startDateTime": turn }));
    invalid_at(
        create(&catalog, "a", both),
        &["/accountRelationship/1/relationshipType"],
    );
    let one_after_the_other = parents(
        json!({ "endDateTime": turn }),
        json!({ "startDateTime": turn }),
    );
    create(&catalog, "a", one_after_the_other).expect("one parent after the other");
}
