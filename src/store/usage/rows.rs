//! Rows of usage and of what belongs to it.

use std::fmt;

use diesel::prelude::*;

use crate::domain::identifier::Row;
use crate::store::schema;

/// A stored usage.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = schema::usage_record, treat_none_as_default_value = false)]
pub struct UsageRow {
    pub seq: i64,
    pub tenant: i64,
    /// None where it follows from `seq`.
    pub id: Option<String>,
    pub identity: Option<Vec<u8>>,
    /// Counts the writes, from 1.
    pub revision: i64,
    pub state: i64,
    pub reason: i64,
    /// Microseconds since 1970.
    pub created_at: i64,
    pub updated_at: i64,
    pub start_at: i64,
    pub product: i64,
    pub shape: i64,
    pub leaves: Vec<u8>,
    pub trace_shape: i64,
    pub trace: Vec<u8>,
}

/// The key alone: usage is personal.
impl fmt::Debug for UsageRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageRow")
            .field("seq", &self.seq)
            .field("revision", &self.revision)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// When usage began, and behind which number it stands.
#[derive(Clone, Copy, Debug)]
pub struct Began {
    /// Microseconds since 1970, inclusive.
    pub from: i64,
    /// Exclusive.
    pub to: i64,
    pub behind: i64,
}

/// What usage of a product has come to, or a part of that.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = schema::usage_sum)]
pub struct UsageSumRow {
    pub seq: i64,
    pub tenant: i64,
    /// Id of the product.
    pub product: String,
    pub body: Vec<u8>,
}

/// What a batch adds to what waits to be billed.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = schema::usage_sum_log)]
pub struct SumLogRow {
    pub seq: i64,
    pub tenant: i64,
    pub body: Vec<u8>,
}

/// The next state of what usage has left behind with an owner; applies only to the revision before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateWrite {
    pub tenant: i64,
    pub owner: String,
    /// Of the state that it follows; 0 where there was none.
    pub expected_revision: i64,
    pub state: Vec<u8>,
}

/// How many records came to an end of some kind.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = schema::usage_count)]
pub struct CountRow {
    pub tenant: i64,
    pub source: String,
    pub hour: i64,
    pub outcome: String,
    /// Who counted; rows of several are added up.
    pub writer: i64,
    pub n: i64,
}

/// What a product is known by, and when.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = schema::identifier)]
pub struct IdentifierRow {
    pub tenant: i64,
    pub value: String,
    pub name: String,
    pub product: String,
    /// Microseconds since 1970, inclusive.
    pub valid_from: i64,
    /// Exclusive.
    pub valid_to: i64,
}

/// What tells a row of [`IdentifierRow`] from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdentifierKey {
    pub tenant: i64,
    pub value: String,
    pub name: String,
    pub product: String,
    pub valid_from: i64,
}

impl IdentifierKey {
    /// The row that ends at an instant.
    pub fn until(self, valid_to: i64) -> IdentifierRow {
        IdentifierRow {
            tenant: self.tenant,
            value: self.value,
            name: self.name,
            product: self.product,
            valid_from: self.valid_from,
            valid_to,
        }
    }
}

impl From<&IdentifierRow> for IdentifierKey {
    fn from(row: &IdentifierRow) -> Self {
        IdentifierKey {
            tenant: row.tenant,
            value: row.value.clone(),
            name: row.name.clone(),
            product: row.product.clone(),
            valid_from: row.valid_from,
        }
    }
}

impl IdentifierRow {
    /// What [`crate::domain::identifier::resolve`] looks at.
    pub fn as_known(&self) -> Row<'_> {
        Row {
            name: &self.name,
            value: &self.value,
            product: &self.product,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
        }
    }
}

/// What is written together: all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct UsageWrite {
    /// Shapes that may not be there yet.
    pub shapes: Vec<(i64, String)>,
    /// New usage.
    pub records: Vec<UsageRow>,
    /// Usage that is there, each in the revision after the stored one.
    pub updates: Vec<UsageRow>,
    pub states: Vec<StateWrite>,
    pub counts: Vec<CountRow>,
}
