//! Subscribing to events and unsubscribing.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::session::{Created, Session};
use crate::check::{Check, CheckResult, PROFILE, Recorder, Verdict, mismatch};
use crate::expect;
use crate::http::{Call, Exchange, encode};
use crate::listener::Inbox;
use crate::profile::{Hub, Operation, Resource};

const RULE: &str = "TMF630 part 1, 10";
const STATUS: Check = Check::must("hub.status", RULE, "POST on the hub answers 201");
const LOCATION: Check = Check::must("hub.location", RULE, "Location names the subscription");
const MANDATORY: Check = Check::must(
    "hub.mandatory",
    PROFILE,
    "The answer has all mandatory attributes",
);
const ECHO: Check = Check::must(
    "hub.echo",
    RULE,
    "The answer holds callback and query as sent",
);
const NO_CALLBACK: Check = Check::must(
    "hub.no-callback",
    RULE,
    "A subscription without callback answers 400",
);
const BAD_CALLBACK: Check = Check::must(
    "hub.bad-callback",
    RULE,
    "A callback that is no URL answers 400",
);
const NOT_HTTP: Check = Check::should(
    "hub.callback-scheme",
    RULE,
    "A callback that is not reached by HTTP answers 400",
);
const UNKNOWN: Check = Check::must(
    "hub.unknown",
    RULE,
    "DELETE of an unknown subscription is 404",
);
const DELETE: Check = Check::must("hub.delete", RULE, "DELETE of a subscription answers 204");
const AGAIN: Check = Check::must("hub.delete-again", RULE, "A second DELETE answers 404");
const SILENCE: Check = Check::must(
    "hub.silence",
    RULE,
    "No event arrives after the subscription is deleted",
);

/// A subscription and where its events arrive.
pub struct Subscription {
    /// URL of the subscription.
    pub url: String,
    /// Mailbox.
    pub inbox: Inbox,
    /// The exchange that made it.
    pub exchange: Exchange,
}

