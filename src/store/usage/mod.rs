//! Usage is stored apart from other resources: there are far more of it, all much alike, and most of it
//! is written once. A row holds what is searched for, and the document as leaves of a shape (see
//! [`crate::domain::packed`]). To the engine it looks like any other resource.
//!
//! Also here, because it is written together with usage: what usage leaves behind (`charging_state`),
//! the counts of records, and what products are known by.

pub(in crate::store) mod column;
mod rows;
mod session;
mod shapes;

pub use rows::{
    Began, CountRow, IdentifierKey, IdentifierRow, StateWrite, SumLogRow, UsageRow, UsageSumRow,
    UsageWrite,
};
pub use session::{Usages, Waiting};
pub use shapes::{Shape, UsageFrame, pack_usage, shape_in, shape_of};
pub(in crate::store) use shapes::{known as known_shape, remember as remember_shape};

use super::rows::ResourceRow;
use crate::domain::packed::Packed;
use crate::domain::usage_facts::UsageFacts;
use crate::domain::usage_status::UsageStatus;
use crate::store::error::{DbError, DbResult};

/// The kind of resource that is stored here.
pub const KIND: &str = "usage";

/// Usage without an id of its own has one made of its sequence number.
const ID_PREFIX: char = 'u';

/// The id of a usage.
pub fn id_of(row: &UsageRow) -> String {
    row.id.clone().unwrap_or_else(|| made_id(row.seq))
}

/// The id that follows from a sequence number.
pub fn made_id(seq: i64) -> String {
    format!("{ID_PREFIX}{seq:x}")
}

/// The sequence number in an id that follows from one.
pub(in crate::store) fn seq_of(id: &str) -> Option<i64> {
    let digits = id.strip_prefix(ID_PREFIX)?;
    let seq = i64::from_str_radix(digits, 16).ok()?;
    (made_id(seq) == id).then_some(seq)
}

/// What is stored of a resource that the engine makes, and the shape of its document.
pub(in crate::store) fn row_of(row: &ResourceRow) -> DbResult<(UsageRow, Shape)> {
    let doc: serde_json::Value = serde_json::from_str(&row.doc)
        .map_err(|error| DbError::Fault(format!("a usage that is no JSON: {error}")))?;
    let mut packed = Packed::default();
    let shape = pack_usage(&doc, &mut packed);
    let facts = UsageFacts::of(&doc);
    let stored = UsageRow {
        seq: row.seq,
        tenant: row.tenant,
        // An id that follows from the number need not be kept.
        id: (seq_of(&row.id) != Some(row.seq)).then(|| row.id.clone()),
        identity: facts.identity,
        revision: row.revision,
        state: facts.state,
        reason: facts.reason,
        created_at: row.created_at,
        updated_at: row.updated_at,
        start_at: facts.start_at,
        product: facts.product,
        shape: shape.number,
        leaves: packed.leaves,
        trace_shape: 0,
        trace: Vec::new(),
    };
    Ok((stored, shape))
}

/// A row as the engine knows resources; `shape` is the text of its shape.
pub(in crate::store) fn resource_of(row: UsageRow, shape: &str) -> DbResult<ResourceRow> {
    let doc = crate::domain::packed::unpack(shape, &row.leaves)
        .ok_or_else(|| DbError::Fault("a usage does not fit its shape".into()))?;
    let state = UsageStatus::numbered(row.state).map(|state| state.as_str().to_owned());
    Ok(ResourceRow {
        id: id_of(&row),
        seq: row.seq,
        tenant: row.tenant,
        kind: KIND.to_owned(),
        version: String::new(),
        revision: row.revision,
        current: true,
        label: None,
        state,
        created_at: row.created_at,
        updated_at: row.updated_at,
        doc,
    })
}
