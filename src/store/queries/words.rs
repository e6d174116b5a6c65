//! Text search: each database has its own, the words are ours.

use super::super::dialect;
use super::Conn;
use super::sql::Sql;
use crate::store::error::DbResult;
use crate::store::rows::Head;
use crate::store::session::AnyOf;

pub(super) fn delete(conn: &mut Conn, seqs: &[i64]) -> DbResult<()> {
    let mut sql = Sql::new("DELETE FROM text_search WHERE ");
    sql.push(dialect::WORDS_KEY).push(" ").any_int(seqs);
    sql.run(conn)?;
    Ok(())
}

pub(super) fn find(
    conn: &mut Conn,
    tenant: i64,
    words: &[AnyOf],
    limit: i64,
) -> DbResult<Vec<Head>> {
    let mut sql = Sql::new(
        "SELECT r.seq, r.kind, r.id, r.version, r.current, r.label, r.state FROM text_search t \
         JOIN resource r ON r.seq = ",
    );
    sql.push(dialect::WORDS_SEQ).push(" WHERE ");
    dialect::has_words(&mut sql, words);
    sql.push(" AND r.tenant = ").int(tenant);
    sql.push(dialect::WORDS_ORDER).push(" LIMIT ").int(limit);
    Ok(dialect::search(conn, sql)?)
}
