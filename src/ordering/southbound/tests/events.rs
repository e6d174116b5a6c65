//! Callbacks as different OSS send them.

use serde_json::{Value, json};

use super::super::{RemoteState, Report, Subject, TaskState};
use super::{characteristic, instant};

fn read(body: &Value) -> Report {
    Report::from_event(body).expect("about a service order")
}

#[test]
fn a_state_change_of_v4() {
    let report = read(&json!({
        "eventId": "e-1",
        "eventTime": "2030-01-01T08:00:00Z",
        "eventType": "ServiceOrderStateChangeEvent",
        "event": { "serviceOrder": {
            "id": "so-1",
            "externalId": "7.1.sim",
            "state": "completed",
            "expectedCompletionDate": "2030-01-02T00:00:00Z",
            "serviceOrderItem": [{
                "id": "1", "action": "add", "state": "completed",
                "service": {
                    "id": "svc-1",
                    "name": "Line",
                    "state": "active",
                    "serviceSpecification": { "id": "mobile-line" },
                    "serviceCharacteristic": [
                        { "name": "imsi", "valueType": "string", "value": "26201" },
                        { "name": "no value" },
                    ],
                    "supportingService": [{ "id": "svc-2" }],
                    "supportingResource": [{ "href": "http://oss/resource/r-3/" }],
                },
                "serviceOrderItem": [{ "id": "2", "service": { "id": "svc-4" } }],
            }],
        } },
    }));
    assert_eq!(report.subject, Subject::Order);
    assert_eq!(report.external_id.as_deref(), Some("7.1.sim"));
    assert_eq!(report.remote_id.as_deref(), Some("so-1"));
    assert_eq!(report.state, Some(RemoteState::Completed));
    assert_eq!(report.event_id.as_deref(), Some("e-1"));
    assert_eq!(report.at, Some(instant("2030-01-01T08:00:00Z")));
    assert_eq!(
        report.expected_completion,
        Some(instant("2030-01-02T00:00:00Z"))
    );
    let [line, nested] = report.services.as_slice() else {
        panic!("two services: {:?}", report.services);
    };
    assert_eq!(line.id.as_deref(), Some("svc-1"));
    assert_eq!(line.specification.as_deref(), Some("mobile-line"));
    assert_eq!(line.characteristics, [characteristic("imsi", "26201")]);
    assert_eq!(line.supporting, ["svc-2", "r-3"]);
    assert_eq!(nested.id.as_deref(), Some("svc-4"));
}

#[test]
fn a_state_change_of_v5() {
    let report = read(&json!({
        "@type": "ServiceOrderStateChangeEvent",
        "eventType": "ServiceOrderStateChangeEvent",
        "timeOccurred": "2030-01-01T08:00:00Z",
        "event": { "ServiceOrder": {
            "@type": "ServiceOrder",
            "id": "so-1",
            "externalReference": [
                { "@type": "ExternalReference", "externalReferenceType": "crm", "id": "A", "name": "A" },
                { "@type": "ExternalReference", "externalReferenceType": "tollgate", "id": "7.1.sim",
                  "name": "7.1.sim" },
            ],
            "state": "failed",
            "errorMessage": {
                "@type": "ServiceOrderErrorMessage", "code": "E7", "reason": "no port",
                "message": "port 7 is taken",
            },
            "serviceOrderItem": [{
                "id": "1",
                "errorMessage": [{ "@type": "X", "code": "E8", "message": "no profile" }],
            }],
        } },
    }));
    assert_eq!(report.external_id.as_deref(), Some("7.1.sim"));
    assert_eq!(report.state, Some(RemoteState::Failed));
    assert_eq!(
        report.message.as_deref(),
        Some("no port: port 7 is taken; no profile")
    );
    assert_eq!(report.code.as_deref(), Some("E7"));
    assert_eq!(report.at, Some(instant("2030-01-01T08:00:00Z")));
}

#[test]
fn where_the_order_and_its_ids_may_stand() {
    for (body, external_id, remote_id) in [
        // The payload is the order.
        (
            json!({ "eventType": "serviceOrderCreateEvent", "event": { "id": "so-1", "externalId": "x" } }),
            Some("x"),
            Some("so-1"),
        ),
        // No wrapping event.
        (
            json!({ "serviceOrder": { "id": "so-1" } }),
            None,
            Some("so-1"),
        ),
        // v5 key in another letter case, only href, an identifier as other APIs have them.
        (
            json!({
                "eventType": "ServiceOrderAttributeValueChangeEvent",
                "event": { "ServiceOrder": {
                    "href": "http://oss/serviceOrder/so-9",
                    "externalIdentifier": [{ "id": "x" }],
                } },
            }),
            Some("x"),
            Some("so-9"),
        ),
        // A reference without a type; an id that is a number.
        (
            json!({ "event": { "serviceOrder": { "id": 17, "externalReference": [{ "name": "x" }] } } }),
            Some("x"),
            Some("17"),
        ),
    ] {
        let report = read(&body);
        assert_eq!(report.external_id.as_deref(), external_id, "{body}");
        assert_eq!(report.remote_id.as_deref(), remote_id, "{body}");
        assert_eq!(report.state, None, "{body}");
    }
}

