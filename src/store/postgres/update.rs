//! Writes and deletes rows, all of a table with one statement: one round trip and one cached plan
//! for any number of rows. Each function answers how many rows it found.

use diesel::RunQueryDsl;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;

use super::Conn;
use super::dialect::Db;
use super::insert::{Columns, bools, index_columns, ints, optional, optional_ints, texts};
use crate::store::rows::{IndexRow, OrderInputRow, OrderLogRow, RevisionRow, RunRow};
use crate::store::session::{RunMove, UpdateRow};

/// A statement with rows somewhere in it.
pub(super) struct Bulk<'a> {
    pub before: &'static str,
    pub rows: Columns<'a>,
    pub after: &'static str,
}

impl QueryFragment<Db> for Bulk<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(self.before);
        self.rows.walk(&mut out)?;
        out.push_sql(self.after);
        Ok(())
    }
}

impl QueryId for Bulk<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Conn> for Bulk<'_> {}

/// Writes resources over the revisions that are expected.
pub(in crate::store) fn update_resources(
    conn: &mut Conn,
    rows: &[UpdateRow],
) -> QueryResult<usize> {
    Bulk {
        before: "UPDATE resource r SET version = c.version, revision = c.revision, \
                 current = c.current, label = c.label, state = c.state, \
                 updated_at = c.updated_at, doc = c.doc FROM ",
        rows: Columns::new([
            ints(rows, |r| r.row.seq),
            ints(rows, |r| r.expected_revision),
            texts(rows, |r| &r.row.version),
            ints(rows, |r| r.row.revision),
            bools(rows, |r| r.row.current),
            optional(rows, |r| r.row.label.as_deref()),
            optional(rows, |r| r.row.state.as_deref()),
            ints(rows, |r| r.row.updated_at),
            texts(rows, |r| &r.row.doc),
        ]),
        after: " AS c (seq, expected, version, revision, current, label, state, updated_at, doc) \
                WHERE r.seq = c.seq AND r.revision = c.expected",
    }
    .execute(conn)
}

/// A deletion and a new life of the same key may leave the same revision twice; the newer counts.
pub(in crate::store) fn insert_revisions(
    conn: &mut Conn,
    rows: &[RevisionRow],
) -> QueryResult<usize> {
    Bulk {
        before: "INSERT INTO past (tenant, kind, id, version, revision, ended_at, doc) \
                 SELECT * FROM ",
        rows: Columns::new([
            ints(rows, |r| r.tenant),
            texts(rows, |r| &r.kind),
            texts(rows, |r| &r.id),
            texts(rows, |r| &r.version),
            ints(rows, |r| r.revision),
            ints(rows, |r| r.ended_at),
            texts(rows, |r| &r.doc),
        ]),
        after: " AS c ON CONFLICT (tenant, kind, id, version, revision) \
                DO UPDATE SET doc = excluded.doc, ended_at = excluded.ended_at",
    }
    .execute(conn)
}

pub(in crate::store) fn insert_runs(conn: &mut Conn, rows: &[RunRow]) -> QueryResult<()> {
    Bulk {
        before: "INSERT INTO order_run (tenant, order_id, revision, state, priority, wake_at, \
                 created_at, updated_at, work, progress) SELECT * FROM ",
        rows: Columns::new([
            ints(rows, |r| r.tenant),
            texts(rows, |r| &r.order_id),
            ints(rows, |r| r.revision),
            texts(rows, |r| &r.state),
            ints(rows, |r| r.priority),
            optional_ints(rows, |r| r.wake_at),
            ints(rows, |r| r.created_at),
            ints(rows, |r| r.updated_at),
            texts(rows, |r| &r.work),
            texts(rows, |r| &r.progress),
        ]),
        after: "",
    }
    .execute(conn)
    .map(drop)
}

pub(in crate::store) fn insert_order_log(conn: &mut Conn, rows: &[OrderLogRow]) -> QueryResult<()> {
    Bulk {
        before: "INSERT INTO order_log (tenant, order_id, id, at, entry) SELECT * FROM ",
        rows: Columns::new([
            ints(rows, |r| r.tenant),
            texts(rows, |r| &r.order_id),
            texts(rows, |r| &r.id),
            ints(rows, |r| r.at),
            texts(rows, |r| &r.entry),
        ]),
        after: "",
    }
    .execute(conn)
    .map(drop)
}

/// Writes runs, each over the revision before it.
pub(in crate::store) fn update_runs(conn: &mut Conn, moves: &[RunMove]) -> QueryResult<usize> {
    let (with_work, without): (Vec<&RunMove>, Vec<&RunMove>) =
        moves.iter().partition(|one| one.with_work);
    let mut done = 0;
    if !without.is_empty() {
        done += progress_of(&without, &[]).execute(conn)?;
    }
    if !with_work.is_empty() {
        done += progress_of(&with_work, &with_work).execute(conn)?;
    }
    Ok(done)
}

/// `with_work` is empty, or the same rows again.
fn progress_of<'a>(rows: &'a [&RunMove], with_work: &'a [&RunMove]) -> Bulk<'a> {
    let mut columns = vec![
        ints(rows, |r| r.row.tenant),
        texts(rows, |r| &r.row.order_id),
        ints(rows, |r| r.row.revision),
        texts(rows, |r| &r.row.state),
        optional_ints(rows, |r| r.row.wake_at),
        ints(rows, |r| r.row.updated_at),
        texts(rows, |r| &r.row.progress),
    ];
    if with_work.is_empty() {
        return Bulk {
            before: "UPDATE order_run r SET revision = c.revision, state = c.state, \
                     wake_at = c.wake_at, updated_at = c.updated_at, progress = c.progress FROM ",
            rows: Columns::new(columns),
            after: " AS c (tenant, order_id, revision, state, wake_at, updated_at, progress) \
                    WHERE r.tenant = c.tenant AND r.order_id = c.order_id \
                    AND r.revision = c.revision - 1",
        };
    }
    columns.push(texts(with_work, |r| &r.row.work));
    columns.push(ints(with_work, |r| r.row.priority));
    Bulk {
        before: "UPDATE order_run r SET revision = c.revision, state = c.state, \
                 wake_at = c.wake_at, updated_at = c.updated_at, progress = c.progress, \
                 work = c.work, priority = c.priority FROM ",
        rows: Columns::new(columns),
        after: " AS c (tenant, order_id, revision, state, wake_at, updated_at, progress, work, \
                priority) WHERE r.tenant = c.tenant AND r.order_id = c.order_id \
                AND r.revision = c.revision - 1",
    }
}

pub(in crate::store) fn delete_inputs(
    conn: &mut Conn,
    rows: &[OrderInputRow],
) -> QueryResult<usize> {
    Bulk {
        before: "DELETE FROM order_input i USING ",
        rows: Columns::new([
            ints(rows, |r| r.tenant),
            texts(rows, |r| &r.order_id),
            texts(rows, |r| &r.id),
        ]),
        after: " AS gone (tenant, order_id, id) WHERE i.tenant = gone.tenant \
                AND i.order_id = gone.order_id AND i.id = gone.id",
    }
    .execute(conn)
}

pub(in crate::store) fn delete_index(conn: &mut Conn, rows: &[IndexRow]) -> QueryResult<()> {
    Bulk {
        before: "DELETE FROM resource_index i USING ",
        rows: index_columns(rows),
        after: " AS gone (tenant, attribute, current, value, seq) WHERE i.tenant = gone.tenant \
                AND i.attribute = gone.attribute AND i.current = gone.current \
                AND i.value = gone.value AND i.seq = gone.seq",
    }
    .execute(conn)
    .map(drop)
}
