//! Writes usage and what belongs to it, one row with each statement. Each function answers how many rows
//! it found.

use diesel::prelude::*;
use diesel::result::QueryResult;

use super::Conn;
use crate::store::schema::{identifier, usage_count, usage_record};
use crate::store::usage::{CountRow, IdentifierKey, UsageRow};

/// Writes usage over the revision before it. Who it is does not change.
pub(in crate::store) fn update_usage(conn: &mut Conn, rows: &[UsageRow]) -> QueryResult<usize> {
    let mut done = 0;
    for row in rows {
        done += diesel::update(
            usage_record::table
                .filter(usage_record::seq.eq(row.seq))
                .filter(usage_record::revision.eq(row.revision - 1)),
        )
        .set((
            usage_record::identity.eq(&row.identity),
            usage_record::revision.eq(row.revision),
            usage_record::state.eq(row.state),
            usage_record::reason.eq(row.reason),
            usage_record::updated_at.eq(row.updated_at),
            usage_record::start_at.eq(row.start_at),
            usage_record::product.eq(row.product),
            usage_record::shape.eq(row.shape),
            usage_record::leaves.eq(&row.leaves),
            usage_record::trace_shape.eq(row.trace_shape),
            usage_record::trace.eq(&row.trace),
        ))
        .execute(conn)?;
    }
    Ok(done)
}

/// Adds to counts.
pub(in crate::store) fn add_counts(conn: &mut Conn, rows: &[CountRow]) -> QueryResult<()> {
    for row in rows {
        diesel::insert_into(usage_count::table)
            .values(row)
            .on_conflict((
                usage_count::tenant,
                usage_count::source,
                usage_count::hour,
                usage_count::outcome,
                usage_count::writer,
            ))
            .do_update()
            .set(usage_count::n.eq(usage_count::n + row.n))
            .execute(conn)?;
    }
    Ok(())
}

/// Deletes what products are not known by any more.
pub(in crate::store) fn delete_identifiers(
    conn: &mut Conn,
    keys: &[IdentifierKey],
) -> QueryResult<()> {
    for key in keys {
        diesel::delete(identifier::table.find((
            key.tenant,
            &key.value,
            &key.name,
            &key.product,
            key.valid_from,
        )))
        .execute(conn)?;
    }
    Ok(())
}
