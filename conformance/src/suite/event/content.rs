//! What an event says, and how the events of one resource follow each other.

use std::collections::BTreeSet;

use chrono::DateTime;
use serde_json::Value;

use super::{Awaited, Change, RULE, kind_of, listed};
use crate::check::{Check, PROFILE, Verdict, mismatch};
use crate::json;
use crate::listener::Delivery;
use crate::suite::Run;

const REQUEST: Check = Check::must("event.request", RULE, "An event is a POST with a JSON body");
const ATTRIBUTES: Check = Check::must(
    "event.attributes",
    PROFILE,
    "The event has all mandatory attributes",
);
const TIME: Check = Check::must("event.time", RULE, "eventTime is an RFC 3339 instant");
const TYPED: Check = Check::must(
    "event.type",
    "TMF630 part 2, polymorphism; v5 definitions",
    "@type of the event is its event type",
);
const PAYLOAD: Check = Check::must(
    "event.payload",
    PROFILE,
    "The event holds the resource under its name",
);
const FULL: Check = Check::should(
    "event.full",
    "user guides, notifications",
    "A create or change event holds the full resource when fields asks for it",
);
const ONCE: Check = Check::should(
    "event.once",
    "user guides, listener",
    "Any 2xx of the listener counts as received: no event comes twice",
);
const ORDER: Check = Check::should(
    "event.order",
    RULE,
    "Events of one resource arrive in the order of its changes",
);
/// Checks one event that arrived.
pub fn checks(run: &mut Run<'_>, awaited: &Awaited<'_>, change: &Change, delivery: &Delivery) {
    let (kind, exchange) = (&change.event_type, &change.exchange);
    let event = delivery.event.clone().unwrap_or_default();
    let typed = run.session.profile.typed;
    let payload = event.pointer(&awaited.place());
    let mut judge = |check, verdict| run.recorder.judge_on(check, kind, exchange, verdict);
    judge(REQUEST, request(delivery));
    judge(ATTRIBUTES, has_all(&event, &awaited.hub.event_mandatory));
    judge(TIME, time(&event));
    if typed {
        judge(TYPED, is_typed(&event, kind));
    }
    judge(PAYLOAD, identified(awaited, payload));
}

/// Checks the resource in an event for a subscriber who asked for all of it.
pub fn full(run: &mut Run<'_>, awaited: &Awaited<'_>, change: &Change, delivery: &Delivery) {
    let event = delivery.event.clone().unwrap_or_default();
    let resource = event.pointer(&awaited.place()).cloned().unwrap_or_default();
    let verdict = has_all(&resource, &run.resource.mandatory);
    run.recorder
        .judge_on(FULL, &change.event_type, &change.exchange, verdict);
}

/// Skips what is checked on an event that arrived.
pub fn skip(run: &mut Run<'_>, kind: &str, because: &str) {
    for check in [REQUEST, ATTRIBUTES, TIME, PAYLOAD] {
        run.recorder.skip_on(check, kind, because);
    }
}

/// Checks the events of the resource together.
pub fn sequence(run: &mut Run<'_>, awaited: &Awaited<'_>, events: &[Value], arrived: usize) {
    if arrived == 0 {
        run.recorder.skip_all(&[ONCE, ORDER], "no event arrived");
        return;
    }
    let exchange = &awaited.created.exchange;
    run.recorder.judge(ONCE, exchange, once(events));
    run.recorder.judge(ORDER, exchange, order(awaited, events));
}

/// The payload is the resource that was changed.
pub fn identified(awaited: &Awaited<'_>, payload: Option<&Value>) -> Verdict {
    let id = payload
        .and_then(|payload| payload.get("id"))
        .and_then(Value::as_str);
    let wanted = &awaited.created.id;
    if id == Some(wanted) {
        return Ok(());
    }
    let got = payload.map_or_else(|| "no such attribute".to_owned(), json::brief);
    mismatch(
        format!(
            "{}.{} with id {wanted}",
            awaited.hub.holder, awaited.events.key
        ),
        got,
    )
}

fn has_all(value: &Value, names: &[String]) -> Verdict {
    let missing: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !json::present(value, name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    mismatch(names.join(", "), format!("without {}", missing.join(", ")))
}

fn is_typed(event: &Value, kind: &str) -> Verdict {
    let found = event.get("@type").map(json::plain).unwrap_or_default();
    if found == kind {
        Ok(())
    } else {
        mismatch(kind, format!("'{found}'"))
    }
}

fn once(events: &[Value]) -> Verdict {
    let mut seen = BTreeSet::new();
    for event in events {
        let id = event.get("eventId").map(json::plain).unwrap_or_default();
        if !seen.insert(id.clone()) {
            return mismatch("each eventId once", format!("{id} twice"));
        }
    }
    Ok(())
}

fn order(awaited: &Awaited<'_>, events: &[Value]) -> Verdict {
    let kinds: Vec<String> = events.iter().map(kind_of).collect();
    let positions: Vec<usize> = awaited
        .changes
        .iter()
        .filter_map(|change| kinds.iter().position(|kind| *kind == change.event_type))
        .collect();
    if positions.is_sorted() {
        return Ok(());
    }
    let expected: Vec<&str> = awaited
        .changes
        .iter()
        .map(|change| change.event_type.as_str())
        .collect();
    mismatch(expected.join(", "), listed(events))
}

fn request(delivery: &Delivery) -> Verdict {
    let media = delivery
        .media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned();
    if delivery.method == "POST" && media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    mismatch(
        "POST of application/json",
        format!("{} of '{media}'", delivery.method),
    )
}

fn time(event: &Value) -> Verdict {
    let text = event.get("eventTime").map(json::plain).unwrap_or_default();
    match DateTime::parse_from_rfc3339(&text) {
        Ok(_) => Ok(()),
        Err(error) => mismatch("an RFC 3339 instant", format!("'{text}': {error}")),
    }
}
