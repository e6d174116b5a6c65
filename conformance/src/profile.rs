//! The description of an API to be tested. All that is special about an API stands in a YAML
//! profile; the checks are the same for all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How binding a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A server that breaks it does not conform.
    Must,
    /// A server needs a good reason to break it.
    Should,
    /// Optional.
    May,
}

/// One API version.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Profile {
    /// API number, for example `TMF620`.
    pub api: String,
    /// `v4` or `v5`.
    pub version: String,
    /// Title for reports.
    pub title: String,
    /// Path that precedes the resources.
    pub base_path: String,
    /// Source cited for rules that are special to this API.
    pub source: String,
    /// v5: `@type` is mandatory on every typed object, errors included.
    #[serde(default)]
    pub typed: bool,
    /// v5: `fields` also shapes the answers of POST and PATCH.
    #[serde(default)]
    pub fields_on_write: bool,
    /// Statuses that mean success.
    #[serde(default)]
    pub statuses: Statuses,
    /// How binding each patch format is.
    pub patch_media: PatchMedia,
    /// Event subscription; `None` when the API has no hub.
    pub hub: Option<Hub>,
    /// Values of placeholders that no resource supplies, for example ids of another API's
    /// resources. The command line overrides them.
    #[serde(default)]
    pub variables: BTreeMap<String, Value>,
    /// Resources of other APIs that bodies refer to, made when a placeholder first asks for one. A
    /// value given for the whole placeholder (`individual.id`) makes that unnecessary.
    #[serde(default)]
    pub others: Vec<Other>,
    /// The resources, in the order in which they are tested.
    pub resources: Vec<Resource>,
}

/// A resource of another API.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// Name in placeholders.
    pub name: String,
    /// Path of its collection below the server's root.
    pub path: String,
    /// A body that every conforming server accepts.
    pub body: Value,
}

/// Success statuses per operation.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Statuses {
    /// Of POST.
    pub create: Vec<u16>,
    /// Of PATCH.
    pub patch: Vec<u16>,
    /// Of DELETE.
    pub delete: Vec<u16>,
}

impl Default for Statuses {
    fn default() -> Self {
        Self {
            create: vec![201],
            patch: vec![200],
            delete: vec![204],
        }
    }
}

/// How binding each patch format is.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatchMedia {
    /// `application/merge-patch+json`.
    pub merge_patch: Level,
    /// `application/json-patch+json`.
    pub json_patch: Level,
    /// `application/json-patch-query+json`.
    pub json_patch_query: Level,
}

/// Event subscription of an API.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hub {
    /// Path below the base path.
    pub path: String,
    /// Constant part of a subscription's body.
    #[serde(default = "empty_object")]
    pub body: Value,
    /// Attributes that a subscription's answer must have.
    pub mandatory: Vec<String>,
    /// Attributes that every event must have.
    pub event_mandatory: Vec<String>,
    /// Attribute of an event that holds the resource under its own name.
    #[serde(default = "event_holder")]
    pub holder: String,
    /// How binding the delivery of declared events is.
    pub level: Level,
}

/// Operations that a resource can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// GET on the collection.
    List,
    /// GET by id.
    Get,
    /// POST.
    Create,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// One resource.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resource {
    /// Name, also the path segment unless `path` says otherwise.
    pub name: String,
    /// Path below the base path, when it is not the name.
    pub path: Option<String>,
    /// Value of `@type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a conforming server must have it. A missing optional resource is skipped.
    #[serde(default)]
    pub mandatory_resource: bool,
    /// Its operations; all other methods are expected to be refused.
    pub operations: Vec<Operation>,
    /// Attributes of every full representation; dotted paths allowed.
    pub mandatory: Vec<String>,
    /// A body that every conforming server accepts.
    #[serde(default = "empty_object")]
    pub body: Value,
    /// The smallest body that the standard allows, when `body` is richer than that.
    pub minimal: Option<Value>,
    /// Attributes that are refused with 400 when missing on create.
    #[serde(default)]
    pub required: Vec<String>,
    /// Attributes of `body` that the server may set itself, so that they are not compared.
    #[serde(default)]
    pub server_set: Vec<String>,
    /// Fragments of wrong type, each refused with 400 when merged into the body.
    #[serde(default)]
    pub wrong_types: Vec<Value>,
    /// A patchable string attribute that the runner makes unique per resource.
    pub label: Option<String>,
    /// A patchable string attribute that the runner sets alike on the resources of one list test.
    pub marker: Option<String>,
    /// Attributes by which lists are filtered.
    #[serde(default)]
    pub facets: Vec<Facet>,
    /// A nested attribute for `fields=a.b`; must be in `body`.
    pub nested_field: Option<String>,
    /// An optional attribute of `body` that a merge patch may remove.
    pub removable: Option<String>,
    /// Two values of an array attribute: a merge patch replaces one by the other.
    pub array: Option<ArrayCase>,
    /// The state machine.
    pub state: Option<StateMachine>,
    /// Attribute that a server sets to one of a closed list of values.
    pub status: Option<Status>,
    /// Events that changes of the resource raise.
    pub events: Option<Events>,
}

