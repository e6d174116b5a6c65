//! Reading the schemas of an OpenAPI or Swagger document into entities and enumerations.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::file::text_of;
use super::shape::{Entity, Form, base_name, place};

/// The named schemas of a document and what they say about extensions.
pub struct Schemas<'a> {
    root: &'a Value,
    named: BTreeMap<&'a str, &'a Value>,
}

/// What the schemas of a document add up to.
#[derive(Debug, Default)]
pub struct SchemaShape {
    /// Enumerations by name.
    pub enums: BTreeMap<String, Vec<String>>,
    /// Entities by name, forms folded in.
    pub entities: BTreeMap<String, Entity>,
    /// Places marked as extensions.
    pub extensions: BTreeSet<String>,
}

/// Whether an object carries a mark such as `x-tollgate-extension: true`. Any producer may use
/// its own name between `x-` and `-extension`.
pub fn is_extension(value: &Value) -> bool {
    value.as_object().is_some_and(|map| {
        map.iter().any(|(key, mark)| {
            key.starts_with("x-") && key.ends_with("-extension") && *mark == Value::Bool(true)
        })
    })
}

impl<'a> Schemas<'a> {
    /// Finds the named schemas: `components/schemas` in OpenAPI 3, `definitions` in Swagger 2.
    pub fn new(root: &'a Value) -> Self {
        let map = root
            .pointer("/components/schemas")
            .or_else(|| root.get("definitions"))
            .and_then(Value::as_object);
        let named = map
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.as_str(), schema))
            .collect();
        Self { root, named }
    }

    /// Follows a `$ref` inside the document; anything else is returned as it is.
    pub fn resolve<'v>(&self, value: &'v Value) -> &'v Value
    where
        'a: 'v,
    {
        let target = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix('#'))
            .and_then(|pointer| self.root.pointer(pointer));
        target.unwrap_or(value)
    }

    /// Name of the schema in the notation of the facts: the raw name of a reference (suffix of
    /// the form included), `X[]` for a list of it.
    pub fn schema_name(&self, schema: &Value) -> Option<String> {
        if let Some(name) = reference_name(schema) {
            return Some(name.to_owned());
        }
        if schema.get("type").and_then(Value::as_str) == Some("array") {
            return Some(format!("{}[]", self.schema_name(schema.get("items")?)?));
        }
        let options = ["oneOf", "anyOf", "allOf"]
            .iter()
            .find_map(|key| schema.get(*key).and_then(Value::as_array))?;
        let mut own = options.iter().filter(|option| !is_extension(option));
        let first = own.next()?;
        if own.next().is_some() {
            return None;
        }
        self.schema_name(first)
    }

    /// Folds all named schemas into entities and enumerations.
    pub fn shape(&self) -> SchemaShape {
        let mut shape = SchemaShape::default();
        for (name, schema) in &self.named {
            if let Some(values) = enum_values(schema) {
                shape.enums.insert((*name).to_owned(), values);
                if is_extension(schema) {
                    shape.extensions.insert(place::enumeration(name));
                }
            } else {
                self.add(name, schema, &mut shape);
            }
        }
        shape
    }

    fn add(&self, name: &str, schema: &Value, shape: &mut SchemaShape) {
        let (base, form_name) = self.form_of(name);
        if is_extension(schema) && form_name.is_empty() {
            shape.extensions.insert(place::entity(base));
        }
        let mut walk = Walk::default();
        self.walk(schema, &mut walk);
        for attribute in &walk.extensions {
            let at = place::attribute(base, form_name, attribute);
            shape.extensions.insert(at);
        }
        let entity = shape.entities.entry(base.to_owned()).or_default();
        match form_name {
            "create" => entity.create = Some(walk.form),
            "patch" => entity.patch = Some(walk.form),
            "response" => entity.response = Some(walk.form),
            _ => {
                entity.read = walk.form;
                entity.parents = self.parents(schema);
                entity.subtypes = subtypes(schema);
                entity.one_of = one_of(schema);
                entity.array_of = self.array_of(schema);
            }
        }
    }

    /// Splits a schema's name into its entity and the form it stands for. A suffix counts only
    /// when the entity exists, so that a schema that merely looks like a form stays itself.
    fn form_of<'n>(&self, name: &'n str) -> (&'n str, &'static str) {
        let base = base_name(name);
        if base == name || !self.named.contains_key(base) {
            return (name, "");
        }
        let form = match name.strip_prefix(base).unwrap_or_default() {
            "_FVO" | "_Create" => "create",
            "_MVO" | "_Update" => "patch",
            _ => "response",
        };
        (base, form)
    }

    /// Gathers properties, required sets and defaults through `allOf`: references first, so that
    /// what the schema itself says overrides what it inherits.
    fn walk(&self, schema: &Value, walk: &mut Walk) {
        if let Some(name) = reference_name(schema)
            && !walk.seen.insert(name.to_owned())
        {
            return;
        }
        let schema = self.resolve(schema);
        let parts = schema.get("allOf").and_then(Value::as_array);
        let (refs, inline): (Vec<_>, Vec<_>) = parts
            .into_iter()
            .flatten()
            .partition(|part| part.get("$ref").is_some());
        for part in refs.into_iter().chain(inline) {
            self.walk(part, walk);
        }
        self.own(schema, walk);
    }

    fn own(&self, schema: &Value, walk: &mut Walk) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let kind = self.type_of(property);
            walk.form.attributes.insert(name.clone(), kind);
            if let Some(default) = property.get("default") {
                walk.form.defaults.insert(name.clone(), default.clone());
            }
            if is_extension(property) {
                walk.extensions.insert(name.clone());
            }
        }
        let required = schema.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        walk.form.required.extend(required.map(str::to_owned));
    }

    /// Type of a property in the notation of the facts.
    pub fn type_of(&self, schema: &Value) -> String {
        if let Some(name) = reference_name(schema) {
            return self.form_of(name).0.to_owned();
        }
        if let Some(only) = single_part(schema) {
            return self.type_of(only);
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            let values: Vec<_> = values
                .iter()
                .filter(|value| !value.is_null())
                .map(text_of)
                .collect();
            return format!("enum({})", values.join("|"));
        }
        let format = schema.get("format").and_then(Value::as_str);
        match (json_type(schema), format) {
            (Some("array"), _) => {
                let items = schema
                    .get("items")
                    .map_or("any".to_owned(), |items| self.type_of(items));
                format!("{items}[]")
            }
            (Some("object"), _) if open_map(schema) => "object(*)".to_owned(),
            (Some(kind), Some(format)) => format!("{kind}({format})"),
            (Some(kind), None) => kind.to_owned(),
            (None, _) if schema.get("properties").is_some() => "object".to_owned(),
            (None, _) => "any".to_owned(),
        }
    }

    /// `None` when the schema uses no `allOf` reference: then inheritance is flattened and there
    /// is nothing to compare.
    fn parents(&self, schema: &Value) -> Option<BTreeSet<String>> {
        let parts = schema.get("allOf").and_then(Value::as_array)?;
        let parents: BTreeSet<String> = parts
            .iter()
            .filter_map(reference_name)
            .map(|name| self.form_of(name).0.to_owned())
            .collect();
        (!parents.is_empty()).then_some(parents)
    }

    fn array_of(&self, schema: &Value) -> Option<String> {
        if json_type(schema) != Some("array") {
            return None;
        }
        schema.get("items").map(|items| self.type_of(items))
    }
}

