//! Why a usage costs what it costs.

use serde_json::Value;

use crate::domain::problem::{Code, Outcome, Problem};
use crate::store::Store;

/// The trace of a usage: price, steps, and amounts before rounding.
///
/// # Errors
/// `NotFound` where there is no such usage, or it was not rated; when the database cannot be read.
pub async fn trace(store: &Store, tenant: i64, id: &str) -> Outcome<Value> {
    let asked = id.to_owned();
    let found = store.scan(move |session| {
        let Some(row) = session.usage_record(tenant, &asked)? else {
            return Ok(None);
        };
        Ok(Some(session.usage_trace(&row)?))
    });
    let none = |message: String| Problem::new(Code::NotFound, message);
    let trace = found.await?;
    let trace = trace.ok_or_else(|| none(format!("There is no usage '{id}'.")))?;
    let trace = trace.ok_or_else(|| none(format!("The usage '{id}' was not rated.")))?;
    serde_json::from_str(&trace)
        .map_err(|error| Problem::internal(format!("a trace that is no JSON: {error}")))
}
