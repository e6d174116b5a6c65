//! Orders, services, tasks and events as the two versions show them.

use serde_json::{Map, Value, json};

use super::order::{Order, Wish};
use super::service::SimService;
use crate::domain::clock::Micros;

/// A version of TMF641 and TMF638.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    V4,
    V5,
}

impl Version {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "v4" => Some(Version::V4),
            "v5" => Some(Version::V5),
            _ => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Version::V4 => "v4",
            Version::V5 => "v5",
        }
    }
}

/// The events that are called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    StateChange,
    InformationRequired,
    Milestone,
    Jeopardy,
    CancelStateChange,
}

impl Event {
    pub const fn name(self) -> &'static str {
        match self {
            Event::StateChange => "ServiceOrderStateChangeEvent",
            Event::InformationRequired => "ServiceOrderInformationRequiredEvent",
            Event::Milestone => "ServiceOrderMilestoneEvent",
            Event::Jeopardy => "ServiceOrderJeopardyEvent",
            Event::CancelStateChange => "CancelServiceOrderStateChangeEvent",
        }
    }

    /// The attribute of the payload that holds the subject.
    const fn holder(self, version: Version) -> &'static str {
        match (self, version) {
            (Event::CancelStateChange, Version::V4) => "cancelServiceOrder",
            (Event::CancelStateChange, Version::V5) => "CancelServiceOrder",
            (Event::InformationRequired, _) | (_, Version::V4) => "serviceOrder",
            (_, Version::V5) => "ServiceOrder",
        }
    }
}

/// A service order. `services` finds the services of its items.
pub(super) fn order<'a>(
    order: &Order,
    version: Version,
    base: &str,
    services: impl Fn(&str) -> Option<&'a SimService>,
) -> Map<String, Value> {
    let mut doc = order.body.clone();
    doc.insert("id".into(), order.id.as_str().into());
    let href = format!("{base}/{}/serviceOrder/{}", version.as_str(), order.id);
    doc.insert("href".into(), href.into());
    doc.insert("state".into(), order.state.as_str().into());
    doc.insert("orderDate".into(), order.taken.to_rfc3339().into());
    if let Some(ended) = order.ended {
        doc.insert("completionDate".into(), ended.to_rfc3339().into());
    }
    if let Some(error) = &order.error {
        doc.insert("errorMessage".into(), errors(error, version));
    }
    if order.version != version {
        name_as(&mut doc, order, version);
    }
    let items = doc
        .get_mut("serviceOrderItem")
        .and_then(Value::as_array_mut);
    for (item, wish) in items.into_iter().flatten().zip(&order.wishes) {
        dress_item(item, order, wish, version, services(&wish.service));
    }
    doc
}

/// The external id where the other version has it.
fn name_as(doc: &mut Map<String, Value>, order: &Order, version: Version) {
    let Some(external_id) = &order.external_id else {
        return;
    };
    match version {
        Version::V4 => doc.insert("externalId".into(), external_id.as_str().into()),
        Version::V5 => doc.insert(
            "externalReference".into(),
            json!([{ "@type": "ExternalReference", "id": external_id, "name": external_id }]),
        ),
    };
    if version == Version::V5 {
        doc.insert("@type".into(), "ServiceOrder".into());
    }
}

fn dress_item(
    item: &mut Value,
    order: &Order,
    wish: &Wish,
    version: Version,
    service: Option<&SimService>,
) {
    let Some(item) = item.as_object_mut() else {
        return;
    };
    item.insert("state".into(), order.state.as_str().into());
    let known = service.filter(|_| order.ended.is_some());
    if let (Some(service), Some(inner)) = (
        known,
        item.get_mut("service").and_then(Value::as_object_mut),
    ) {
        inner.insert("id".into(), wish.service.as_str().into());
        inner.insert("state".into(), state(service).into());
        inner.insert(
            "serviceCharacteristic".into(),
            characteristics(service, version),
        );
    }
}

