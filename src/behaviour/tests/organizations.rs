//! Organizations belong to each other in a tree.

use serde_json::{Value, json};

use super::fixture::{Catalog, conflict_at};
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::Outcome;

fn make(store: &Catalog, id: &str) {
    let body = json!({ "@type": "Organization", "name": format!("Firm {id}") });
    store.create_stored("organization", id, body).unwrap();
}

fn reference(id: &str) -> Value {
    json!({ "@type": "OrganizationRef", "id": id })
}

fn below(store: &Catalog, id: &str, parent: &str) -> Outcome<Value> {
    let link = json!({ "@type": "OrganizationParentRelationship", "relationshipType": "hierarchical", "organization": reference(parent) });
    let patch = json!({ "organizationParentRelationship": link });
    store.patch_as(ApiVersion::V5, "organization", id, patch)
}

fn above(store: &Catalog, id: &str, children: &[&str]) -> Outcome<Value> {
    let link = |child: &&str| json!({ "@type": "OrganizationChildRelationship", "relationshipType": "hierarchical", "organization": reference(child) });
    let links: Vec<Value> = children.iter().map(link).collect();
    let patch = json!({ "organizationChildRelationship": links });
    store.patch_as(ApiVersion::V5, "organization", id, patch)
}

#[test]
fn parents_do_not_make_a_circle() {
    let store = Catalog::strict();
    for id in ["a", "b", "c"] {
        make(&store, id);
    }
    let doc = below(&store, "b", "a").unwrap();
    assert_eq!(
        doc["organizationParentRelationship"]["organization"]["name"],
        "Firm a"
    );
    below(&store, "c", "b").unwrap();
    conflict_at(
        below(&store, "a", "c"),
        &["/organizationParentRelationship"],
    );
    conflict_at(
        below(&store, "a", "a"),
        &["/organizationParentRelationship/organization"],
    );
}

#[test]
fn both_directions_make_the_same_tree() {
    let store = Catalog::strict();
    for id in ["a", "b", "c"] {
        make(&store, id);
    }
    above(&store, "a", &["b"]).unwrap();
    above(&store, "b", &["c"]).unwrap();
    conflict_at(
        above(&store, "c", &["a"]),
        &["/organizationChildRelationship"],
    );
    conflict_at(
        below(&store, "a", "c"),
        &["/organizationParentRelationship"],
    );
    // Said from both sides it is still the same tree.
    below(&store, "b", "a").unwrap();
    // What has closed stands in no way.
    let closed = json!({ "status": "closed" });
    store
        .patch_as(ApiVersion::V5, "organization", "b", closed)
        .unwrap();
    below(&store, "a", "c").unwrap();
}
