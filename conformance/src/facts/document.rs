//! Reading an OpenAPI 3.x or Swagger 2.0 document into the normal form.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::file::path_of;
use super::schema::{Schemas, is_extension, reference_name};
use super::shape::{ApiShape, Operation, place};

const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// Reads a document.
///
/// # Errors
/// A text saying that the value is not an OpenAPI or Swagger document.
pub fn read(root: &Value) -> Result<ApiShape, String> {
    if root.get("openapi").is_none() && root.get("swagger").is_none() {
        return Err("neither an OpenAPI 3 nor a Swagger 2.0 document".to_owned());
    }
    let schemas = Schemas::new(root);
    let parsed = schemas.shape();
    let mut shape = ApiShape {
        title: text_at(root, "/info/title"),
        version: text_at(root, "/info/version"),
        base_paths: base_paths(root),
        enums: parsed.enums,
        entities: parsed.entities,
        extensions: parsed.extensions,
        ..ApiShape::default()
    };
    let reader = Reader { root, schemas };
    for (path, item) in entries(root.get("paths")) {
        reader.path(path, item, &mut shape);
    }
    for (name, item) in entries(root.get("webhooks")) {
        add_listener(name, item, &mut shape);
    }
    Ok(shape)
}

struct Reader<'a> {
    root: &'a Value,
    schemas: Schemas<'a>,
}

impl Reader<'_> {
    fn path(&self, path: &str, item: &Value, shape: &mut ApiShape) {
        if let Some(listener) = listener_of(path) {
            add_listener(listener, item, shape);
            return;
        }
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            for (key, callback) in entries(operation.get("callbacks")) {
                self.callback(key, callback, shape);
            }
            let name = format!("{} {}", method.to_uppercase(), normal_path(path));
            if is_extension(operation) || is_extension(item) {
                shape.extensions.insert(name.clone());
            }
            let parsed = self.operation(&name, operation, item, shape);
            shape.operations.insert(name, parsed);
        }
    }

    /// A callback names its listener by the last segment of the URL expression, or by its key
    /// when the expression is the bare callback address.
    fn callback(&self, key: &str, callback: &Value, shape: &mut ApiShape) {
        let callback = self.schemas.resolve(callback);
        for (expression, item) in entries(Some(callback)) {
            if expression.starts_with("x-") {
                continue;
            }
            let listener = listener_of(expression).unwrap_or(key);
            let marked = if is_extension(callback) {
                callback
            } else {
                item
            };
            add_listener(listener, marked, shape);
        }
    }

    fn operation(
        &self,
        name: &str,
        operation: &Value,
        item: &Value,
        shape: &mut ApiShape,
    ) -> Operation {
        let mut parsed = Operation::default();
        for parameter in list(item.get("parameters")).chain(list(operation.get("parameters"))) {
            self.parameter(name, parameter, operation, &mut parsed, shape);
        }
        if let Some(body) = operation.get("requestBody") {
            self.request_body(name, self.schemas.resolve(body), &mut parsed, shape);
        }
        for (status, response) in entries(operation.get("responses")) {
            self.response(name, status, response, &mut parsed, shape);
        }
        parsed
    }

    fn parameter(
        &self,
        name: &str,
        parameter: &Value,
        operation: &Value,
        parsed: &mut Operation,
        shape: &mut ApiShape,
    ) {
        let target = self.schemas.resolve(parameter);
        let parameter_name = target
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        match target.get("in").and_then(Value::as_str) {
            Some("query") => {
                if is_extension(target) || is_extension(parameter) {
                    shape.extensions.insert(place::query(name, parameter_name));
                }
                parsed.query.insert(parameter_name.to_owned());
            }
            Some("body") => {
                parsed.body = target
                    .get("schema")
                    .and_then(|schema| self.schemas.schema_name(schema));
                parsed.media = self.consumes(operation);
            }
            _ => {}
        }
    }

    /// Swagger 2.0: media types stand on the operation or on the document.
    fn consumes(&self, operation: &Value) -> BTreeSet<String> {
        let own = operation
            .get("consumes")
            .or_else(|| self.root.get("consumes"));
        let media: BTreeSet<String> = list(own)
            .filter_map(Value::as_str)
            .map(bare_media)
            .collect();
        if media.is_empty() {
            return BTreeSet::from(["application/json".to_owned()]);
        }
        media
    }

    fn request_body(&self, name: &str, body: &Value, parsed: &mut Operation, shape: &mut ApiShape) {
        for (media, content) in entries(body.get("content")) {
            let media = bare_media(media);
            if is_extension(content) {
                shape.extensions.insert(place::media(name, &media));
            }
            let schema = content.get("schema");
            // The patch-document types have schemas of their own; the entity is what JSON carries.
            if media == "application/json" || parsed.body.is_none() {
                parsed.body = schema.and_then(|schema| self.schemas.schema_name(schema));
            }
            parsed.media.insert(media);
        }
    }

    fn response(
        &self,
        name: &str,
        status: &str,
        response: &Value,
        parsed: &mut Operation,
        shape: &mut ApiShape,
    ) {
        if status.starts_with("x-") {
            return;
        }
        let target = self.schemas.resolve(response);
        if is_extension(target) || is_extension(response) {
            shape.extensions.insert(place::status(name, status));
        }
        if !status.starts_with('2') {
            parsed.errors.insert(status.to_owned());
            return;
        }
        let schema = target.get("schema").or_else(|| {
            let content = target.get("content")?.as_object()?;
            let json = content
                .iter()
                .find(|(media, _)| bare_media(media) == "application/json");
            json.or_else(|| content.iter().next())?.1.get("schema")
        });
        let answered = schema.map_or_else(|| "-".to_owned(), |schema| self.answered(schema));
        parsed.ok.insert(status.to_owned(), answered);
    }

    fn answered(&self, schema: &Value) -> String {
        self.schemas.schema_name(schema).unwrap_or_else(|| {
            reference_name(schema)
                .unwrap_or("(inline schema)")
                .to_owned()
        })
    }
}

fn add_listener(name: &str, item: &Value, shape: &mut ApiShape) {
    let marked = is_extension(item)
        || item
            .as_object()
            .is_some_and(|methods| methods.values().any(is_extension));
    if marked {
        shape.extensions.insert(place::listener(name));
    }
    shape.listeners.insert(name.to_owned());
}

/// `/listener/xEvent`, also at the end of a callback expression.
fn listener_of(path: &str) -> Option<&str> {
    let (_, name) = path.rsplit_once("/listener/")?;
    (!name.is_empty() && !name.contains('/')).then_some(name)
}

/// Path parameters keep no name of their own: `{id}` and `{catalogId}` are the same place.
fn normal_path(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    let segments = trimmed.split('/').map(|segment| {
        if segment.starts_with('{') && segment.ends_with('}') {
            "{id}"
        } else {
            segment
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn base_paths(root: &Value) -> Vec<String> {
    let base = root.get("basePath").and_then(Value::as_str);
    let servers = list(root.get("servers")).filter_map(|server| server.get("url")?.as_str());
    base.into_iter().chain(servers).map(path_of).collect()
}

fn bare_media(media: &str) -> String {
    media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn text_at(root: &Value, pointer: &str) -> String {
    root.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
        .map(|(key, value)| (key.as_str(), value))
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}