/// An attribute with five ascending values, one for each resource of a list test.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Facet {
    /// Dotted attribute path as it stands in a query.
    pub attribute: String,
    /// Merged into the body; `${value}` is replaced by the value.
    pub fragment: Value,
    /// Five strictly ascending values.
    pub values: Vec<Value>,
}

/// Two values of an array attribute.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArrayCase {
    /// The attribute.
    pub attribute: String,
    /// At least two elements.
    pub first: Value,
    /// What replaces them.
    pub second: Value,
    /// Attribute that tells the elements of `first` apart.
    pub key: String,
    /// String attribute of an element, set by json-patch-query.
    pub target: String,
}

/// States and the moves between them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StateMachine {
    /// The attribute.
    pub attribute: String,
    /// States in the order of allowed moves; the first is the state on create.
    pub path: Vec<String>,
    /// The server alone gives the first state; clients do not send one on create.
    #[serde(default)]
    pub given: bool,
    /// Refused moves, tried when the walk along `path` is in `from`.
    #[serde(default)]
    pub refused: Vec<Move>,
    /// Source of the rules.
    pub source: String,
}

/// One move of a state machine.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
}

/// An attribute with a closed list of values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// The attribute.
    pub attribute: String,
    /// Its values.
    pub values: Vec<String>,
}

/// Event types that changes of a resource raise; `None` when the API does not declare one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// Name under which an event holds the resource.
    pub key: String,
    /// After POST.
    pub create: Option<String>,
    /// After PATCH of an ordinary attribute.
    pub change: Option<String>,
    /// After PATCH of the state attribute.
    pub state: Option<String>,
    /// After DELETE.
    pub delete: Option<String>,
}

impl Resource {
    /// Path segment below the base path.
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(&self.name)
    }

    /// Whether the resource has an operation.
    pub fn has(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }
}

fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}

fn event_holder() -> String {
    "event".to_owned()
}

/// Number of values that a facet has: enough to tell `<` from `<=` on both sides.
pub const FACET_VALUES: usize = 5;

/// The profiles built into this program: all files of the folder `profiles`, by the build script.
const EMBEDDED: &[&str] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// Reads a profile.
///
/// # Errors
/// A text naming the unknown, missing or inconsistent part.
pub fn parse(text: &str) -> Result<Profile, String> {
    let profile: Profile = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
    for resource in &profile.resources {
        if let Some(facet) = resource
            .facets
            .iter()
            .find(|facet| facet.values.len() != FACET_VALUES)
        {
            return Err(format!(
                "{}: facet {} needs {FACET_VALUES} values",
                resource.name, facet.attribute
            ));
        }
    }
    Ok(profile)
}

/// The embedded profiles, narrowed by API number and version where these are given.
///
/// # Errors
/// A text saying that nothing matches, or which embedded profile is malformed.
pub fn embedded(api: Option<&str>, version: Option<&str>) -> Result<Vec<Profile>, String> {
    let profiles = EMBEDDED
        .iter()
        .map(|text| parse(text))
        .collect::<Result<Vec<_>, _>>()?;
    let chosen: Vec<Profile> = profiles
        .into_iter()
        .filter(|profile| api.is_none_or(|api| api.eq_ignore_ascii_case(&profile.api)))
        .filter(|profile| {
            version.is_none_or(|version| version.eq_ignore_ascii_case(&profile.version))
        })
        .collect();
    if chosen.is_empty() {
        let wanted = [api, version]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        return Err(format!(
            "no profile for {wanted}; see `conformance profiles`"
        ));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_profiles_are_well_formed() {
        let all = embedded(None, None).unwrap();
        assert_eq!(all.len(), EMBEDDED.len());
        assert!(embedded(Some("tmf620"), Some("V5")).unwrap()[0].typed);
        assert!(embedded(Some("TMF000"), None).is_err());
    }

    #[test]
    fn every_example_attribute_is_in_the_body() {
        for profile in embedded(None, None).unwrap() {
            for resource in &profile.resources {
                for path in resource.nested_field.iter().chain(&resource.removable) {
                    assert!(
                        crate::json::present(&resource.body, path),
                        "{} {}: {path}",
                        profile.version,
                        resource.name
                    );
                }
            }
        }
    }
}
