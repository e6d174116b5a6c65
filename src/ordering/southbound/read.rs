//! Reading what an OSS says: service orders, tasks, error bodies and callback events, v4 and v5.
//!
//! OSS differ, so what is odd is passed over rather than refused: another letter case of a key, a
//! single object where the standard has a list, an event whose payload is the order itself.

use serde_json::{Map, Value};

use super::payload::REFERENCE_TYPE;
use super::report::{
    Alert, Cancellation, Mark, RemoteState, Report, ReportedService, Subject, TaskState,
};
use crate::domain::clock::Micros;
use crate::ordering::order::Characteristic;

/// Longest text that is kept of errors.
const MESSAGE_CHARS: usize = 1000;
/// Nesting of items and services that is followed.
const DEPTH: usize = 8;

impl Report {
    /// Reads the body of a callback; `None` when it is not about a service order.
    ///
    /// The order need not say our external id: then its own id has to do.
    pub fn from_event(body: &Value) -> Option<Self> {
        let kind = body
            .get("eventType")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_ascii_lowercase();
        let payload = body.get("event").unwrap_or(body);
        let mut report = match any_case(payload, "cancelserviceorder") {
            Some(task) => of_task(task),
            None if kind.starts_with("cancelserviceorder") => of_task(payload),
            None => any_case(payload, "serviceorder")
                .or_else(|| kind.starts_with("serviceorder").then_some(payload))
                .map(order)?,
        };
        if report.remote_id.is_none() && report.external_id.is_none() {
            return None;
        }
        if kind == "serviceorderdeleteevent" {
            report.subject = Subject::Deletion;
        }
        if kind.ends_with("informationrequiredevent") {
            report.information_required = true;
            report.message = Some(missing(body, payload));
        }
        report.event_id = string(body, "eventId");
        report.at = time(body, "eventTime")
            .or_else(|| time(body, "timeOccurred"))
            .or_else(|| time(body, "timeOcurred"));
        Some(report)
    }
}

/// Reads a service order.
pub(super) fn order(order: &Value) -> Report {
    let items = items(order, DEPTH);
    let errors: Vec<&Value> = many(order, "errorMessage")
        .chain(items.iter().flat_map(|item| many(item, "errorMessage")))
        .collect();
    Report {
        subject: Subject::Order,
        external_id: external_id(order),
        remote_id: identity(order),
        state: string(order, "state").map(|state| RemoteState::parse(&state)),
        message: joined(errors.iter().filter_map(|error| sentence(error))),
        code: errors.iter().find_map(|error| string(error, "code")),
        information_required: false,
        services: items
            .iter()
            .filter_map(|item| item.get("service"))
            .map(service)
            .collect(),
        milestones: many(order, "milestone").filter_map(mark).collect(),
        jeopardies: many(order, "jeopardyAlert").filter_map(alert).collect(),
        expected_completion: time(order, "expectedCompletionDate"),
        event_id: None,
        at: None,
    }
}

/// Reads the answer to a request to cancel.
pub(super) fn cancellation(task: &Value) -> Cancellation {
    let message = joined(many(task, "errorMessage").filter_map(sentence));
    Cancellation {
        task: identity(task),
        // v5 may answer 202 without a body.
        state: string(task, "state").map_or(TaskState::Acknowledged, |s| TaskState::parse(&s)),
        message: message.or_else(|| string(task, "completionMessage")),
    }
}

/// `code` and the words of an error body.
pub(super) fn error(body: &Value) -> (Option<String>, Option<String>) {
    (string(body, "code"), sentence(body).map(|s| cut(&s)))
}

fn of_task(task: &Value) -> Report {
    let Cancellation { state, message, .. } = cancellation(task);
    let order = any_case(task, "serviceorder");
    Report {
        subject: Subject::Cancellation(state),
        external_id: order.and_then(external_id),
        remote_id: order.and_then(identity),
        message,
        ..Report::default()
    }
}

/// What we called the order. A v5 order may have references of others too.
pub(super) fn external_id(order: &Value) -> Option<String> {
    let ours = many(order, "externalReference")
        .find(|r| r.get("externalReferenceType").and_then(Value::as_str) == Some(REFERENCE_TYPE));
    ours.and_then(named)
        .or_else(|| string(order, "externalId"))
        .or_else(|| many(order, "externalIdentifier").find_map(named))
        .or_else(|| many(order, "externalReference").find_map(named))
}

