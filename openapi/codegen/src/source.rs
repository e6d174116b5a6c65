//! The model files as they are written. Nothing is checked here beyond their shape; unknown keys
//! are refused so that a misspelling does not pass unseen.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::ordered::Ordered;
use crate::problem::Problems;

/// `manifest.yaml`: which files make up the model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub glossary: String,
    /// Files with what is shared, by version (`v4`, `v5`): the first one holds the conventions too.
    pub common: Ordered<Vec<String>>,
    pub apis: Vec<String>,
}

/// What is shared by all APIs of a version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommonSource {
    /// Parts of resources have create and patch forms of their own, not only the resources.
    pub nested_forms: bool,
    /// Names for types that an API file may set to another scalar.
    #[serde(default)]
    pub types: Ordered<String>,
    pub operations: Ordered<OperationSource>,
    pub hub: HubSource,
    pub events: EventSource,
    #[serde(default)]
    pub include: Vec<String>,
    #[serde(default)]
    pub enums: Ordered<EnumSource>,
    pub entities: Ordered<EntitySource>,
    /// The further files of the version.
    #[serde(skip)]
    pub shared: Vec<Named<SharedSource>>,
}

/// Further types that APIs of a version share, on one subject.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedSource {
    #[serde(default)]
    pub enums: Ordered<EnumSource>,
    pub entities: Ordered<EntitySource>,
}

/// One API in one version.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSource {
    pub api: String,
    pub version: String,
    pub edition: String,
    pub title: String,
    pub about: String,
    pub base_paths: Vec<String>,
    #[serde(default)]
    pub types: Ordered<String>,
    /// Shared entities that the document lists although nothing reaches them.
    #[serde(default)]
    pub include: Vec<String>,
    /// What the shared files include and this edition does not have.
    #[serde(default)]
    pub exclude: Vec<String>,
    /// Operations that differ from the shared ones.
    #[serde(default)]
    pub operations: Ordered<OperationSource>,
    pub hub: Option<HubSource>,
    pub events: Option<EventSource>,
    pub resources: Ordered<ResourceSource>,
    #[serde(default)]
    pub enums: Ordered<EnumSource>,
    #[serde(default)]
    pub entities: Ordered<EntitySource>,
}

/// How an operation behaves. Lists are words separated by blanks, answers are pairs of status and
/// `one`, `many` or `empty`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationSource {
    #[serde(default)]
    pub query: String,
    #[serde(default)]
    pub media: String,
    pub ok: String,
    pub errors: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubSource {
    pub entity: String,
    pub create: String,
    pub listener_status: u16,
    pub operations: Ordered<OperationSource>,
}

