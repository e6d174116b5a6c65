//! The attribute numbers and the counts.

use diesel::prelude::*;

use super::super::dialect;
use super::Conn;
use super::sql::Sql;
use crate::store::error::DbResult;
use crate::store::rows::TallyRow;
use crate::store::schema::{attribute, tally};
use crate::store::session::NewRows;

pub(super) fn attributes(conn: &mut Conn) -> DbResult<Vec<(i64, String, String)>> {
    Ok(attribute::table
        .select((attribute::number, attribute::kind, attribute::path))
        .order(attribute::number)
        .load(conn)?)
}

/// Several processes may start at once: the second to come finds the row there.
pub(super) fn add_attribute(conn: &mut Conn, kind: &str, path: &str) -> DbResult<()> {
    diesel::insert_into(attribute::table)
        .values((attribute::kind.eq(kind), attribute::path.eq(path)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(())
}

pub(super) fn tally(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    number: i64,
    values: &[String],
) -> DbResult<i64> {
    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let mut sql =
        Sql::new("SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) AS n FROM tally WHERE tenant = ");
    sql.int(tenant).push(" AND kind = ").text(kind);
    sql.push(" AND attribute = ").int(number);
    sql.push(" AND value ").any_text(values);
    Ok(sql.get_result::<Sum>(conn)?.n)
}

/// Takes all rows out and puts their sums back, in the transaction under way. Rows that others add
/// meanwhile are not seen and so not lost.
pub(super) fn fold(conn: &mut Conn) -> DbResult<()> {
    let rows: Vec<(i64, String, i64, String, i64)> = diesel::delete(tally::table)
        .returning((
            tally::tenant,
            tally::kind,
            tally::attribute,
            tally::value,
            tally::n,
        ))
        .get_results(conn)?;
    let mut sums: std::collections::BTreeMap<(i64, String, i64, String), i64> =
        std::collections::BTreeMap::new();
    for (tenant, kind, attribute, value, n) in rows {
        *sums.entry((tenant, kind, attribute, value)).or_default() += n;
    }
    let tallies: Vec<TallyRow> = sums
        .into_iter()
        .filter(|(_, n)| *n != 0)
        .map(|((tenant, kind, attribute, value), n)| TallyRow {
            tenant,
            kind,
            attribute,
            value,
            n,
        })
        .collect();
    let rows = NewRows {
        tallies,
        ..NewRows::default()
    };
    Ok(dialect::insert(conn, &rows)?)
}