/// Subscribes with an optional query.
///
/// # Errors
/// The exchange that did not make a subscription.
pub async fn subscribe(
    session: &Session,
    hub: &Hub,
    query: Option<&str>,
) -> Result<Subscription, Box<Exchange>> {
    let inbox = session.listener.open(&session.unique());
    let mut body = hub.body.clone();
    if let Some(map) = body.as_object_mut() {
        map.insert("callback".to_owned(), json!(inbox.url));
        if let Some(query) = query {
            map.insert("query".to_owned(), json!(query));
        }
    }
    let url = address(session, hub);
    let exchange = session.send(Call::json(Method::POST, &url, &body)).await;
    let answer = exchange.json().unwrap_or_default();
    let id = answer
        .get("id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty());
    match id {
        Some(id) if exchange.is(&[200, 201, 202]) => {
            let url = format!("{url}/{}", encode(id));
            session.remember(url.clone());
            Ok(Subscription {
                url,
                inbox,
                exchange,
            })
        }
        _ => Err(Box::new(exchange)),
    }
}

/// Ends a subscription.
pub async fn unsubscribe(session: &Session, subscription: &Subscription) -> Exchange {
    let exchange = session
        .send(Call::new(Method::DELETE, &subscription.url))
        .await;
    if exchange.is(&[200, 202, 204, 404]) {
        session.forget(&subscription.url);
    }
    exchange
}

fn address(session: &Session, hub: &Hub) -> String {
    format!("{}/{}", session.base, hub.path)
}

/// Checks the hub; the events of each resource have a group of their own.
pub async fn checks(session: &Session) -> Vec<CheckResult> {
    let Some(hub) = session.profile.hub.clone() else {
        return Vec::new();
    };
    let mut recorder = Recorder::new(&session.profile.source);
    refused(session, &hub, &mut recorder).await;
    let dependent = [LOCATION, MANDATORY, ECHO, DELETE, AGAIN, SILENCE];
    match subscribe(session, &hub, Some("eventType=ConformanceNoSuchEvent")).await {
        Ok(subscription) => {
            answer(&hub, &subscription, &mut recorder);
            ended(session, &subscription, &mut recorder).await;
            silence(session, &hub, &mut recorder).await;
        }
        Err(exchange) => {
            let verdict = expect::status(&exchange, &[201])
                .and_then(|()| mismatch("a subscription with id", "an answer without"));
            recorder.judge(STATUS, &exchange, verdict);
            recorder.skip_all(&dependent, "subscribing failed");
        }
    }
    recorder.into_results()
}

fn answer(hub: &Hub, subscription: &Subscription, recorder: &mut Recorder) {
    let exchange = &subscription.exchange;
    recorder.judge(STATUS, exchange, expect::status(exchange, &[201]));
    recorder.judge(LOCATION, exchange, location(exchange, &subscription.url));
    recorder.judge(
        MANDATORY,
        exchange,
        expect::attributes(exchange, &hub.mandatory),
    );
    let sent = exchange.request.body.as_deref().unwrap_or_default();
    let sent: Value = serde_json::from_str(sent).unwrap_or_default();
    recorder.judge(ECHO, exchange, expect::echo(exchange, &sent));
}

/// Hubs have no href in v4, so the Location is compared with the address of the subscription.
fn location(exchange: &Exchange, url: &str) -> Verdict {
    let Some(location) = exchange.header("location") else {
        return mismatch("a Location header", "none");
    };
    let id = url.rsplit('/').next().unwrap_or_default();
    if location.rsplit('/').next() == Some(id) {
        return Ok(());
    }
    mismatch(format!("Location ending in /{id}"), location)
}

async fn refused(session: &Session, hub: &Hub, recorder: &mut Recorder) {
    let typed = session.profile.typed;
    let url = address(session, hub);
    let mut bodies = vec![(NO_CALLBACK, "", hub.body.clone())];
    let callbacks = [
        (BAD_CALLBACK, "not a url"),
        (BAD_CALLBACK, "/relative"),
        (NOT_HTTP, "ftp://example.com/x"),
    ];
    for (check, callback) in callbacks {
        let mut body = hub.body.clone();
        if let Some(map) = body.as_object_mut() {
            map.insert("callback".to_owned(), json!(callback));
        }
        bodies.push((check, callback, body));
    }
    for (check, subject, body) in bodies {
        let exchange = session.send(Call::json(Method::POST, &url, &body)).await;
        expect::refused(recorder, check, subject, &exchange, &[400], typed);
        let made = exchange
            .json()
            .and_then(|body| Some(body.get("id")?.as_str()?.to_owned()));
        if let (true, Some(id)) = (exchange.is(&[200, 201, 202]), made) {
            session.remember(format!("{url}/{}", encode(&id)));
        }
    }
    let call = Call::new(Method::DELETE, format!("{url}/conformance-no-such-id"));
    let exchange = session.send(call).await;
    expect::refused(recorder, UNKNOWN, "", &exchange, &[404], typed);
}

async fn ended(session: &Session, subscription: &Subscription, recorder: &mut Recorder) {
    let exchange = unsubscribe(session, subscription).await;
    recorder.judge(DELETE, &exchange, expect::status(&exchange, &[204]));
    let exchange = session
        .send(Call::new(Method::DELETE, &subscription.url))
        .await;
    let typed = session.profile.typed;
    expect::refused(recorder, AGAIN, "", &exchange, &[404], typed);
}

/// Silence cannot be waited for. A second subscription tells when the events of two changes are
/// out; by then an event for the ended subscription would have been sent as well.
async fn silence(session: &Session, hub: &Hub, recorder: &mut Recorder) {
    let Some(resource) = witness(session) else {
        recorder.skip(
            SILENCE,
            "no resource of this API raises events that the runner can cause",
        );
        return;
    };
    let subscriptions = (
        subscribe(session, hub, None).await,
        subscribe(session, hub, None).await,
    );
    let (Ok(mut ended), Ok(mut witness)) = subscriptions else {
        recorder.skip(SILENCE, "subscribing twice failed");
        return;
    };
    let exchange = unsubscribe(session, &ended).await;
    let mut made: Vec<Created> = Vec::new();
    for _ in 0..2 {
        let Ok(created) = session.make(resource, &json!({})).await else {
            break;
        };
        let deadline = Instant::now() + session.event_timeout;
        let arrived = witness
            .inbox
            .wait(deadline, |delivery| delivery.mentions(&created.id))
            .await;
        if arrived.is_none() {
            break;
        }
        made.push(created);
    }
    unsubscribe(session, &witness).await;
    if made.len() < 2 {
        recorder.skip(SILENCE, "no event arrived at the other subscription either");
        return;
    }
    let late = ended
        .inbox
        .all()
        .iter()
        .any(|delivery| made.iter().any(|created| delivery.mentions(&created.id)));
    let verdict = if late {
        mismatch("no event", "an event arrived")
    } else {
        Ok(())
    };
    recorder.judge(SILENCE, &exchange, verdict);
}

/// The first resource whose creation raises an event.
fn witness(session: &Session) -> Option<&Resource> {
    session.profile.resources.iter().find(|resource| {
        let raised = resource
            .events
            .as_ref()
            .and_then(|events| events.create.as_ref());
        raised.is_some() && resource.has(Operation::Create)
    })
}
