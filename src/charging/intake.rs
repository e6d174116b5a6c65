//! A record that comes in: checked and brought to the stored form, as a single one would be.

use serde_json::Value;

use crate::behaviour::arrival::arrive;
use crate::behaviour::usage::KIND;
use crate::domain::descriptor::ApiVersion;
use crate::domain::json::{self, Limits};
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Core, NewResource};

/// A record as it was sent.
#[derive(Clone, Debug)]
pub enum Sent {
    Value(Value),
    /// JSON text that was not read yet.
    Text(Vec<u8>),
}

/// Checks a record of one version of TMF635.
///
/// # Errors
/// `InvalidBody` with a violation for each attribute that does not fit.
pub fn accept(
    core: &Core,
    limits: &Limits,
    version: ApiVersion,
    record: Sent,
) -> Outcome<NewResource> {
    let record = match record {
        Sent::Value(value) => value,
        Sent::Text(text) => json::parse(&text, limits)?,
    };
    let resource = core
        .registry
        .in_version(KIND, version)
        .ok_or_else(|| Problem::internal("there is no usage"))?;
    let mut new = core.accept(resource, record)?;
    arrive(&mut new.doc, core.clock.now())?;
    Ok(new)
}