#[derive(Default)]
struct Walk {
    form: Form,
    extensions: BTreeSet<String>,
    seen: BTreeSet<String>,
}

/// Last segment of a `$ref`.
pub fn reference_name(schema: &Value) -> Option<&str> {
    let reference = schema.get("$ref")?.as_str()?;
    reference.rsplit('/').next()
}

/// The only member of an `allOf`, `oneOf` or `anyOf`: the usual way to put a description beside
/// a reference.
fn single_part(schema: &Value) -> Option<&Value> {
    ["allOf", "oneOf", "anyOf"].iter().find_map(|key| {
        let mut parts = schema
            .get(*key)?
            .as_array()?
            .iter()
            .filter(|part| part.get("type").and_then(Value::as_str) != Some("null"));
        let first = parts.next()?;
        parts.next().is_none().then_some(first)
    })
}

/// The JSON type; OpenAPI 3.1 writes nullable types as a list with `null`.
fn json_type(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null"),
        _ => None,
    }
}

/// An object without named properties that admits any: a free map.
fn open_map(schema: &Value) -> bool {
    let open = match schema.get("additionalProperties") {
        Some(Value::Bool(open)) => *open,
        Some(Value::Object(_)) => true,
        _ => false,
    };
    open && schema
        .get("properties")
        .and_then(Value::as_object)
        .is_none_or(Map::is_empty)
}

fn enum_values(schema: &Value) -> Option<Vec<String>> {
    let values = schema.get("enum")?.as_array()?;
    Some(
        values
            .iter()
            .filter(|value| !value.is_null())
            .map(text_of)
            .collect(),
    )
}

/// Keys of the discriminator, wherever in an `allOf` it stands.
fn subtypes(schema: &Value) -> BTreeSet<String> {
    let inner = schema.get("allOf").and_then(Value::as_array);
    inner
        .into_iter()
        .flatten()
        .chain([schema])
        .filter_map(|part| part.pointer("/discriminator/mapping")?.as_object())
        .flat_map(Map::keys)
        .map(|key| base_name(key).to_owned())
        .collect()
}

fn one_of(schema: &Value) -> BTreeSet<String> {
    let options = schema
        .get("oneOf")
        .or_else(|| schema.get("anyOf"))
        .and_then(Value::as_array);
    options
        .into_iter()
        .flatten()
        .filter(|option| !is_extension(option))
        .filter_map(reference_name)
        .map(|name| base_name(name).to_owned())
        .collect()
}
