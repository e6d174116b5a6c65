//! Inserts rows, several with one statement. There are statements for a few numbers of rows only,
//! so each is prepared once; building and binding one costs more than SQLite's own work on a row.
//!
//! `OR FAIL` saves SQLite the journal by which it undoes a statement that fails half way: here the
//! whole transaction, or everything since its savepoint, is undone then.

use diesel::RunQueryDsl;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Binary, Bool, Nullable, Text};

use super::Conn;
use super::dialect::Db;
use crate::store::rates::{BillingWrite, SheetRow};
use crate::store::rows::{EventRow, IndexRow, PendingRow, ResourceRow, TallyRow, WordsRow};
use crate::store::session::NewRows;
use crate::store::usage::{IdentifierRow, StateWrite, UsageRow};

/// A row that can bind its cells.
trait Cells {
    const INSERT: &'static str;
    /// What follows the rows.
    const AFTER: &'static str = "";
    /// Rows a statement may have; the largest that fits is taken.
    const SIZES: &'static [usize] = &[32, 8, 1];

    /// Adds the cells, with commas between them.
    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()>;
}

struct Insert<'a, T>(&'a [T]);

impl<T: Cells> QueryFragment<Db> for Insert<'_, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(T::INSERT);
        for (at, row) in self.0.iter().enumerate() {
            out.push_sql(if at == 0 { " VALUES (" } else { ", (" });
            row.bind(&mut out)?;
            out.push_sql(")");
        }
        out.push_sql(T::AFTER);
        Ok(())
    }
}

impl<T> QueryId for Insert<'_, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> RunQueryDsl<Conn> for Insert<'_, T> {}

/// Inserts the rows.
pub(in crate::store) fn insert(conn: &mut Conn, rows: &NewRows) -> QueryResult<()> {
    insert_all(conn, &rows.resources)?;
    insert_all(conn, &rows.index)?;
    insert_all(conn, &rows.events)?;
    insert_all(conn, &rows.pending)?;
    insert_all(conn, &rows.tallies)?;
    insert_all(conn, &rows.words).map(drop)
}

/// Inserts usage.
pub(in crate::store) fn insert_usage(conn: &mut Conn, rows: &[UsageRow]) -> QueryResult<()> {
    insert_all(conn, rows).map(drop)
}

pub(in crate::store) fn insert_sheets(conn: &mut Conn, rows: &[SheetRow]) -> QueryResult<()> {
    insert_all(conn, rows).map(drop)
}

/// Writes what billing knows over the revisions that are expected; answers how many were as expected.
pub(in crate::store) fn write_billing_states(
    conn: &mut Conn,
    rows: &[BillingWrite],
) -> QueryResult<usize> {
    insert_all(conn, rows)
}

/// Writes states over the revisions that are expected; answers how many were as expected.
pub(in crate::store) fn write_states(conn: &mut Conn, rows: &[StateWrite]) -> QueryResult<usize> {
    let mut rows: Vec<&StateWrite> = rows.iter().collect();
    rows.sort_by(|a, b| (a.tenant, &a.owner).cmp(&(b.tenant, &b.owner)));
    insert_all(conn, &rows)
}

/// Writes what products are known by, over what is there.
pub(in crate::store) fn write_identifiers(
    conn: &mut Conn,
    rows: &[IdentifierRow],
) -> QueryResult<()> {
    insert_all(conn, rows).map(drop)
}

/// How many rows were written.
fn insert_all<T: Cells>(conn: &mut Conn, mut rows: &[T]) -> QueryResult<usize> {
    let mut written = 0;
    for size in T::SIZES {
        while let Some((some, rest)) = rows.split_at_checked(*size) {
            written += Insert(some).execute(conn)?;
            rows = rest;
            if rows.is_empty() {
                return Ok(written);
            }
        }
    }
    Ok(written)
}

/// Binds the cells of a row: `SQL type: value`.
macro_rules! bind {
    ($out:ident, $($kind:ty: $value:expr),+) => {{
        let mut first = true;
        $(
            if !std::mem::take(&mut first) {
                $out.push_sql(", ");
            }
            $out.push_bind_param::<$kind, _>($value)?;
        )+
        Ok(())
    }};
}

impl Cells for ResourceRow {
    const INSERT: &'static str = "INSERT OR FAIL INTO resource (seq, tenant, kind, id, version, revision, \
         current, label, state, created_at, updated_at, doc)";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        bind!(out, BigInt: &self.seq, BigInt: &self.tenant, Text: &self.kind, Text: &self.id,
            Text: &self.version, BigInt: &self.revision, Bool: &self.current,
            Nullable<Text>: &self.label, Nullable<Text>: &self.state,
            BigInt: &self.created_at, BigInt: &self.updated_at, Text: &self.doc)
    }
}

