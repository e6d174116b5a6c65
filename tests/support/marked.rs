//! Bodies with a marker wherever the tables know personal data, to see where they get to.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value, json};
use tollgate::api::generated::APIS;
use tollgate::domain::descriptor::{Api, Attribute, Entity, Kind, Resource, Scalar, Verb};

/// Stands in texts.
pub const TEXT: &str = "Zwxqvjk";
/// Stands in numbers.
pub const NUMBER: u64 = 975_318_642;
/// Stands in instants and dates.
pub const DATE: &str = "1907-03-19";

/// Objects in objects.
const DEPTH: usize = 5;

/// What of a marker is in a text.
pub fn found(text: &str) -> Option<String> {
    let number = NUMBER.to_string();
    [TEXT, &number, DATE]
        .into_iter()
        .find(|marker| text.contains(marker))
        .map(str::to_owned)
}

/// Jobs: their attributes say what to do, and a marker is no such word.
const JOBS: [&str; 1] = ["usageExportJob"];

/// Resources that clients may create, of all APIs but the catalogs and rules, which are about nobody, and
/// without jobs; not all of them announce it.
pub fn resources() -> Vec<(&'static Api, &'static Resource)> {
    APIS.iter()
        .filter(|api| !["TMF620", "TMF633", "TOLLGATE"].contains(&api.id))
        .flat_map(|api| api.resources.iter().map(|resource| (*api, *resource)))
        .filter(|(_, resource)| resource.operation(Verb::Create).is_some())
        .filter(|(_, resource)| !JOBS.contains(&resource.kind))
        .collect()
}

/// A full body to create the resource with.
pub fn body(resource: &'static Resource) -> Value {
    let mut body = object(resource.entity, &mut Vec::new(), false).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        // One for each resource, made by the server.
        members.remove("id");
    }
    body
}

/// An object of the entity; `above` are those that it stands in. None where it would have to hold
/// what cannot be made there.
fn object(
    entity: &'static Entity,
    above: &mut Vec<&'static Entity>,
    personal: bool,
) -> Option<Value> {
    let same = |other: &&'static Entity| std::ptr::eq(*other, entity);
    if above.len() > DEPTH || above.iter().filter(|other| same(other)).count() > 1 {
        return None;
    }
    above.push(entity);
    let members = members(entity, above, personal);
    above.pop();
    let mut members = members?;
    let says_class = |attribute: &Attribute| attribute.required_on_create;
    if entity.typed || entity.attribute("@type").is_some_and(says_class) {
        members.insert("@type".to_owned(), entity.name.into());
    }
    Some(Value::Object(members))
}

fn members(
    entity: &'static Entity,
    above: &mut Vec<&'static Entity>,
    personal: bool,
) -> Option<Map<String, Value>> {
    let mut members = Map::new();
    for attribute in entity.attributes {
        if attribute.settable && !attribute.server_owned {
            let personal = personal || attribute.personal;
            match member(attribute, above, personal) {
                Some(value) => {
                    members.insert(attribute.name.to_owned(), value);
                }
                None if needed(attribute) => return None,
                None => {}
            }
        }
    }
    Some(members)
}

/// Whether an object without the part is refused.
fn needed(attribute: &Attribute) -> bool {
    attribute.required_on_create && matches!(attribute.kind, Kind::Entity(_))
}

/// Nothing for what has a meaning of its own to the server.
fn member(
    attribute: &'static Attribute,
    above: &mut Vec<&'static Entity>,
    personal: bool,
) -> Option<Value> {
    const MEANT: [&str; 11] = [
        "@type",
        "@baseType",
        "@schemaLocation",
        "href",
        "status",
        "state",
        "endDateTime",
        "version",
        "targetEntitySchema",
        "targetProductSchema",
        "specCharacteristic",
    ];
    let chosen = attribute.required_on_create && matches!(attribute.kind, Kind::Enum(_));
    if MEANT.contains(&attribute.name) && !chosen {
        return None;
    }
    let Kind::Entity(entity) = attribute.kind else {
        let value = scalar(attribute, personal);
        return Some(if attribute.many {
            json!([value])
        } else {
            value
        });
    };
    if !attribute.many {
        // What is written out whole would be created.
        let known = kinds(entity);
        let reference = known
            .iter()
            .find(|e| e.attribute("@referredType").is_some());
        let one = reference.or(known.first())?;
        return object(one, above, personal);
    }
    let each = kinds(entity).into_iter();
    let made: Vec<Value> = each
        .filter_map(|kind| object(kind, above, personal))
        .collect();
    (!made.is_empty()).then(|| made.into())
}

/// The entities that may stand there.
fn kinds(entity: &'static Entity) -> Vec<&'static Entity> {
    if !entity.union && entity.subtypes.is_empty() {
        return vec![entity];
    }
    entity.subtypes.to_vec()
}

fn scalar(attribute: &Attribute, personal: bool) -> Value {
    let instant = if personal { DATE } else { "2024-01-01" };
    match attribute.kind {
        // Adjustments that come again in every period are not made.
        Kind::Enum(_) if attribute.name == "adjustType" => "oneTime".into(),
        Kind::Enum(values) => values.values.first().copied().unwrap_or_default().into(),
        Kind::Scalar(Scalar::DateTime) => format!("{instant}T00:00:00Z").into(),
        Kind::Scalar(Scalar::Date) => instant.into(),
        Kind::Scalar(Scalar::Boolean) => true.into(),
        Kind::Scalar(scalar) if scalar.is_numeric() => if personal { NUMBER } else { 7 }.into(),
        Kind::Scalar(Scalar::Uri) if personal => format!("https://{TEXT}.example").into(),
        Kind::Scalar(Scalar::Uri) => "https://here.example".into(),
        Kind::Object | Kind::Map => json!({"x": if personal { TEXT } else { "plain" }}),
        // Base64 of eight characters.
        Kind::Scalar(Scalar::Base64) => {
            format!("{}=", if personal { TEXT } else { "cGxhaW4" }).into()
        }
        _ if attribute.name == "unit" => "EUR".into(),
        _ if matches!(attribute.name, "frequency" | "billingPeriod") => "monthly".into(),
        _ if personal => TEXT.into(),
        // No two references mean the same, or things would stand in circles.
        _ if attribute.name == "id" => {
            static NEXT: AtomicUsize = AtomicUsize::new(0);
            format!("none-{}", NEXT.fetch_add(1, Ordering::Relaxed)).into()
        }
        _ => "plain".into(),
    }
}
