//! The events that changes of a resource raise, received by a real listener.
//!
//! All changes are made first and all events awaited afterwards, so that a server that sends
//! nothing costs one time limit and not one for each event.

mod content;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Run;
use super::hub::{Subscription, subscribe, unsubscribe};
use super::patch::{send, typed};
use super::session::Created;
use crate::check::{Check, PROFILE, mismatch};
use crate::http::{Call, Exchange};
use crate::json;
use crate::listener::Delivery;
use crate::profile::{Events, Hub, Operation};

const RULE: &str = "TMF630 part 1, 10";
const DELIVERED: Check = Check::must(
    "event.delivered",
    PROFILE,
    "The change raises its event at the callback",
);
const SELECTS: Check = Check::must(
    "event.query",
    "TMF630 part 1, 12",
    "query selects the events to be sent",
);
const SHAPES: Check = Check::should(
    "event.fields",
    "TMF630 part 1, 12",
    "fields in query shapes the event",
);

/// One change and the event that it should raise.
struct Change {
    event_type: String,
    exchange: Exchange,
    /// Whether the payload should be the full resource.
    full: bool,
}

/// Changes a resource and checks the events.
pub async fn checks(run: &mut Run<'_>) {
    let session = run.session;
    let (Some(hub), Some(events)) = (session.profile.hub.clone(), run.resource.events.clone())
    else {
        return;
    };
    if !run.resource.has(Operation::Create) {
        run.recorder.skip(
            DELIVERED.at(hub.level),
            "the runner cannot cause these events",
        );
        return;
    }
    let mut plain = match subscribe(session, &hub, None).await {
        Ok(subscription) => subscription,
        Err(_) => {
            return run
                .recorder
                .skip(DELIVERED.at(hub.level), "subscribing failed");
        }
    };
    let mut selecting = match &events.delete {
        Some(kind) => subscribe(session, &hub, Some(&format!("eventType={kind}")))
            .await
            .ok(),
        None => None,
    };
    let mut shaping = match &events.create {
        Some(kind) => subscribe(session, &hub, Some(&shaping_query(kind, &hub, &events)))
            .await
            .ok(),
        None => None,
    };
    // Servers may hold personal data back from who does not name the resource.
    let place = format!("{}.{}", hub.holder, events.key);
    let whole = format!("fields=eventId,eventType,{place}");
    let mut whole = subscribe(session, &hub, Some(&whole)).await.ok();
    match change(run, &events).await {
        Ok((created, changes)) => {
            let found = Awaited {
                hub: &hub,
                events: &events,
                created: &created,
                changes: &changes,
            };
            found.all(run, &mut plain, whole.as_mut()).await;
            found.selected(run, selecting.as_mut()).await;
            found.shaped(run, shaping.as_mut()).await;
        }
        Err(because) => run.recorder.skip(DELIVERED.at(hub.level), &because),
    }
    for subscription in [Some(plain), selecting, shaping, whole].iter().flatten() {
        unsubscribe(session, subscription).await;
    }
}

fn shaping_query(kind: &str, hub: &Hub, events: &Events) -> String {
    let place = format!("{}.{}", hub.holder, events.key);
    format!("eventType={kind}&fields=eventId,eventType,{place}.id")
}

/// Creates, patches, moves and deletes one resource.
async fn change(run: &Run<'_>, events: &Events) -> Result<(Created, Vec<Change>), String> {
    let created = run.session.make(run.resource, &json!({})).await?;
    let mut changes = Vec::new();
    let mut add = |event_type: &Option<String>, exchange: Exchange, full| {
        if let Some(event_type) = event_type {
            changes.push(Change {
                event_type: event_type.clone(),
                exchange,
                full,
            });
        }
    };
    add(&events.create, created.exchange.clone(), true);
    if run.resource.has(Operation::Patch) {
        if let Some(marker) = &run.resource.marker {
            let body = typed(run, json!({ marker: run.session.unique() }));
            add(
                &events.change,
                send(run, &created.url, "application/json", &body).await,
                true,
            );
        }
        let next = run.resource.state.as_ref().and_then(|machine| {
            machine
                .path
                .get(1)
                .map(|next| super::state::state(machine, next))
        });
        if let Some(values) = next {
            let body = typed(run, values);
            add(
                &events.state,
                send(run, &created.url, "application/json", &body).await,
                true,
            );
        }
    }
    if run.resource.has(Operation::Delete) {
        let exchange = run
            .session
            .send(Call::new(Method::DELETE, &created.url))
            .await;
        if exchange.is(&[204]) {
            run.session.forget(&created.url);
        }
        add(&events.delete, exchange, false);
    }
    Ok((created, changes))
}

