//! The APIs this server knows, and the way from a kind to its descriptors.

use std::collections::HashMap;

use crate::domain::descriptor::{Api, ApiVersion, Index, Resource};
use crate::store::IndexedAttribute;

/// All served APIs. Built once from the generated tables.
pub struct Registry {
    apis: &'static [&'static Api],
    /// The stored form's descriptor of each kind: that of the newest version.
    canonical: HashMap<&'static str, &'static Resource>,
    /// Kinds that refer to a kind, with the path of the reference.
    referrers: HashMap<&'static str, Vec<(&'static str, &'static str)>>,
}

impl Registry {
    /// Reads the generated tables.
    pub fn new(apis: &'static [&'static Api]) -> Self {
        let mut canonical: HashMap<&'static str, &'static Resource> = HashMap::new();
        for resource in apis.iter().flat_map(|api| api.resources.iter().copied()) {
            let known = canonical.entry(resource.kind).or_insert(resource);
            if resource.version > known.version {
                *known = resource;
            }
        }
        let mut referrers: HashMap<&'static str, Vec<(&'static str, &'static str)>> =
            HashMap::new();
        for resource in canonical.values() {
            for index in resource.indexes {
                for &target in index.targets {
                    referrers
                        .entry(target)
                        .or_default()
                        .push((resource.kind, index.path));
                }
            }
        }
        Registry {
            apis,
            canonical,
            referrers,
        }
    }

    pub fn apis(&self) -> &'static [&'static Api] {
        self.apis
    }

    /// One API in one version.
    pub fn api(&self, id: &str, version: ApiVersion) -> Option<&'static Api> {
        self.apis
            .iter()
            .copied()
            .find(|api| api.id == id && api.version == version)
    }

    /// All kinds, in no particular order.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> {
        self.canonical.keys().copied()
    }

    /// The stored form's descriptor of a kind.
    pub fn canonical(&self, kind: &str) -> Option<&'static Resource> {
        self.canonical.get(kind).copied()
    }

    /// The descriptor of a kind as one version of its API shows it.
    pub fn in_version(&self, kind: &str, version: ApiVersion) -> Option<&'static Resource> {
        self.apis
            .iter()
            .filter(|api| api.version == version)
            .flat_map(|api| api.resources.iter().copied())
            .find(|resource| resource.kind == kind)
    }

    /// Kinds and paths of references that point at a kind.
    pub fn referrers(&self, kind: &str) -> &[(&'static str, &'static str)] {
        self.referrers.get(kind).map_or(&[], Vec::as_slice)
    }

    /// True when every resource of the kind has the attribute exactly once, whatever API version
    /// made it: then its index gives a complete order.
    pub fn is_always_present(&self, kind: &str, path: &str) -> bool {
        let mut served = self
            .apis
            .iter()
            .flat_map(|api| api.resources.iter().copied())
            .filter(|resource| resource.kind == kind)
            .peekable();
        served.peek().is_some()
            && served.all(|resource| {
                let stamped =
                    resource.updated_stamp == Some(path) || resource.created_stamp == Some(path);
                resource.entity.attribute(path).is_some_and(|attribute| {
                    !attribute.many
                        && (stamped || attribute.server_supplied || attribute.required_on_create)
                })
            })
    }

    /// What the store indexes.
    pub fn indexed(&self) -> Vec<IndexedAttribute> {
        let mut indexed: Vec<IndexedAttribute> = self
            .canonical
            .values()
            .flat_map(|resource| {
                resource
                    .indexes
                    .iter()
                    .map(|index: &Index| IndexedAttribute {
                        kind: resource.kind,
                        path: index.path,
                        tallied: index.tallied,
                    })
            })
            .collect();
        indexed.sort_by_key(|attribute| (attribute.kind, attribute.path));
        indexed
    }
}
