//! Applied rates and what belongs to them.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::super::dialect;
use super::sql::Sql;
use super::{Conn, usage};
use crate::store::error::{DbError, DbResult};
use crate::store::plan::Plan;
use crate::store::rates::{
    self, BillingWrite, Conditions, SheetKey, SheetRow, conditions, resources_of,
};
use crate::store::rows::ResourceRow;
use crate::store::schema::rate_sheet;

/// Sheets that are read at a time when a list goes through all.
const PAGE: i64 = 256;

pub(super) fn insert(
    conn: &mut Conn,
    sheets: &[SheetRow],
    shapes: &[(i64, String)],
) -> DbResult<()> {
    for (number, text) in shapes {
        usage::add_shape(conn, *number, text)?;
    }
    Ok(dialect::insert_sheets(conn, sheets)?)
}

pub(super) fn of_bills(conn: &mut Conn, tenant: i64, bills: &[String]) -> DbResult<Vec<SheetRow>> {
    let mut sql = select(tenant);
    sql.push(" AND s.bill IS NOT NULL AND s.bill ")
        .any_text(bills);
    sql.push(" ORDER BY s.seq");
    Ok(sql.load(conn)?)
}

pub(super) fn open(conn: &mut Conn, tenant: i64, accounts: &[String]) -> DbResult<Vec<SheetRow>> {
    let mut sql = select(tenant);
    sql.push(" AND s.bill IS NULL AND s.account ")
        .any_text(accounts);
    sql.push(" ORDER BY s.seq");
    Ok(sql.load(conn)?)
}

pub(super) fn documents(conn: &mut Conn, sheets: &[SheetRow]) -> DbResult<Vec<ResourceRow>> {
    let mut rows = Vec::new();
    for sheet in sheets {
        rows.extend(resources_of(sheet, &mut |number| {
            usage::shape(conn, number)
        })?);
    }
    Ok(rows)
}

pub(super) fn by_ids(conn: &mut Conn, tenant: i64, ids: &[String]) -> DbResult<Vec<ResourceRow>> {
    let seqs: Vec<i64> = ids.iter().filter_map(|id| rates::seq_of(id)).collect();
    let mut rows = by_seqs(conn, &seqs)?;
    rows.retain(|row| row.tenant == tenant);
    Ok(rows)
}

/// Lines by their numbers, in order.
pub(super) fn by_seqs(conn: &mut Conn, seqs: &[i64]) -> DbResult<Vec<ResourceRow>> {
    let sheets = sheets_with(conn, seqs)?;
    let mut rows = documents(conn, &sheets)?;
    rows.retain(|row| seqs.contains(&row.seq));
    Ok(rows)
}

/// The sheets that have lines with these numbers.
fn sheets_with(conn: &mut Conn, seqs: &[i64]) -> DbResult<Vec<SheetRow>> {
    let mut wanted = seqs.to_vec();
    wanted.sort_unstable();
    let mut sheets: Vec<SheetRow> = Vec::new();
    for seq in wanted {
        if sheets.last().is_some_and(|last| seq < last.end()) {
            continue;
        }
        let sheet: Option<SheetRow> = rate_sheet::table
            .filter(rate_sheet::seq.le(seq))
            .order(rate_sheet::seq.desc())
            .select(SheetRow::as_select())
            .first(conn)
            .optional()?;
        sheets.extend(sheet.filter(|sheet| seq < sheet.end()));
    }
    Ok(sheets)
}

/// What the engine's list asks for: lines in order of creation, or the other way round.
pub(super) fn list(
    conn: &mut Conn,
    plan: &Plan,
    paths: &HashMap<i64, String>,
) -> DbResult<Vec<ResourceRow>> {
    let asked = asked(plan, paths);
    if let Some(ids) = &plan.ids {
        return list_of(conn, plan, &asked, ids);
    }
    let mut rows = Vec::new();
    let mut skip = plan.offset;
    let mut edge = plan.after.as_ref().map(|after| after.seq);
    while (rows.len() as u64) < plan.limit {
        let sheets = page(conn, plan, &asked, edge)?;
        let Some(last) = sheets.last() else { break };
        let next = match plan.descending {
            true => last.seq,
            false => last.end() - 1,
        };
        for sheet in &sheets {
            if (rows.len() as u64) >= plan.limit {
                break;
            }
            // Whole sheets before the offset need not be read.
            let all = sheet.lines.unsigned_abs();
            let is_cut = edge.is_some_and(|edge| (sheet.seq..sheet.end()).contains(&edge));
            if skip >= all && !is_cut {
                skip -= all;
                continue;
            }
            let mut lines = documents(conn, std::slice::from_ref(sheet))?;
            lines.retain(|row| edge.is_none_or(|edge| is_behind(plan, row.seq, edge)));
            if plan.descending {
                lines.reverse();
            }
            let passed = size(skip).min(lines.len());
            skip -= passed as u64;
            rows.extend(lines.into_iter().skip(passed));
        }
        edge = Some(next);
    }
    rows.truncate(size(plan.limit));
    Ok(rows)
}

/// The same among certain ids.
fn list_of(
    conn: &mut Conn,
    plan: &Plan,
    asked: &Conditions,
    ids: &[String],
) -> DbResult<Vec<ResourceRow>> {
    let seqs: Vec<i64> = ids.iter().filter_map(|id| rates::seq_of(id)).collect();
    let mut sheets = sheets_with(conn, &seqs)?;
    sheets.retain(|sheet| sheet.tenant == plan.tenant && asked.allow(sheet));
    let mut rows = documents(conn, &sheets)?;
    let edge = plan.after.as_ref().map(|after| after.seq);
    rows.retain(|row| {
        seqs.contains(&row.seq) && edge.is_none_or(|edge| is_behind(plan, row.seq, edge))
    });
    if plan.descending {
        rows.reverse();
    }
    let rows = rows.into_iter().skip(size(plan.offset));
    Ok(rows.take(size(plan.limit)).collect())
}

