//! Writes usage and what belongs to it, all of a table with one statement. Each function answers how many
//! rows it found.

use diesel::RunQueryDsl;
use diesel::result::QueryResult;

use super::Conn;
use super::insert::{Columns, bytes, ints, optional_bytes, texts};
use super::update::Bulk;
use crate::store::usage::{CountRow, IdentifierKey, IdentifierRow, StateWrite, UsageRow};

/// Writes usage over the revision before it. Who it is does not change.
pub(in crate::store) fn update_usage(conn: &mut Conn, rows: &[UsageRow]) -> QueryResult<usize> {
    if rows.is_empty() {
        return Ok(0);
    }
    Bulk {
        before: "UPDATE usage_record u SET identity = c.identity, revision = c.revision, \
                 state = c.state, reason = c.reason, updated_at = c.updated_at, \
                 start_at = c.start_at, product = c.product, shape = c.shape, \
                 leaves = c.leaves, trace_shape = c.trace_shape, trace = c.trace FROM ",
        rows: Columns::new([
            ints(rows, |r| r.seq),
            optional_bytes(rows, |r| r.identity.as_deref()),
            ints(rows, |r| r.revision),
            ints(rows, |r| r.state),
            ints(rows, |r| r.reason),
            ints(rows, |r| r.updated_at),
            ints(rows, |r| r.start_at),
            ints(rows, |r| r.product),
            ints(rows, |r| r.shape),
            bytes(rows, |r| &r.leaves),
            ints(rows, |r| r.trace_shape),
            bytes(rows, |r| &r.trace),
        ]),
        after: " AS c (seq, identity, revision, state, reason, updated_at, start_at, product, \
                shape, leaves, trace_shape, trace) \
                WHERE u.seq = c.seq AND u.revision = c.revision - 1",
    }
    .execute(conn)
}

/// Writes states over the revisions that are expected. All writers lock them in the same order.
pub(in crate::store) fn write_states(conn: &mut Conn, rows: &[StateWrite]) -> QueryResult<usize> {
    let mut rows: Vec<&StateWrite> = rows.iter().collect();
    rows.sort_by(|a, b| (a.tenant, &a.owner).cmp(&(b.tenant, &b.owner)));
    let (new, old): (Vec<&StateWrite>, Vec<&StateWrite>) =
        rows.into_iter().partition(|row| row.expected_revision == 0);
    let mut done = 0;
    if !new.is_empty() {
        done += Bulk {
            before: "INSERT INTO charging_state (tenant, owner, revision, state) \
                     SELECT c.tenant, c.owner, c.expected + 1, c.state FROM ",
            rows: columns(&new),
            after: " AS c (tenant, owner, expected, state) ON CONFLICT DO NOTHING",
        }
        .execute(conn)?;
    }
    if !old.is_empty() {
        done += Bulk {
            before: "UPDATE charging_state s SET revision = c.expected + 1, state = c.state FROM ",
            rows: columns(&old),
            after: " AS c (tenant, owner, expected, state) WHERE s.tenant = c.tenant \
                    AND s.owner = c.owner AND s.revision = c.expected",
        }
        .execute(conn)?;
    }
    Ok(done)
}

fn columns<'a>(rows: &'a [&'a StateWrite]) -> Columns<'a> {
    Columns::new([
        ints(rows, |r| r.tenant),
        texts(rows, |r| &r.owner),
        ints(rows, |r| r.expected_revision),
        bytes(rows, |r| &r.state),
    ])
}

/// Adds to counts.
pub(in crate::store) fn add_counts(conn: &mut Conn, rows: &[CountRow]) -> QueryResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    Bulk {
        before: "INSERT INTO usage_count (tenant, source, hour, outcome, writer, n) SELECT * FROM ",
        rows: Columns::new([
            ints(rows, |r| r.tenant),
            texts(rows, |r| &r.source),
            ints(rows, |r| r.hour),
            texts(rows, |r| &r.outcome),
            ints(rows, |r| r.writer),
            ints(rows, |r| r.n),
        ]),
        after: " AS c ON CONFLICT (tenant, source, hour, outcome, writer) \
                DO UPDATE SET n = usage_count.n + excluded.n",
    }
    .execute(conn)
    .map(drop)
}

/// Writes what products are known by. Who writes a product's rows has written the product before.
pub(in crate::store) fn write_identifiers(
    conn: &mut Conn,
    rows: &[IdentifierRow],
) -> QueryResult<()> {
    Bulk {
        before: "INSERT INTO identifier (tenant, value, name, product, valid_from, valid_to) \
                 SELECT * FROM ",
        rows: Columns::new([
            ints(rows, |r| r.tenant),
            texts(rows, |r| &r.value),
            texts(rows, |r| &r.name),
            texts(rows, |r| &r.product),
            ints(rows, |r| r.valid_from),
            ints(rows, |r| r.valid_to),
        ]),
        after: " AS c ON CONFLICT (tenant, value, name, product, valid_from) \
                DO UPDATE SET valid_to = excluded.valid_to",
    }
    .execute(conn)
    .map(drop)
}

/// Deletes what products are not known by any more.
pub(in crate::store) fn delete_identifiers(
    conn: &mut Conn,
    keys: &[IdentifierKey],
) -> QueryResult<()> {
    Bulk {
        before: "DELETE FROM identifier i USING ",
        rows: Columns::new([
            ints(keys, |k| k.tenant),
            texts(keys, |k| &k.value),
            texts(keys, |k| &k.name),
            texts(keys, |k| &k.product),
            ints(keys, |k| k.valid_from),
        ]),
        after: " AS c (tenant, value, name, product, valid_from) WHERE i.tenant = c.tenant \
                AND i.value = c.value AND i.name = c.name AND i.product = c.product \
                AND i.valid_from = c.valid_from",
    }
    .execute(conn)
    .map(drop)
}