impl Cells for UsageRow {
    const INSERT: &'static str = "INSERT OR FAIL INTO usage_record (seq, tenant, id, identity, revision, \
         state, reason, created_at, updated_at, start_at, product, shape, leaves, trace_shape, trace)";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        bind!(out, BigInt: &self.seq, BigInt: &self.tenant, Nullable<Text>: &self.id,
            Nullable<Binary>: &self.identity, BigInt: &self.revision, BigInt: &self.state,
            BigInt: &self.reason, BigInt: &self.created_at, BigInt: &self.updated_at,
            BigInt: &self.start_at, BigInt: &self.product, BigInt: &self.shape,
            Binary: &self.leaves, BigInt: &self.trace_shape, Binary: &self.trace)
    }
}

impl Cells for &StateWrite {
    const INSERT: &'static str = "INSERT INTO charging_state (tenant, owner, state, revision)";
    const AFTER: &'static str = " ON CONFLICT (tenant, owner) DO UPDATE \
         SET revision = excluded.revision, state = excluded.state \
         WHERE charging_state.revision = excluded.revision - 1";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        let bound: QueryResult<()> = bind!(out, BigInt: &self.tenant, Text: &self.owner,
            Binary: &self.state, BigInt: &self.expected_revision);
        out.push_sql(" + 1");
        bound
    }
}

impl Cells for SheetRow {
    const INSERT: &'static str = "INSERT OR FAIL INTO rate_sheet (seq, tenant, account, bill, revision, \
         created_at, updated_at, lines, body)";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        bind!(out, BigInt: &self.seq, BigInt: &self.tenant, Text: &self.account,
            Nullable<Text>: &self.bill, BigInt: &self.revision, BigInt: &self.created_at,
            BigInt: &self.updated_at, BigInt: &self.lines, Binary: &self.body)
    }
}

impl Cells for BillingWrite {
    const INSERT: &'static str = "INSERT INTO billing_state (tenant, account, state, revision)";
    const AFTER: &'static str = " ON CONFLICT (tenant, account) DO UPDATE \
         SET revision = excluded.revision, state = excluded.state \
         WHERE billing_state.revision = excluded.revision - 1";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        let bound: QueryResult<()> = bind!(out, BigInt: &self.tenant, Text: &self.account,
            Binary: &self.state, BigInt: &self.expected_revision);
        out.push_sql(" + 1");
        bound
    }
}

impl Cells for IdentifierRow {
    const INSERT: &'static str =
        "INSERT OR REPLACE INTO identifier (tenant, value, name, product, valid_from, valid_to)";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        bind!(out, BigInt: &self.tenant, Text: &self.value, Text: &self.name, Text: &self.product,
            BigInt: &self.valid_from, BigInt: &self.valid_to)
    }
}

impl Cells for IndexRow {
    const INSERT: &'static str =
        "INSERT OR FAIL INTO resource_index (tenant, attribute, current, value, seq)";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        bind!(out, BigInt: &self.tenant, BigInt: &self.attribute, Bool: &self.current,
            Text: &self.value, BigInt: &self.seq)
    }
}

impl Cells for EventRow {
    const INSERT: &'static str = "INSERT OR FAIL INTO event (at, seq, tenant, principal, event_id, \
         change, kind, id, version, revision, changed)";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        bind!(out, BigInt: &self.at, BigInt: &self.seq, BigInt: &self.tenant,
            Text: &self.principal, Text: &self.event_id, Text: &self.change, Text: &self.kind,
            Text: &self.id, Text: &self.version, BigInt: &self.revision,
            Nullable<Text>: &self.changed)
    }
}

impl Cells for PendingRow {
    const INSERT: &'static str = "INSERT OR FAIL INTO event_pending (seq, at, tenant)";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        bind!(out, BigInt: &self.seq, BigInt: &self.at, BigInt: &self.tenant)
    }
}

impl Cells for WordsRow {
    const INSERT: &'static str = "INSERT INTO text_search (rowid, words)";
    // A statement with several would make FTS5 write what it has gathered to its tables each time.
    const SIZES: &'static [usize] = &[1];

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        bind!(out, BigInt: &self.seq, Text: &self.words)
    }
}

impl Cells for TallyRow {
    const INSERT: &'static str = "INSERT OR FAIL INTO tally (tenant, kind, attribute, value, n)";

    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        bind!(out, BigInt: &self.tenant, Text: &self.kind, BigInt: &self.attribute,
            Text: &self.value, BigInt: &self.n)
    }
}
