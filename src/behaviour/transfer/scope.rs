//! What a job is about: which kinds of resources, in the words of which API version.
//!
//! The `path` of a job names a collection, `productOffering`, as the standard gives no grammar for
//! it. The address of a collection works as well, with or without what stands before the
//! collection: `/tmf-api/productCatalogManagement/v4/productOffering`, `/v4/productOffering`. Its
//! version, or a name that only one version has (`catalog`), says in which version the records of
//! the file are written. Without either, imports look at each record and exports write v5.

use crate::domain::descriptor::{ApiVersion, Resource};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Registry;

/// The kinds that a file of the product catalog can hold, in an order in which what is referred to comes
/// first.
pub const KINDS: [&str; 5] = [
    "category",
    "productSpecification",
    "productOfferingPrice",
    "productOffering",
    "productCatalog",
];

/// What the jobs of an API are about.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    api: &'static str,
    kinds: &'static [&'static str],
}

/// Jobs of the product catalog.
pub static CATALOG: Field = Field {
    api: "TMF620",
    kinds: &KINDS,
};
/// Jobs of usage.
pub static USAGE: Field = Field {
    api: "TMF635",
    kinds: &["usage"],
};

/// What a job is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The collection that is named; all kinds otherwise.
    pub kind: Option<&'static str>,
    /// The version that is named.
    pub version: Option<ApiVersion>,
}

impl Scope {
    /// Reads the `path` of a job. Without one it is about everything of its field.
    ///
    /// # Errors
    /// `InvalidBody` at `/path` with the collections there are.
    pub fn parse(registry: &Registry, field: &Field, path: Option<&str>) -> Outcome<Self> {
        let trimmed = path.unwrap_or_default().trim().trim_matches('/');
        if trimmed.is_empty() {
            let kind = match field.kinds {
                [only] => Some(*only),
                _ => None,
            };
            return Ok(Scope {
                kind,
                version: None,
            });
        }
        let unknown = || unknown(registry, field);
        let (before, name) = match trimmed.rsplit_once('/') {
            Some((before, name)) => (before, name),
            None => ("", trimmed),
        };
        let named = version_before(registry, field, before).ok_or_else(unknown)?;
        let fits = |resource: &&Resource| {
            resource.path == name && named.is_none_or(|version| version == resource.version)
        };
        let found: Vec<&Resource> = resources_of(registry, field).filter(|r| fits(r)).collect();
        match found.as_slice() {
            [] => Err(unknown()),
            // A name that only one version has.
            [only] => Ok(Scope {
                kind: Some(only.kind),
                version: Some(only.version),
            }),
            [first, ..] => Ok(Scope {
                kind: Some(first.kind),
                version: named,
            }),
        }
    }

    /// The kinds in the order in which they are written.
    pub fn kinds(&self) -> Vec<&'static str> {
        match self.kind {
            Some(kind) => vec![kind],
            None => KINDS.to_vec(),
        }
    }
}

/// Every collection of the product catalog that can be imported or exported, in every version.
pub fn resources(registry: &Registry) -> impl Iterator<Item = &'static Resource> {
    resources_of(registry, &CATALOG)
}

fn resources_of<'r>(
    registry: &'r Registry,
    field: &'r Field,
) -> impl Iterator<Item = &'static Resource> + 'r {
    registry
        .apis()
        .iter()
        .filter(|api| api.id == field.api)
        .flat_map(|api| api.resources.iter().copied())
        .filter(|resource| field.kinds.contains(&resource.kind))
}

/// The version that stands before the collection; `None` when what stands there is foreign.
fn version_before(registry: &Registry, field: &Field, before: &str) -> Option<Option<ApiVersion>> {
    if before.is_empty() {
        return Some(None);
    }
    if let Some(version) = ApiVersion::parse(before) {
        return Some(Some(version));
    }
    registry
        .apis()
        .iter()
        .filter(|api| api.id == field.api)
        .find(|api| {
            // The part below a common root such as `/tmf-api` is enough.
            let bases = api.base_paths.iter().map(|base| base.trim_matches('/'));
            let same = |base: &str| base == before || base.ends_with(&format!("/{before}"));
            bases.into_iter().any(same)
        })
        .map(|api| Some(api.version))
}

fn unknown(registry: &Registry, field: &Field) -> Problem {
    let mut names: Vec<&str> = field
        .kinds
        .iter()
        .filter_map(|kind| Some(registry.canonical(kind)?.path))
        .collect();
    names.dedup();
    let names = names.join(", ");
    Problem::at(
        Code::InvalidBody,
        "/path",
        format!("must name one of the collections {names}"),
    )
}
