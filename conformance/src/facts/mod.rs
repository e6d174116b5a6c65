//! Comparison of a published API description with the facts of the standard.
//!
//! Both sides are read into the same normal form ([`shape::ApiShape`]): the facts file by
//! [`file`], an OpenAPI 3.x or Swagger 2.0 document by [`document`] and [`schema`]. How a document
//! expresses inheritance (`allOf` or flattened) or where it puts listeners (paths, callbacks or
//! webhooks) therefore makes no difference. [`compare`] lists what differs, [`deviation`] explains
//! the accepted differences and [`report`] prints the rest.

pub mod compare;
pub mod deviation;
pub mod document;
pub mod file;
pub mod report;
pub mod schema;
pub mod shape;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub use compare::{Difference, compare};
pub use deviation::{Deviation, Deviations};
pub use report::FactsReport;

/// Where the documents to be compared lie.
#[derive(Debug, Clone)]
pub struct FactsOptions {
    /// OpenAPI 3.x or Swagger 2.0 document, JSON or YAML.
    pub openapi: PathBuf,
    /// Facts file of the same API version.
    pub facts: PathBuf,
    /// Accepted differences with their reasons.
    pub deviations: Option<PathBuf>,
}

/// Reads both documents, compares them and applies the deviations.
///
/// # Errors
/// A text naming the file that cannot be read or understood.
pub fn check(options: &FactsOptions) -> Result<FactsReport, String> {
    let facts = read_value(&options.facts)?;
    let facts = file::read(&facts, &options.facts)
        .map_err(|error| format!("{}: {error}", options.facts.display()))?;
    let document = read_value(&options.openapi)?;
    let document = document::read(&document)
        .map_err(|error| format!("{}: {error}", options.openapi.display()))?;
    let deviations = match &options.deviations {
        Some(path) => Deviations::parse(&read_text(path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?,
        None => Deviations::default(),
    };
    let differences = compare(&facts, &document);
    Ok(FactsReport::new(&facts, differences, &deviations))
}

fn read_text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Reads JSON or YAML by trying JSON first: every JSON error text is better than YAML's.
fn read_value(path: &Path) -> Result<Value, String> {
    let text = read_text(path)?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()));
    }
    serde_yaml_ng::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
