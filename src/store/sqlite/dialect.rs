//! What is SQLite's own.

use diesel::prelude::*;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use diesel::sql_types::Text;

use super::Conn;
pub(in crate::store) use super::insert::{
    insert, insert_sheets, insert_usage, write_billing_states, write_identifiers, write_states,
};
use super::queries::sql::Sql;
pub(in crate::store) use super::update::{
    delete_inputs, insert_order_log, insert_revisions, insert_runs, update_resources, update_runs,
};
pub(in crate::store) use super::usage::{add_counts, delete_identifiers, update_usage};
use crate::store::rows::{EventRow, Head, IndexRow, ResourceRow};
use crate::store::schema::{event, event_pending, resource, resource_index};
use crate::store::session::{AnyOf, Hold, IdKey, Word};

pub(in crate::store) type Db = diesel::sqlite::Sqlite;

/// Takes the write lock at once: a transaction that reads first and writes later may fail.
pub(in crate::store) const BEGIN: &str = "BEGIN IMMEDIATE";
pub(in crate::store) const BEGIN_READ: &str = "BEGIN DEFERRED";
pub(in crate::store) const ANY_OPEN: &str = "IN (SELECT value FROM json_each(";
pub(in crate::store) const ANY_CLOSE: &str = "))";
pub(in crate::store) const CONTAINS: &str = "instr";
/// SQLite keeps this order of nesting, so the page decides what is read.
pub(in crate::store) const ORDERED_JOIN: &str = "CROSS JOIN";
/// A `d.seq` that no index is used for. SQLite knows it by two names (a column and the row id), and would go through
/// each of two sets for each member of the other.
pub(in crate::store) const LOOKED_UP: &str = "+d.seq";
/// There is one writer: nothing to skip.
pub(in crate::store) const SKIP_LOCKED: &str = "";

/// Key of a row of `text_search`.
pub(in crate::store) const WORDS_KEY: &str = "rowid";
/// The key where it is joined.
pub(in crate::store) const WORDS_SEQ: &str = "t.rowid";
pub(in crate::store) const WORDS_ORDER: &str = " ORDER BY t.rowid DESC";

/// FTS5: `("a" OR "b"*) AND ...`. Words hold letters and digits only, so nothing need be quoted
/// within them.
pub(in crate::store) fn has_words(sql: &mut Sql, words: &[AnyOf]) {
    let one = |word: &Word| {
        let star = if word.prefix { "*" } else { "" };
        format!("\"{}\"{star}", word.text)
    };
    let any = |any: &AnyOf| any.iter().map(one).collect::<Vec<_>>().join(" OR ");
    let all: Vec<String> = words.iter().map(|w| format!("({})", any(w))).collect();
    sql.push("text_search MATCH ").text(&all.join(" AND "));
}

/// Searches by the index of words, the only way there is.
pub(in crate::store) fn search(conn: &mut Conn, sql: Sql) -> QueryResult<Vec<Head>> {
    sql.load(conn)
}

/// A list of values as one bound value: a JSON array.
pub(in crate::store) struct List(String);

impl List {
    pub fn texts(values: &[String]) -> Self {
        List(serde_json::Value::from(values.to_vec()).to_string())
    }

    pub fn ints(values: &[i64]) -> Self {
        List(serde_json::Value::from(values.to_vec()).to_string())
    }

    pub fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, Db>) -> QueryResult<()> {
        out.push_bind_param::<Text, _>(&self.0)
    }
}

/// `BEGIN IMMEDIATE` is the lock.
pub(in crate::store) fn lock(_conn: &mut Conn, _name: &str) -> QueryResult<()> {
    Ok(())
}

pub(in crate::store) fn allocate(conn: &mut Conn, n: usize) -> QueryResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct First {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        first: i64,
    }
    let count = i64::try_from(n).unwrap_or(i64::MAX);
    let mut sql = Sql::new("UPDATE sequence SET next = next + ");
    sql.int(count)
        .push(" WHERE name = 'main' RETURNING next - ")
        .int(count);
    sql.push(" AS first");
    let first = sql.get_result::<First>(conn)?.first;
    Ok((first..first.saturating_add(count)).collect())
}

/// One probe an id: the prepared statement is reused, and nobody else can write meanwhile.
pub(in crate::store) fn heads(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    ids: &[&str],
) -> QueryResult<Vec<Head>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let mut versions = resource::table
            .filter(resource::tenant.eq(tenant))
            .filter(resource::kind.eq(kind))
            .filter(resource::id.eq(id))
            .select(Head::as_select())
            .load(conn)?;
        found.append(&mut versions);
    }
    Ok(found)
}

/// SQLite follows the key of what waits.
pub(in crate::store) fn pending(conn: &mut Conn, limit: i64) -> QueryResult<Vec<EventRow>> {
    let of_event = event::at
        .eq(event_pending::at)
        .and(event::seq.eq(event_pending::seq));
    event_pending::table
        .inner_join(event::table.on(of_event))
        .order(event_pending::seq)
        .limit(limit)
        .select(EventRow::as_select())
        .load(conn)
}

/// `BEGIN IMMEDIATE` holds everything.
pub(in crate::store) fn hold(
    conn: &mut Conn,
    key: &IdKey,
    _hold: Hold,
) -> QueryResult<Vec<ResourceRow>> {
    resource::table
        .filter(resource::tenant.eq(key.tenant))
        .filter(resource::kind.eq(&key.kind))
        .filter(resource::id.eq(&key.id))
        .select(ResourceRow::as_select())
        .load(conn)
}

pub(in crate::store) fn versions_of(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    ids: &[String],
) -> QueryResult<Vec<ResourceRow>> {
    let mut sql = Sql::new("SELECT r.* FROM resource r WHERE r.tenant = ");
    sql.int(tenant).push(" AND r.kind = ").text(kind);
    sql.push(" AND r.id ").any_text(ids);
    sql.load(conn)
}

pub(in crate::store) fn delete_index(conn: &mut Conn, rows: &[IndexRow]) -> QueryResult<()> {
    for row in rows {
        diesel::delete(
            resource_index::table
                .filter(resource_index::tenant.eq(row.tenant))
                .filter(resource_index::attribute.eq(row.attribute))
                .filter(resource_index::current.eq(row.current))
                .filter(resource_index::value.eq(&row.value))
                .filter(resource_index::seq.eq(row.seq)),
        )
        .execute(conn)?;
    }
    Ok(())
}

/// SQLite has no partitions; retention deletes rows.
pub(in crate::store) fn prepare_partitions(
    _conn: &mut Conn,
    _now: i64,
    _events_before: i64,
) -> QueryResult<()> {
    Ok(())
}

/// The plans of SQLite follow the indexes alone.
pub(in crate::store) fn planned_rows(_conn: &mut Conn) -> QueryResult<Option<i64>> {
    Ok(None)
}

pub(in crate::store) fn refresh_statistics(_conn: &mut Conn) -> QueryResult<()> {
    Ok(())
}
