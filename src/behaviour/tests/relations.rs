//! Accounts that are billed together.

use serde_json::{Value, json};

use super::fixture::{Catalog, conflict_at, problem};
use crate::domain::problem::Outcome;

const KIND: &str = "partyAccount";

fn related(relations: &[(&str, &str)]) -> Value {
    let relations = relations.iter().map(|(what, id)| {
        json!({ "@type": "AccountRelationship", "relationshipType": what,
            "account": { "@type": "AccountRef", "id": id, "@referredType": "PartyAccount" } })
    });
    json!({ "accountRelationship": relations.collect::<Vec<Value>>() })
}

fn create(catalog: &Catalog, id: &str, relations: &[(&str, &str)]) -> Outcome<Value> {
    let mut doc = related(relations);
    doc["@type"] = json!("PartyAccount");
    doc["name"] = json!(format!("Account {id}"));
    catalog.create_stored(KIND, id, doc)
}

fn relate(catalog: &Catalog, id: &str, relations: &[(&str, &str)]) -> Outcome<Value> {
    let patch = related(relations);
    catalog.patch_as(crate::domain::descriptor::ApiVersion::V5, KIND, id, patch)
}

const FIRST: &str = "/accountRelationship/0/account";

#[test]
fn no_account_stands_above_itself() {
    let catalog = Catalog::strict();
    create(&catalog, "a", &[]).expect("top");
    create(&catalog, "b", &[("parent", "a")]).expect("middle");
    create(&catalog, "c", &[("Parent", "b")]).expect("bottom");
    let refusal = problem(relate(&catalog, "a", &[("parent", "c")]));
    assert!(
        refusal.message.ends_with(
            "accounts would stand in a circle: partyAccount a > partyAccount c > partyAccount b > partyAccount a"
        ),
        "{}",
        refusal.message
    );
    conflict_at(relate(&catalog, "a", &[("parent", "c")]), &[FIRST]);
    conflict_at(relate(&catalog, "a", &[("parent", "a")]), &[FIRST]);
    // The same said from the other side.
    conflict_at(
        relate(&catalog, "c", &[("parent", "b"), ("child", "a")]),
        &[FIRST],
    );
    relate(&catalog, "a", &[("child", "b"), ("child", "c")]).expect("both sides say the same");
}

#[test]
fn who_pays_is_another_question_than_who_stands_above() {
    let catalog = Catalog::strict();
    create(&catalog, "a", &[]).expect("an account");
    create(&catalog, "b", &[("parent", "a")]).expect("a child");
    relate(&catalog, "a", &[("paid by", "b")]).expect("the child pays");
    conflict_at(
        relate(&catalog, "b", &[("parent", "a"), ("paidBy", "a")]),
        &["/accountRelationship/1/account"],
    );
    relate(&catalog, "b", &[("parent", "a"), ("paysFor", "a")]).expect("both say the same");
    create(
        &catalog,
        "c",
        &[("paidBy", "a"), ("paidBy", "b"), ("neighbour", "a")],
    )
    .expect("several may pay");
}

#[test]
fn bills_that_are_put_together_are_in_one_currency() {
    let catalog = Catalog::strict();
    let swiss = json!({ "@type": "PartyAccount", "name": "n", "currency": "CHF" });
    catalog
        .create_stored(KIND, "swiss", swiss)
        .expect("an account");
    conflict_at(create(&catalog, "a", &[("parent", "swiss")]), &[FIRST]);
    create(&catalog, "top", &[]).expect("a parent");
    create(&catalog, "a", &[("parent", "top")]).expect("a child");
    let swap = json!({ "currency": "CHF" });
    conflict_at(catalog.patch(KIND, "a", swap.clone()), &[FIRST]);
    conflict_at(catalog.patch(KIND, "top", swap.clone()), &["/currency"]);
    relate(&catalog, "a", &[]).expect("alone again");
    catalog
        .patch(KIND, "top", swap)
        .expect("nobody is billed with it");
}

#[test]
fn nothing_is_billed_with_a_closed_account() {
    let catalog = Catalog::strict();
    create(&catalog, "top", &[]).expect("a parent");
    create(&catalog, "a", &[("parent", "top")]).expect("a child");
    let close = |id: &str| catalog.patch(KIND, id, json!({ "state": "Closed" }));
    conflict_at(close("top"), &["/state"]);
    close("a").expect("closed");
    close("top").expect("closed");
    conflict_at(create(&catalog, "b", &[("parent", "top")]), &[FIRST]);
    // What was so before stays changeable.
    let patch = json!({ "description": "history" });
    catalog.patch(KIND, "a", patch).expect("described");
}

#[test]
fn what_is_over_does_not_count() {
    let catalog = Catalog::strict();
    create(&catalog, "a", &[]).expect("an account");
    create(&catalog, "b", &[("parent", "a")]).expect("a child");
    let mut past = related(&[("parent", "b")]);
    past["accountRelationship"][0]["validFor"] = json!({ "endDateTime": "2020-01-01T00:00:00Z" });
    let version = crate::domain::descriptor::ApiVersion::V5;
    catalog
        .patch_as(version, KIND, "a", past)
        .expect("it was so once");
}