fn named(reference: &Value) -> Option<String> {
    string(reference, "id").or_else(|| string(reference, "name"))
}

/// `id`, or the end of `href` where only that is there.
fn identity(object: &Value) -> Option<String> {
    string(object, "id").or_else(|| {
        let href = object.get("href")?.as_str()?;
        let last = href.trim_end_matches('/').rsplit('/').next()?;
        (!last.is_empty()).then(|| last.to_owned())
    })
}

/// Items and those nested in them, outermost first.
fn items(holder: &Value, depth: usize) -> Vec<&Value> {
    let mut found = Vec::new();
    for item in many(holder, "serviceOrderItem") {
        found.push(item);
        if depth > 0 {
            found.extend(items(item, depth - 1));
        }
    }
    found
}

fn service(service: &Value) -> ReportedService {
    let characteristics = many(service, "serviceCharacteristic").filter_map(|characteristic| {
        Some(Characteristic {
            name: string(characteristic, "name")?,
            value: characteristic.get("value")?.clone(),
        })
    });
    let specification = service.get("serviceSpecification");
    ReportedService {
        id: identity(service),
        name: string(service, "name"),
        specification: specification.and_then(|s| string(s, "id")),
        state: string(service, "state"),
        characteristics: characteristics.collect(),
        supporting: many(service, "supportingService")
            .chain(many(service, "supportingResource"))
            .filter_map(identity)
            .collect(),
    }
}

fn mark(milestone: &Value) -> Option<Mark> {
    Some(Mark {
        name: string(milestone, "name").or_else(|| string(milestone, "description"))?,
        status: string(milestone, "status"),
        message: string(milestone, "message"),
        at: time(milestone, "milestoneDate"),
    })
}

fn alert(alert: &Value) -> Option<Alert> {
    Some(Alert {
        name: string(alert, "name").or_else(|| string(alert, "jeopardyType"))?,
        kind: string(alert, "jeopardyType"),
        message: string(alert, "message").or_else(|| string(alert, "exception")),
        at: time(alert, "alertDate"),
    })
}

/// Which attributes an order lacks: paths in v5, one text in v4.
fn missing(body: &Value, payload: &Value) -> String {
    let paths = many(payload, "informationRequired").filter_map(|p| string(p, "path"));
    let wanted = joined(paths)
        .or_else(|| string(body, "fieldPath"))
        .or_else(|| string(body, "description"));
    match wanted {
        Some(wanted) => format!("the OSS needs more information: {wanted}"),
        None => "the OSS needs more information".to_owned(),
    }
}

/// The words of an error, the fuller text first.
fn sentence(error: &Value) -> Option<String> {
    if let Value::String(text) = error {
        return Some(text.clone());
    }
    let (message, reason) = (string(error, "message"), string(error, "reason"));
    match (reason, message) {
        (Some(reason), Some(message)) if reason != message => Some(format!("{reason}: {message}")),
        (reason, message) => message.or(reason),
    }
}

fn joined(texts: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = texts.collect();
    (!all.is_empty()).then(|| cut(&all.join("; ")))
}

fn cut(text: &str) -> String {
    text.chars().take(MESSAGE_CHARS).collect()
}

/// A text, or a number where an OSS sends ids so.
fn string(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn time(object: &Value, name: &str) -> Option<Micros> {
    Micros::parse(object.get(name)?.as_str()?)
}

/// The elements of a list, or the one object that stands in its place.
fn many<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    let (list, one) = match object.get(name) {
        Some(Value::Array(items)) => (items.as_slice(), None),
        Some(one @ (Value::Object(_) | Value::String(_))) => (&[][..], Some(one)),
        _ => (&[][..], None),
    };
    list.iter().chain(one)
}

/// An object by its name in any letter case: v4 writes `serviceOrder`, v5 `ServiceOrder`.
fn any_case<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let fields: &Map<String, Value> = object.as_object()?;
    fields
        .iter()
        .find(|(key, value)| key.eq_ignore_ascii_case(name) && value.is_object())
        .map(|(_, value)| value)
}
