//! Inserts rows of several tables with one statement: one round trip and one cached plan for any
//! number of rows.

use diesel::RunQueryDsl;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, Text};

use super::Conn;
use super::copy::copy;
use super::dialect::Db;
use crate::store::rows::{EventRow, IndexRow, PendingRow, ResourceRow, TallyRow, WordsRow};
use crate::store::session::NewRows;

/// A column of values, one for each row.
pub(super) enum Column<'a> {
    Ints(Vec<i64>),
    OptionalInts(Vec<Option<i64>>),
    Bools(Vec<bool>),
    Texts(Vec<&'a str>),
    Optional(Vec<Option<&'a str>>),
    Bytes(Vec<&'a [u8]>),
    OptionalBytes(Vec<Option<&'a [u8]>>),
}

/// Rows of one table, handed in column by column.
pub(super) struct Columns<'a>(Vec<Column<'a>>);

impl<'a> Columns<'a> {
    pub fn new(columns: impl Into<Vec<Column<'a>>>) -> Self {
        Columns(columns.into())
    }

    /// The rows as a source of a query: `unnest($1, $2, ...)`.
    pub fn walk<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>
    where
        'a: 'b,
    {
        out.push_sql("unnest(");
        for (at, column) in self.0.iter().enumerate() {
            if at > 0 {
                out.push_sql(", ");
            }
            match column {
                Column::Ints(values) => out.push_bind_param::<Array<BigInt>, _>(values)?,
                Column::OptionalInts(values) => {
                    out.push_bind_param::<Array<Nullable<BigInt>>, _>(values)?;
                }
                Column::Bools(values) => out.push_bind_param::<Array<Bool>, _>(values)?,
                Column::Texts(values) => out.push_bind_param::<Array<Text>, _>(values)?,
                Column::Optional(values) => {
                    out.push_bind_param::<Array<Nullable<Text>>, _>(values)?;
                }
                Column::Bytes(values) => out.push_bind_param::<Array<Binary>, _>(values)?,
                Column::OptionalBytes(values) => {
                    out.push_bind_param::<Array<Nullable<Binary>>, _>(values)?;
                }
            }
        }
        out.push_sql(")");
        Ok(())
    }
}

/// One table and its new rows.
struct Table<'a> {
    /// Name of the part of the statement.
    name: &'static str,
    /// Table, columns and what they are filled with.
    insert: &'static str,
    rows: Columns<'a>,
}

/// The statement. Its parts see the database as it was before, which is all that plain inserts
/// need.
struct Insert<'a>(Vec<Table<'a>>);

impl QueryFragment<Db> for Insert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        for (at, table) in self.0.iter().enumerate() {
            out.push_sql(if at == 0 { "WITH " } else { ", " });
            out.push_sql(table.name);
            out.push_sql(" AS (INSERT INTO ");
            out.push_sql(table.insert);
            out.push_sql(" FROM ");
            table.rows.walk(&mut out)?;
            // Names for those that convert a column.
            out.push_sql(" AS c (a, b))");
        }
        out.push_sql(" SELECT 1");
        Ok(())
    }
}

impl QueryId for Insert<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Conn> for Insert<'_> {}

/// New resources from which on their tables are worth a round trip each.
const MANY: usize = 256;

/// Inserts the rows.
pub(in crate::store) fn insert(conn: &mut Conn, rows: &NewRows) -> QueryResult<()> {
    if rows.resources.len() >= MANY {
        return copy(conn, rows);
    }
    let tables = [
        table(&rows.resources, "r", RESOURCE, resource_columns),
        table(&rows.index, "i", INDEX, index_columns),
        table(&rows.events, "e", EVENT, event_columns),
        table(&rows.pending, "p", PENDING, pending_columns),
        table(&rows.tallies, "t", TALLY, tally_columns),
        table(&rows.words, "w", WORDS, words_columns),
    ];
    let tables: Vec<Table<'_>> = tables.into_iter().flatten().collect();
    if tables.is_empty() {
        return Ok(());
    }
    Insert(tables).execute(conn).map(drop)
}

fn table<'a, T>(
    rows: &'a [T],
    name: &'static str,
    insert: &'static str,
    columns: impl FnOnce(&'a [T]) -> Columns<'a>,
) -> Option<Table<'a>> {
    (!rows.is_empty()).then(|| Table {
        name,
        insert,
        rows: columns(rows),
    })
}

