//! What is sent, letter by letter.

use serde_json::{Value, json};

use super::super::payload;
use super::{Version, characteristic, full, small};
use crate::ordering::order::{Action, Place};

/// Compares the texts too: digits of numbers must stay as they were.
fn same(sent: &Value, expected: &str) {
    let expected: Value = serde_json::from_str(expected).expect("JSON");
    let lines = |value: &Value| serde_json::to_string_pretty(value).expect("a text");
    assert_eq!(lines(sent), lines(&expected));
}

#[test]
fn orders_in_v4() {
    same(
        &payload::order(Version::V4, &full()),
        include_str!("order-v4.json"),
    );
}

#[test]
fn orders_in_v5() {
    same(
        &payload::order(Version::V5, &full()),
        include_str!("order-v5.json"),
    );
}

#[test]
fn changes_name_the_service_and_leave_its_state() {
    let mut request = small("7.2.sim");
    request.action = Action::Modify;
    request.service = Some("svc-1".to_owned());
    request.characteristics = vec![characteristic("apn", "corporate")];
    let v4 = payload::order(Version::V4, &request);
    assert_eq!(
        v4["serviceOrderItem"],
        json!([{
            "id": "1",
            "action": "modify",
            "service": {
                "id": "svc-1",
                "serviceSpecification": {
                    "@type": "ServiceSpecificationRef", "id": "mobile-line",
                    "@referredType": "ServiceSpecification",
                },
                "serviceCharacteristic": [
                    { "name": "apn", "valueType": "string", "value": "corporate" },
                ],
            },
        }])
    );
    let v5 = payload::order(Version::V5, &request);
    let service = &v5["serviceOrderItem"][0]["service"];
    // v5 demands a date and a state of every service; the date does not move between repetitions.
    assert_eq!(service["serviceDate"], "2030-01-01T08:00:00.000Z");
    assert_eq!(service["state"], "active");
    assert_eq!(service["id"], "svc-1");
}

#[test]
fn what_ends_is_a_reference_unless_there_is_more_to_say() {
    let mut request = small("7.3.sim");
    request.action = Action::Delete;
    request.service = Some("svc-1".to_owned());
    let service = |request: &_, version| {
        payload::order(version, request)["serviceOrderItem"][0]["service"].clone()
    };
    assert_eq!(
        service(&request, Version::V5),
        json!({ "@type": "ServiceRef", "id": "svc-1", "@referredType": "Service" })
    );
    assert_eq!(service(&request, Version::V4)["state"], "terminated");
    request.characteristics = vec![characteristic("reason", "moved")];
    assert_eq!(service(&request, Version::V5)["@type"], "Service");
    assert_eq!(service(&request, Version::V5)["state"], "terminated");
}

#[test]
fn a_place_by_reference() {
    let mut request = small("7.4.sim");
    request.places = vec![Place {
        id: Some("site-1".to_owned()),
        role: None,
        value: json!({ "id": "site-1", "@referredType": "GeographicSite" }),
    }];
    let place = |version| {
        payload::order(version, &request)["serviceOrderItem"][0]["service"]["place"].clone()
    };
    assert_eq!(
        place(Version::V4),
        json!([{ "id": "site-1", "@referredType": "GeographicSite", "role": "place" }])
    );
    assert_eq!(
        place(Version::V5),
        json!([{
            "@type": "RelatedPlaceRefOrValue",
            "role": "place",
            "place": { "id": "site-1", "@referredType": "GeographicSite", "@type": "PlaceRef" },
        }])
    );
}

#[test]
fn cancels_and_subscriptions() {
    assert_eq!(
        payload::cancel(Version::V4, "so-1", "moved"),
        json!({ "cancellationReason": "moved", "serviceOrder": { "id": "so-1" } })
    );
    assert_eq!(
        payload::cancel(Version::V5, "so-1", "moved"),
        json!({
            "@type": "CancelServiceOrder",
            "cancellationReason": "moved",
            "serviceOrder": { "@type": "ServiceOrderRef", "id": "so-1" },
        })
    );
    assert_eq!(
        payload::hub(Version::V4, "http://a/b"),
        json!({ "callback": "http://a/b" })
    );
    assert_eq!(
        payload::hub(Version::V5, "http://a/b"),
        json!({ "@type": "Hub", "callback": "http://a/b" })
    );
}
