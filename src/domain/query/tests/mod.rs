//! Tests of the grammar, on a small model of their own.

mod event;
mod fields;
mod filters;
mod hostile;
mod index;
mod jsonpath;
mod model;
mod paging;
mod properties;

use super::*;
use serde_json::{Value, json};

/// The filter of a good list query on the v5 offering.
fn filter(query: &str) -> Filter {
    match parse_list(query, &model::OFFERING) {
        Ok(request) => request.filter.expect("a filter"),
        Err(problem) => panic!("{query}: {problem}"),
    }
}

fn refused(query: &str) -> Problem {
    match parse_list(query, &model::OFFERING) {
        Ok(request) => panic!("{query} was accepted: {request:?}"),
        Err(problem) => problem,
    }
}

/// The document that most tests ask about.
fn offering() -> Value {
    json!({
        "@type": "ProductOffering",
        "id": "42",
        "name": "Fiber, 1 Gbit/s",
        "description": "5",
        "isBundle": true,
        "lifecycleStatus": "Active",
        "lastUpdate": "2024-05-01T10:00:00.000+02:00",
        "version": "1.0",
        "limit": 5,
        "in": "side",
        "weight": 2.50,
        "statusReason": null,
        "tag": ["new", "fast"],
        "validFor": {"startDateTime": "2024-01-01T00:00:00Z"},
        "category": [
            {"id": "c1", "name": "Internet", "@type": "CategoryRef"},
            {"id": "c2", "name": "Home", "@type": "CategoryRef"}
        ],
        "note": [
            {"author": "Ann", "text": "good", "date": "2024-02-01T00:00:00Z"},
            {"author": "Bob", "text": "bad", "date": "2023-02-01T00:00:00Z"}
        ],
        "relatedParty": [
            {"role": "seller", "partyOrPartyRole": {"id": "p1", "name": "Ann Ltd", "@type": "PartyRef"}}
        ],
        "characteristic": [
            {"name": "speed", "value": 1000},
            {"name": "technology", "value": "GPON"},
            {"name": "symmetric", "value": false}
        ],
        "extra": {"deep": {"er": [{"x": 1}, {"x": "two"}]}}
    })
}
