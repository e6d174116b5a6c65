//! Reading the body of a new order, strictly: what a picky OSS would refuse is refused here.

use serde_json::{Map, Value};

use super::dress::Version;
use super::fate::text_hash;
use super::order::Wish;

/// Objects that have no `@type` even in v5, by the attribute they stand in; and the values of
/// characteristics, which are anybody's.
const UNTYPED: [&str; 3] = ["value", "validFor", "serviceOrderItem"];

/// What a body asks for.
pub(super) struct Wanted {
    pub external_id: Option<String>,
    pub wishes: Vec<Wish>,
}

/// Reads a body.
///
/// # Errors
/// What is wrong with it, with a JSON pointer.
pub(super) fn wanted(version: Version, body: &Map<String, Value>) -> Result<Wanted, String> {
    if version == Version::V5 {
        typed(body, "")?;
    }
    let external_id = external_id(version, body);
    let items = body
        .get("serviceOrderItem")
        .and_then(Value::as_array)
        .filter(|items| !items.is_empty())
        .ok_or("/serviceOrderItem is missing or empty")?;
    let mut wishes = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        wishes.push(
            wish(item, external_id.as_deref())
                .map_err(|what| format!("/serviceOrderItem/{at}{what}"))?,
        );
    }
    Ok(Wanted {
        external_id,
        wishes,
    })
}

/// In v5 the external id is a reference; v4 has an attribute for it.
fn external_id(version: Version, body: &Map<String, Value>) -> Option<String> {
    if version == Version::V4 {
        return Some(body.get("externalId")?.as_str()?.to_owned());
    }
    ["externalReference", "externalIdentifier"]
        .into_iter()
        .filter_map(|name| body.get(name)?.as_array()?.first()?.get("id")?.as_str())
        .map(str::to_owned)
        .next()
}

fn wish(item: &Value, external_id: Option<&str>) -> Result<Wish, &'static str> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let id = text(item.get("id")).ok_or("/id is missing")?;
    let action = text(item.get("action")).ok_or("/action is missing")?;
    if !["add", "modify", "delete", "noChange"].contains(&action.as_str()) {
        return Err("/action is unknown");
    }
    let service = item.get("service").ok_or("/service is missing")?;
    let specification = service
        .get("serviceSpecification")
        .and_then(|s| s.get("id"));
    let service_id = match (action.as_str(), text(service.get("id"))) {
        ("add", _) => {
            if specification.is_none() {
                return Err("/service/serviceSpecification/id is missing");
            }
            // The same for the same order, whatever came before it.
            let hash = text_hash(0, external_id.unwrap_or_default());
            format!("svc-{hash:016x}-{id}")
        }
        (_, Some(id)) => id,
        (_, None) => return Err("/service/id is missing"),
    };
    Ok(Wish {
        action,
        service: service_id,
        name: text(service.get("name")),
        specification: text(specification),
        characteristics: characteristics(service)?,
    })
}

fn characteristics(service: &Value) -> Result<Vec<(String, Value)>, &'static str> {
    let Some(list) = service.get("serviceCharacteristic") else {
        return Ok(Vec::new());
    };
    let list = list
        .as_array()
        .ok_or("/service/serviceCharacteristic is no list")?;
    let mut found = Vec::with_capacity(list.len());
    for characteristic in list {
        let (Some(name), Some(value)) = (
            characteristic.get("name").and_then(Value::as_str),
            characteristic.get("value"),
        ) else {
            return Err("/service/serviceCharacteristic lacks a name or a value");
        };
        if !fits(characteristic.get("@type"), value) {
            return Err("/service/serviceCharacteristic has a value of another type than it says");
        }
        found.push((name.to_owned(), value.clone()));
    }
    Ok(found)
}

/// Whether a value is one of the type that the characteristic says, if it says one.
fn fits(class: Option<&Value>, value: &Value) -> bool {
    let Some(class) = class.and_then(Value::as_str) else {
        return true;
    };
    if let (Some(element), Some(values)) =
        (class.strip_suffix("ArrayCharacteristic"), value.as_array())
    {
        return values.iter().all(|value| is_a(element, value));
    }
    class
        .strip_suffix("Characteristic")
        .is_none_or(|class| class.is_empty() || is_a(class, value))
}

fn is_a(class: &str, value: &Value) -> bool {
    match class {
        "String" => value.is_string(),
        "Integer" => value.is_number() && !value.to_string().contains(['.', 'e', 'E']),
        "Number" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "Object" => value.is_object(),
        _ => false,
    }
}

/// Every object of v5 says its type.
fn typed(object: &Map<String, Value>, path: &str) -> Result<(), String> {
    if !object.get("@type").is_some_and(Value::is_string) {
        return Err(format!("{path}/@type is missing"));
    }
    inside(object, path)
}

fn inside(object: &Map<String, Value>, path: &str) -> Result<(), String> {
    for (name, value) in object {
        if matches!(name.as_str(), "value" | "validFor") {
            continue;
        }
        let path = format!("{path}/{name}");
        let needed = !UNTYPED.contains(&name.as_str());
        let check = |value: &Value, path: &str| match (value, needed) {
            (Value::Object(inner), true) => typed(inner, path),
            (Value::Object(inner), false) => inside(inner, path),
            _ => Ok(()),
        };
        match value {
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    check(item, &format!("{path}/{at}"))?;
                }
            }
            value => check(value, &path)?,
        }
    }
    Ok(())
}