fn errors(text: &str, version: Version) -> Value {
    match version {
        Version::V4 => json!([{ "code": "oss", "message": text }]),
        // v5 has one, not a list.
        Version::V5 => json!({
            "@type": "ServiceOrderErrorMessage", "code": "oss", "message": text
        }),
    }
}

/// A service of the inventory (TMF638).
pub(super) fn service(service: &SimService, version: Version, base: &str) -> Value {
    let href = format!("{base}/{}/service/{}", version.as_str(), service.id);
    let mut doc = json!({
        "id": service.id,
        "href": href,
        "state": state(service),
        "serviceCharacteristic": characteristics(service, version),
    });
    if version == Version::V5 {
        put(&mut doc, "@type", "Service".into());
    }
    if let Some(name) = &service.name {
        put(&mut doc, "name", name.as_str().into());
    }
    if let Some(id) = &service.specification {
        put(
            &mut doc,
            "serviceSpecification",
            json!({ "@type": "ServiceSpecificationRef", "id": id }),
        );
    }
    doc
}

fn state(service: &SimService) -> &'static str {
    match service.active {
        true => "active",
        false => "terminated",
    }
}

fn characteristics(service: &SimService, version: Version) -> Value {
    let dressed = |(name, value): &(String, Value)| match version {
        Version::V4 => json!({ "name": name, "value": value }),
        Version::V5 => json!({ "@type": class(value), "name": name, "value": value }),
    };
    service.characteristics.iter().map(dressed).collect()
}

fn class(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "StringCharacteristic",
        Value::Bool(_) => "BooleanCharacteristic",
        Value::Number(_) => "NumberCharacteristic",
        Value::Object(_) => "ObjectCharacteristic",
        Value::Array(_) | Value::Null => "Characteristic",
    }
}

/// A request to cancel.
pub(super) fn task(
    id: &str,
    order_id: &str,
    refusal: Option<&str>,
    version: Version,
    base: &str,
) -> Value {
    let state = refusal.map_or("done", |_| "terminatedWithError");
    let href = format!("{base}/{}/cancelServiceOrder/{id}", version.as_str());
    let mut doc = json!({
        "id": id,
        "href": href,
        "state": state,
        "serviceOrder": { "id": order_id },
    });
    if version == Version::V5 {
        let order = json!({ "@type": "ServiceOrderRef", "id": order_id });
        put(&mut doc, "serviceOrder", order);
        let order = json!({ "@type": "ServiceOrderRef", "id": order_id });
        put(&mut doc, "serviceOrder", order);
        put(&mut doc, "@type", "CancelServiceOrder".into());
    }
    if let Some(text) = refusal {
        put(
            &mut doc,
            "errorMessage",
            json!({ "code": "oss", "message": text }),
        );
    }
    doc
}

/// The document of an event.
pub(super) fn event(event: Event, id: &str, at: Micros, subject: Value, version: Version) -> Value {
    let mut payload = Map::new();
    if event == Event::InformationRequired && version == Version::V5 {
        let wanted = json!([{ "op": "add", "path": "/note/0/text", "value": "" }]);
        payload.insert("informationRequired".into(), wanted);
    }
    payload.insert(event.holder(version).into(), subject);
    let mut doc = json!({
        "eventId": id,
        "eventTime": at.to_rfc3339(),
        "eventType": event.name(),
        "event": payload,
    });
    match version {
        Version::V4 if event == Event::InformationRequired => {
            put(&mut doc, "fieldPath", "note.text".into());
        }
        Version::V4 => {}
        Version::V5 => put(&mut doc, "@type", event.name().into()),
    }
    doc
}

/// Sets an attribute of an object.
pub(super) fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

/// The body of a refusal.
pub(super) fn error(status: u16, reason: &str, message: &str) -> Value {
    json!({
        "@type": "Error",
        "code": reason.replace(' ', ""),
        "reason": reason,
        "message": message,
        "status": status.to_string(),
    })
}
