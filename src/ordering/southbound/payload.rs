//! The bodies of TMF641 requests, v4 and v5.
//!
//! v4 has `externalId`; v5 has no attribute of that name on service orders, and names orders of others
//! in `externalReference`. In v5 every object says its `@type`, and a characteristic tells the type of
//! its value by it.

use serde_json::{Map, Value, json};

use super::request::ServiceOrderRequest;
use super::settings::Version;
use crate::domain::clock::Micros;
use crate::ordering::order::{Action, Characteristic, Place, Related};
use crate::ordering::plan::SpecificationRef;

/// `externalReferenceType` of the reference that holds our id.
pub(super) const REFERENCE_TYPE: &str = "tollgate";
/// How addresses of our own resources begin in stored documents: nothing an OSS could follow.
const OWN_HREF: &str = "tollgate:";

/// The body of `POST serviceOrder`.
pub(super) fn order(version: Version, request: &ServiceOrderRequest) -> Value {
    match version {
        Version::V4 => order_v4(request),
        Version::V5 => order_v5(request),
    }
}

/// The body of `POST cancelServiceOrder`.
pub(super) fn cancel(version: Version, remote_id: &str, reason: &str) -> Value {
    match version {
        Version::V4 => json!({
            "cancellationReason": reason,
            "serviceOrder": { "id": remote_id },
        }),
        Version::V5 => json!({
            "@type": "CancelServiceOrder",
            "cancellationReason": reason,
            "serviceOrder": { "@type": "ServiceOrderRef", "id": remote_id },
        }),
    }
}

/// The body of `POST hub`.
pub(super) fn hub(version: Version, callback: &str) -> Value {
    match version {
        Version::V4 => json!({ "callback": callback }),
        Version::V5 => json!({ "@type": "Hub", "callback": callback }),
    }
}

fn order_v4(request: &ServiceOrderRequest) -> Value {
    object([
        ("externalId", text(&request.external_id)),
        ("priority", text(&request.priority.to_string())),
        ("description", optional(request.description.as_deref())),
        ("requestedStartDate", date(request.requested_start)),
        (
            "requestedCompletionDate",
            date(request.requested_completion),
        ),
        ("relatedParty", list(&request.parties, party_v4)),
        (
            "serviceOrderItem",
            Some(json!([{
                "id": "1",
                "action": action(request.action),
                "service": service_v4(request),
            }])),
        ),
    ])
}

fn order_v5(request: &ServiceOrderRequest) -> Value {
    object([
        ("@type", text("ServiceOrder")),
        (
            "externalReference",
            Some(json!([{
                "@type": "ExternalReference",
                "externalReferenceType": REFERENCE_TYPE,
                "id": request.external_id,
                "name": request.external_id,
            }])),
        ),
        ("priority", text(&request.priority.to_string())),
        ("description", optional(request.description.as_deref())),
        ("requestedStartDate", date(request.requested_start)),
        (
            "requestedCompletionDate",
            date(request.requested_completion),
        ),
        ("relatedParty", list(&request.parties, party_v5)),
        (
            "serviceOrderItem",
            Some(json!([{
                "@type": "ServiceOrderItem",
                "id": "1",
                "action": action(request.action),
                "service": service_v5(request),
            }])),
        ),
    ])
}

fn service_v4(request: &ServiceOrderRequest) -> Value {
    object([
        ("id", optional(request.service.as_deref())),
        ("name", optional(request.name.as_deref())),
        ("state", state(request.action).and_then(text)),
        (
            "serviceSpecification",
            request.specification.as_ref().map(specification),
        ),
        (
            "serviceCharacteristic",
            list(&request.characteristics, characteristic_v4),
        ),
        ("place", list(&request.places, place_v4)),
    ])
}

/// What is ended needs no description: a reference says it all.
fn service_v5(request: &ServiceOrderRequest) -> Value {
    if request.action == Action::Delete
        && request.characteristics.is_empty()
        && let Some(id) = &request.service
    {
        return json!({ "@type": "ServiceRef", "id": id, "@referredType": "Service" });
    }
    let since = request
        .requested_start
        .or(request.requested_completion)
        .unwrap_or(request.ordered_at);
    object([
        ("@type", text("Service")),
        ("id", optional(request.service.as_deref())),
        ("name", optional(request.name.as_deref())),
        ("serviceDate", date(Some(since))),
        (
            "state",
            state(request.action).or(Some("active")).and_then(text),
        ),
        (
            "serviceSpecification",
            request.specification.as_ref().map(specification),
        ),
        (
            "serviceCharacteristic",
            list(&request.characteristics, characteristic_v5),
        ),
        ("place", list(&request.places, place_v5)),
    ])
}

/// The state that the service shall be in; a change leaves it as it is.
fn state(action: Action) -> Option<&'static str> {
    match action {
        Action::Add => Some("active"),
        Action::Delete => Some("terminated"),
        Action::Modify | Action::NoChange => None,
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Add => "add",
        Action::Modify => "modify",
        Action::Delete => "delete",
        Action::NoChange => "noChange",
    }
}

/// The same in both versions. TMF641 orders services only; a resource is told by `@referredType`.
fn specification(reference: &SpecificationRef) -> Value {
    object([
        ("@type", text("ServiceSpecificationRef")),
        ("id", text(&reference.id)),
        ("name", optional(reference.name.as_deref())),
        ("@referredType", text(&reference.class)),
    ])
}

