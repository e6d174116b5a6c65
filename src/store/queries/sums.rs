//! What usage of products has come to and waits to be billed.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::sql::Sql;
use super::{Conn, ROWS_AT_ONCE};
use crate::store::error::{DbError, DbResult};
use crate::store::schema::usage_sum;
use crate::store::usage::UsageSumRow;

pub(super) fn insert(conn: &mut Conn, rows: &[UsageSumRow]) -> DbResult<()> {
    for slice in rows.chunks(ROWS_AT_ONCE) {
        diesel::insert_into(usage_sum::table)
            .values(slice)
            .execute(conn)?;
    }
    Ok(())
}

pub(super) fn of_products(
    conn: &mut Conn,
    tenant: i64,
    products: &[String],
) -> DbResult<Vec<UsageSumRow>> {
    let mut sql = Sql::new("SELECT s.* FROM usage_sum s WHERE s.tenant = ");
    sql.int(tenant)
        .push(" AND s.product ")
        .any_text(products)
        .push(" ORDER BY s.seq");
    Ok(sql.load(conn)?)
}

pub(super) fn behind(conn: &mut Conn, after: i64, limit: i64) -> DbResult<Vec<UsageSumRow>> {
    Ok(usage_sum::table
        .filter(usage_sum::seq.gt(after))
        .order(usage_sum::seq)
        .limit(limit)
        .select(UsageSumRow::as_select())
        .load(conn)?)
}

#[derive(QueryableByName)]
struct Crowd {
    #[diesel(sql_type = BigInt)]
    tenant: i64,
    #[diesel(sql_type = Text)]
    product: String,
}

pub(super) fn crowded(conn: &mut Conn, parts: i64, limit: i64) -> DbResult<Vec<(i64, String)>> {
    let mut sql = Sql::new(
        "SELECT s.tenant, s.product FROM usage_sum s GROUP BY s.tenant, s.product HAVING count(*) >= ",
    );
    sql.int(parts).push(" LIMIT ").int(limit);
    let found: Vec<Crowd> = sql.load(conn)?;
    Ok(found
        .into_iter()
        .map(|own| (own.tenant, own.product))
        .collect())
}

pub(super) fn take(conn: &mut Conn, seqs: &[i64]) -> DbResult<()> {
    let mut gone = 0;
    for some in seqs.chunks(ROWS_AT_ONCE) {
        gone +=
            diesel::delete(usage_sum::table.filter(usage_sum::seq.eq_any(some))).execute(conn)?;
    }
    if gone == seqs.len() {
        return Ok(());
    }
    let missing = seqs.len().saturating_sub(gone);
    Err(DbError::Outdated(format!(
        "{missing} sums of usage were taken by somebody else"
    )))
}