/// What is awaited, with everything that judging it needs.
struct Awaited<'a> {
    hub: &'a Hub,
    events: &'a Events,
    created: &'a Created,
    changes: &'a [Change],
}

impl Awaited<'_> {
    /// JSON pointer of the resource in an event.
    fn place(&self) -> String {
        format!("/{}/{}", self.hub.holder, self.events.key)
    }

    fn concerns(&self, delivery: &Delivery, event_type: &str) -> bool {
        let Some(event) = &delivery.event else {
            return false;
        };
        event.get("eventType").and_then(Value::as_str) == Some(event_type)
            && delivery.mentions(&self.created.id)
    }

    async fn all(
        &self,
        run: &mut Run<'_>,
        subscription: &mut Subscription,
        mut whole: Option<&mut Subscription>,
    ) {
        let deadline = Instant::now() + run.session.event_timeout;
        let mut arrived = 0;
        for change in self.changes {
            let kind = &change.event_type;
            let found = subscription
                .inbox
                .wait(deadline, |delivery| self.concerns(delivery, kind))
                .await;
            let check = DELIVERED.at(self.hub.level);
            let Some(delivery) = found else {
                let seconds = run.session.event_timeout.as_secs_f64();
                let got = listed(&self.own(subscription));
                let verdict = mismatch(format!("{kind} within {seconds} s"), got);
                run.recorder
                    .judge_on(check, kind, &change.exchange, verdict);
                content::skip(run, kind, "the event did not arrive");
                continue;
            };
            arrived += 1;
            run.recorder.judge_on(check, kind, &change.exchange, Ok(()));
            content::checks(run, self, change, &delivery);
            if change.full {
                let asked = match &mut whole {
                    Some(asked) => {
                        let concerns = |delivery: &Delivery| self.concerns(delivery, kind);
                        asked.inbox.wait(deadline, concerns).await
                    }
                    None => None,
                };
                content::full(run, self, change, &asked.unwrap_or(delivery));
            }
        }
        let events = self.own(subscription);
        content::sequence(run, self, &events, arrived);
    }

    /// Events about the resource, in order of arrival.
    fn own(&self, subscription: &mut Subscription) -> Vec<Value> {
        let all = subscription.inbox.all().iter();
        let own = all.filter(|delivery| delivery.mentions(&self.created.id));
        own.filter_map(|delivery| delivery.event.clone()).collect()
    }

    /// The delete event is the last of the resource: when it is there, all others would be.
    async fn selected(&self, run: &mut Run<'_>, subscription: Option<&mut Subscription>) {
        let Some(kind) = &self.events.delete else {
            return;
        };
        let Some(subscription) = subscription else {
            return run
                .recorder
                .skip(SELECTS, "subscribing with a query failed");
        };
        let deadline = Instant::now() + run.session.event_timeout;
        let exchange = subscription.exchange.clone();
        let found = subscription
            .inbox
            .wait(deadline, |delivery| self.concerns(delivery, kind))
            .await;
        let own = self.own(subscription);
        let verdict = if found.is_some() && own.iter().all(|event| kind_of(event) == *kind) {
            Ok(())
        } else {
            mismatch(format!("only {kind}"), listed(&own))
        };
        run.recorder.judge(SELECTS, &exchange, verdict);
    }

    async fn shaped(&self, run: &mut Run<'_>, subscription: Option<&mut Subscription>) {
        let Some(kind) = &self.events.create else {
            return;
        };
        let Some(subscription) = subscription else {
            return run.recorder.skip(SHAPES, "subscribing with a query failed");
        };
        let deadline = Instant::now() + run.session.event_timeout;
        let exchange = subscription.exchange.clone();
        let found = subscription
            .inbox
            .wait(deadline, |delivery| delivery.mentions(&self.created.id))
            .await;
        let Some(event) = found.and_then(|delivery| delivery.event) else {
            return run
                .recorder
                .skip(SHAPES, "no event arrived at this subscription");
        };
        let payload = event.pointer(&self.place()).cloned();
        let label = run.resource.label.as_deref().unwrap_or("url");
        let verdict = content::identified(self, payload.as_ref()).and_then(|()| {
            let shaped = !json::present(&payload.unwrap_or_default(), label);
            let named = kind_of(&event) == *kind;
            if shaped && named {
                Ok(())
            } else {
                mismatch("only what fields names", json::brief(&event))
            }
        });
        run.recorder.judge(SHAPES, &exchange, verdict);
    }
}

/// Event types in order of arrival, for messages.
fn listed(events: &[Value]) -> String {
    if events.is_empty() {
        return "no event of this resource".to_owned();
    }
    events.iter().map(kind_of).collect::<Vec<_>>().join(", ")
}

fn kind_of(event: &Value) -> String {
    event.get("eventType").map(json::plain).unwrap_or_default()
}