fn characteristic_v4(characteristic: &Characteristic) -> Value {
    json!({
        "name": characteristic.name,
        "valueType": value_type(&characteristic.value),
        "value": characteristic.value,
    })
}

fn characteristic_v5(characteristic: &Characteristic) -> Value {
    json!({
        "@type": class(&characteristic.value),
        "name": characteristic.name,
        "valueType": value_type(&characteristic.value),
        "value": characteristic.value,
    })
}

fn value_type(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::Number(_) if is_whole(value) => "integer",
        Value::Number(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::String(_) | Value::Null => "string",
    }
}

/// The subtype of Characteristic that holds such a value. An array goes by its elements; one whose
/// elements differ has none of its own, so the general type has to do.
fn class(value: &Value) -> &'static str {
    const SINGLE: [&str; 5] = [
        "StringCharacteristic",
        "IntegerCharacteristic",
        "NumberCharacteristic",
        "BooleanCharacteristic",
        "ObjectCharacteristic",
    ];
    const MANY: [&str; 5] = [
        "StringArrayCharacteristic",
        "IntegerArrayCharacteristic",
        "NumberArrayCharacteristic",
        "BooleanArrayCharacteristic",
        "ObjectArrayCharacteristic",
    ];
    let pick = |classes: [&'static str; 5], value: &Value| match (value_type(value), classes) {
        ("string", [class, ..])
        | ("integer", [_, class, ..])
        | ("number", [_, _, class, ..])
        | ("boolean", [_, _, _, class, _])
        | ("object", [_, _, _, _, class]) => class,
        _ => "Characteristic",
    };
    let Value::Array(items) = value else {
        return pick(SINGLE, value);
    };
    let Some((first, rest)) = items.split_first() else {
        return "StringArrayCharacteristic";
    };
    let numbers = items.iter().all(Value::is_number);
    if numbers && !items.iter().all(is_whole) {
        return "NumberArrayCharacteristic";
    }
    match rest
        .iter()
        .all(|item| value_type(item) == value_type(first))
    {
        true => pick(MANY, first),
        false => "Characteristic",
    }
}

/// By the digits as they stand, which may be more than any machine type holds.
fn is_whole(value: &Value) -> bool {
    let Value::Number(number) = value else {
        return false;
    };
    !number.to_string().contains(['.', 'e', 'E'])
}

fn party_v4(party: &Related) -> Value {
    object([
        ("@type", text("RelatedParty")),
        ("id", text(&party.id)),
        ("name", optional(party.name.as_deref())),
        ("role", optional(party.role.as_deref())),
        ("@referredType", text(referred(party))),
    ])
}

fn party_v5(party: &Related) -> Value {
    let (class, referred) = match referred(party) {
        role @ "Customer" => ("PartyRoleRef", role),
        party => ("PartyRef", party),
    };
    object([
        ("@type", text("RelatedPartyRefOrPartyRoleRef")),
        ("role", text(party.role.as_deref().unwrap_or("party"))),
        (
            "partyOrPartyRole",
            Some(object([
                ("@type", text(class)),
                ("id", text(&party.id)),
                ("name", optional(party.name.as_deref())),
                ("@referredType", text(referred)),
            ])),
        ),
    ])
}

/// Who is a customer is one by his role; of others only that they are parties is known.
fn referred(party: &Related) -> &'static str {
    match &party.role {
        Some(role) if role.eq_ignore_ascii_case("customer") => "Customer",
        _ => "Party",
    }
}

fn place_v4(place: &Place) -> Value {
    let mut flat = site(place);
    flat.insert("role".into(), role(place));
    Value::Object(flat)
}

fn place_v5(place: &Place) -> Value {
    let mut inner = site(place);
    if !inner.contains_key("@type") {
        inner.insert("@type".into(), "PlaceRef".into());
    }
    json!({
        "@type": "RelatedPlaceRefOrValue",
        "role": role(place),
        "place": inner,
    })
}

fn role(place: &Place) -> Value {
    place.role.as_deref().unwrap_or("place").into()
}

/// The place itself, out of the object that relates it, without addresses that only mean something
/// here.
fn site(place: &Place) -> Map<String, Value> {
    let inner = place.value.get("place").unwrap_or(&place.value);
    let mut site = match without_own_links(inner) {
        Value::Object(site) => site,
        _ => Map::new(),
    };
    site.shift_remove("role");
    if let (Some(id), false) = (&place.id, site.contains_key("id")) {
        site.insert("id".into(), id.as_str().into());
    }
    site
}

fn without_own_links(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .filter(|(_, value)| !value.as_str().is_some_and(|s| s.starts_with(OWN_HREF)))
            .map(|(name, value)| (name.clone(), without_own_links(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_own_links).collect(),
        other => other.clone(),
    }
}

/// The attributes that have a value.
fn object<const N: usize>(attributes: [(&str, Option<Value>); N]) -> Value {
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

fn text(text: &str) -> Option<Value> {
    Some(text.into())
}

fn optional(text: Option<&str>) -> Option<Value> {
    text.map(Value::from)
}

fn date(at: Option<Micros>) -> Option<Value> {
    at.map(|at| at.to_rfc3339().into())
}

fn list<T>(items: &[T], one: impl Fn(&T) -> Value) -> Option<Value> {
    (!items.is_empty()).then(|| items.iter().map(one).collect())
}
