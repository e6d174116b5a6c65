//! The version adapter keeps its promises for every resource that the generated tables know in v4
//! and v5, with the same checks that its own tests make on a fixture.

use tollgate::api::generated::APIS;
use tollgate::domain::{adapt, descriptor};

use descriptor::{ApiVersion, Resource};

mod orders;
mod parties;

#[path = "../src/domain/adapt/tests/generate.rs"]
mod generate;
#[path = "../src/domain/adapt/tests/promises.rs"]
mod promises;

fn resources(version: ApiVersion) -> impl Iterator<Item = &'static Resource> {
    let apis = APIS.iter().filter(move |api| api.version == version);
    apis.flat_map(|api| api.resources.iter().copied())
}

fn pairs() -> Vec<promises::Pair> {
    let stored = |old: &'static Resource| {
        let new = resources(ApiVersion::V5).find(|r| r.api == old.api && r.kind == old.kind);
        Some((old, new?))
    };
    let pairs: Vec<_> = resources(ApiVersion::V4).filter_map(stored).collect();
    assert!(
        pairs.len() >= 28,
        "TMF620 and TMF666 have seven resources each in both, the APIs of parties four, those of orders, products and services six, \
         those of bills and tickets four"
    );
    pairs
}

#[test]
fn what_was_sent_through_v4_is_read_through_v4() {
    promises::sent_is_read(&pairs());
}

#[test]
fn a_v4_document_with_all_types_comes_back_unchanged() {
    promises::typed_comes_back_unchanged(&pairs());
}

#[test]
fn a_stored_document_survives_v4() {
    promises::stored_survives(&pairs());
}

#[test]
fn the_previous_document_does_not_matter_when_nothing_was_changed() {
    promises::previous_does_not_matter(&pairs());
}