#[test]
fn milestones_and_alerts() {
    let order = json!({
        "id": "so-1", "state": "inProgress",
        "milestone": [{ "name": "line built", "status": "Completed", "milestoneDate": "2030-01-01T08:00:00Z" }],
        "jeopardyAlert": [{ "jeopardyType": "delay", "message": "no parts" }],
    });
    let report = read(
        &json!({ "eventType": "ServiceOrderJeopardyEvent", "event": { "serviceOrder": order } }),
    );
    assert_eq!(report.milestones.len(), 1);
    assert_eq!(report.milestones[0].name, "line built");
    assert_eq!(report.milestones[0].status.as_deref(), Some("Completed"));
    assert_eq!(report.jeopardies[0].name, "delay");
    assert_eq!(report.jeopardies[0].message.as_deref(), Some("no parts"));
}

#[test]
fn missing_information_is_told() {
    let v4 = read(&json!({
        "eventType": "ServiceOrderInformationRequiredEvent",
        "fieldPath": "serviceOrderItem.service.place",
        "event": { "serviceOrder": { "id": "so-1", "state": "pending" } },
    }));
    assert!(v4.information_required);
    assert_eq!(
        v4.message.as_deref(),
        Some("the OSS needs more information: serviceOrderItem.service.place")
    );
    let v5 = read(&json!({
        "eventType": "ServiceOrderInformationRequiredEvent",
        "event": {
            "serviceOrder": { "@type": "ServiceOrderRef", "id": "so-1" },
            "informationRequired": [{ "op": "add", "path": "/note" }, { "op": "add", "path": "/place" }],
        },
    }));
    assert!(v5.information_required);
    assert_eq!(
        v5.message.as_deref(),
        Some("the OSS needs more information: /note; /place")
    );
}

#[test]
fn the_end_of_a_cancel() {
    let report = read(&json!({
        "eventType": "CancelServiceOrderStateChangeEvent",
        "event": { "CancelServiceOrder": {
            "id": "c-1", "state": "terminatedWithError",
            "serviceOrder": { "id": "so-1" },
            "errorMessage": { "code": "E", "message": "too late" },
        } },
    }));
    assert_eq!(
        report.subject,
        Subject::Cancellation(TaskState::TerminatedWithError)
    );
    assert_eq!(report.remote_id.as_deref(), Some("so-1"));
    assert_eq!(report.state, None);
    assert_eq!(report.message.as_deref(), Some("too late"));
    let deleted = read(&json!({
        "eventType": "ServiceOrderDeleteEvent", "event": { "serviceOrder": { "id": "so-1" } },
    }));
    assert_eq!(deleted.subject, Subject::Deletion);
}

#[test]
fn what_is_no_such_event() {
    for body in [
        json!(null),
        json!([1]),
        json!({}),
        json!({ "eventType": "ProductOrderStateChangeEvent", "event": { "productOrder": { "id": "1" } } }),
        json!({ "eventType": "ServiceOrderStateChangeEvent" }),
        json!({ "eventType": "ServiceOrderStateChangeEvent", "event": { "serviceOrder": "so-1" } }),
        json!({ "eventType": "ServiceOrderStateChangeEvent", "event": { "serviceOrder": { "state": "done" } } }),
    ] {
        assert_eq!(Report::from_event(&body), None, "{body}");
    }
}

#[test]
fn states_by_name() {
    for (text, state, last) in [
        ("inProgress", RemoteState::InProgress, false),
        ("INPROGRESS", RemoteState::InProgress, false),
        ("partial", RemoteState::Partial, true),
        ("weird", RemoteState::Other("weird".to_owned()), false),
    ] {
        let read = RemoteState::parse(text);
        assert_eq!(read, state);
        assert_eq!(read.is_final(), last, "{text}");
    }
    assert_eq!(
        RemoteState::PendingCancellation.as_str(),
        "pendingCancellation"
    );
    assert_eq!(TaskState::parse("accepted"), TaskState::Acknowledged);
    assert!(TaskState::parse("rejected").is_refusal());
}
