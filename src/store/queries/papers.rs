//! Documents of bills.

use diesel::prelude::*;

use super::Conn;
use crate::store::error::DbResult;
use crate::store::rates::BillDocument;
use crate::store::schema::bill_document;

/// One statement for each: a document is some ten kilobytes.
pub(super) fn keep(conn: &mut Conn, documents: &[BillDocument]) -> DbResult<()> {
    for document in documents {
        diesel::insert_into(bill_document::table)
            .values(document)
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
    Ok(())
}

pub(super) fn find(
    conn: &mut Conn,
    tenant: i64,
    bill: &str,
    form: &str,
) -> DbResult<Option<Vec<u8>>> {
    Ok(bill_document::table
        .find((tenant, bill, form))
        .select(bill_document::body)
        .first(conn)
        .optional()?)
}
