//! Orders under way, what they have yet to be told, the products they claim and the numbers they take.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::dialect;
use super::sql::Sql;
use super::{Conn, ROWS_AT_ONCE};
use crate::store::error::{DbError, DbResult};
use crate::store::rows::{ClaimRow, OrderInputRow, OrderLogRow, RunRow};
use crate::store::schema::{order_input, order_log, order_run, pool_number, product_claim};
use crate::store::session::{Due, NumberUse, PRIORITY_LOWEST, RunMove};

/// Numbers of one statement.
const NUMBERS_AT_ONCE: usize = 100;

/// Writes runs, each over the revision before it.
pub(super) fn update_runs(conn: &mut Conn, moves: &[RunMove]) -> DbResult<()> {
    if dialect::update_runs(conn, moves)? == moves.len() {
        return Ok(());
    }
    Err(DbError::Retry(
        "the run of an order has moved on".to_owned(),
    ))
}

pub(super) fn run(conn: &mut Conn, tenant: i64, order: &str) -> DbResult<Option<RunRow>> {
    Ok(order_run::table
        .find((tenant, order))
        .select(RunRow::as_select())
        .first(conn)
        .optional()?)
}

/// Forgets the run of an order and its log. What it has yet to be told stays: it gets an answer.
pub(super) fn delete_run(conn: &mut Conn, tenant: i64, order: &str) -> DbResult<()> {
    diesel::delete(order_run::table.find((tenant, order))).execute(conn)?;
    diesel::delete(
        order_log::table
            .filter(order_log::tenant.eq(tenant))
            .filter(order_log::order_id.eq(order)),
    )
    .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct DueRun {
    #[diesel(sql_type = BigInt)]
    tenant: i64,
    #[diesel(sql_type = Text)]
    order_id: String,
    #[diesel(sql_type = BigInt)]
    revision: i64,
}

/// Orders for which something was due at an instant, those with the highest priority first and then
/// those that are due the longest, and whether they are new.
///
/// Each priority is read by itself in the order of the index, so that neither the orders that are due
/// nor those that are not are counted in what it costs.
pub(super) fn due(conn: &mut Conn, at: i64, limit: i64) -> DbResult<Vec<(Due, bool)>> {
    const ORDER: &str = " ORDER BY priority, wake_at, order_id, tenant LIMIT ";
    let mut sql = Sql::new("SELECT tenant, order_id, revision FROM (");
    for priority in 0..=PRIORITY_LOWEST {
        let open = if priority == 0 {
            ""
        } else {
            ") AS d UNION ALL "
        };
        sql.push(open);
        sql.push("SELECT * FROM (SELECT priority, wake_at, tenant, order_id, revision");
        sql.push(" FROM order_run WHERE wake_at <= ").int(at);
        sql.push(" AND priority = ").int(priority);
        sql.push(ORDER).int(limit);
    }
    sql.push(") AS d) AS due").push(ORDER).int(limit);
    let due = sql.load::<DueRun>(conn)?.into_iter();
    Ok(due
        .map(|run| {
            let order = Due {
                tenant: run.tenant,
                order: run.order_id,
            };
            (order, run.revision == 1)
        })
        .collect())
}

/// Orders that have yet to be told something that came before an instant.
pub(super) fn with_input(conn: &mut Conn, before: i64, limit: i64) -> DbResult<Vec<Due>> {
    let found: Vec<(i64, String)> = order_input::table
        .filter(order_input::at.le(before))
        .select((order_input::tenant, order_input::order_id))
        .distinct()
        .order((order_input::tenant, order_input::order_id))
        .limit(limit)
        .load(conn)?;
    let found = found.into_iter();
    Ok(found.map(|(tenant, order)| Due { tenant, order }).collect())
}

pub(super) fn inputs(conn: &mut Conn, tenant: i64, order: &str) -> DbResult<Vec<OrderInputRow>> {
    Ok(order_input::table
        .filter(order_input::tenant.eq(tenant))
        .filter(order_input::order_id.eq(order))
        .order(order_input::id)
        .select(OrderInputRow::as_select())
        .load(conn)?)
}

pub(super) fn insert_inputs(conn: &mut Conn, rows: &[OrderInputRow]) -> DbResult<()> {
    for slice in rows.chunks(ROWS_AT_ONCE) {
        diesel::insert_into(order_input::table)
            .values(slice)
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets inputs that were taken in; another process may have been quicker.
pub(super) fn delete_inputs(conn: &mut Conn, rows: &[OrderInputRow]) -> DbResult<()> {
    if dialect::delete_inputs(conn, rows)? == rows.len() {
        return Ok(());
    }
    Err(DbError::Retry(
        "an input was taken in by another".to_owned(),
    ))
}

/// Moves an input to another time.
pub(super) fn put_off(conn: &mut Conn, row: &OrderInputRow, at: i64) -> DbResult<()> {
    diesel::update(order_input::table.find((row.tenant, &row.order_id, &row.id)))
        .set(order_input::at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Moves what is due of an order before an instant to that instant: its run, and what it has yet to be
/// told.
pub(super) fn postpone(conn: &mut Conn, tenant: i64, order: &str, until: i64) -> DbResult<()> {
    diesel::update(
        order_run::table
            .find((tenant, order))
            .filter(order_run::wake_at.lt(until)),
    )
    .set(order_run::wake_at.eq(Some(until)))
    .execute(conn)?;
    diesel::update(
        order_input::table
            .filter(order_input::tenant.eq(tenant))
            .filter(order_input::order_id.eq(order))
            .filter(order_input::at.lt(until)),
    )
    .set(order_input::at.eq(until))
    .execute(conn)?;
    Ok(())
}

pub(super) fn log(
    conn: &mut Conn,
    tenant: i64,
    order: &str,
    after: &str,
    limit: i64,
) -> DbResult<Vec<OrderLogRow>> {
    Ok(order_log::table
        .filter(order_log::tenant.eq(tenant))
        .filter(order_log::order_id.eq(order))
        .filter(order_log::id.gt(after))
        .order(order_log::id)
        .limit(limit)
        .select(OrderLogRow::as_select())
        .load(conn)?)
}

/// Queues an order for products. A product belongs to the order that claimed it first.
pub(super) fn claim(conn: &mut Conn, rows: &[ClaimRow]) -> DbResult<()> {
    for row in rows {
        diesel::insert_into(product_claim::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
    Ok(())
}

/// Claims of products, in the order in which they were made.
pub(super) fn claims(conn: &mut Conn, tenant: i64, products: &[String]) -> DbResult<Vec<ClaimRow>> {
    let mut claims: Vec<ClaimRow> = product_claim::table
        .filter(product_claim::tenant.eq(tenant))
        .filter(product_claim::product.eq_any(products))
        .select(ClaimRow::as_select())
        .load(conn)?;
    claims.sort_by(|a, b| (&a.product, a.at, &a.order_id).cmp(&(&b.product, b.at, &b.order_id)));
    Ok(claims)
}

pub(super) fn claims_of(conn: &mut Conn, tenant: i64, order: &str) -> DbResult<Vec<ClaimRow>> {
    Ok(product_claim::table
        .filter(product_claim::tenant.eq(tenant))
        .filter(product_claim::order_id.eq(order))
        .select(ClaimRow::as_select())
        .load(conn)?)
}

pub(super) fn release_claims(conn: &mut Conn, tenant: i64, order: &str) -> DbResult<()> {
    diesel::delete(
        product_claim::table
            .filter(product_claim::tenant.eq(tenant))
            .filter(product_claim::order_id.eq(order)),
    )
    .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Text)]
    number: String,
}

/// Gives a free number of a pool to a node; the one it has already, if it has one.
pub(super) fn take_number(
    conn: &mut Conn,
    to: &NumberUse<'_>,
    now: i64,
) -> DbResult<Option<String>> {
    let has: Option<String> = pool_number::table
        .filter(pool_number::tenant.eq(to.tenant))
        .filter(pool_number::order_id.eq(to.order))
        .filter(pool_number::node.eq(to.node))
        .select(pool_number::number)
        .first(conn)
        .optional()?;
    if has.is_some() {
        return Ok(has);
    }
    let mut sql = Sql::new("UPDATE pool_number SET order_id = ");
    sql.text(to.order).push(", node = ").text(to.node);
    sql.push(", at = ").int(now);
    sql.push(" WHERE tenant = ").int(to.tenant);
    sql.push(" AND pool = ").text(to.pool);
    sql.push(" AND number = (SELECT number FROM pool_number WHERE tenant = ");
    sql.int(to.tenant).push(" AND pool = ").text(to.pool);
    sql.push(" AND order_id IS NULL ORDER BY at LIMIT 1");
    sql.push(dialect::SKIP_LOCKED).push(") RETURNING number");
    let taken = sql.load::<Number>(conn)?;
    Ok(taken.into_iter().next().map(|taken| taken.number))
}

/// Gives a node a certain number, if nobody has it; true when the node has it then.
pub(super) fn take_this_number(
    conn: &mut Conn,
    to: &NumberUse<'_>,
    number: &str,
    now: i64,
) -> DbResult<bool> {
    let own = pool_number::order_id
        .eq(to.order)
        .and(pool_number::node.eq(to.node));
    let free = pool_number::order_id.is_null();
    let place = pool_number::table.find((to.tenant, to.pool, number));
    let taken = diesel::update(place.filter(free.or(own.assume_not_null())))
        .set((
            pool_number::order_id.eq(Some(to.order)),
            pool_number::node.eq(Some(to.node)),
            pool_number::at.eq(now),
        ))
        .execute(conn)?;
    Ok(taken == 1)
}

/// Gives the numbers of a node back; they are the last to be taken again.
pub(super) fn release_number(
    conn: &mut Conn,
    tenant: i64,
    order: &str,
    node: &str,
    now: i64,
) -> DbResult<()> {
    diesel::update(
        pool_number::table
            .filter(pool_number::tenant.eq(tenant))
            .filter(pool_number::order_id.eq(order))
            .filter(pool_number::node.eq(node)),
    )
    .set((
        pool_number::order_id.eq(None::<String>),
        pool_number::node.eq(None::<String>),
        pool_number::at.eq(now),
    ))
    .execute(conn)?;
    Ok(())
}

/// Gives a number back, whoever took it.
pub(super) fn free_number(
    conn: &mut Conn,
    tenant: i64,
    pool: &str,
    number: &str,
    now: i64,
) -> DbResult<()> {
    diesel::update(pool_number::table.find((tenant, pool, number)))
        .set((
            pool_number::order_id.eq(None::<String>),
            pool_number::node.eq(None::<String>),
            pool_number::at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Adds free numbers to a pool; those it has are left as they are.
pub(super) fn add_numbers(
    conn: &mut Conn,
    tenant: i64,
    pool: &str,
    numbers: &[String],
) -> DbResult<()> {
    // Fresh numbers go out in their order, before any that were used.
    let placed: Vec<(i64, &String)> = (0..).zip(numbers).collect();
    for slice in placed.chunks(NUMBERS_AT_ONCE) {
        let mut sql = Sql::new("INSERT INTO pool_number (tenant, pool, number, at) VALUES ");
        for (row, (place, number)) in slice.iter().enumerate() {
            sql.push(if row == 0 { "(" } else { ", (" }).int(tenant);
            sql.push(", ").text(pool);
            sql.push(", ").text(number);
            sql.push(", ").int(*place).push(")");
        }
        sql.push(" ON CONFLICT DO NOTHING");
        sql.run(conn)?;
    }
    Ok(())
}

/// All numbers of all pools that were drawn so far, each with the order that took it.
pub(super) fn all_numbers(conn: &mut Conn, tenant: i64) -> DbResult<Vec<(String, Option<String>)>> {
    Ok(pool_number::table
        .filter(pool_number::tenant.eq(tenant))
        .select((pool_number::number, pool_number::order_id))
        .load(conn)?)
}

/// How many numbers of a pool were drawn so far, free or not.
pub(super) fn count_numbers(conn: &mut Conn, tenant: i64, pool: &str) -> DbResult<i64> {
    Ok(pool_number::table
        .filter(pool_number::tenant.eq(tenant))
        .filter(pool_number::pool.eq(pool))
        .count()
        .get_result(conn)?)
}
