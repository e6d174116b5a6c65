//! What is PostgreSQL's own.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Text};

use super::Conn;
pub(in crate::store) use super::copy::insert_usage;
pub(in crate::store) use super::insert::insert;
use super::queries::sql::Sql;
pub(in crate::store) use super::rates::{insert_sheets, write_billing_states};
pub(in crate::store) use super::update::{
    delete_index, delete_inputs, insert_order_log, insert_revisions, insert_runs, update_resources,
    update_runs,
};
pub(in crate::store) use super::usage::{
    add_counts, delete_identifiers, update_usage, write_identifiers, write_states,
};
use crate::store::rows::{EventRow, Head, ResourceRow};
use crate::store::schema::resource;
use crate::store::session::{AnyOf, Hold, IdKey, Word};

pub(in crate::store) type Db = diesel::pg::Pg;

/// READ COMMITTED; writers compare revisions and lock what they refer to.
pub(in crate::store) const BEGIN: &str = "BEGIN";
pub(in crate::store) const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
pub(in crate::store) const ANY_OPEN: &str = "= ANY(";
pub(in crate::store) const ANY_CLOSE: &str = ")";
pub(in crate::store) const CONTAINS: &str = "strpos";
pub(in crate::store) const ORDERED_JOIN: &str = "JOIN";
/// The planner joins sets by hash.
pub(in crate::store) const LOOKED_UP: &str = "d.seq";
pub(in crate::store) const SKIP_LOCKED: &str = " FOR UPDATE SKIP LOCKED";

/// Key of a row of `text_search`.
pub(in crate::store) const WORDS_KEY: &str = "seq";
/// The key where it is joined: not by its index, which would be read from one end to the other.
pub(in crate::store) const WORDS_SEQ: &str = "t.seq + 0";
/// A GIN index has no order, and sorting all that match would take the longest where it matters
/// least.
pub(in crate::store) const WORDS_ORDER: &str = "";

/// `('a' | 'b':*) & ...`. Words hold letters and digits only, so nothing need be quoted within
/// them.
pub(in crate::store) fn has_words(sql: &mut Sql, words: &[AnyOf]) {
    let one = |word: &Word| {
        let star = if word.prefix { ":*" } else { "" };
        format!("'{}'{star}", word.text)
    };
    let any = |any: &AnyOf| any.iter().map(one).collect::<Vec<_>>().join(" | ");
    let all: Vec<String> = words.iter().map(|w| format!("({})", any(w))).collect();
    sql.push("t.words @@ CAST(").text(&all.join(" & "));
    sql.push(" AS tsquery)");
}

/// Searches by the index of words. Words that statistics do not know, numbers above all, are taken for frequent, and
/// reading the whole table then looks cheaper up to the limit; so does its key ([`WORDS_SEQ`]).
pub(in crate::store) fn search(conn: &mut Conn, sql: Sql) -> QueryResult<Vec<Head>> {
    conn.batch_execute("SET enable_seqscan = off")?;
    let found = sql.load(conn);
    let restored = conn.batch_execute("RESET enable_seqscan");
    found.and_then(|found| restored.map(|()| found))
}

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

/// One row with all of them: to hand over a row for each takes longer than to draw it.
pub(in crate::store) fn allocate(conn: &mut Conn, n: usize) -> QueryResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Drawn {
        #[diesel(sql_type = Array<BigInt>)]
        seqs: Vec<i64>,
    }
    let mut sql = Sql::new("SELECT ARRAY(SELECT nextval('main_seq') FROM generate_series(1, ");
    sql.int(i64::try_from(n).unwrap_or(i64::MAX))
        .push(")) AS seqs");
    let drawn: Vec<Drawn> = sql.load(conn)?;
    let mut seqs: Vec<i64> = drawn.into_iter().flat_map(|drawn| drawn.seqs).collect();
    seqs.sort_unstable();
    Ok(seqs)
}

