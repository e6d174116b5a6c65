//! Subscription queries.

use super::*;
use crate::domain::problem::Code;

fn event() -> Value {
    json!({
        "eventId": "e1",
        "eventType": "ProductOfferingCreateEvent",
        "eventTime": "2024-05-01T08:00:00Z",
        "@type": "ProductOfferingCreateEvent",
        "priority": "high",
        "event": {"productOffering": {
            "id": "42", "name": "Fiber", "lifecycleStatus": "Active",
            "category": [{"id": "c1", "name": "a"}, {"id": "c2", "name": "b"}],
            "myExtension": {"level": 3, "flag": true}
        }}
    })
}

fn query(text: &str) -> EventQuery {
    parse_event_query(text, &[&model::EVENT]).expect(text)
}

#[test]
fn selects() {
    for (text, expected) in [
        ("", true),
        ("?eventType=ProductOfferingCreateEvent", true),
        ("eventType=X,ProductOfferingCreateEvent", true),
        ("eventType=X", false),
        (
            "eventType=ProductOfferingCreateEvent&event.productOffering.lifecycleStatus=Active",
            true,
        ),
        ("event.productOffering.lifecycleStatus=Retired", false),
        ("event.productOffering.category.id=c2", true),
        ("event.productOffering.myExtension.level.gt=2", true),
        ("event.productOffering.myExtension.level=3.0", true),
        ("event.productOffering.myExtension.flag=true", true),
        ("event.productOffering.myExtension.flag=false", false),
        ("eventTime.gt=2024-04-30", true),
        ("event.customerBill.id=1", false),
        ("unheardOf=1", false),
        (
            "filter=$.event.productOffering.category[?(@.id=='c1'&&@.name=='a')]",
            true,
        ),
        (
            "filter=$.event.productOffering.category[?(@.id=='c1'&&@.name=='b')]",
            false,
        ),
        ("fields=eventType", true),
    ] {
        assert_eq!(query(text).selects(&event()), expected, "{text}");
    }
}

#[test]
fn shapes() {
    let shaped = query("fields=event.productOffering.id").shape(event());
    assert_eq!(
        shaped,
        json!({
            "eventId": "e1", "eventType": "ProductOfferingCreateEvent",
            "eventTime": "2024-05-01T08:00:00Z", "@type": "ProductOfferingCreateEvent",
            "event": {"productOffering": {"id": "42"}}
        })
    );
    assert_eq!(query("").shape(event()), event());
}

#[test]
fn refuses() {
    for text in [
        "limit=5",
        "sort=eventTime",
        "eventTime.gt=yesterday",
        "eventType=%zz",
        "a..b=1",
        "event=x",
    ] {
        let problem = parse_event_query(text, &[&model::EVENT]).expect_err(text);
        assert_eq!(problem.code, Code::InvalidQuery, "{text}");
    }
}
