//! What is PostgreSQL's own.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};

use super::Conn;
use super::queries::sql::Sql;
use crate::store::rows::{EventRow, Head, IndexRow, PendingRow, ResourceRow};
use crate::store::schema::resource;

pub(in crate::store) type Db = diesel::pg::Pg;

/// READ COMMITTED; writers compare revisions and lock what they refer to.
pub(in crate::store) const BEGIN: &str = "BEGIN";
pub(in crate::store) const ANY_OPEN: &str = "= ANY(";
pub(in crate::store) const ANY_CLOSE: &str = ")";
pub(in crate::store) const CONTAINS: &str = "strpos";
pub(in crate::store) const ORDERED_JOIN: &str = "JOIN";
pub(in crate::store) const SKIP_LOCKED: &str = " FOR UPDATE SKIP LOCKED";

/// A list of values as one bound value: an array.
pub(in crate::store) enum List {
    Texts(Vec<String>),
    Ints(Vec<i64>),
}

impl List {
    pub fn texts(values: &[String]) -> Self {
        List::Texts(values.to_vec())
    }

    pub fn ints(values: &[i64]) -> Self {
        List::Ints(values.to_vec())
    }

    pub fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        match self {
            List::Texts(values) => out.push_bind_param::<Array<Text>, _>(values),
            List::Ints(values) => out.push_bind_param::<Array<BigInt>, _>(values),
        }
    }
}

pub(in crate::store) fn lock(conn: &mut Conn, name: &str) -> QueryResult<()> {
    let mut sql = Sql::new("SELECT pg_advisory_xact_lock(hashtextextended(");
    sql.text(name).push(", 0))");
    sql.run(conn)?;
    Ok(())
}

pub(in crate::store) fn allocate(conn: &mut Conn, n: usize) -> QueryResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Next {
        #[diesel(sql_type = BigInt)]
        seq: i64,
    }
    let mut sql = Sql::new("SELECT nextval('main_seq') AS seq FROM generate_series(1, ");
    sql.int(i64::try_from(n).unwrap_or(i64::MAX)).push(")");
    let mut seqs: Vec<i64> = sql
        .load::<Next>(conn)?
        .into_iter()
        .map(|row| row.seq)
        .collect();
    seqs.sort_unstable();
    Ok(seqs)
}

/// `FOR KEY SHARE` keeps what is referred to from being deleted before this transaction ends, as a
/// foreign key would.
pub(in crate::store) fn heads(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    ids: &[&str],
) -> QueryResult<Vec<Head>> {
    resource::table
        .filter(resource::tenant.eq(tenant))
        .filter(resource::kind.eq(kind))
        .filter(resource::id.eq_any(ids))
        .select(Head::as_select())
        .for_key_share()
        .load(conn)
}

/// A column of values, one for each row to insert.
enum Column<'a> {
    Ints(Vec<i64>),
    Bools(Vec<bool>),
    Texts(Vec<&'a str>),
    Optional(Vec<Option<&'a str>>),
}

/// A statement over rows handed in column by column: one round trip and one plan for any number.
struct Columns<'a> {
    head: &'static str,
    columns: Vec<Column<'a>>,
    tail: &'static str,
}

impl QueryFragment<Db> for Columns<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_sql(self.head);
        out.push_sql(" unnest(");
        for (at, column) in self.columns.iter().enumerate() {
            if at > 0 {
                out.push_sql(", ");
            }
            match column {
                Column::Ints(values) => out.push_bind_param::<Array<BigInt>, _>(values)?,
                Column::Bools(values) => out.push_bind_param::<Array<Bool>, _>(values)?,
                Column::Texts(values) => out.push_bind_param::<Array<Text>, _>(values)?,
                Column::Optional(values) => {
                    out.push_bind_param::<Array<Nullable<Text>>, _>(values)?;
                }
            }
        }
        out.push_sql(") ");
        out.push_sql(self.tail);
        Ok(())
    }
}

impl QueryId for Columns<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Conn> for Columns<'_> {}

fn ints<T>(rows: &[T], get: impl Fn(&T) -> i64) -> Column<'_> {
    Column::Ints(rows.iter().map(get).collect())
}

fn texts<T>(rows: &[T], get: impl Fn(&T) -> &str) -> Column<'_> {
    Column::Texts(rows.iter().map(get).collect())
}

fn bools<T>(rows: &[T], get: impl Fn(&T) -> bool) -> Column<'_> {
    Column::Bools(rows.iter().map(get).collect())
}

fn optional<T>(rows: &[T], get: impl Fn(&T) -> Option<&str>) -> Column<'_> {
    Column::Optional(rows.iter().map(get).collect())
}