/// `FOR KEY SHARE` keeps what is referred to from being deleted before this transaction ends, as a
/// foreign key would. Each id is looked up by the key: given the ids as one condition, PostgreSQL
/// may read all resources of the kind and compare each with every id. One id alone is looked up
/// with a plan that is kept, as an array of unknown length would not be.
pub(in crate::store) fn heads(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    ids: &[&str],
) -> QueryResult<Vec<Head>> {
    if let [id] = ids {
        return resource::table
            .filter(resource::tenant.eq(tenant))
            .filter(resource::kind.eq(kind))
            .filter(resource::id.eq(id))
            .select(Head::as_select())
            .for_key_share()
            .load(conn);
    }
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let mut sql = Sql::new("SELECT h.* FROM unnest(");
    sql.texts(&ids).push(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT r.seq, r.kind, r.id, r.version, r.current, \
         r.label, r.state FROM resource r WHERE r.tenant = ",
    );
    sql.int(tenant).push(" AND r.kind = ").text(kind);
    sql.push(" AND r.id = wanted.id FOR KEY SHARE) h");
    sql.load(conn)
}

/// All versions of the ids; looked up as [`heads`] does. `OFFSET 0` keeps it that way.
pub(in crate::store) fn versions_of(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    ids: &[String],
) -> QueryResult<Vec<ResourceRow>> {
    let mut sql = Sql::new("SELECT h.* FROM unnest(");
    sql.texts(ids)
        .push(") AS wanted (id) CROSS JOIN LATERAL (SELECT r.* FROM resource r WHERE r.tenant = ");
    sql.int(tenant).push(" AND r.kind = ").text(kind);
    sql.push(" AND r.id = wanted.id OFFSET 0) h");
    sql.load(conn)
}

/// Locks rows of `resource`. One that is held alone may still be referred to (`FOR KEY SHARE`).
pub(in crate::store) fn hold(
    conn: &mut Conn,
    key: &IdKey,
    hold: Hold,
) -> QueryResult<Vec<ResourceRow>> {
    let rows = resource::table
        .filter(resource::tenant.eq(key.tenant))
        .filter(resource::kind.eq(&key.kind))
        .filter(resource::id.eq(&key.id))
        .select(ResourceRow::as_select());
    match hold {
        Hold::Shared => rows.for_share().load(conn),
        Hold::Alone => rows.for_no_key_update().load(conn),
    }
}

/// The oldest are taken first and each event is then looked up by its key: left to itself,
/// PostgreSQL may join all events with the few that wait. `OFFSET 0` keeps it from that.
pub(in crate::store) fn pending(conn: &mut Conn, limit: i64) -> QueryResult<Vec<EventRow>> {
    let mut sql =
        Sql::new("SELECT e.* FROM (SELECT at, seq FROM event_pending ORDER BY seq LIMIT ");
    sql.int(limit).push(
        ") p CROSS JOIN LATERAL (SELECT * FROM event WHERE event.at = p.at \
         AND event.seq = p.seq OFFSET 0) e ORDER BY p.seq",
    );
    sql.load(conn)
}

/// What `pg_class` says of `resource`.
pub(in crate::store) fn planned_rows(conn: &mut Conn) -> QueryResult<Option<i64>> {
    #[derive(QueryableByName)]
    struct Rows {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let rows: Rows = diesel::sql_query(
        "SELECT CAST(reltuples AS BIGINT) AS n FROM pg_class WHERE oid = 'resource'::regclass",
    )
    .get_result(conn)?;
    Ok(Some(rows.n))
}

/// Of `resource`, what conditions and joins name; its documents are large.
pub(in crate::store) fn refresh_statistics(conn: &mut Conn) -> QueryResult<()> {
    conn.batch_execute(
        "ANALYZE resource (seq, tenant, kind, id, version, current, state), resource_index, \
         text_search (seq), event_pending, delivery, job, balance, order_run (tenant, order_id, \
         revision, priority, wake_at), order_input, product_claim, pool_number",
    )
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
