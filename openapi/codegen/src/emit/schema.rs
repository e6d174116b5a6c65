//! JSON Schemas (2020-12) of what a client may write: the form that the runtime validator checks
//! after a create and after a patch.
//!
//! - Required is what the create form requires, less what the server supplies or owns itself.
//! - Attributes that the schema does not know are allowed: extensions are kept.
//! - Where `@type` may name a subclass, a chain of `if`/`then`/`else` picks its schema: by `@type`,
//!   then by `@baseType` (an extension's `@type` is unknown here), else the base. `oneOf` is never
//!   used: with it the standard's own examples fail, since references look alike.
//! - `uri` is documented in the OpenAPI files but not asserted here: kits send addresses that no
//!   strict parser accepts. Dates are asserted.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::domain::descriptor::{Scalar, Verb};
use crate::model::{Api, Attribute, Entity, Kind};

use super::{File, NOTE};

/// The schema file of an API version.
pub fn file(api: &Api) -> File {
    let mut text = format!("{:#}", document(api));
    text.push('\n');
    File {
        path: format!("schemas/{}/{}.json", api.id, api.version),
        text,
    }
}

fn document(api: &Api) -> Value {
    let mut definitions = Map::new();
    for name in written(api) {
        if let Some(entity) = api.entities.get(&name) {
            define(api, entity, &mut definitions);
        }
    }
    let mut document = Map::new();
    document.insert("$comment".to_owned(), json!(NOTE));
    document.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    document.insert(
        "$id".to_owned(),
        json!(format!("urn:tollgate:schema:{}:{}", api.id, api.version)),
    );
    document.insert(
        "title".to_owned(),
        json!(format!("{} {}", api.title, api.version)),
    );
    document.insert("$defs".to_owned(), Value::Object(definitions));
    Value::Object(document)
}

/// Everything that a client can write, and what it contains.
fn written(api: &Api) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let writes = |verb: Verb| verb == Verb::Create || verb == Verb::Patch;
    for resource in &api.resources {
        if resource.operations.iter().any(|o| writes(o.verb)) {
            collect(api, &resource.entity, &mut found);
        }
    }
    collect(api, &api.hub.create, &mut found);
    found
}

fn collect(api: &Api, name: &str, found: &mut BTreeSet<String>) {
    let Some(entity) = api.entities.get(name) else {
        return;
    };
    if !found.insert(name.to_owned()) {
        return;
    }
    for subtype in &entity.subtypes {
        collect(api, subtype, found);
    }
    for attribute in entity
        .attributes
        .iter()
        .filter(|a| a.settable || a.patchable)
    {
        if let Kind::Entity(next) = &attribute.kind {
            collect(api, next, found);
        }
    }
}

fn define(api: &Api, entity: &Entity, definitions: &mut Map<String, Value>) {
    if entity.any {
        definitions.insert(entity.name.clone(), json!({ "description": entity.about }));
        return;
    }
    if let Some(item) = &entity.array_of {
        let array =
            json!({ "description": entity.about, "type": "array", "items": reference(item) });
        definitions.insert(entity.name.clone(), array);
        return;
    }
    let others: Vec<&String> = entity
        .subtypes
        .iter()
        .filter(|s| **s != entity.name)
        .collect();
    if others.is_empty() {
        definitions.insert(entity.name.clone(), object(api, entity));
        return;
    }
    let base = format!("{}.base", entity.name);
    let mut chosen = Map::new();
    chosen.insert("description".to_owned(), json!(entity.about));
    if let Value::Object(chain) = chain(entity, &others, &base) {
        chosen.extend(chain);
    }
    definitions.insert(entity.name.clone(), Value::Object(chosen));
    definitions.insert(base, object(api, entity));
}

/// Picks the schema: the own class first, since it is the most frequent.
fn chain(entity: &Entity, others: &[&String], base: &str) -> Value {
    let mut tail = reference(base);
    for name in others.iter().rev() {
        tail = choice("@baseType", name, reference(name), tail);
    }
    for name in others.iter().rev() {
        tail = choice("@type", name, reference(name), tail);
    }
    if !entity.union {
        tail = choice("@type", &entity.name, reference(base), tail);
    }
    tail
}

fn choice(key: &str, value: &str, then: Value, otherwise: Value) -> Value {
    json!({
        "if": { "properties": { key: { "const": value } }, "required": [key] },
        "then": then,
        "else": otherwise,
    })
}

fn object(api: &Api, entity: &Entity) -> Value {
    let mut required: Vec<&str> = Vec::new();
    let mut properties = Map::new();
    for attribute in &entity.attributes {
        if attribute.required_on_create && !attribute.server_supplied && !attribute.server_owned {
            required.push(&attribute.name);
        }
        if attribute.settable || attribute.patchable {
            properties.insert(attribute.name.clone(), property(api, attribute));
        }
    }
    if entity.union && entity.typed {
        required.push("@type");
        properties.insert("@type".to_owned(), json!({ "type": "string" }));
    }
    let mut made = Map::new();
    made.insert("description".to_owned(), json!(entity.about));
    made.insert("type".to_owned(), json!("object"));
    if !properties.is_empty() {
        made.insert("properties".to_owned(), Value::Object(properties));
    }
    if !required.is_empty() {
        made.insert("required".to_owned(), json!(required));
    }
    Value::Object(made)
}

fn property(api: &Api, attribute: &Attribute) -> Value {
    let item = match &attribute.kind {
        // The class has chosen this schema; a list of classes here would refuse the class itself
        // (that of a GeographicLocation names the geometries only).
        Kind::InlineEnum(_) if attribute.name == "@type" => json!({ "type": "string" }),
        Kind::Scalar(scalar) => scalar_schema(*scalar),
        Kind::Enum(name) => {
            let values = api.enums.get(name).map(|e| e.values.as_slice());
            json!({ "type": "string", "enum": values.unwrap_or_default() })
        }
        Kind::InlineEnum(values) => json!({ "type": "string", "enum": values }),
        Kind::Entity(name) => reference(name),
        Kind::Any => json!({}),
        Kind::Object | Kind::Map => json!({ "type": "object" }),
    };
    match attribute.many {
        true => json!({ "type": "array", "items": item }),
        false => item,
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn scalar_schema(scalar: Scalar) -> Value {
    match scalar {
        Scalar::String | Scalar::Uri => json!({ "type": "string" }),
        Scalar::DateTime => json!({ "type": "string", "format": "date-time" }),
        Scalar::Date => json!({ "type": "string", "format": "date" }),
        Scalar::Base64 => json!({ "type": "string", "contentEncoding": "base64" }),
        Scalar::Integer => json!({ "type": "integer" }),
        Scalar::Int32 => json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }),
        Scalar::Number | Scalar::Float => json!({ "type": "number" }),
        Scalar::Boolean => json!({ "type": "boolean" }),
    }
}
