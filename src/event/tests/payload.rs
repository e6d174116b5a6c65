use serde_json::{Value, json};

use super::api::{V4, V5};
use super::fixture::{START, render};
use crate::domain::descriptor::{Api, Change};
use crate::event::payload::Announcement;
use crate::store::EventRow;

fn row(kind: &str, change: Change, changed: Option<&str>) -> EventRow {
    EventRow {
        at: START.0,
        seq: 7,
        tenant: 1,
        principal: "local".into(),
        event_id: "e-1".into(),
        change: change.as_str().into(),
        kind: kind.into(),
        id: "42".into(),
        version: "1.0".into(),
        revision: 1,
        changed: changed.map(str::to_owned),
    }
}

fn document(api: &'static Api, row: &EventRow) -> Option<Value> {
    let doc = r#"{"name":"Fibre","lifecycleStatus":"Active","@type":"T"}"#;
    Announcement::of(api, row).map(|a| a.document(render().as_ref(), row, Some(doc)))
}

#[test]
fn each_version_has_its_own_form() {
    let created = row("productCatalog", Change::Create, None);
    let time = "2026-11-21T12:00:00.000Z";
    let resource = |path: &str| {
        json!({path: {
            "id": "42", "href": format!("http://local/{path}/42"), "version": "1.0",
            "name": "Fibre", "lifecycleStatus": "Active", "@type": "T"
        }})
    };
    assert_eq!(
        document(&V4, &created),
        Some(json!({
            "eventId": "e-1", "eventTime": time, "eventType": "CatalogCreateEvent",
            "domain": "Product Catalog Management", "title": "Catalog created",
            "description": "Catalog created (id 42, version 1.0)",
            "timeOcurred": time, "event": resource("catalog"),
        }))
    );
    assert_eq!(
        document(&V5, &created),
        Some(json!({
            "eventId": "e-1", "eventTime": time, "eventType": "ProductCatalogCreateEvent",
            "domain": "Product Catalog Management", "title": "Product catalog created",
            "description": "Product catalog created (id 42, version 1.0)",
            "timeOccurred": time, "@type": "ProductCatalogCreateEvent", "@baseType": "Event",
            "event": resource("productCatalog"),
        }))
    );
}

#[test]
fn the_field_path_uses_the_names_of_the_version() {
    let changed = row(
        "productCatalog",
        Change::AttributeValueChange,
        Some("name,lifecycleStatus"),
    );
    let v4 = document(&V4, &changed).expect("event");
    assert_eq!(v4["fieldPath"], "title,lifecycleStatus");
    assert_eq!(v4["eventType"], "CatalogAttributeValueChangeEvent");
    let v5 = document(&V5, &changed).expect("event");
    assert_eq!(v5.get("fieldPath"), None);
    assert!(
        v5["description"]
            .as_str()
            .is_some_and(|d| d.ends_with(": name, lifecycleStatus"))
    );
}

#[test]
fn of_what_is_deleted_only_the_identity_is_sent() {
    let deleted = row("productCatalog", Change::Delete, None);
    let v5 = document(&V5, &deleted).expect("event");
    let identity = json!({"id": "42", "href": "http://local/productCatalog/42", "version": "1.0", "@type": "T"});
    assert_eq!(v5["event"], json!({"productCatalog": identity}));
}

#[test]
fn the_resource_stands_under_the_name_that_the_event_declares() {
    let deleted = row("productCatalog", Change::Delete, None);
    let v4 = document(&V4, &deleted).expect("event");
    assert_eq!(v4["payload"]["catalog"]["id"], "42");
    assert_eq!(v4.get("event"), None);
}

#[test]
fn without_the_document_the_event_still_says_what_happened() {
    let created = row("productCatalog", Change::Create, None);
    let announcement = Announcement::of(&V4, &created).expect("announced");
    let event = announcement.document(render().as_ref(), &created, None);
    assert_eq!(event["event"]["catalog"]["id"], "42");
    assert_eq!(event["eventType"], "CatalogCreateEvent");
}

#[test]
fn a_version_without_the_event_does_not_announce_it() {
    assert!(document(&V4, &row("productOffering", Change::Create, None)).is_none());
    assert!(document(&V5, &row("productOffering", Change::Delete, None)).is_none());
    assert!(document(&V5, &row("somethingElse", Change::Create, None)).is_none());
}