/// From what the event entities of an API are made.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSource {
    #[serde(default)]
    pub extends: Vec<String>,
    #[serde(default)]
    pub with: Vec<String>,
    /// The attribute that holds the resource; `event` when missing.
    pub holder: Option<String>,
    /// Changes whose payload the standard calls `XPayload` and not `XEventPayload`.
    #[serde(default)]
    pub short_payload: Vec<String>,
    /// Paths of listeners that do not follow from the event type, by event type.
    #[serde(default)]
    pub listeners: Ordered<String>,
    /// Attributes that only events of one change carry, by change.
    #[serde(default)]
    pub attributes: Ordered<Ordered<String>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceSource {
    /// What people call one of it, in lower case.
    pub label: String,
    /// What people call several; the label with its usual ending when missing.
    pub plural: Option<String>,
    /// The path in upper camel case when missing.
    pub entity: Option<String>,
    /// The path when missing.
    pub kind: Option<String>,
    pub operations: Vec<String>,
    /// Operations of this resource that differ from those of the API.
    #[serde(default)]
    pub profile: Ordered<OperationSource>,
    #[serde(default)]
    pub versioned: bool,
    pub state: Option<String>,
    pub created_stamp: Option<String>,
    pub updated_stamp: Option<String>,
    /// Attributes that the server supplies when a client leaves them out.
    #[serde(default)]
    pub supplied: Vec<String>,
    /// Attributes that the server alone decides.
    #[serde(default)]
    pub owned: Vec<String>,
    #[serde(default)]
    pub events: Vec<String>,
    /// `PATH`, `PATH tallied`, `PATH -> KIND` or `PATH -> KIND|KIND`.
    #[serde(default)]
    pub index: Vec<String>,
    /// Paths of what text search finds.
    #[serde(default)]
    pub search: Vec<String>,
    /// Kinds that are not looked for when a document that refers to them is written.
    #[serde(default)]
    pub loose: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnumSource {
    pub about: String,
    pub values: Vec<String>,
    /// Values that the newer version spells differently.
    #[serde(default)]
    pub becomes: Ordered<String>,
    /// The standard does not have it.
    #[serde(default)]
    pub extension: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntitySource {
    pub about: Option<String>,
    /// Changes the shared entity of the same name instead of replacing it.
    #[serde(default)]
    pub amend: bool,
    /// Only a store of attributes for `with`; not in the document.
    #[serde(default, rename = "abstract")]
    pub is_abstract: bool,
    /// Stands for any JSON value.
    #[serde(default)]
    pub any: bool,
    /// The standard does not have it.
    #[serde(default)]
    pub extension: bool,
    /// Parents that the document names.
    #[serde(default)]
    pub extends: Vec<String>,
    /// Entities whose attributes are copied without being named as parents.
    #[serde(default)]
    pub with: Vec<String>,
    #[serde(default)]
    pub one_of: Vec<String>,
    pub array_of: Option<String>,
    #[serde(default)]
    pub subtypes: Vec<String>,
    #[serde(default)]
    pub unmapped_subtypes: Vec<String>,
    #[serde(default)]
    pub attributes: Ordered<String>,
    /// Always present when read.
    #[serde(default)]
    pub required: Vec<String>,
    pub create: Option<FormSource>,
    pub patch: Option<FormSource>,
    /// Both `create` and `patch`.
    pub write: Option<FormSource>,
    /// Forms that the document lists although nothing reaches them: `create`, `patch`. `none` takes
    /// back what the shared entity lists.
    #[serde(default)]
    pub forms: Vec<String>,
    /// The newer version's entity for the same thing, when its name differs.
    pub becomes: Option<String>,
    /// Where attributes stand in the newer version's entity, when not under the same name.
    #[serde(default)]
    pub renames: Ordered<String>,
    /// Attributes that hold personal data. `none` takes back what the shared entity lists.
    #[serde(default)]
    pub personal: Vec<String>,
    /// Attributes that the standard does not have.
    #[serde(default)]
    pub extensions: Vec<String>,
}

/// How a writable form differs from what is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormSource {
    /// Replaces the entity's own `required`; what parents require stays.
    pub required: Option<Vec<String>>,
    /// Attributes that a client may not send.
    #[serde(default)]
    pub without: Vec<String>,
}

/// A parsed file and its name.
#[derive(Debug)]
pub struct Named<T> {
    pub file: String,
    pub content: T,
}

/// All model files.
#[derive(Debug)]
pub struct Sources {
    pub glossary: Named<Ordered<String>>,
    pub common: Vec<(String, Named<CommonSource>)>,
    pub apis: Vec<Named<ApiSource>>,
}

impl Sources {
    /// Reads the manifest and every file it names.
    pub fn read(folder: &Path) -> Result<Sources, Problems> {
        let manifest: Named<Manifest> = read(folder, "manifest.yaml")?;
        let mut common = Vec::new();
        for (version, files) in manifest.content.common.iter() {
            common.push((version.to_owned(), read_common(folder, version, files)?));
        }
        let apis = manifest.content.apis.iter();
        Ok(Sources {
            glossary: read(folder, &manifest.content.glossary)?,
            common,
            apis: apis
                .map(|file| read(folder, file))
                .collect::<Result<_, _>>()?,
        })
    }
}

fn read_common(
    folder: &Path,
    version: &str,
    files: &[String],
) -> Result<Named<CommonSource>, Problems> {
    let Some((first, further)) = files.split_first() else {
        let mut problems = Problems::default();
        let key = format!("common.{version}");
        problems.add("manifest.yaml", key, "at least one file is needed");
        return Err(problems);
    };
    let mut common: Named<CommonSource> = read(folder, first)?;
    for file in further {
        common.content.shared.push(read(folder, file)?);
    }
    Ok(common)
}

fn read<T: DeserializeOwned>(folder: &Path, file: &str) -> Result<Named<T>, Problems> {
    let fail = |key: &str, message: String| {
        let mut problems = Problems::default();
        problems.add(file, key, message);
        problems
    };
    let text = fs::read_to_string(folder.join(file))
        .map_err(|e| fail("(file)", format!("cannot be read: {e}")))?;
    let content = serde_yaml_ng::from_str(&text).map_err(|e| {
        let place = e.location().map_or("(file)".to_owned(), |l| {
            format!("line {} column {}", l.line(), l.column())
        });
        fail(&place, e.to_string())
    })?;
    Ok(Named {
        file: file.to_owned(),
        content,
    })
}
