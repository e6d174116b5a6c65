//! Durable jobs, answers to idempotent requests, upkeep.

use diesel::prelude::*;

use super::super::dialect;
use super::Conn;
use super::sql::Sql;
use crate::store::error::DbResult;
use crate::store::rows::{IdempotencyRow, JobRow};
use crate::store::schema::{delivery, event_pending, idempotency, job};
use crate::store::session::{Backlog, Removed};

/// State of a job that is not finished.
const WAITING: &str = "waiting";

pub(super) fn claim(
    conn: &mut Conn,
    owner: &str,
    (due, now): (i64, i64),
    until: i64,
    limit: i64,
) -> DbResult<Vec<JobRow>> {
    let mut pick = Sql::new("UPDATE job SET lease_owner = ");
    pick.text(owner).push(", lease_until = ").int(until);
    pick.push(" WHERE id IN (SELECT id FROM job WHERE state = ")
        .text(WAITING);
    pick.push(" AND run_at <= ")
        .int(due)
        .push(" AND lease_until < ")
        .int(now);
    pick.push(" ORDER BY run_at LIMIT ")
        .int(limit)
        .push(dialect::SKIP_LOCKED)
        .push(")");
    if pick.run(conn)? == 0 {
        return Ok(Vec::new());
    }
    Ok(job::table
        .filter(job::lease_owner.eq(owner))
        .filter(job::lease_until.eq(until))
        .filter(job::state.eq(WAITING))
        .order(job::run_at)
        .select(JobRow::as_select())
        .load(conn)?)
}

/// Writes back what the holder of the lease made of the job; false when the lease was lost.
pub(super) fn update(conn: &mut Conn, row: &JobRow) -> DbResult<bool> {
    let done = diesel::update(
        job::table
            .filter(job::id.eq(&row.id))
            .filter(job::lease_owner.eq(&row.lease_owner)),
    )
    .set((
        job::progress.eq(&row.progress),
        job::state.eq(&row.state),
        job::run_at.eq(row.run_at),
        job::attempts.eq(row.attempts),
        job::lease_until.eq(row.lease_until),
        job::last_error.eq(&row.last_error),
    ))
    .execute(conn)?;
    Ok(done > 0)
}

/// `run_at` moves along: it says when a job can be claimed, by its holder's failure at the latest.
pub(super) fn renew(conn: &mut Conn, id: &str, owner: &str, until: i64) -> DbResult<bool> {
    let done = diesel::update(
        job::table
            .filter(job::id.eq(id))
            .filter(job::lease_owner.eq(owner))
            .filter(job::state.eq(WAITING)),
    )
    .set((job::lease_until.eq(until), job::run_at.eq(until)))
    .execute(conn)?;
    Ok(done > 0)
}

pub(super) fn of_subject(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    id: &str,
) -> DbResult<Option<JobRow>> {
    Ok(job::table
        .filter(job::tenant.eq(tenant))
        .filter(job::subject_kind.eq(kind))
        .filter(job::subject_id.eq(id))
        .order(job::created_at.desc())
        .select(JobRow::as_select())
        .first(conn)
        .optional()?)
}

pub(super) fn delete_of_subject(
    conn: &mut Conn,
    tenant: i64,
    kind: &str,
    id: &str,
) -> DbResult<()> {
    diesel::delete(
        job::table
            .filter(job::tenant.eq(tenant))
            .filter(job::subject_kind.eq(kind))
            .filter(job::subject_id.eq(id)),
    )
    .execute(conn)?;
    Ok(())
}

pub(super) fn next_at(conn: &mut Conn) -> DbResult<Option<i64>> {
    Ok(job::table
        .filter(job::state.eq(WAITING))
        .order(job::run_at)
        .select(job::run_at)
        .first(conn)
        .optional()?)
}

pub(super) fn answer(
    conn: &mut Conn,
    tenant: i64,
    principal: &str,
    key: &str,
) -> DbResult<Option<IdempotencyRow>> {
    Ok(idempotency::table
        .filter(idempotency::tenant.eq(tenant))
        .filter(idempotency::principal.eq(principal))
        .filter(idempotency::key.eq(key))
        .select(IdempotencyRow::as_select())
        .first(conn)
        .optional()?)
}

pub(super) fn backlog(conn: &mut Conn) -> DbResult<Backlog> {
    Ok(Backlog {
        pending_events: event_pending::table.count().get_result(conn)?,
        deliveries: delivery::table
            .filter(delivery::dead.eq(false))
            .count()
            .get_result(conn)?,
        dead_deliveries: delivery::table
            .filter(delivery::dead.eq(true))
            .count()
            .get_result(conn)?,
        waiting_jobs: job::table
            .filter(job::state.eq(WAITING))
            .count()
            .get_result(conn)?,
    })
}

/// Old rows go in slices, so that a large backlog never holds the writer for long. What waits for
/// an event goes first; while there is more of it than a slice, events and documents stay.
pub(super) fn remove_old(
    conn: &mut Conn,
    events_before: i64,
    answers_before: i64,
    limit: i64,
) -> DbResult<Removed> {
    let mut pending = Sql::new(
        "DELETE FROM event_pending WHERE seq IN (SELECT seq FROM event_pending WHERE at < ",
    );
    pending
        .int(events_before)
        .push(" LIMIT ")
        .int(limit)
        .push(")");
    let mut deliveries = Sql::new(
        "DELETE FROM delivery WHERE (subscription, event_seq) IN \
         (SELECT subscription, event_seq FROM delivery WHERE event_at < ",
    );
    deliveries
        .int(events_before)
        .push(" LIMIT ")
        .int(limit)
        .push(")");
    let mut finished = Sql::new("DELETE FROM job WHERE id IN (SELECT id FROM job WHERE state <> ");
    finished
        .text(WAITING)
        .push(" AND run_at < ")
        .int(events_before);
    finished.push(" LIMIT ").int(limit).push(")");
    let mut events = Sql::new(
        "DELETE FROM event WHERE (at, seq) IN (SELECT e.at, e.seq FROM event e WHERE e.at < ",
    );
    events.int(events_before);
    events.push(
        " AND NOT EXISTS (SELECT 1 FROM event_pending p WHERE p.seq = e.seq) \
         AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event_at < ",
    );
    events.int(events_before).push(") ORDER BY e.at LIMIT ");
    events.int(limit).push(")");
    let mut revisions = Sql::new(
        "DELETE FROM past WHERE (tenant, kind, id, version, revision) IN \
         (SELECT tenant, kind, id, version, revision FROM past WHERE ended_at < ",
    );
    revisions
        .int(events_before)
        .push(" AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.event_at < ");
    revisions
        .int(events_before)
        .push(") ORDER BY ended_at LIMIT ")
        .int(limit)
        .push(")");
    let mut answers = Sql::new(
        "DELETE FROM idempotency WHERE (tenant, principal, key) IN \
         (SELECT tenant, principal, key FROM idempotency WHERE created_at < ",
    );
    answers
        .int(answers_before)
        .push(" LIMIT ")
        .int(limit)
        .push(")");
    Ok(Removed {
        pending: pending.run(conn)?,
        deliveries: deliveries.run(conn)?,
        jobs: finished.run(conn)?,
        events: events.run(conn)?,
        revisions: revisions.run(conn)?,
        answers: answers.run(conn)?,
    })
}
