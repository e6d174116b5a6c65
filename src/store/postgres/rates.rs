//! Writes applied rates and what belongs to them, all of a table with one statement.

use diesel::RunQueryDsl;
use diesel::result::QueryResult;

use super::Conn;
use super::insert::{Columns, bytes, ints, optional, texts};
use super::update::Bulk;
use crate::store::rates::{BillingWrite, SheetRow};

pub(in crate::store) fn insert_sheets(conn: &mut Conn, rows: &[SheetRow]) -> QueryResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    Bulk {
        before: "INSERT INTO rate_sheet (seq, tenant, account, bill, revision, created_at, updated_at, \
                 lines, body) SELECT * FROM ",
        rows: Columns::new([
            ints(rows, |r| r.seq),
            ints(rows, |r| r.tenant),
            texts(rows, |r| &r.account),
            optional(rows, |r| r.bill.as_deref()),
            ints(rows, |r| r.revision),
            ints(rows, |r| r.created_at),
            ints(rows, |r| r.updated_at),
            ints(rows, |r| r.lines),
            bytes(rows, |r| &r.body),
        ]),
        after: " AS c",
    }
    .execute(conn)
    .map(drop)
}

/// Writes states over the revisions that are expected, all writers in the same order; answers how many
/// were as expected.
pub(in crate::store) fn write_billing_states(
    conn: &mut Conn,
    rows: &[BillingWrite],
) -> QueryResult<usize> {
    let mut rows: Vec<&BillingWrite> = rows.iter().collect();
    rows.sort_by(|a, b| (a.tenant, &a.account).cmp(&(b.tenant, &b.account)));
    let (new, old): (Vec<&BillingWrite>, Vec<&BillingWrite>) =
        rows.into_iter().partition(|row| row.expected_revision == 0);
    let mut done = 0;
    if !new.is_empty() {
        done += Bulk {
            before: "INSERT INTO billing_state (tenant, account, revision, state) \
                     SELECT c.tenant, c.account, c.expected + 1, c.state FROM ",
            rows: columns(&new),
            after: " AS c (tenant, account, expected, state) ON CONFLICT DO NOTHING",
        }
        .execute(conn)?;
    }
    if !old.is_empty() {
        done += Bulk {
            before: "UPDATE billing_state b SET revision = c.expected + 1, state = c.state FROM ",
            rows: columns(&old),
            after: " AS c (tenant, account, expected, state) WHERE b.tenant = c.tenant \
                    AND b.account = c.account AND b.revision = c.expected",
        }
        .execute(conn)?;
    }
    Ok(done)
}

fn columns<'a>(rows: &'a [&'a BillingWrite]) -> Columns<'a> {
    Columns::new([
        ints(rows, |r| r.tenant),
        texts(rows, |r| &r.account),
        ints(rows, |r| r.expected_revision),
        bytes(rows, |r| &r.state),
    ])
}
