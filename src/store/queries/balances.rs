//! Balances of accounts.

use diesel::RunQueryDsl;
use diesel::prelude::*;

use super::Conn;
use super::sql::Sql;
use crate::store::error::{DbError, DbResult};
use crate::store::rows::BalanceRow;
use crate::store::schema::balance;
use crate::store::session::{Addition, IdKey};

/// Balances of several accounts of a kind, in order of account and type.
pub(super) fn of_accounts(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    accounts: &[String],
) -> DbResult<Vec<BalanceRow>> {
    let mut sql = Sql::new("SELECT b.* FROM balance b WHERE b.tenant = ");
    sql.int(tenant).push(" AND b.kind = ").text(kind);
    sql.push(" AND b.account ").any_text(accounts);
    sql.push(" ORDER BY b.account, b.balance_type, b.currency");
    Ok(sql.load(conn)?)
}

/// Balances of one type that are not nothing, in order of kind and account. For reports: it looks at all
/// balances.
pub(super) fn of_type(
    conn: &mut Conn,
    tenant: i64,
    balance_type: &str,
) -> DbResult<Vec<BalanceRow>> {
    let mut sql = Sql::new("SELECT b.* FROM balance b WHERE b.amount <> 0 AND b.tenant = ");
    sql.int(tenant);
    sql.push(" AND b.balance_type = ").text(balance_type);
    sql.push(" ORDER BY b.kind, b.account, b.currency");
    Ok(sql.load(conn)?)
}

/// Adds to balances where they are, so that nothing that others add at the same time is lost. A
/// balance that is not there begins at nothing.
///
/// # Errors
/// `OutOfRange` for a sum beyond 64 bits. The condition of the statement sees to that, because the
/// two databases would answer it differently.
pub(super) fn add(conn: &mut Conn, additions: &[Addition]) -> DbResult<()> {
    for addition in additions {
        let done = match i64::try_from(addition.amount) {
            Ok(amount) => upsert(addition, amount).run(conn)?,
            Err(_) => 0,
        };
        if done != 1 {
            return Err(DbError::OutOfRange(format!(
                "The {} of account '{}' would be larger than can be kept.",
                addition.key.balance_type, addition.key.account
            )));
        }
    }
    Ok(())
}

fn upsert(addition: &Addition, amount: i64) -> Sql {
    let key = &addition.key;
    let mut sql = Sql::new(
        "INSERT INTO balance (tenant, kind, account, balance_type, currency, amount, valid_from, \
         valid_to, updated_at) VALUES (",
    );
    sql.int(key.tenant).push(", ").text(&key.kind);
    sql.push(", ").text(&key.account);
    sql.push(", ").text(&key.balance_type);
    sql.push(", ").text(&key.currency);
    sql.push(", ").int(amount);
    for instant in [addition.valid_from, addition.valid_to] {
        match instant {
            Some(instant) => sql.push(", ").int(instant),
            None => sql.push(", NULL"),
        };
    }
    sql.push(", ").int(addition.at);
    sql.push(
        ") ON CONFLICT (tenant, kind, account, balance_type, currency) DO UPDATE SET \
         amount = balance.amount + excluded.amount, \
         valid_from = COALESCE(excluded.valid_from, balance.valid_from), \
         valid_to = COALESCE(excluded.valid_to, balance.valid_to), \
         updated_at = excluded.updated_at WHERE balance.amount ",
    );
    if amount < 0 {
        sql.push(">= ").int(i64::MIN.saturating_sub(amount));
    } else {
        sql.push("<= ").int(i64::MAX.saturating_sub(amount));
    }
    sql
}

/// Forgets the balances of accounts that are gone.
pub(super) fn delete(conn: &mut Conn, accounts: &[IdKey]) -> DbResult<()> {
    for key in accounts {
        diesel::delete(
            balance::table
                .filter(balance::tenant.eq(key.tenant))
                .filter(balance::kind.eq(&key.kind))
                .filter(balance::account.eq(&key.id)),
        )
        .execute(conn)?;
    }
    Ok(())
}
