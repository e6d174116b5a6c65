//! Resource rows, their index and their past.

use diesel::prelude::*;

use super::super::dialect;
use super::Conn;
use super::sql::Sql;
use crate::store::error::{DbError, DbResult};
use crate::store::rows::{Head, ResourceRow};
use crate::store::schema::{past, resource};
use crate::store::session::{DeleteRow, IdKey, Stamp};

pub(super) fn versions(conn: &mut Conn, key: &IdKey) -> DbResult<Vec<ResourceRow>> {
    Ok(resource::table
        .filter(resource::tenant.eq(key.tenant))
        .filter(resource::kind.eq(&key.kind))
        .filter(resource::id.eq(&key.id))
        .select(ResourceRow::as_select())
        .load(conn)?)
}

pub(super) fn current_revisions(conn: &mut Conn, seqs: &[i64]) -> DbResult<Vec<Stamp>> {
    let mut sql = Sql::new("SELECT r.seq, r.revision FROM resource r WHERE r.current = ");
    sql.bool(true).push(" AND r.seq ").any_int(seqs);
    Ok(sql.load(conn)?)
}

pub(super) fn peek(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    ids: &[String],
) -> DbResult<Vec<Head>> {
    let mut sql = Sql::new(
        "SELECT r.seq, r.kind, r.id, r.version, r.current, r.label, r.state FROM resource r \
         WHERE r.tenant = ",
    );
    sql.int(tenant).push(" AND r.kind = ").text(kind);
    sql.push(" AND r.id ").any_text(ids);
    Ok(sql.load(conn)?)
}

pub(super) fn behind(conn: &mut Conn, seq: i64, limit: i64) -> DbResult<Vec<ResourceRow>> {
    let mut sql = Sql::new("SELECT r.* FROM resource r WHERE r.seq > ");
    sql.int(seq).push(" ORDER BY r.seq LIMIT ").int(limit);
    Ok(sql.load(conn)?)
}

/// Attributes that are walked one by one; for more, finding a plan would take longer than the search.
const WALKED: usize = 4;

pub(super) fn heads_by_index(
    conn: &mut Conn,
    tenant: i64,
    attributes: &[i64],
    value: &str,
    after: i64,
    limit: i64,
) -> DbResult<Vec<Head>> {
    if attributes.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(
        "SELECT r.seq, r.kind, r.id, r.version, r.current, r.label, r.state \
         FROM (SELECT DISTINCT p.seq FROM (",
    );
    let behind = (tenant, value, after);
    match attributes.len() <= WALKED {
        true => walk(&mut sql, attributes, behind, limit),
        false => search(&mut sql, attributes, behind),
    }
    sql.push(") p ORDER BY p.seq LIMIT ").int(limit);
    sql.push(") f ")
        .push(dialect::ORDERED_JOIN)
        .push(" resource r ON r.seq = f.seq ORDER BY r.seq");
    Ok(sql.load(conn)?)
}

/// Places in the index, of each attribute in their order and no further than asked for, however many there are.
fn walk(sql: &mut Sql, attributes: &[i64], (tenant, value, after): (i64, &str, i64), limit: i64) {
    let each = attributes
        .iter()
        .flat_map(|attribute| [(*attribute, true), (*attribute, false)]);
    for (at, (attribute, current)) in each.enumerate() {
        sql.push(if at == 0 { "" } else { " UNION ALL " })
            .push("SELECT seq FROM (SELECT i.seq FROM resource_index i WHERE i.tenant = ")
            .int(tenant);
        sql.push(" AND i.attribute = ").int(attribute);
        sql.push(" AND i.current = ").bool(current);
        sql.push(" AND i.value = ").text(value);
        sql.push(" AND i.seq > ").int(after);
        sql.push(" ORDER BY i.seq LIMIT ").int(limit).push(") w");
    }
}

/// All places in the index.
fn search(sql: &mut Sql, attributes: &[i64], (tenant, value, after): (i64, &str, i64)) {
    sql.push("SELECT i.seq FROM resource_index i WHERE i.tenant = ")
        .int(tenant);
    sql.push(" AND i.attribute ").any_int(attributes);
    // Both values are named so that the primary key is used to its third column.
    sql.push(" AND i.current IN (").bool(true);
    sql.push(", ").bool(false);
    sql.push(") AND i.value = ").text(value);
    sql.push(" AND i.seq > ").int(after);
}

pub(super) fn rows_by_index(
    conn: &mut Conn,
    tenant: i64,
    attributes: &[i64],
    values: &[String],
    limit: i64,
) -> DbResult<Vec<ResourceRow>> {
    let mut sql =
        Sql::new("SELECT r.* FROM (SELECT DISTINCT i.seq FROM resource_index i WHERE i.tenant = ");
    sql.int(tenant)
        .push(" AND i.attribute ")
        .any_int(attributes);
    sql.push(" AND i.current = ").bool(true);
    sql.push(" AND i.value ").any_text(values);
    sql.push(" ORDER BY i.seq LIMIT ").int(limit).push(") p ");
    sql.push(dialect::ORDERED_JOIN)
        .push(" resource r ON r.seq = p.seq ORDER BY r.seq");
    Ok(sql.load(conn)?)
}

pub(super) fn rows_by_seq(conn: &mut Conn, seqs: &[i64]) -> DbResult<Vec<ResourceRow>> {
    let mut sql = Sql::new("SELECT r.* FROM resource r WHERE r.seq ");
    sql.any_int(seqs);
    let mut rows: Vec<ResourceRow> = sql.load(conn)?;
    let place: std::collections::HashMap<i64, usize> = seqs
        .iter()
        .enumerate()
        .map(|(at, seq)| (*seq, at))
        .collect();
    rows.sort_by_key(|row| place.get(&row.seq).copied());
    Ok(rows)
}

/// The document as it was at a revision: the row itself, or its past.
pub(super) fn document_at(
    conn: &mut Conn,
    key: &IdKey,
    version: &str,
    at: i64,
) -> DbResult<Option<String>> {
    let now = resource::table
        .filter(resource::tenant.eq(key.tenant))
        .filter(resource::kind.eq(&key.kind))
        .filter(resource::id.eq(&key.id))
        .filter(resource::version.eq(version))
        .filter(resource::revision.eq(at))
        .select(resource::doc)
        .first::<String>(conn)
        .optional()?;
    if now.is_some() {
        return Ok(now);
    }
    Ok(past::table
        .filter(past::tenant.eq(key.tenant))
        .filter(past::kind.eq(&key.kind))
        .filter(past::id.eq(&key.id))
        .filter(past::version.eq(version))
        .filter(past::revision.eq(at))
        .select(past::doc)
        .first::<String>(conn)
        .optional()?)
}

pub(super) fn delete(conn: &mut Conn, row: &DeleteRow) -> DbResult<usize> {
    let row = resource::table
        .filter(resource::seq.eq(row.seq))
        .filter(resource::revision.eq(row.revision));
    Ok(diesel::delete(row).execute(conn)?)
}

/// Each row was found in the revision that was expected.
pub(super) fn expect_all(done: usize, rows: usize) -> DbResult<()> {
    if done == rows {
        return Ok(());
    }
    Err(DbError::Stale(format!(
        "{} of {rows} resources have another revision",
        rows.saturating_sub(done)
    )))
}
