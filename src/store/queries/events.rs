//! The outbox, the subscribers and their queues.

use diesel::prelude::*;

use super::Conn;
use super::sql::Sql;
use crate::store::error::DbResult;
use crate::store::rows::{DeliveryRow, EventRow, SubscriptionRow};
use crate::store::schema::{delivery, event, subscription};

pub(super) fn forget_pending(conn: &mut Conn, seqs: &[i64]) -> DbResult<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Gone {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        seq: i64,
    }
    let mut sql = Sql::new("DELETE FROM event_pending WHERE seq ");
    sql.any_int(seqs).push(" RETURNING seq");
    let gone: Vec<Gone> = sql.load(conn)?;
    Ok(gone.into_iter().map(|row| row.seq).collect())
}

pub(super) fn event(conn: &mut Conn, at: i64, seq: i64) -> DbResult<Option<EventRow>> {
    Ok(event::table
        .filter(event::at.eq(at))
        .filter(event::seq.eq(seq))
        .select(EventRow::as_select())
        .first(conn)
        .optional()?)
}

/// A delivery is due when its time has come and nothing older waits in its lane.
pub(super) fn due(
    conn: &mut Conn,
    subscriber: &str,
    now: i64,
    limit: i64,
) -> DbResult<Vec<DeliveryRow>> {
    let older = diesel::alias!(delivery as older);
    let blocked = older
        .filter(
            older
                .field(delivery::subscription)
                .eq(delivery::subscription),
        )
        .filter(older.field(delivery::lane).eq(delivery::lane))
        .filter(older.field(delivery::dead).eq(false))
        .filter(older.field(delivery::event_seq).lt(delivery::event_seq));
    Ok(delivery::table
        .filter(delivery::subscription.eq(subscriber))
        // Written so that no index on `dead` fits: with one, SQLite sorts the whole backlog of a
        // subscriber, while the primary key has it in order.
        .filter(diesel::dsl::not(delivery::dead))
        .filter(delivery::due_at.le(now))
        .filter(diesel::dsl::not(diesel::dsl::exists(blocked)))
        .order(delivery::event_seq)
        .limit(limit)
        .select(DeliveryRow::as_select())
        .load(conn)?)
}

pub(super) fn finish(conn: &mut Conn, subscriber: &str, seqs: &[i64]) -> DbResult<()> {
    let mut sql = Sql::new("DELETE FROM delivery WHERE subscription = ");
    sql.text(subscriber).push(" AND event_seq ").any_int(seqs);
    sql.run(conn)?;
    Ok(())
}

pub(super) fn postpone(conn: &mut Conn, row: &DeliveryRow) -> DbResult<()> {
    diesel::update(
        delivery::table
            .filter(delivery::subscription.eq(&row.subscription))
            .filter(delivery::event_seq.eq(row.event_seq)),
    )
    .set((
        delivery::attempts.eq(row.attempts),
        delivery::due_at.eq(row.due_at),
        delivery::dead.eq(row.dead),
        delivery::last_error.eq(&row.last_error),
    ))
    .execute(conn)?;
    Ok(())
}

pub(super) fn subscriber(
    conn: &mut Conn,
    tenant: i64,
    id: &str,
) -> DbResult<Option<SubscriptionRow>> {
    Ok(subscription::table
        .filter(subscription::tenant.eq(tenant))
        .filter(subscription::id.eq(id))
        .select(SubscriptionRow::as_select())
        .first(conn)
        .optional()?)
}

pub(super) fn subscribers(conn: &mut Conn) -> DbResult<Vec<SubscriptionRow>> {
    Ok(subscription::table
        .order(subscription::created_at)
        .select(SubscriptionRow::as_select())
        .load(conn)?)
}

pub(super) fn due_subscribers(conn: &mut Conn, now: i64) -> DbResult<Vec<SubscriptionRow>> {
    let waiting = delivery::table
        .filter(delivery::subscription.eq(subscription::id))
        .filter(delivery::dead.eq(false))
        .filter(delivery::due_at.le(now));
    Ok(subscription::table
        .filter(subscription::retry_at.le(now))
        .filter(diesel::dsl::exists(waiting))
        .order(subscription::created_at)
        .select(SubscriptionRow::as_select())
        .load(conn)?)
}

pub(super) fn count_subscribers(conn: &mut Conn, tenant: i64) -> DbResult<i64> {
    Ok(subscription::table
        .filter(subscription::tenant.eq(tenant))
        .count()
        .get_result(conn)?)
}

pub(super) fn delete_subscriber(conn: &mut Conn, tenant: i64, id: &str) -> DbResult<bool> {
    let done = diesel::delete(
        subscription::table
            .filter(subscription::tenant.eq(tenant))
            .filter(subscription::id.eq(id)),
    )
    .execute(conn)?;
    Ok(done > 0)
}

pub(super) fn lease(
    conn: &mut Conn,
    id: &str,
    owner: &str,
    now: i64,
    until: i64,
) -> DbResult<bool> {
    let free = subscription::lease_owner
        .is_null()
        .or(subscription::lease_owner.eq(owner))
        .or(subscription::lease_until.lt(now));
    // `is_null` makes the condition nullable; a null counts as false, which is right here.
    let done = diesel::update(
        subscription::table
            .filter(subscription::id.eq(id))
            .filter(free),
    )
    .set((
        subscription::lease_owner.eq(owner),
        subscription::lease_until.eq(until),
    ))
    .execute(conn)?;
    Ok(done > 0)
}

pub(super) fn mark_subscriber(
    conn: &mut Conn,
    id: &str,
    failures: i64,
    retry_at: i64,
) -> DbResult<()> {
    diesel::update(subscription::table.filter(subscription::id.eq(id)))
        .set((
            subscription::failures.eq(failures),
            subscription::retry_at.eq(retry_at),
        ))
        .execute(conn)?;
    Ok(())
}
