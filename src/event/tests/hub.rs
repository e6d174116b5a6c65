use serde_json::{Value, json};

use super::api::{V4, V5};
use super::fixture::{Fixture, subscriber};
use crate::domain::descriptor::Api;
use crate::domain::problem::{Code, Problem};
use crate::event::Subscription;

async fn create(
    fixture: &Fixture,
    api: &'static Api,
    body: Value,
) -> Result<Subscription, Problem> {
    let hub = fixture.hub();
    hub.create(&subscriber(), api, "http://local:8080/", &body)
        .await
}

#[tokio::test]
async fn a_subscription_is_answered_in_its_version_and_ends() {
    let fixture = Fixture::new();
    let hub = fixture.hub();
    let body = json!({"callback": "http://127.0.0.1:9/l", "query": " "});
    let v4 = create(&fixture, &V4, body).await.expect("subscription");
    assert_eq!(
        v4.document,
        json!({"id": v4.id, "callback": "http://127.0.0.1:9/l"})
    );
    let expected = format!(
        "http://local:8080/tmf-api/productCatalogManagement/v4/hub/{}",
        v4.id
    );
    assert_eq!(v4.location, expected);
    let query = "eventType=ProductOfferingCreateEvent";
    let body = json!({"@type": "Hub", "callback": "http://127.0.0.1:9/l", "query": query});
    let v5 = create(&fixture, &V5, body).await.expect("subscription");
    assert_eq!(
        v5.document,
        json!({"id": v5.id, "href": v5.location, "callback": "http://127.0.0.1:9/l", "query": query, "@type": "Hub"})
    );
    let read = hub
        .read(1, &V5, "http://local:8080", &v5.id)
        .await
        .expect("read");
    assert_eq!(read, v5);
    // Not of another version, tenant or id.
    let code = |result: Result<Subscription, Problem>| result.map(|s| s.id).map_err(|p| p.code);
    assert_eq!(
        code(hub.read(1, &V4, "", &v5.id).await),
        Err(Code::NotFound)
    );
    assert_eq!(
        code(hub.read(2, &V5, "", &v5.id).await),
        Err(Code::NotFound)
    );
    let gone = |result: Result<(), Problem>| result.map_err(|p| p.code);
    assert_eq!(gone(hub.delete(1, &V4, &v5.id).await), Err(Code::NotFound));
    assert_eq!(gone(hub.delete(1, &V5, &v5.id).await), Ok(()));
    assert_eq!(gone(hub.delete(1, &V5, &v5.id).await), Err(Code::NotFound));
    assert_eq!(
        code(hub.read(1, &V5, "", &v5.id).await),
        Err(Code::NotFound)
    );
}

#[tokio::test]
async fn bad_subscriptions_are_refused_with_the_place() {
    let fixture = Fixture::new();
    let good = "http://127.0.0.1:9/l";
    let cases = [
        (json!([]), Code::InvalidBody, ""),
        (json!("x"), Code::InvalidBody, ""),
        (json!({"@type": "Hub"}), Code::InvalidBody, "/callback"),
        (
            json!({"@type": "Hub", "callback": null}),
            Code::InvalidBody,
            "/callback",
        ),
        (
            json!({"@type": "Hub", "callback": 7}),
            Code::InvalidBody,
            "/callback",
        ),
        (json!({"callback": good}), Code::InvalidBody, "/@type"),
        (
            json!({"@type": "Hub", "callback": good, "query": {}}),
            Code::InvalidBody,
            "/query",
        ),
        (
            json!({"@type": "Hub", "callback": "not a url"}),
            Code::UrlRefused,
            "/callback",
        ),
        (
            json!({"@type": "Hub", "callback": "http://10.0.0.1/"}),
            Code::UrlRefused,
            "/callback",
        ),
        (
            json!({"@type": "Hub", "callback": "file:///etc/passwd"}),
            Code::UrlRefused,
            "/callback",
        ),
        (
            json!({"@type": "Hub", "callback": good, "query": "offset=3"}),
            Code::InvalidQuery,
            "/query",
        ),
        (
            json!({"@type": "Hub", "callback": good, "query": "x".repeat(5000)}),
            Code::LimitExceeded,
            "/query",
        ),
    ];
    for (body, code, path) in cases {
        let refused = create(&fixture, &V5, body.clone())
            .await
            .expect_err(&body.to_string());
        assert_eq!(refused.code, code, "{body}");
        assert_eq!(refused.violations[0].path, path, "{body}");
    }
    assert!(fixture.read(|session| session.subscriptions()).is_empty());
}

#[tokio::test]
async fn the_same_callback_may_come_twice_up_to_the_limit() {
    let fixture = Fixture::new();
    let body = json!({"@type": "Hub", "callback": "http://127.0.0.1:9/l"});
    let first = create(&fixture, &V5, body.clone()).await.expect("first");
    for _ in 1..10 {
        let next = create(&fixture, &V5, body.clone()).await.expect("next");
        assert_ne!(next.id, first.id);
    }
    let refused = create(&fixture, &V5, body).await.expect_err("too many");
    assert_eq!(refused.code, Code::Conflict);
}
