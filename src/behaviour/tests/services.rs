//! References between orders, services and specifications, which another system may keep.

use serde_json::{Value, json};

use super::fixture::{Catalog, refused};
use crate::domain::problem::Code;

fn order(service: Value) -> Value {
    json!({ "serviceOrderItem": [{ "id": "1", "action": "modify", "service": service }] })
}

#[test]
fn an_order_may_be_about_what_only_another_system_knows() {
    let store = Catalog::strict();
    let service = json!({ "id": "theirs", "@referredType": "Service" });
    store.create("serviceOrder", "a", order(service)).unwrap();
    let specified = json!({ "serviceSpecification": { "id": "theirs" } });
    store.create("serviceOrder", "b", order(specified)).unwrap();
    let service = json!({ "state": "active", "serviceSpecification": { "id": "theirs" } });
    store.create("service", "s", service).unwrap();
    let product = json!({ "name": "Fiber", "serviceSpecification": [{ "id": "theirs" }] });
    store.create("productSpecification", "p", product).unwrap();
    let offering = json!({ "name": "Fiber", "serviceCandidate": { "id": "theirs" } });
    store.create("productOffering", "o", offering).unwrap();
}

#[test]
fn what_is_kept_here_is_named_and_stays() {
    let store = Catalog::strict();
    store.bare("serviceSpecification", "access");
    let service = json!({ "state": "active", "serviceSpecification": { "id": "access" } });
    let service = store.create("service", "s", service).unwrap();
    let reference = &service["serviceSpecification"];
    assert_eq!(reference["name"], "Name of access");
    assert_eq!(reference["href"], "tollgate:serviceSpecification/access");
    let (code, _) = refused(store.delete("serviceSpecification", "access"));
    assert_eq!(code, Code::StillReferenced);
    let ended = json!({ "state": "terminated" });
    store.patch("service", "s", ended).unwrap();
    store.delete("serviceSpecification", "access").unwrap();
}

#[test]
fn only_an_order_that_is_here_can_be_cancelled() {
    let store = Catalog::strict();
    let cancel = json!({ "serviceOrder": { "id": "a" } });
    let result = store.create("cancelServiceOrder", "c", cancel.clone());
    let expected = vec!["/serviceOrder".to_owned()];
    assert_eq!(refused(result), (Code::UnknownReference, expected));
    store
        .create("serviceOrder", "a", order(json!({ "id": "s" })))
        .unwrap();
    let made = store.create("cancelServiceOrder", "c", cancel).unwrap();
    assert_eq!(made["state"], "acknowledged");
}

#[test]
fn the_catalog_of_services_checks_its_own_references() {
    let store = Catalog::strict();
    let candidate = |specification: &str| json!({ "name": "Access", "serviceSpecification": { "id": specification } });
    store.bare("serviceSpecification", "access");
    store
        .create("serviceCandidate", "c", candidate("access"))
        .unwrap();
    let (code, _) = refused(store.create("serviceCandidate", "d", candidate("none")));
    assert_eq!(code, Code::UnknownReference);
    let category = |child: &str| json!({ "name": "All", "category": [{ "id": child }] });
    let (code, _) = refused(store.create("serviceCategory", "x", category("none")));
    assert_eq!(code, Code::UnknownReference);
}
