//! What prices refer to: versions of documents, and how often anything that prices are compiled from
//! has changed.

use diesel::prelude::*;

use super::super::dialect;
use super::Conn;
use super::sql::Sql;
use crate::store::error::DbResult;
use crate::store::rows::{BookRow, DocumentHead, ResourceRow};
use crate::store::schema::{rating_book, rating_document};
use crate::store::session::{BookEntry, IdKey};

pub(super) fn books(conn: &mut Conn) -> DbResult<Vec<BookRow>> {
    Ok(rating_book::table.select(BookRow::as_select()).load(conn)?)
}

/// One statement, so that whoever counts holds the row from then on: changes of documents and of the
/// prices that refer to them wait for each other.
pub(super) fn count(conn: &mut Conn, tenant: i64, entry: BookEntry) -> DbResult<bool> {
    let (library, catalog) = match entry {
        BookEntry::Library => (1, 0),
        BookEntry::Price { .. } => (0, 1),
    };
    let mut sql = Sql::new("INSERT INTO rating_book (tenant, library, catalog) VALUES (");
    sql.int(tenant).push(", ").int(library);
    sql.push(", ").int(catalog);
    sql.push(") ON CONFLICT (tenant) DO UPDATE SET library = rating_book.library + ");
    sql.int(library);
    sql.push(", catalog = rating_book.catalog + ").int(catalog);
    if let BookEntry::Price { seen: Some(seen) } = entry {
        sql.push(" WHERE rating_book.library = ").int(seen);
    }
    Ok(sql.run(conn)? == 1)
}

pub(super) fn documents(conn: &mut Conn, tenant: i64) -> DbResult<Vec<DocumentHead>> {
    Ok(rating_document::table
        .filter(rating_document::tenant.eq(tenant))
        .filter(rating_document::current.eq(true))
        .order((rating_document::kind, rating_document::id))
        .select(DocumentHead::as_select())
        .load(conn)?)
}

pub(super) fn versions(conn: &mut Conn, key: &IdKey) -> DbResult<Vec<DocumentHead>> {
    Ok(rating_document::table
        .filter(rating_document::tenant.eq(key.tenant))
        .filter(rating_document::kind.eq(&key.kind))
        .filter(rating_document::id.eq(&key.id))
        .order(rating_document::number.desc())
        .select(DocumentHead::as_select())
        .load(conn)?)
}

pub(super) fn content(conn: &mut Conn, key: &IdKey, number: i64) -> DbResult<Option<Vec<u8>>> {
    Ok(rating_document::table
        .find((key.tenant, &key.kind, &key.id, number))
        .select(rating_document::content)
        .first(conn)
        .optional()?)
}

pub(super) fn insert(conn: &mut Conn, head: &DocumentHead, content: &[u8]) -> DbResult<()> {
    retire(conn, &IdKey::new(head.tenant, &head.kind, &head.id))?;
    diesel::insert_into(rating_document::table)
        .values((
            rating_document::tenant.eq(head.tenant),
            rating_document::kind.eq(&head.kind),
            rating_document::id.eq(&head.id),
            rating_document::number.eq(head.number),
            rating_document::version.eq(&head.version),
            rating_document::current.eq(true),
            rating_document::hash.eq(&head.hash),
            rating_document::head.eq(&head.head),
            rating_document::records.eq(head.records),
            rating_document::loaded_at.eq(head.loaded_at),
            rating_document::content.eq(content),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn retire(conn: &mut Conn, key: &IdKey) -> DbResult<()> {
    diesel::update(
        rating_document::table
            .filter(rating_document::tenant.eq(key.tenant))
            .filter(rating_document::kind.eq(&key.kind))
            .filter(rating_document::id.eq(&key.id))
            .filter(rating_document::current.eq(true)),
    )
    .set(rating_document::current.eq(false))
    .execute(conn)?;
    Ok(())
}

/// Reads all documents of the kind, for what has no index: few ask, and seldom.
pub(super) fn rows_with_text(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    text: &str,
) -> DbResult<Vec<ResourceRow>> {
    let mut sql = Sql::new("SELECT r.* FROM resource r WHERE r.tenant = ");
    sql.int(tenant).push(" AND r.kind = ").text(kind);
    if !text.is_empty() {
        sql.push(" AND ").push(dialect::CONTAINS).push("(r.doc, ");
        sql.text(text).push(") > 0");
    }
    sql.push(" ORDER BY r.seq");
    Ok(sql.load(conn)?)
}
