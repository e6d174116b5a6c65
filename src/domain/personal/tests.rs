use serde_json::{Value, json};

use super::Personal;
use crate::domain::descriptor::{Attribute, Entity, Kind, Scalar};
use crate::domain::query::{EventQuery, parse_event_query};

const fn text(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Scalar(Scalar::String), "")
}

const fn part(name: &'static str, entity: &'static Entity) -> Attribute {
    Attribute::new(name, Kind::Entity(entity), "")
}

static MEDIUM: Entity = Entity {
    subtypes: &[&PHONE, &MAIL],
    ..Entity::new("Medium", "", &[text("id"), text("contactType")])
};
static PHONE: Entity = Entity::new("Phone", "", &[text("id"), text("number").personal()]);
static MAIL: Entity = Entity::new("Mail", "", &[text("id"), text("address").personal()]);
static REFERENCE: Entity = Entity::new(
    "PartyRef",
    "",
    &[text("id"), text("name").personal(), text("@referredType")],
);
static PERIOD: Entity = Entity::new("Period", "", &[text("start")]);
/// Refers to itself.
static PERSON: Entity = Entity::new(
    "Person",
    "",
    &[
        text("id"),
        text("name").personal(),
        text("status"),
        part("document", &DOCUMENT).many().personal(),
        part("medium", &MEDIUM).many(),
        part("relative", &PERSON).many(),
        part("period", &PERIOD),
    ],
);
static DOCUMENT: Entity = Entity::new("Document", "", &[text("number"), text("issuer")]);
static OFFER: Entity = Entity::new(
    "Offer",
    "",
    &[text("id"), text("name"), part("owner", &REFERENCE)],
);

fn person() -> Value {
    json!({
        "id": "1", "name": "Ann", "status": "validated",
        "document": [{"number": "4711", "issuer": "Ghent"}],
        "medium": [
            {"@type": "Phone", "id": "m1", "number": "555"},
            {"@type": "unheard of", "id": "m2", "address": "a@b", "contactType": "private"},
        ],
        "relative": [{"id": "2", "name": "Bob", "relative": {"id": "3", "name": "Cy"}}],
        "period": {"start": "now"},
        "extension": {"name": "kept"}
    })
}

fn shown(query: &str) -> Value {
    let query: EventQuery = parse_event_query(query, &[]).expect("a query");
    let mut shown = person();
    let personal = Personal::of(&PERSON).expect("marks");
    personal.withhold(&mut shown, query.asked("event", "person"));
    shown
}

#[test]
fn marks_are_left_out_at_any_depth() {
    let withheld = json!({
        "id": "1", "status": "validated",
        "medium": [
            {"@type": "Phone", "id": "m1"},
            {"@type": "unheard of", "id": "m2", "contactType": "private"},
        ],
        "relative": [{"id": "2", "relative": {"id": "3"}}],
        "period": {"start": "now"},
        "extension": {"name": "kept"}
    });
    for query in [
        "",
        "fields=event",
        "fields=eventId,event",
        "fields=event.other",
        "event.person.name=Ann",
    ] {
        assert_eq!(shown(query), withheld, "{query}");
    }
}

#[test]
fn what_is_named_stays() {
    assert_eq!(shown("fields=event.person"), person());
    assert_eq!(shown("fields=event,event.person"), person());
    let named = shown("fields=event,event.person.name,event.person.document.number");
    assert_eq!(named["name"], "Ann");
    assert_eq!(named["document"], json!([{"number": "4711"}]));
    assert_eq!(
        named["relative"][0],
        json!({"id": "2", "relative": {"id": "3"}})
    );
    let around = shown("fields=event.person.medium");
    assert_eq!(around["medium"], person()["medium"]);
    assert_eq!(around.get("name"), None);
    let below = shown("fields=event.person.medium.number");
    assert_eq!(below["medium"][0]["number"], "555");
    assert_eq!(below["medium"][1].get("address"), None);
}

#[test]
fn resources_about_nobody() {
    assert!(Personal::of(&PERIOD).is_none());
    assert!(Personal::of(&OFFER).expect("marks").only_in_references());
    assert!(!Personal::of(&PERSON).expect("marks").only_in_references());
}
