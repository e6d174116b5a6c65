//! Reading a facts file into the normal form.
//!
//! The notation: an entity lists its *own* attributes and its parents; `required` is the full set
//! of the form that is read; `create`, `patch` and `response` say only how those forms differ, with
//! `required` as a full replacement and `without` and `plus` relative to the inherited attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::shape::{ApiShape, Entity, Form, Operation};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FactsFile {
    title: String,
    version: String,
    #[serde(default)]
    base_path: Option<String>,
    #[serde(default)]
    servers: Vec<String>,
    operations: Vec<FactsOperation>,
    #[serde(default)]
    listeners: BTreeSet<String>,
    #[serde(default)]
    enums: BTreeMap<String, Vec<Value>>,
    entities: BTreeMap<String, FactsEntity>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsOperation {
    op: String,
    #[serde(default)]
    query: BTreeSet<String>,
    body: Option<String>,
    #[serde(default)]
    media: BTreeSet<String>,
    #[serde(default)]
    ok: BTreeMap<String, String>,
    #[serde(default)]
    errors: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FactsEntity {
    #[serde(default)]
    extends: Vec<String>,
    #[serde(default)]
    one_of: BTreeSet<String>,
    #[serde(default)]
    subtypes: BTreeSet<String>,
    array_of: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    defaults: BTreeMap<String, Value>,
    #[serde(default)]
    required: BTreeSet<String>,
    create: Option<FormChange>,
    patch: Option<FormChange>,
    response: Option<FormChange>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormChange {
    required: Option<BTreeSet<String>>,
    #[serde(default)]
    without: BTreeSet<String>,
    #[serde(default)]
    plus: BTreeSet<String>,
}

/// Type of an attribute that a form adds: the notation names it without a type.
pub const ANY_TYPE: &str = "?";

/// Reads the facts; the API's number comes from the file name (`TMF620-...yaml`), because the
/// facts themselves do not repeat it.
///
/// # Errors
/// A text saying what in the file cannot be understood.
pub fn read(value: &Value, path: &Path) -> Result<ApiShape, String> {
    let facts: FactsFile =
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
    let entities = facts
        .entities
        .iter()
        .map(|(name, entity)| (name.clone(), entity_shape(name, entity, &facts.entities)))
        .collect();
    let base_paths = facts
        .base_path
        .iter()
        .chain(&facts.servers)
        .map(|url| path_of(url))
        .collect();
    Ok(ApiShape {
        api: api_of(path),
        title: facts.title,
        version: facts.version,
        base_paths,
        operations: facts.operations.into_iter().map(operation).collect(),
        listeners: facts.listeners,
        enums: enum_texts(facts.enums),
        entities,
        extensions: BTreeSet::new(),
    })
}

fn api_of(path: &Path) -> String {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    name.split(['-', '_', '.'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The path part of a server URL or base path, without slashes at its ends. Some files carry
/// templates such as `{apiRoot}` where the host would be; they are dropped with it.
pub fn path_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = if rest.starts_with('/') {
        rest
    } else {
        rest.split_once('/').map_or("", |(_, path)| path)
    };
    rest.trim_matches('/').to_owned()
}

fn operation(facts: FactsOperation) -> (String, Operation) {
    let mut media = facts.media;
    if facts.body.is_some() && media.is_empty() {
        media.insert("application/json".to_owned());
    }
    let operation = Operation {
        query: facts.query,
        body: facts.body,
        media,
        ok: facts.ok,
        errors: facts.errors,
    };
    (facts.op, operation)
}

fn enum_texts(enums: BTreeMap<String, Vec<Value>>) -> BTreeMap<String, Vec<String>> {
    enums
        .into_iter()
        .map(|(name, values)| (name, values.iter().map(text_of).collect()))
        .collect()
}

/// Enum values and defaults are compared as text: YAML reads `1.0` and `yes` as other types.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn entity_shape(name: &str, facts: &FactsEntity, all: &BTreeMap<String, FactsEntity>) -> Entity {
    let mut read = Form::default();
    collect(name, all, &mut read, &mut BTreeSet::new());
    read.required.clone_from(&facts.required);
    Entity {
        create: facts.create.as_ref().map(|change| changed(&read, change)),
        patch: facts.patch.as_ref().map(|change| changed(&read, change)),
        response: facts.response.as_ref().map(|change| changed(&read, change)),
        read,
        parents: Some(facts.extends.iter().cloned().collect()),
        subtypes: facts.subtypes.clone(),
        one_of: facts.one_of.clone(),
        array_of: facts.array_of.clone(),
    }
}

/// Adds the attributes and defaults of an entity, parents first so that it overrides them.
fn collect(
    name: &str,
    all: &BTreeMap<String, FactsEntity>,
    form: &mut Form,
    seen: &mut BTreeSet<String>,
) {
    if !seen.insert(name.to_owned()) {
        return;
    }
    let Some(entity) = all.get(name) else { return };
    for parent in &entity.extends {
        collect(parent, all, form, seen);
    }
    form.attributes.extend(entity.attributes.clone());
    form.defaults.extend(entity.defaults.clone());
}

fn changed(read: &Form, change: &FormChange) -> Form {
    let mut form = read.clone();
    form.attributes
        .retain(|name, _| !change.without.contains(name));
    form.defaults
        .retain(|name, _| !change.without.contains(name));
    for name in &change.plus {
        form.attributes.insert(name.clone(), ANY_TYPE.to_owned());
    }
    if let Some(required) = &change.required {
        form.required.clone_from(required);
    } else {
        form.required.retain(|name| !change.without.contains(name));
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(yaml: &str) -> ApiShape {
        let value: Value = serde_yaml_ng::from_str(yaml).unwrap();
        read(&value, Path::new("TMF999-Test-v5.0.0.yaml")).unwrap()
    }

    #[test]
    fn inherited_attributes_are_part_of_every_form() {
        let shape = shape(
            "title: T\nversion: 5.0.0\noperations: []\nentities:\n  Base:\n    attributes: {id: string, href: string}\n  Thing:\n    extends: [Base]\n    attributes: {name: string}\n    required: ['@type']\n    create: {required: [name], without: [href]}\n",
        );
        assert_eq!(shape.api, "TMF999");
        let thing = &shape.entities["Thing"];
        assert_eq!(thing.read.attributes.len(), 3);
        let create = thing.create.as_ref().unwrap();
        assert!(!create.attributes.contains_key("href"));
        assert!(create.attributes.contains_key("id"));
        assert_eq!(create.required.iter().collect::<Vec<_>>(), ["name"]);
        assert!(thing.patch.is_none());
    }

    #[test]
    fn a_body_without_media_is_json() {
        let shape = shape(
            "title: T\nversion: 1\noperations:\n- {op: POST /a, body: A_Create, ok: {'201': A}}\n- {op: GET /a, ok: {'200': 'A[]'}}\nentities: {}\n".replace("version: 1", "version: '1'").as_str(),
        );
        assert!(
            shape.operations["POST /a"]
                .media
                .contains("application/json")
        );
        assert!(shape.operations["GET /a"].media.is_empty());
    }

    #[test]
    fn hosts_and_templates_are_not_part_of_the_base_path() {
        assert_eq!(
            path_of("https://serverRoot/productCatalogManagement/v5/"),
            "productCatalogManagement/v5"
        );
        assert_eq!(
            path_of("{apiRoot}/tmf-api/customer/v5/"),
            "tmf-api/customer/v5"
        );
        assert_eq!(path_of("/tmf-api/x/v4/"), "tmf-api/x/v4");
        assert_eq!(path_of("https://serverRoot"), "");
    }
}