pub(in crate::store) fn insert_resources(conn: &mut Conn, rows: &[ResourceRow]) -> QueryResult<()> {
    Columns {
        head: "INSERT INTO resource (seq, tenant, kind, id, version, revision, current, label, \
               state, created_at, updated_at, doc) SELECT * FROM",
        columns: vec![
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
        ],
        tail: "",
    }
    .execute(conn)
    .map(drop)
}

pub(in crate::store) fn insert_index(conn: &mut Conn, rows: &[IndexRow]) -> QueryResult<()> {
    Columns {
        head: "INSERT INTO resource_index (tenant, attribute, current, value, seq) SELECT * FROM",
        columns: index_columns(rows),
        tail: "",
    }
    .execute(conn)
    .map(drop)
}

pub(in crate::store) fn delete_index(conn: &mut Conn, rows: &[IndexRow]) -> QueryResult<()> {
    Columns {
        head: "DELETE FROM resource_index i USING",
        columns: index_columns(rows),
        tail: "AS gone (tenant, attribute, current, value, seq) WHERE i.tenant = gone.tenant \
               AND i.attribute = gone.attribute AND i.current = gone.current \
               AND i.value = gone.value COLLATE \"C\" AND i.seq = gone.seq",
    }
    .execute(conn)
    .map(drop)
}

fn index_columns(rows: &[IndexRow]) -> Vec<Column<'_>> {
    vec![
        ints(rows, |r| r.tenant),
        ints(rows, |r| r.attribute),
        bools(rows, |r| r.current),
        texts(rows, |r| &r.value),
        ints(rows, |r| r.seq),
    ]
}

pub(in crate::store) fn insert_events(conn: &mut Conn, rows: &[EventRow]) -> QueryResult<()> {
    Columns {
        head: "INSERT INTO event (at, seq, tenant, principal, event_id, change, kind, id, version, \
               revision, changed) SELECT * FROM",
        columns: vec![
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
        ],
        tail: "",
    }
    .execute(conn)
    .map(drop)
}

pub(in crate::store) fn insert_pending(conn: &mut Conn, rows: &[PendingRow]) -> QueryResult<()> {
    Columns {
        head: "INSERT INTO event_pending (seq, at, tenant) SELECT * FROM",
        columns: vec![
            ints(rows, |r| r.seq),
            ints(rows, |r| r.at),
            ints(rows, |r| r.tenant),
        ],
        tail: "",
    }
    .execute(conn)
    .map(drop)
}

const DAY_MICROS: i64 = 86_400_000_000;

#[derive(QueryableByName)]
struct Partition {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Makes the partitions of `event` for today and the next two days, and drops those that ended
/// before `events_before` and hold nothing that a subscriber waits for. A partition is named after
/// its day's number since 1970.
pub(in crate::store) fn prepare_partitions(
    conn: &mut Conn,
    now: i64,
    events_before: i64,
) -> QueryResult<()> {
    lock(conn, "event partitions")?;
    let today = now.div_euclid(DAY_MICROS);
    for day in today..=today.saturating_add(2) {
        make_partition(conn, day)?;
    }
    let partitions: Vec<Partition> = diesel::sql_query(
        "SELECT c.relname::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
         WHERE i.inhparent = 'event'::regclass AND c.relname LIKE 'event\\_day\\_%'",
    )
    .load(conn)?;
    for partition in partitions {
        let Some(day) = partition
            .name
            .strip_prefix("event_day_")
            .and_then(|d| d.parse::<i64>().ok())
        else {
            continue;
        };
        let ended = day.saturating_add(1).saturating_mul(DAY_MICROS);
        if ended <= events_before {
            drop_when_unused(conn, day)?;
        }
    }
    Ok(())
}

/// A day that has begun in the partition for the rest stays there, and its rows are removed one by
/// one. A partition that is there is not asked for again, as that would lock out writers.
fn make_partition(conn: &mut Conn, day: i64) -> QueryResult<()> {
    let from = day.saturating_mul(DAY_MICROS);
    let to = from.saturating_add(DAY_MICROS);
    conn.batch_execute(&format!(
        "DO $$ BEGIN IF to_regclass('event_day_{day}') IS NULL THEN \
         CREATE TABLE event_day_{day} PARTITION OF event FOR VALUES FROM ({from}) TO ({to}); \
         END IF; EXCEPTION WHEN check_violation THEN NULL; END $$"
    ))
}

fn drop_when_unused(conn: &mut Conn, day: i64) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM event_day_{day} e WHERE \
         EXISTS (SELECT 1 FROM event_pending p WHERE p.seq = e.seq) OR \
         EXISTS (SELECT 1 FROM delivery d WHERE d.event_at = e.at AND d.event_seq = e.seq)) \
         THEN DROP TABLE event_day_{day}; END IF; END $$"
    ))
}
