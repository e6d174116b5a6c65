//! Resources, wherever their kind is stored: usage and applied rates have tables of their own.

use std::collections::HashMap;

use super::super::dialect;
use super::{Conn, catalogue, list, rates, resources, usage};
use crate::store::error::DbResult;
use crate::store::is_apart;
use crate::store::plan::Plan;
use crate::store::rates::KIND as RATE;
use crate::store::rows::{Head, ResourceRow};
use crate::store::session::{DeleteRow, Hold, IdKey, NewRows, Stamp, UpdateRow};
use crate::store::usage::KIND;

pub(super) fn versions(conn: &mut Conn, key: &IdKey) -> DbResult<Vec<ResourceRow>> {
    if is_apart(&key.kind) {
        return versions_of(conn, key.tenant, &key.kind, std::slice::from_ref(&key.id));
    }
    resources::versions(conn, key)
}

fn usage_of(conn: &mut Conn, tenant: i64, ids: &[String]) -> DbResult<Vec<ResourceRow>> {
    let rows = usage::by_ids(conn, tenant, ids)?;
    usage::documents(conn, rows)
}

pub(super) fn versions_of(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    ids: &[String],
) -> DbResult<Vec<ResourceRow>> {
    if kind == KIND {
        return usage_of(conn, tenant, ids);
    }
    if kind == RATE {
        return rates::by_ids(conn, tenant, ids);
    }
    Ok(dialect::versions_of(conn, tenant, kind, ids)?)
}

pub(super) fn current_revisions(conn: &mut Conn, seqs: &[i64]) -> DbResult<Vec<Stamp>> {
    let mut stamps = resources::current_revisions(conn, seqs)?;
    if stamps.len() < seqs.len() {
        let rows = usage::by_seqs(conn, seqs)?.into_iter();
        stamps.extend(rows.map(|row| Stamp {
            seq: row.seq,
            revision: row.revision,
        }));
    }
    if stamps.len() < seqs.len() {
        let rows = rates::by_seqs(conn, seqs)?.into_iter();
        stamps.extend(rows.map(|row| Stamp {
            seq: row.seq,
            revision: row.revision,
        }));
    }
    Ok(stamps)
}

pub(super) fn heads(conn: &mut Conn, tenant: i64, kind: &str, ids: &[&str]) -> DbResult<Vec<Head>> {
    if is_apart(kind) {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        return peek(conn, tenant, kind, &ids);
    }
    Ok(dialect::heads(conn, tenant, kind, ids)?)
}

pub(super) fn peek(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    ids: &[String],
) -> DbResult<Vec<Head>> {
    if is_apart(kind) {
        return Ok(versions_of(conn, tenant, kind, ids)?
            .iter()
            .map(Head::from)
            .collect());
    }
    resources::peek(conn, tenant, kind, ids)
}

/// Usage is not held: whoever changes it compares revisions. Rates do not change.
pub(super) fn hold(conn: &mut Conn, key: &IdKey, hold: Hold) -> DbResult<Vec<ResourceRow>> {
    if is_apart(&key.kind) {
        return versions(conn, key);
    }
    Ok(dialect::hold(conn, key, hold)?)
}

pub(super) fn list(conn: &mut Conn, plan: &Plan) -> DbResult<Vec<ResourceRow>> {
    if plan.kind == KIND {
        let paths = paths(conn, plan)?;
        return usage::list(conn, plan, &paths);
    }
    if plan.kind == RATE {
        let paths = paths(conn, plan)?;
        return rates::list(conn, plan, &paths);
    }
    list::list(conn, plan)
}

pub(super) fn count(conn: &mut Conn, plan: &Plan) -> DbResult<i64> {
    if plan.kind == KIND {
        let paths = paths(conn, plan)?;
        return usage::count(conn, plan, &paths);
    }
    if plan.kind == RATE {
        let paths = paths(conn, plan)?;
        return rates::count(conn, plan, &paths);
    }
    list::count(conn, plan)
}

/// What the attributes of the conditions are called.
fn paths(conn: &mut Conn, plan: &Plan) -> DbResult<HashMap<i64, String>> {
    if plan.conditions.is_empty() {
        return Ok(HashMap::new());
    }
    let all = catalogue::attributes(conn)?.into_iter();
    let own = all.filter(|(_, kind, _)| kind == plan.kind);
    Ok(own.map(|(number, _, path)| (number, path)).collect())
}

pub(super) fn rows_by_seq(conn: &mut Conn, seqs: &[i64]) -> DbResult<Vec<ResourceRow>> {
    let mut rows = resources::rows_by_seq(conn, seqs)?;
    if rows.len() < seqs.len() {
        let found = usage::by_seqs(conn, seqs)?;
        rows.extend(usage::documents(conn, found)?);
        if rows.len() < seqs.len() {
            rows.extend(rates::by_seqs(conn, seqs)?);
        }
        let places = seqs.iter().enumerate();
        let place: HashMap<i64, usize> = places.map(|(at, seq)| (*seq, at)).collect();
        rows.sort_by_key(|row| place.get(&row.seq).copied());
    }
    Ok(rows)
}

pub(super) fn document_at(
    conn: &mut Conn,
    key: &IdKey,
    version: &str,
    revision: i64,
) -> DbResult<Option<String>> {
    if is_apart(&key.kind) {
        let now = versions(conn, key)?.pop();
        if let Some(row) = now.filter(|row| row.revision == revision) {
            return Ok(Some(row.doc));
        }
    }
    resources::document_at(conn, key, version, revision)
}

pub(super) fn insert(conn: &mut Conn, rows: &NewRows) -> DbResult<()> {
    let records: Vec<&ResourceRow> = rows
        .resources
        .iter()
        .filter(|row| row.kind == KIND)
        .collect();
    if records.is_empty() {
        return Ok(dialect::insert(conn, rows)?);
    }
    usage::insert_resources(conn, &records)?;
    let others = rows.resources.iter().filter(|row| row.kind != KIND);
    let others = NewRows {
        resources: others.cloned().collect(),
        index: rows.index.clone(),
        events: rows.events.clone(),
        pending: rows.pending.clone(),
        tallies: rows.tallies.clone(),
        words: rows.words.clone(),
    };
    Ok(dialect::insert(conn, &others)?)
}

pub(super) fn update(conn: &mut Conn, rows: &[UpdateRow]) -> DbResult<()> {
    if rows.iter().all(|update| update.row.kind != KIND) {
        let done = dialect::update_resources(conn, rows)?;
        return resources::expect_all(done, rows.len());
    }
    let (records, others): (Vec<&UpdateRow>, Vec<&UpdateRow>) =
        rows.iter().partition(|update| update.row.kind == KIND);
    let records: Vec<&ResourceRow> = records.into_iter().map(|update| &update.row).collect();
    let others: Vec<UpdateRow> = others.into_iter().cloned().collect();
    let done = usage::update_resources(conn, &records)? + dialect::update_resources(conn, &others)?;
    resources::expect_all(done, rows.len())
}

pub(super) fn delete(conn: &mut Conn, rows: &[DeleteRow]) -> DbResult<()> {
    let mut done = 0;
    for row in rows {
        done += match resources::delete(conn, row)? {
            0 => usage::delete(conn, row.seq, row.revision)?,
            found => found,
        };
    }
    resources::expect_all(done, rows.len())
}
