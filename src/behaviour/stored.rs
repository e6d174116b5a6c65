//! Documents of stored rows.

use serde_json::Value;

use crate::domain::problem::{Outcome, Problem};
use crate::store::ResourceRow;

/// The document of a row.
///
/// # Errors
/// A fault of ours when it does not parse.
pub fn document(row: &ResourceRow) -> Outcome<Value> {
    serde_json::from_str(&row.doc)
        .map_err(|error| Problem::internal(format!("a stored document does not parse: {error}")))
}
