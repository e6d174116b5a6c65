//! From pending events to deliveries.
//!
//! Events are read, rendered and matched outside the write transaction, which then only takes them
//! off the list of pending events and adds the deliveries, both or neither. Several processes may
//! do this at once: each event is taken off once, and a lock keeps them in line.
//!
//! Subscriptions are read after the events. One that was there when an event was committed is
//! therefore seen.

use std::collections::HashSet;
use std::sync::Arc;

use super::dispatcher::Core;
use crate::domain::problem::Outcome;
use crate::store::{DbResult, DeliveryRow, EventRow, Session, SubscriptionRow};

/// Events of one round.
const EVENTS: i64 = 1000;
/// Rows of one insert: nine values each, and SQLite takes 32,766 in a statement.
const ROWS: usize = 500;

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Round {
    pub events: usize,
    pub deliveries: usize,
    /// Subscriptions there are.
    pub subscribers: usize,
    /// There may be more pending events.
    pub more: bool,
}

/// What a round wants to do.
#[derive(Default)]
pub(super) struct Plan {
    seqs: Vec<i64>,
    deliveries: Vec<DeliveryRow>,
    subscribers: usize,
}

/// Hands one batch of events on.
pub(super) async fn round(core: &Arc<Core>) -> Outcome<Round> {
    let planner = Arc::clone(core);
    let plan = core
        .store
        .scan(move |session| plan(&planner, session))
        .await?;
    if plan.seqs.is_empty() {
        return Ok(Round {
            subscribers: plan.subscribers,
            ..Round::default()
        });
    }
    let full = i64::try_from(plan.seqs.len()).unwrap_or(i64::MAX) >= EVENTS;
    let subscribers = plan.subscribers;
    let (events, deliveries) = core.write(move |session| hand_over(session, &plan)).await?;
    Ok(Round {
        events,
        deliveries,
        subscribers,
        more: full,
    })
}

pub(super) fn plan(core: &Core, session: &mut dyn Session) -> DbResult<Plan> {
    let events = session.pending(EVENTS)?;
    let subscriptions = session.subscriptions()?;
    core.feeds.keep(&subscriptions);
    let mut plan = Plan {
        seqs: events.iter().map(|event| event.seq).collect(),
        deliveries: Vec::new(),
        subscribers: subscriptions.len(),
    };
    let now = core.clock.now().0;
    for event in &events {
        for subscription in &subscriptions {
            if wants(core, session, subscription, event)? {
                plan.deliveries.push(delivery(subscription, event, now));
            }
        }
    }
    Ok(plan)
}

fn wants(
    core: &Core,
    session: &mut dyn Session,
    subscription: &SubscriptionRow,
    event: &EventRow,
) -> DbResult<bool> {
    // What happened before somebody subscribed is not owed to them.
    if subscription.tenant != event.tenant || event.at < subscription.created_at {
        return Ok(false);
    }
    match core.feeds.of(subscription) {
        Some(feed) => feed.selects(session, core.render.as_ref(), event),
        None => Ok(false),
    }
}

fn delivery(subscription: &SubscriptionRow, event: &EventRow, now: i64) -> DeliveryRow {
    DeliveryRow {
        tenant: event.tenant,
        subscription: subscription.id.clone(),
        event_seq: event.seq,
        event_at: event.at,
        lane: format!("{}/{}", event.kind, event.id),
        attempts: 0,
        due_at: now,
        dead: false,
        last_error: None,
    }
}

/// Another process may have taken some of the events, and a subscription may have gone.
pub(super) fn hand_over(session: &mut dyn Session, plan: &Plan) -> DbResult<(usize, usize)> {
    session.lock("event fan-out")?;
    let taken: HashSet<i64> = session.forget_pending(&plan.seqs)?.into_iter().collect();
    if plan.deliveries.is_empty() {
        return Ok((taken.len(), 0));
    }
    let known: HashSet<String> = session
        .subscriptions()?
        .into_iter()
        .map(|subscription| subscription.id)
        .collect();
    let rows: Vec<DeliveryRow> = plan
        .deliveries
        .iter()
        .filter(|row| taken.contains(&row.event_seq) && known.contains(&row.subscription))
        .cloned()
        .collect();
    for rows in rows.chunks(ROWS) {
        session.insert_deliveries(rows)?;
    }
    Ok((taken.len(), rows.len()))
}