const RESOURCE: &str = "resource (seq, tenant, kind, id, version, revision, current, label, state, \
                        created_at, updated_at, doc) SELECT *";
const INDEX: &str = "resource_index (tenant, attribute, current, value, seq) SELECT *";
const EVENT: &str = "event (at, seq, tenant, principal, event_id, change, kind, id, version, \
                     revision, changed) SELECT *";
const PENDING: &str = "event_pending (seq, at, tenant) SELECT *";
const TALLY: &str = "tally (tenant, kind, attribute, value, n) SELECT *";
const WORDS: &str = "text_search (seq, words) \
                     SELECT c.a, array_to_tsvector(string_to_array(c.b, ' '))";

fn resource_columns(rows: &[ResourceRow]) -> Columns<'_> {
    Columns(vec![
        ints(rows, |r| r.seq),
        ints(rows, |r| r.tenant),
        texts(rows, |r| &r.kind),
        texts(rows, |r| &r.id),
        texts(rows, |r| &r.version),
        ints(rows, |r| r.revision),
        bools(rows, |r| r.current),
        optional(rows, |r| r.label.as_deref()),
        optional(rows, |r| r.state.as_deref()),
        ints(rows, |r| r.created_at),
        ints(rows, |r| r.updated_at),
        texts(rows, |r| &r.doc),
    ])
}

pub(super) fn index_columns(rows: &[IndexRow]) -> Columns<'_> {
    Columns(vec![
        ints(rows, |r| r.tenant),
        ints(rows, |r| r.attribute),
        bools(rows, |r| r.current),
        texts(rows, |r| &r.value),
        ints(rows, |r| r.seq),
    ])
}

fn event_columns(rows: &[EventRow]) -> Columns<'_> {
    Columns(vec![
        ints(rows, |r| r.at),
        ints(rows, |r| r.seq),
        ints(rows, |r| r.tenant),
        texts(rows, |r| &r.principal),
        texts(rows, |r| &r.event_id),
        texts(rows, |r| &r.change),
        texts(rows, |r| &r.kind),
        texts(rows, |r| &r.id),
        texts(rows, |r| &r.version),
        ints(rows, |r| r.revision),
        optional(rows, |r| r.changed.as_deref()),
    ])
}

fn pending_columns(rows: &[PendingRow]) -> Columns<'_> {
    Columns(vec![
        ints(rows, |r| r.seq),
        ints(rows, |r| r.at),
        ints(rows, |r| r.tenant),
    ])
}

fn tally_columns(rows: &[TallyRow]) -> Columns<'_> {
    Columns(vec![
        ints(rows, |r| r.tenant),
        texts(rows, |r| &r.kind),
        ints(rows, |r| r.attribute),
        texts(rows, |r| &r.value),
        ints(rows, |r| r.n),
    ])
}

fn words_columns(rows: &[WordsRow]) -> Columns<'_> {
    Columns(vec![ints(rows, |r| r.seq), texts(rows, |r| &r.words)])
}

pub(super) fn ints<'a, T>(rows: &[T], get: impl Fn(&T) -> i64) -> Column<'a> {
    Column::Ints(rows.iter().map(get).collect())
}

pub(super) fn texts<'a, T>(rows: &'a [T], get: impl Fn(&'a T) -> &'a str) -> Column<'a> {
    Column::Texts(rows.iter().map(get).collect())
}

pub(super) fn bools<'a, T>(rows: &[T], get: impl Fn(&T) -> bool) -> Column<'a> {
    Column::Bools(rows.iter().map(get).collect())
}

pub(super) fn optional<'a, T>(rows: &'a [T], get: impl Fn(&'a T) -> Option<&'a str>) -> Column<'a> {
    Column::Optional(rows.iter().map(get).collect())
}

pub(super) fn optional_ints<'a, T>(rows: &[T], get: impl Fn(&T) -> Option<i64>) -> Column<'a> {
    Column::OptionalInts(rows.iter().map(get).collect())
}

pub(super) fn bytes<'a, T>(rows: &'a [T], get: impl Fn(&'a T) -> &'a [u8]) -> Column<'a> {
    Column::Bytes(rows.iter().map(get).collect())
}

pub(super) fn optional_bytes<'a, T>(
    rows: &'a [T],
    get: impl Fn(&'a T) -> Option<&'a [u8]>,
) -> Column<'a> {
    Column::OptionalBytes(rows.iter().map(get).collect())
}