fn size(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

const fn is_behind(plan: &Plan, seq: i64, edge: i64) -> bool {
    if plan.descending {
        seq < edge
    } else {
        seq > edge
    }
}

/// The next sheets with lines behind an edge.
fn page(
    conn: &mut Conn,
    plan: &Plan,
    asked: &Conditions,
    edge: Option<i64>,
) -> DbResult<Vec<SheetRow>> {
    let mut sql = select(plan.tenant);
    restrict(&mut sql, asked);
    if let Some(edge) = edge {
        match plan.descending {
            true => sql.push(" AND s.seq < ").int(edge),
            false => sql.push(" AND s.seq + s.lines > ").int(edge + 1),
        };
        // The index goes by the number alone; no sheet has more lines than this.
        if !plan.descending {
            sql.push(" AND s.seq > ")
                .int(edge.saturating_sub(LINES_MAX));
        }
    }
    sql.push(" ORDER BY s.seq");
    if plan.descending {
        sql.push(" DESC");
    }
    sql.push(" LIMIT ").int(PAGE);
    Ok(sql.load(conn)?)
}

/// Lines of a sheet at most.
const LINES_MAX: i64 = 1_000_000;

pub(super) fn count(conn: &mut Conn, plan: &Plan, paths: &HashMap<i64, String>) -> DbResult<i64> {
    if plan.ids.is_some() {
        let all = Plan {
            offset: 0,
            limit: u64::MAX,
            after: None,
            ..plan.clone()
        };
        return Ok(i64::try_from(list(conn, &all, paths)?.len()).unwrap_or(i64::MAX));
    }
    let mut sql = Sql::new(
        "SELECT CAST(coalesce(sum(s.lines), 0) AS BIGINT) AS n FROM rate_sheet s WHERE s.tenant = ",
    );
    sql.int(plan.tenant);
    restrict(&mut sql, &asked(plan, paths));
    Ok(sql.get_result::<Number>(conn)?.n)
}

fn asked(plan: &Plan, paths: &HashMap<i64, String>) -> Conditions {
    conditions(plan.conditions.iter().map(|own| {
        let path = paths.get(&own.attribute).map_or("", String::as_str);
        (path, &own.test)
    }))
}

fn restrict(sql: &mut Sql, asked: &Conditions) {
    if let Some(accounts) = &asked.accounts {
        sql.push(" AND s.account ").any_text(accounts);
    }
    if let Some(bills) = &asked.bills {
        sql.push(" AND s.bill IS NOT NULL AND s.bill ")
            .any_text(bills);
    }
    match asked.billed {
        Some(true) => sql.push(" AND s.bill IS NOT NULL"),
        Some(false) => sql.push(" AND s.bill IS NULL"),
        None => sql,
    };
    if asked.never {
        sql.push(" AND 1 = 0");
    }
}

fn select(tenant: i64) -> Sql {
    let mut sql = Sql::new(
        "SELECT s.seq, s.tenant, s.account, s.bill, s.revision, s.created_at, s.updated_at, \
         s.lines, s.body FROM rate_sheet s WHERE s.tenant = ",
    );
    sql.int(tenant);
    sql
}

pub(super) fn bill(conn: &mut Conn, sheets: &[SheetKey], bill: &str, at: i64) -> DbResult<()> {
    for key in sheets {
        let row = rate_sheet::table
            .filter(rate_sheet::seq.eq(key.seq))
            .filter(rate_sheet::revision.eq(key.revision))
            .filter(rate_sheet::bill.is_null());
        let done = diesel::update(row)
            .set((
                rate_sheet::bill.eq(bill),
                rate_sheet::revision.eq(key.revision + 1),
                rate_sheet::updated_at.eq(at),
            ))
            .execute(conn)?;
        if done != 1 {
            return Err(DbError::Outdated("charges were billed meanwhile".into()));
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct State {
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Binary)]
    state: Vec<u8>,
}

pub(super) fn states(
    conn: &mut Conn,
    tenant: i64,
    accounts: &[String],
) -> DbResult<Vec<(String, i64, Vec<u8>)>> {
    let mut sql =
        Sql::new("SELECT b.account, b.revision, b.state FROM billing_state b WHERE b.tenant = ");
    sql.int(tenant).push(" AND b.account ").any_text(accounts);
    let rows = sql.load::<State>(conn)?.into_iter();
    Ok(rows
        .map(|row| (row.account, row.revision, row.state))
        .collect())
}

pub(super) fn write_states(conn: &mut Conn, rows: &[BillingWrite]) -> DbResult<()> {
    if dialect::write_billing_states(conn, rows)? == rows.len() {
        return Ok(());
    }
    Err(DbError::Outdated("accounts were billed meanwhile".into()))
}

pub(super) fn take_numbers(conn: &mut Conn, tenant: i64, entity: &str, n: i64) -> DbResult<i64> {
    let mut sql = Sql::new("INSERT INTO bill_number (tenant, entity, next) VALUES (");
    sql.int(tenant)
        .push(", ")
        .text(entity)
        .push(", 1 + ")
        .int(n);
    sql.push(") ON CONFLICT (tenant, entity) DO UPDATE SET next = bill_number.next + ")
        .int(n);
    sql.push(" RETURNING next AS n");
    Ok(sql.get_result::<Number>(conn)?.n - n)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
