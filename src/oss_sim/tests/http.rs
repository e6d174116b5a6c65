//! Over HTTP, by a client that knows nothing of ours.

use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use wiremock::matchers::header;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::{OrderState, OssSim, Rates, Settings};
use crate::outbound::{Outbound, Policy, Timeouts};

/// A client without guard for this machine.
pub struct Raw {
    pub sim: OssSim,
    pub http: Outbound,
}

impl Raw {
    async fn new(settings: Settings) -> Self {
        Raw::of(OssSim::start(settings).await.expect("the OSS starts"))
    }

    pub fn of(sim: OssSim) -> Self {
        let policy = Policy {
            allow_loopback: true,
            ..Policy::default()
        };
        Raw {
            sim,
            http: Outbound::new(policy, Timeouts::default()).expect("a client"),
        }
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        let url = format!("{}{path}", self.sim.url());
        self.http.request(method, &url).expect("allowed")
    }

    async fn send(&self, request: RequestBuilder) -> (StatusCode, Value) {
        let answer = self
            .http
            .exchange(request, 1 << 20)
            .await
            .expect("an answer");
        let status = StatusCode::from_u16(answer.status()).expect("a status");
        let body = answer.bytes().await.expect("a body");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(self.request("GET", path)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let body = body.to_string();
        self.send(self.request("POST", path).body(body)).await
    }
}

pub const V4: &str = "/tmf-api/serviceOrdering/v4";
const V5: &str = "/tmf-api/serviceOrdering/v5";

pub fn order(external_id: &str) -> Value {
    json!({
        "externalId": external_id,
        "serviceOrderItem": [{
            "id": "1", "action": "add",
            "service": {
                "serviceSpecification": { "id": "line" },
                "serviceCharacteristic": [{ "name": "speed", "value": 100 }],
            },
        }],
    })
}

#[tokio::test]
async fn orders_and_services_in_both_versions() {
    let raw = Raw::new(Settings::default()).await;
    let (status, first) = raw.post(&format!("{V4}/serviceOrder"), &order("a")).await;
    assert_eq!(status, StatusCode::CREATED);
    assert_eq!(first["state"], "acknowledged");
    let (_, second) = raw.post(&format!("{V4}/serviceOrder"), &order("b")).await;
    assert_ne!(first["id"], second["id"]);
    raw.sim.idle().await;

    let all = raw.get(&format!("{V4}/serviceOrder")).await;
    assert_eq!(all.as_array().map(Vec::len), Some(2));
    let page = raw
        .get(&format!("{V4}/serviceOrder?offset=1&limit=1"))
        .await;
    assert_eq!(page[0]["externalId"], "b");
    let by_name = raw
        .get(&format!("{V5}/serviceOrder?externalReference.id=a"))
        .await;
    assert_eq!(by_name[0]["@type"], "ServiceOrder");
    assert_eq!(by_name[0]["externalReference"][0]["id"], "a");
    assert_eq!(by_name.as_array().map(Vec::len), Some(1));
    let none = raw
        .get(&format!("{V4}/serviceOrder?externalId=a&state=failed"))
        .await;
    assert_eq!(none, json!([]));

    let services = raw
        .get("/tmf-api/serviceInventory/v4/service?state=active")
        .await;
    assert_eq!(services.as_array().map(Vec::len), Some(2));
    let id = services[0]["id"].as_str().expect("an id");
    let one = raw
        .get(&format!("/tmf-api/serviceInventory/v5/service/{id}"))
        .await;
    assert_eq!(one["@type"], "Service");
    assert_eq!(one["serviceCharacteristic"][0]["value"], 100);
    let ended = raw
        .get("/tmf-api/serviceInventory/v4/service?state=terminated")
        .await;
    assert_eq!(ended, json!([]));
    raw.sim.stop().await;
}

#[tokio::test]
async fn orders_without_an_external_id_are_all_different() {
    let raw = Raw::new(Settings::default()).await;
    let mut anonymous = order("");
    anonymous
        .as_object_mut()
        .map(|body| body.remove("externalId"));
    for _ in 0..2 {
        let (status, _) = raw.post(&format!("{V4}/serviceOrder"), &anonymous).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    raw.sim.idle().await;
    assert_eq!((raw.sim.orders().len(), raw.sim.services().len()), (2, 2));
    raw.sim.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let raw = Raw::new(Settings::default()).await;
    let v5 = |change: &dyn Fn(&mut Value)| {
        let mut body = json!({
            "@type": "ServiceOrder",
            "externalReference": [{ "@type": "ExternalReference", "id": "x", "name": "x" }],
            "serviceOrderItem": [{
                "id": "1", "action": "add",
                "service": {
                    "@type": "Service",
                    "serviceSpecification": { "@type": "ServiceSpecificationRef", "id": "line" },
                    "serviceCharacteristic": [
                        { "@type": "IntegerCharacteristic", "name": "speed", "value": 1 },
                    ],
                },
            }],
        });
        change(&mut body);
        body
    };
    let service = "/serviceOrderItem/0/service";
    let (status, _) = raw.post(&format!("{V5}/serviceOrder"), &v5(&|_| {})).await;
    assert_eq!(status, StatusCode::CREATED);
    for (path, body, word) in [
        (V4, json!([]), "no JSON object"),
        (V4, json!({ "externalId": "a" }), "/serviceOrderItem"),
        (
            V4,
            json!({ "serviceOrderItem": [{ "id": "1", "action": "add" }] }),
            "/0/service",
        ),
        (
            V4,
            json!({ "serviceOrderItem": [{ "id": "1", "action": "grow", "service": {} }] }),
            "/action",
        ),
        (
            V4,
            json!({ "serviceOrderItem": [{ "id": "1", "action": "delete", "service": { "id": "s" } }] }),
            "there is no service 's'",
        ),
        (
            V5,
            v5(&|b| {
                b.as_object_mut().map(|b| b.remove("@type"));
            }),
            "/@type is missing",
        ),
        (
            V5,
            v5(&|b| {
                b.pointer_mut(service)
                    .and_then(|s| s.as_object_mut()?.remove("@type"));
            }),
            "/serviceOrderItem/0/service/@type is missing",
        ),
        (
            V5,
            v5(&|b| {
                b["serviceOrderItem"][0]["service"]["serviceCharacteristic"][0]["value"] =
                    "1".into()
            }),
            "another type",
        ),
    ] {
        let (status, answer) = raw.post(&format!("{path}/serviceOrder"), &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        let message = answer["message"].as_str().unwrap_or_default();
        assert!(message.contains(word), "`{word}` is missing in `{message}`");
    }
    let (status, _) = raw
        .post("/tmf-api/serviceOrdering/v6/serviceOrder", &order("a"))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    raw.sim.stop().await;
}

#[tokio::test]
async fn tokens_both_ways() {
    let raw = Raw::new(Settings {
        token: Some("in".to_owned()),
        callback_token: Some("out".to_owned()),
        ..Settings::default()
    })
    .await;
    let listener = MockServer::start().await;
    Mock::given(header("authorization", "Bearer out"))
        .respond_with(ResponseTemplate::new(204))
        .expect(2)
        .mount(&listener)
        .await;
    let (status, _) = raw.post(&format!("{V4}/serviceOrder"), &order("a")).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    for (path, body) in [
        ("hub", json!({ "callback": listener.uri() })),
        ("serviceOrder", order("a")),
    ] {
        let request = raw.request("POST", &format!("{V4}/{path}"));
        let request = request
            .header("authorization", "Bearer in")
            .body(body.to_string());
        assert_eq!(raw.send(request).await.0, StatusCode::CREATED);
    }
    raw.sim.idle().await;
    listener.verify().await;
    raw.sim.stop().await;
}

#[tokio::test]
async fn subscriptions_choose_events_and_end() {
    let raw = Raw::new(Settings::default()).await;
    let listener = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(204))
        .expect(0)
        .mount(&listener)
        .await;
    let hub = json!({
        "callback": listener.uri(), "query": "eventType=ServiceOrderMilestoneEvent",
    });
    let (status, _) = raw.post(&format!("{V4}/hub"), &hub).await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, _) = raw.post(&format!("{V4}/hub"), &hub).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let mut all = hub.clone();
    all["callback"] = format!("{}/all", listener.uri()).into();
    all["query"] = "".into();
    let (_, second) = raw.post(&format!("{V5}/hub"), &all).await;
    let path = format!("{V5}/hub/{}", second["id"].as_str().expect("an id"));
    let (status, _) = raw.send(raw.request("DELETE", &path)).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = raw.send(raw.request("DELETE", &path)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    raw.post(&format!("{V4}/serviceOrder"), &order("a")).await;
    raw.sim.idle().await;
    listener.verify().await;
    raw.sim.stop().await;
}

#[tokio::test]
async fn directed_over_http() {
    let raw = Raw::new(Settings::default()).await;
    let (status, _) = raw
        .post("/sim/script", &json!({ "match": "a", "do": "hold" }))
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = raw
        .post("/sim/script", &json!({ "match": "a", "do": "sing" }))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    raw.post(&format!("{V4}/serviceOrder"), &order("a")).await;
    raw.sim.idle().await;
    let orders = raw.get("/sim/order").await;
    assert_eq!(orders[0]["state"], "inProgress");
    assert_eq!(orders[0]["attempts"], 1);
    let (_, released) = raw.post("/sim/release?match=a", &json!(null)).await;
    assert_eq!(released["released"], 1);
    raw.sim.idle().await;
    assert_eq!(raw.get("/sim/order").await[0]["state"], "completed");
    raw.sim.stop().await;
}

#[tokio::test]
async fn at_once_means_that_only_the_end_is_told() {
    let raw = Raw::new(Settings {
        at_once: true,
        ..Settings::default()
    })
    .await;
    let listener = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(ResponseTemplate::new(204))
        .expect(20)
        .mount(&listener)
        .await;
    raw.post(&format!("{V4}/hub"), &json!({ "callback": listener.uri() }))
        .await;
    for n in 0..20 {
        let (status, _) = raw
            .post(&format!("{V4}/serviceOrder"), &order(&n.to_string()))
            .await;
        assert_eq!(status, StatusCode::CREATED);
    }
    raw.sim.idle().await;
    listener.verify().await;
    raw.sim.stop().await;
}

/// Whatever goes wrong: who asks again in the end has every order once, and a service for each
/// that was completed.
#[tokio::test]
async fn a_bad_day_leaves_true_books() {
    let rates = Rates {
        refusal: 0.0,
        no_answer: 0.0,
        ..Rates::all(0.3)
    };
    let raw = Raw::new(Settings {
        seed: 42,
        rates,
        ..Settings::default()
    })
    .await;
    for n in 0..60 {
        let body = order(&format!("{n}.1.node")).to_string();
        // A broken connection, a 503 and an answer are all possible; the last comes in the end.
        let mut placed = false;
        for _ in 0..40 {
            let request = raw
                .request("POST", &format!("{V4}/serviceOrder"))
                .body(body.clone());
            let answer = raw.http.exchange(request, 1 << 20).await;
            let Ok(answer) = answer else { continue };
            let status = answer.status();
            placed = answer.bytes().await.is_ok() && (200..300).contains(&status);
            if placed {
                break;
            }
        }
        assert!(placed, "order {n}");
    }
    raw.sim.idle().await;
    let orders = raw.sim.orders();
    assert_eq!(orders.len(), 60);
    let completed = orders
        .iter()
        .filter(|o| o.state == OrderState::Completed)
        .count();
    assert!((20..60).contains(&completed), "{completed}");
    assert_eq!(raw.sim.services().len(), completed);
    assert!(orders.iter().any(|o| o.duplicates > 0));
    raw.sim.stop().await;
}

#[tokio::test]
async fn nothing_is_kept_from_stopping() {
    let raw = Raw::new(Settings {
        delay_ms: 3_600_000..=3_600_000,
        ..Settings::default()
    })
    .await;
    raw.post(&format!("{V4}/serviceOrder"), &order("a")).await;
    assert_eq!(raw.sim.orders().len(), 1);
    raw.sim.stop().await;
}
