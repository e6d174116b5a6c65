//! Our own record of what was ordered from the systems that activate services (TMF641) and of what they
//! realised (TMF638), in the stored form.

use serde_json::{Map, Value, json};

use super::product::written;
use crate::domain::clock::Micros;
use crate::domain::ids;
use crate::ordering::inventory::Realizing;
use crate::ordering::order::{Characteristic, Place, Related};
use crate::ordering::run::Realized;
use crate::ordering::southbound::ServiceOrderRequest;

/// Kind of service orders in the store.
pub const ORDER: &str = "serviceOrder";
/// Kind of services in the store.
pub const SERVICE: &str = "service";

/// Attribute of ours: the node of the plan that made the service.
const NODE: &str = "fulfilmentNode";

/// Types of external references: what the other system knows the order by, and what it is for.
const EXTERNAL_ID: &str = "externalId";
const PRODUCT_ORDER: &str = "productOrder";

/// Parts the target of a service from the id that the target gave it.
const PART: char = '~';

/// Id under which a service of a target is kept here: two targets may use the same ids.
pub fn id_of_service(target: &str, remote: &str) -> String {
    safe(&format!("{target}{PART}{remote}"))
}

/// The id that a service has at its target.
pub fn remote_id_of_service(id: &str) -> &str {
    id.split_once(PART).map_or(id, |(_, remote)| remote)
}

/// Id of the record of a service order.
pub fn id_of_order(external_id: &str) -> String {
    safe(external_id)
}

/// A text as an id. What cannot stand in an id makes way for a digest, so that ids stay distinct.
fn safe(text: &str) -> String {
    const LONGEST: usize = 128;
    if ids::is_valid_id(text) {
        return text.to_owned();
    }
    let digest = ids::digest(text.as_bytes());
    let kept = text
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_.~".contains(*c));
    let kept: String = kept.take(LONGEST - 1 - digest.len()).collect();
    format!("{kept}.{digest}")
}

/// The record of a service order that is about to be sent.
pub fn order(request: &ServiceOrderRequest, product_order: &str, target: &str) -> Value {
    let mut doc = Map::new();
    let reference = |name: &str, kind: &str| json!({ "@type": "ExternalReference", "name": name, "externalReferenceType": kind });
    doc.insert("@type".to_owned(), json!("ServiceOrder"));
    doc.insert("state".to_owned(), json!("acknowledged"));
    doc.insert("category".to_owned(), json!(target));
    doc.insert("description".to_owned(), json!(request.description));
    // v4 has an attribute for it; v5 has it among the external references.
    doc.insert(EXTERNAL_ID.to_owned(), json!(request.external_id));
    doc.insert("priority".to_owned(), json!(request.priority.to_string()));
    doc.insert(
        "externalReference".to_owned(),
        json!([
            reference(&request.external_id, EXTERNAL_ID),
            reference(product_order, PRODUCT_ORDER),
        ]),
    );
    for (name, instant) in [
        ("requestedStartDate", request.requested_start),
        ("requestedCompletionDate", request.requested_completion),
    ] {
        if let Some(instant) = instant {
            doc.insert(name.to_owned(), json!(instant.to_rfc3339()));
        }
    }
    if !request.parties.is_empty() {
        doc.insert("relatedParty".to_owned(), parties(&request.parties));
    }
    doc.insert(
        "serviceOrderItem".to_owned(),
        json!([{
            "@type": "ServiceOrderItem",
            "id": "1",
            "action": request.action.name(),
            "state": "acknowledged",
            "service": ordered(request, target),
        }]),
    );
    doc.retain(|_, value| !value.is_null());
    Value::Object(doc)
}

fn ordered(request: &ServiceOrderRequest, target: &str) -> Value {
    let mut service = Map::new();
    service.insert("@type".to_owned(), json!("Service"));
    if let Some(id) = &request.service {
        service.insert("id".to_owned(), json!(id_of_service(target, id)));
    }
    describe(&mut service, request);
    Value::Object(service)
}

/// What a service is, from what was ordered.
fn describe(service: &mut Map<String, Value>, request: &ServiceOrderRequest) {
    if let Some(name) = &request.name {
        service.insert("name".to_owned(), json!(name));
    }
    if let Some(specification) = &request.specification {
        service.insert(
            "serviceSpecification".to_owned(),
            json!({
                "@type": "ServiceSpecificationRef",
                "id": specification.id,
                "name": specification.name,
                "@referredType": specification.class,
            }),
        );
    }
    if !request.characteristics.is_empty() {
        let all = request.characteristics.iter().map(written);
        service.insert("serviceCharacteristic".to_owned(), all.collect());
    }
    if !request.places.is_empty() {
        let places = request.places.iter().map(|Place { role, value, .. }| {
            json!({ "@type": "RelatedPlaceRefOrValue", "role": role, "place": value })
        });
        service.insert("place".to_owned(), places.collect());
    }
}

