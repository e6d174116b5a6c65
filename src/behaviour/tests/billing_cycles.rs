//! Billing cycles that a bill run can follow.

use serde_json::{Value, json};

use super::fixture::{Catalog, invalid_at};

fn cycle(members: Value) -> Value {
    let mut body = json!({ "name": "n" });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[test]
fn cycles_that_can_be_followed() {
    let catalog = Catalog::strict();
    for (number, members) in [
        json!({}),
        json!({ "frequency": "Monthly", "billingPeriod": "month", "billingDateShift": 0 }),
        json!({ "frequency": "MONTHLY", "billingDateShift": 30 }),
        json!({ "billingPeriod": "1 month", "billingDateShift": 14, "chargeDateOffset": 13,
            "creditDateOffset": -1, "mailingDateOffset": 16, "paymentDueDateOffset": 30 }),
        json!({ "frequency": "weekly", "billingDateShift": 6 }),
        json!({ "frequency": "semi-annual", "billingPeriod": "6 months", "billingDateShift": 183 }),
        json!({ "frequency": "once", "billingPeriod": "month" }),
        json!({ "frequency": "quarterly", "billingPeriod": "quarter of year" }),
        json!({ "timeZone": "Europe/Berlin" }),
        json!({ "timeZone": "America/Argentina/Buenos_Aires" }),
        json!({ "timeZone": "UTC" }),
    ]
    .into_iter()
    .enumerate()
    {
        let result = catalog.create(
            "billingCycleSpecification",
            &number.to_string(),
            cycle(members.clone()),
        );
        assert!(result.is_ok(), "{members}: {result:?}");
    }
}

#[test]
fn cycles_that_cannot() {
    let catalog = Catalog::strict();
    for (members, expected) in [
        (json!({ "frequency": "sometimes" }), vec!["/frequency"]),
        (
            json!({ "billingPeriod": "bimonthly" }),
            vec!["/billingPeriod"],
        ),
        (
            json!({ "frequency": "monthly", "billingPeriod": "quarter" }),
            vec!["/billingPeriod"],
        ),
        (
            json!({ "frequency": "monthly", "billingDateShift": 31 }),
            vec!["/billingDateShift"],
        ),
        (
            json!({ "billingPeriod": "week", "billingDateShift": 7 }),
            vec!["/billingDateShift"],
        ),
        (json!({ "billingDateShift": -1 }), vec!["/billingDateShift"]),
        (
            json!({ "chargeDateOffset": -400, "creditDateOffset": 5000 }),
            vec!["/chargeDateOffset", "/creditDateOffset"],
        ),
        (
            json!({ "billingDateShift": 5, "mailingDateOffset": 4 }),
            vec!["/mailingDateOffset"],
        ),
        (
            json!({ "mailingDateOffset": 10, "paymentDueDateOffset": 9 }),
            vec!["/paymentDueDateOffset"],
        ),
        (
            json!({ "billingDateShift": 10, "paymentDueDateOffset": 9 }),
            vec!["/paymentDueDateOffset"],
        ),
        (json!({ "timeZone": "CEST" }), vec!["/timeZone"]),
        (json!({ "timeZone": "Europe/Bonn" }), vec!["/timeZone"]),
        (json!({ "timeZone": 1 }), vec!["/timeZone"]),
    ] {
        invalid_at(
            catalog.create("billingCycleSpecification", "c", cycle(members)),
            &expected,
        );
    }
}

#[test]
fn a_cycle_inside_an_account_keeps_the_same_rules() {
    let catalog = Catalog::strict();
    catalog.customer("ann");
    let doc = json!({
        "@type": "BillingAccount", "name": "Household",
        "relatedParty": [{ "@type": "RelatedPartyRefOrPartyRoleRef", "role": "owner",
            "partyOrPartyRole": { "@type": "PartyRoleRef", "id": "ann", "@referredType": "Customer" } }],
        "billStructure": { "@type": "BillStructure", "cycleSpecification":
            { "@type": "BillingCycleSpecification", "name": "n", "billingPeriod": "moon" } },
    });
    invalid_at(
        catalog.create_stored("billingAccount", "a", doc),
        &["/billStructure/cycleSpecification/billingPeriod"],
    );
}
