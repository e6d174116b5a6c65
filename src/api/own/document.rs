//! The OpenAPI document of these additions. They are few, have no descriptors, and each says for
//! itself what it answers; here it is put into the frame.

use serde_json::{Map, Value, json};

use super::{customer, order, rate, receivable, state_machine, tariff, usage};

/// An operation.
#[derive(Clone)]
pub(super) struct Operation {
    /// Below the base path.
    pub path: &'static str,
    /// In lower case.
    pub method: &'static str,
    /// Schema of the body, where there is one.
    pub body: Option<Value>,
    pub id: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    pub parameters: Vec<Parameter>,
    /// Schema of the answer; there is none where all is said by the status, 204.
    pub answer: Option<Value>,
    /// Statuses of its errors.
    pub errors: &'static [&'static str],
}

/// A parameter with text.
#[derive(Clone)]
pub(super) struct Parameter {
    name: &'static str,
    place: &'static str,
    about: &'static str,
}

impl Parameter {
    /// A part of the query.
    pub const fn query(name: &'static str, about: &'static str) -> Self {
        Parameter {
            name,
            place: "query",
            about,
        }
    }

    /// A part of the path.
    pub const fn path(name: &'static str, about: &'static str) -> Self {
        Parameter {
            name,
            place: "path",
            about,
        }
    }
}

/// The document, made anew: it is seldom asked for. `resources` is the document of the resources that
/// the model describes below the same base path; the operations written by hand join it.
pub fn document(resources: &Value) -> Value {
    let operations = [
        customer::operations(),
        order::operations(),
        rate::operations(),
        super::bill::operations(),
        receivable::operations(),
        state_machine::operations(),
        tariff::operations(),
        usage::operations(),
    ]
    .concat();
    let schemas = customer::schemas()
        .into_iter()
        .chain(super::bill::schemas())
        .chain(order::schemas())
        .chain(rate::schemas())
        .chain(receivable::schemas())
        .chain(state_machine::schemas())
        .chain(tariff::schemas())
        .chain(usage::schemas())
        .chain([("Error", error_schema())]);
    let mut document = resources.clone();
    if let Some(known) = members(&mut document, "/components/schemas") {
        for (name, schema) in schemas {
            known.entry(name).or_insert(schema);
        }
    }
    if let Some(paths) = members(&mut document, "/paths") {
        for operation in &operations {
            let methods = paths.entry(operation.path).or_insert_with(|| json!({}));
            if let Some(methods) = methods.as_object_mut() {
                methods.insert(operation.method.to_owned(), described(operation));
            }
        }
    }
    document
}

fn members<'d>(document: &'d mut Value, place: &str) -> Option<&'d mut Map<String, Value>> {
    document.pointer_mut(place)?.as_object_mut()
}

fn described(operation: &Operation) -> Value {
    let mut responses = Map::new();
    let (status, good) = match &operation.answer {
        Some(schema) => ("200", response("What was asked for.", schema)),
        None => ("204", json!({ "description": "Done." })),
    };
    responses.insert(status.to_owned(), good);
    let error = json!({ "$ref": "#/components/schemas/Error" });
    for status in operation.errors {
        responses.insert((*status).to_owned(), response("Refused.", &error));
    }
    let parameters = operation.parameters.iter();
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "parameters": parameters.map(parameter).collect::<Vec<_>>(),
        "responses": responses,
    });
    if let (Some(schema), Some(described)) = (&operation.body, described.as_object_mut()) {
        let content = json!({ "application/json": { "schema": schema } });
        let body = json!({ "required": true, "content": content });
        described.insert("requestBody".to_owned(), body);
    }
    described
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.about,
        "schema": { "type": "string" },
    })
}

fn response(about: &str, schema: &Value) -> Value {
    json!({ "description": about, "content": { "application/json": { "schema": schema } } })
}

/// The error body, as `docs/errors.md` tells it.
fn error_schema() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["@type", "code", "reason", "message", "status"],
        "properties": {
            "@type": text,
            "code": text,
            "reason": text,
            "message": text,
            "status": text,
            "violation": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": { "path": text, "message": text },
                },
            },
        },
    })
}
