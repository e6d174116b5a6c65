//! What the comparison prints: a table for people, JSON for machines.

use std::fmt::Write as _;

use serde::Serialize;

use super::compare::{Difference, Kind};
use super::deviation::{Deviation, Deviations};
use super::shape::ApiShape;

/// Result of comparing one document with one facts file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FactsReport {
    /// API number.
    pub api: String,
    /// Version of the facts.
    pub version: String,
    /// Differences that no deviation explains.
    pub unexplained: Vec<Difference>,
    /// Differences with the reason why they are accepted.
    pub explained: Vec<Explained>,
    /// Deviations of this API version that no longer apply.
    pub unused_deviations: Vec<Deviation>,
}

/// A difference and its reason.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// The difference.
    pub difference: Difference,
    /// Why it is accepted.
    pub why: String,
}

impl FactsReport {
    /// Sorts differences into explained and unexplained.
    pub fn new(facts: &ApiShape, differences: Vec<Difference>, deviations: &Deviations) -> Self {
        let (reasons, unused) = deviations.explain(facts, &differences);
        let mut report = Self {
            api: facts.api.clone(),
            version: facts.version.clone(),
            unexplained: Vec::new(),
            explained: Vec::new(),
            unused_deviations: unused.into_iter().cloned().collect(),
        };
        for (difference, reason) in differences.iter().zip(reasons) {
            match reason {
                Some(entry) => report.explained.push(Explained {
                    difference: difference.clone(),
                    why: entry.why.clone(),
                }),
                None => report.unexplained.push(difference.clone()),
            }
        }
        report
    }

    /// Whether nothing is left to explain. An unused deviation is stale documentation and so is
    /// reported, but it is not a difference.
    pub fn agrees(&self) -> bool {
        self.unexplained.is_empty()
    }

    /// The table for people.
    pub fn table(&self) -> String {
        let mut text = format!("{} {}\n", self.api, self.version);
        let width = self
            .unexplained
            .iter()
            .map(|found| found.at.len())
            .max()
            .unwrap_or(0);
        for found in &self.unexplained {
            let kind = label(found.kind);
            let note = if found.kind == Kind::Different {
                found.difference.as_str()
            } else {
                ""
            };
            let line = format!("  {kind:<9}  {:<width$}  {note}", found.at);
            let _ = writeln!(text, "{}", line.trim_end());
        }
        for found in &self.explained {
            let Difference { at, difference, .. } = &found.difference;
            let _ = writeln!(text, "  accepted   {at}: {difference} ({})", found.why);
        }
        for entry in &self.unused_deviations {
            let _ = writeln!(
                text,
                "  unused deviation: {}: {}",
                entry.at, entry.difference
            );
        }
        let _ = writeln!(
            text,
            "{} unexplained, {} accepted, {} unused deviations",
            self.unexplained.len(),
            self.explained.len(),
            self.unused_deviations.len()
        );
        text
    }
}

fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Missing => "missing",
        Kind::Different => "different",
        Kind::Extra => "extra",
    }
}
