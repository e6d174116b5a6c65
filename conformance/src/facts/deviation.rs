//! Accepted differences: each says which API version, where, what, and why.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::compare::Difference;
use super::shape::ApiShape;

/// One accepted difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// API number, for example `TMF620`.
    pub api: String,
    /// Full version (`4.1.0`) or major version (`v4`).
    pub version: String,
    /// Place as the comparison prints it; a `*` at the end covers all places that begin so.
    #[serde(rename = "where")]
    pub at: String,
    /// Difference as the comparison prints it; `*` covers any.
    pub difference: String,
    /// The reason, in a sentence that a partner can read.
    pub why: String,
}

/// The accepted differences of all API versions.
#[derive(Debug, Clone, Default)]
pub struct Deviations {
    list: Vec<Deviation>,
}

impl Deviations {
    /// Reads a YAML list; an empty file is an empty list.
    ///
    /// # Errors
    /// A text naming what is malformed, or an entry whose reason is blank.
    pub fn parse(text: &str) -> Result<Self, String> {
        let list: Option<Vec<Deviation>> =
            serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
        let list = list.unwrap_or_default();
        match list.iter().find(|entry| entry.why.trim().is_empty()) {
            Some(entry) => Err(format!("the entry for '{}' gives no reason", entry.at)),
            None => Ok(Self { list }),
        }
    }

    /// Matches differences against the entries of one API version. Answers, per difference, the
    /// entry that explains it, and the entries that explain nothing.
    pub fn explain(
        &self,
        facts: &ApiShape,
        differences: &[Difference],
    ) -> (Vec<Option<&Deviation>>, Vec<&Deviation>) {
        let entries: Vec<&Deviation> = self
            .list
            .iter()
            .filter(|entry| entry.covers(facts))
            .collect();
        let mut used = BTreeSet::new();
        let explained = differences
            .iter()
            .map(|difference| {
                let index = entries
                    .iter()
                    .position(|entry| entry.explains(difference))?;
                used.insert(index);
                entries.get(index).copied()
            })
            .collect();
        let unused = entries
            .iter()
            .enumerate()
            .filter(|(index, _)| !used.contains(index))
            .map(|(_, entry)| *entry)
            .collect();
        (explained, unused)
    }
}

impl Deviation {
    fn covers(&self, facts: &ApiShape) -> bool {
        let major = facts.version.split('.').next().unwrap_or_default();
        let version = self.version == facts.version || self.version == format!("v{major}");
        version && self.api.eq_ignore_ascii_case(&facts.api)
    }

    fn explains(&self, difference: &Difference) -> bool {
        let place = match self.at.strip_suffix('*') {
            Some(prefix) => difference.at.starts_with(prefix),
            None => difference.at == self.at,
        };
        place && (self.difference == "*" || self.difference == difference.difference)
    }
}