/// A record that moved on; `None` when nothing is new.
pub fn moved(before: &Value, state: &str, message: Option<&str>, now: Micros) -> Option<Value> {
    let mut doc = before.as_object()?.clone();
    if doc.get("state").and_then(Value::as_str) == Some(state) {
        return None;
    }
    doc.insert("state".to_owned(), json!(state));
    let items = doc
        .get_mut("serviceOrderItem")
        .and_then(Value::as_array_mut);
    let item_state = if state == "partial" { "failed" } else { state };
    for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
        item.insert("state".to_owned(), json!(item_state));
    }
    match state {
        "completed" => doc.insert("completionDate".to_owned(), json!(now.to_rfc3339())),
        "cancelled" => doc.insert("cancellationDate".to_owned(), json!(now.to_rfc3339())),
        _ => None,
    };
    if let Some(message) = message {
        let error = json!({
            "@type": "ServiceOrderErrorMessage",
            "code": "oss",
            "reason": message,
            "timestamp": now.to_rfc3339(),
        });
        doc.insert("errorMessage".to_owned(), error);
    }
    Some(Value::Object(doc))
}

/// The product order that a record is for.
pub fn product_order(record: &Value) -> Option<&str> {
    let references = record.get("externalReference")?.as_array()?;
    let is_it = |one: &&Value| one.get("externalReferenceType") == Some(&json!(PRODUCT_ORDER));
    references.iter().find(is_it)?.get("name")?.as_str()
}

/// The target that a record was sent to.
pub fn target_of(record: &Value) -> Option<&str> {
    record.get("category")?.as_str()
}

/// A service that a target realised, changed or ended. `before` is what is known of it, `record` the
/// order that was sent.
pub fn realised(before: Option<&Value>, record: &Value, realized: &Realized, now: Micros) -> Value {
    let ordered = record.pointer("/serviceOrderItem/0/service");
    let mut doc = before
        .or(ordered)
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    doc.shift_remove("id");
    if before.is_none() {
        doc.insert("@type".to_owned(), json!("Service"));
        doc.insert(NODE.to_owned(), json!(realized.node));
        doc.insert("startDate".to_owned(), json!(now.to_rfc3339()));
        doc.insert("serviceDate".to_owned(), json!(now.to_rfc3339()));
        if let Some(parties) = record.get("relatedParty") {
            doc.insert("relatedParty".to_owned(), parties.clone());
        }
    }
    merge(&mut doc, &realized.characteristics);
    let state = if realized.ended {
        "terminated"
    } else {
        "active"
    };
    doc.insert("state".to_owned(), json!(state));
    match realized.ended {
        true => doc.insert("endDate".to_owned(), json!(now.to_rfc3339())),
        false => doc.shift_remove("endDate"),
    };
    Value::Object(doc)
}

fn merge(doc: &mut Map<String, Value>, found: &[Characteristic]) {
    if found.is_empty() {
        return;
    }
    let all = doc
        .entry("serviceCharacteristic")
        .or_insert_with(|| json!([]));
    let Some(all) = all.as_array_mut() else {
        return;
    };
    for characteristic in found {
        all.retain(|known| known.get("name").and_then(Value::as_str) != Some(&characteristic.name));
        all.push(written(characteristic));
    }
}

fn parties(parties: &[Related]) -> Value {
    let one = |party: &Related| {
        json!({
            "@type": "RelatedPartyRefOrPartyRoleRef",
            "role": party.role,
            "partyOrPartyRole": { "@type": "PartyRef", "id": party.id, "name": party.name },
        })
    };
    parties.iter().map(one).collect()
}

/// What planning needs to know of a service.
pub fn realizing(id: &str, doc: &Value) -> Realizing {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let characteristics = doc.get("serviceCharacteristic").and_then(Value::as_array);
    let read = |one: &Value| {
        Some(Characteristic {
            name: text(one.get("name")?)?,
            value: one.get("value")?.clone(),
        })
    };
    Realizing {
        id: id.to_owned(),
        specification: doc
            .get("serviceSpecification")
            .and_then(|specification| text(specification.get("id")?)),
        node: doc.get(NODE).and_then(text),
        target: id.split_once(PART).map(|(target, _)| target.to_owned()),
        characteristics: characteristics
            .into_iter()
            .flatten()
            .filter_map(read)
            .collect(),
    }
}
