//! Writes rows, one with each statement: a statement that is prepared costs no round trip here. Each
//! function answers how many rows it found.

use diesel::prelude::*;
use diesel::result::QueryResult;

use super::Conn;
use crate::store::rows::{OrderInputRow, OrderLogRow, RevisionRow, RunRow};
use crate::store::schema::{order_input, order_log, order_run, past, resource};
use crate::store::session::{RunMove, UpdateRow};

/// Writes resources over the revisions that are expected.
pub(in crate::store) fn update_resources(
    conn: &mut Conn,
    rows: &[UpdateRow],
) -> QueryResult<usize> {
    let mut done = 0;
    for UpdateRow {
        row,
        expected_revision,
    } in rows
    {
        done += diesel::update(
            resource::table
                .filter(resource::seq.eq(row.seq))
                .filter(resource::revision.eq(expected_revision)),
        )
        .set((
            resource::version.eq(&row.version),
            resource::revision.eq(row.revision),
            resource::current.eq(row.current),
            resource::label.eq(&row.label),
            resource::state.eq(&row.state),
            resource::updated_at.eq(row.updated_at),
            resource::doc.eq(&row.doc),
        ))
        .execute(conn)?;
    }
    Ok(done)
}

/// A deletion and a new life of the same key may leave the same revision twice; the newer counts.
pub(in crate::store) fn insert_revisions(
    conn: &mut Conn,
    rows: &[RevisionRow],
) -> QueryResult<usize> {
    let mut done = 0;
    for row in rows {
        done += diesel::insert_into(past::table)
            .values(row)
            .on_conflict((
                past::tenant,
                past::kind,
                past::id,
                past::version,
                past::revision,
            ))
            .do_update()
            .set((past::doc.eq(&row.doc), past::ended_at.eq(row.ended_at)))
            .execute(conn)?;
    }
    Ok(done)
}

pub(in crate::store) fn insert_runs(conn: &mut Conn, rows: &[RunRow]) -> QueryResult<()> {
    for row in rows {
        diesel::insert_into(order_run::table)
            .values(row)
            .execute(conn)?;
    }
    Ok(())
}

pub(in crate::store) fn insert_order_log(conn: &mut Conn, rows: &[OrderLogRow]) -> QueryResult<()> {
    for row in rows {
        diesel::insert_into(order_log::table)
            .values(row)
            .execute(conn)?;
    }
    Ok(())
}

/// Writes runs, each over the revision before it.
pub(in crate::store) fn update_runs(conn: &mut Conn, moves: &[RunMove]) -> QueryResult<usize> {
    let mut done = 0;
    for RunMove { row, with_work } in moves {
        let target = order_run::table
            .filter(order_run::tenant.eq(row.tenant))
            .filter(order_run::order_id.eq(&row.order_id))
            .filter(order_run::revision.eq(row.revision - 1));
        let progress = (
            order_run::revision.eq(row.revision),
            order_run::state.eq(&row.state),
            order_run::wake_at.eq(row.wake_at),
            order_run::updated_at.eq(row.updated_at),
            order_run::progress.eq(&row.progress),
        );
        done += if *with_work {
            let work = (
                order_run::work.eq(&row.work),
                order_run::priority.eq(row.priority),
            );
            diesel::update(target).set((progress, work)).execute(conn)?
        } else {
            diesel::update(target).set(progress).execute(conn)?
        };
    }
    Ok(done)
}

pub(in crate::store) fn delete_inputs(
    conn: &mut Conn,
    rows: &[OrderInputRow],
) -> QueryResult<usize> {
    let mut done = 0;
    for row in rows {
        done += diesel::delete(order_input::table.find((row.tenant, &row.order_id, &row.id)))
            .execute(conn)?;
    }
    Ok(done)
}
