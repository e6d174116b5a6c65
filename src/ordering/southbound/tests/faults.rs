//! Each way in which a call can fail, and what is made of it.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::{
    CircuitSettings, Credentials, FaultKind, RemoteState, Secret, Southbound, Subscribed, TaskState,
};
use super::{Version, client, client_with, clock, small};

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn refusals_by_status() {
    for (status, of_submit, of_fetch) in [
        (400, FaultKind::Business, FaultKind::Business),
        (401, FaultKind::Business, FaultKind::Business),
        (301, FaultKind::Business, FaultKind::Business),
        // Not implemented: it will not be the next time either.
        (501, FaultKind::Business, FaultKind::Business),
        (408, FaultKind::Unknown, FaultKind::Transient),
        (429, FaultKind::Transient, FaultKind::Transient),
        (500, FaultKind::Unknown, FaultKind::Transient),
        (502, FaultKind::Unknown, FaultKind::Transient),
        (503, FaultKind::Transient, FaultKind::Transient),
        (504, FaultKind::Unknown, FaultKind::Transient),
    ] {
        let answer = ResponseTemplate::new(status).set_body_json(json!({
            "code": "E7", "reason": "no port", "message": "port 7 is taken",
        }));
        let server = answering(answer).await;
        let oss = client(&server.uri(), Version::V4);
        let fault = oss.submit("net", &small("a")).await.expect_err("refused");
        assert_eq!((fault.kind, fault.status), (of_submit, Some(status)));
        assert_eq!(fault.message, "no port: port 7 is taken");
        assert_eq!(fault.code.as_deref(), Some("E7"));
        let fault = oss.fetch("net", "so-1").await.expect_err("refused");
        assert_eq!((fault.kind, fault.status), (of_fetch, Some(status)));
        let fault = oss.cancel("net", "so-1", "x").await.expect_err("refused");
        assert_eq!(fault.kind, of_submit, "{status}");
    }
}

#[tokio::test]
async fn patience_is_asked_for_in_seconds_or_by_a_date() {
    for (text, seconds) in [
        ("7", Some(7)),
        ("Tue, 01 Jan 2030 08:01:00 GMT", Some(60)),
        ("Tue, 01 Jan 2030 07:00:00 GMT", Some(0)),
        ("99999999", Some(86_400)),
        ("soon", None),
    ] {
        let answer = ResponseTemplate::new(503).insert_header("retry-after", text);
        let server = answering(answer).await;
        let oss = client(&server.uri(), Version::V5);
        let fault = oss.submit("net", &small("a")).await.expect_err("refused");
        assert_eq!(fault.kind, FaultKind::Transient);
        assert_eq!(
            fault.retry_after,
            seconds.map(Duration::from_secs),
            "{text}"
        );
    }
}

#[tokio::test]
async fn nobody_there_means_that_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let oss = client(&url, Version::V4);
    let fault = oss.submit("net", &small("a")).await.expect_err("no one");
    assert_eq!((fault.kind, fault.status), (FaultKind::Transient, None));
}

#[tokio::test]
async fn silence_after_sending_leaves_the_outcome_unknown() {
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(60));
    let server = answering(slow).await;
    let oss = client_with(&server.uri(), Version::V4, &clock(), |settings| {
        settings.timeout = Duration::from_millis(50);
    });
    let fault = oss.submit("net", &small("a")).await.expect_err("silence");
    assert_eq!(fault.kind, FaultKind::Unknown);
    // Nothing is changed by looking, so there is nothing to wonder about.
    let fault = oss.find("net", "a").await.expect_err("silence");
    assert_eq!(fault.kind, FaultKind::Transient);
}

#[tokio::test]
async fn an_answer_that_says_nothing_leaves_the_outcome_unknown() {
    let server = answering(ResponseTemplate::new(201).set_body_string("<html>")).await;
    let oss = client(&server.uri(), Version::V4);
    let fault = oss.submit("net", &small("a")).await.expect_err("no JSON");
    assert_eq!(fault.kind, FaultKind::Unknown);
}

#[tokio::test]
async fn accepted_without_a_body() {
    let answer = ResponseTemplate::new(202).insert_header("location", "/x/serviceOrder/so-7");
    let server = answering(answer).await;
    let oss = client(&server.uri(), Version::V5);
    let report = oss.submit("net", &small("a")).await.expect("accepted");
    assert_eq!(report.remote_id.as_deref(), Some("so-7"));
    assert_eq!(report.external_id.as_deref(), Some("a"));
    assert_eq!(report.state, None);
    let cancelled = oss.cancel("net", "so-7", "x").await.expect("accepted");
    assert_eq!(cancelled.state, TaskState::Acknowledged);
}

#[tokio::test]
async fn a_duplicate_is_looked_up() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(409))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/base/serviceOrder"))
        .and(query_param("externalId", "a b"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([
            { "id": "so-0", "externalId": "other", "state": "completed" },
            { "id": "so-1", "externalId": "a b", "state": "inProgress" },
        ])))
        .mount(&server)
        .await;
    let oss = client(&format!("{}/base/", server.uri()), Version::V4);
    let report = oss.submit("net", &small("a b")).await.expect("it is there");
    assert_eq!(report.remote_id.as_deref(), Some("so-1"));
    assert_eq!(report.state, Some(RemoteState::InProgress));
    // A conflict about something else: the look-up fails, so what happened is not known.
    let fault = oss.submit("net", &small("c")).await.expect_err("conflict");
    assert_eq!(fault.kind, FaultKind::Unknown);
}

#[tokio::test]
async fn a_filter_that_is_passed_over_does_not_mean_that_there_is_none() {
    let orders = json!([{ "id": "so-0", "externalId": "other" }]);
    let all = ResponseTemplate::new(200).set_body_json(&orders);
    let part = all.clone().insert_header("x-total-count", "5");
    let server = answering(all).await;
    let oss = client(&server.uri(), Version::V4);
    assert_eq!(oss.find("net", "a").await.expect("all orders"), None);
    let server = answering(part).await;
    let oss = client(&server.uri(), Version::V4);
    let fault = oss.find("net", "a").await.expect_err("one page of many");
    assert_eq!(fault.kind, FaultKind::Business);
    let server = answering(ResponseTemplate::new(200).set_body_json(json!([]))).await;
    let oss = client(&server.uri(), Version::V5);
    assert_eq!(oss.find("net", "a").await.expect("none"), None);
}

#[tokio::test]
async fn what_is_gone_is_none() {
    let server = answering(ResponseTemplate::new(404)).await;
    let oss = client(&server.uri(), Version::V4);
    assert_eq!(oss.fetch("net", "so-1").await.expect("an answer"), None);
    // A list that is not there says nothing about orders.
    let fault = oss.find("net", "a").await.expect_err("no such list");
    assert_eq!(fault.kind, FaultKind::Business);
}

#[tokio::test]
async fn a_task_that_was_refused_is_a_refusal() {
    for state in ["rejected", "terminatedWithError"] {
        let task = json!({ "id": "c", "state": state, "errorMessage": { "message": "too late" } });
        let server = answering(ResponseTemplate::new(201).set_body_json(task)).await;
        let oss = client(&server.uri(), Version::V4);
        let fault = oss.cancel("net", "so-1", "x").await.expect_err("refused");
        assert_eq!(fault.kind, FaultKind::Business);
        assert!(fault.message.contains("too late"), "{fault}");
    }
}

#[tokio::test]
async fn subscribing_twice_is_no_fault() {
    let server = MockServer::start().await;
    Mock::given(path("/hub"))
        .and(body_json(
            json!({ "@type": "Hub", "callback": "http://a/" }),
        ))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({ "id": "h-1" })))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/hub"))
        .respond_with(ResponseTemplate::new(409))
        .mount(&server)
        .await;
    let oss = client(&server.uri(), Version::V5);
    let first = oss.subscribe("net", "http://a/").await.expect("new");
    assert_eq!(first, Subscribed::New(Some("h-1".to_owned())));
    let second = oss.subscribe("net", "http://a/").await.expect("there");
    assert_eq!(second, Subscribed::Already);
}

#[tokio::test]
async fn who_we_are() {
    let server = MockServer::start().await;
    let found = || ResponseTemplate::new(200).set_body_json(json!({ "id": "so-1" }));
    Mock::given(header("authorization", "Bearer t0p"))
        .and(header("x-tenant", "7"))
        .respond_with(found())
        .mount(&server)
        .await;
    Mock::given(header("authorization", "Basic YW5uOnMzY3JldA=="))
        .respond_with(found())
        .mount(&server)
        .await;
    for credentials in [
        Credentials::Bearer(Secret::new("t0p")),
        Credentials::Basic {
            user: "ann".to_owned(),
            password: Secret::new("s3cret"),
        },
    ] {
        let shown = format!("{credentials:?}");
        assert!(
            !shown.contains("t0p") && !shown.contains("s3cret"),
            "{shown}"
        );
        let oss = client_with(&server.uri(), Version::V4, &clock(), |settings| {
            settings.credentials = credentials;
            settings.headers = vec![("X-Tenant".to_owned(), Secret::new("7"))];
        });
        assert!(oss.fetch("net", "so-1").await.expect("known").is_some());
    }
    let stranger = client(&server.uri(), Version::V4);
    assert_eq!(stranger.fetch("net", "so-1").await.expect("404"), None);
}

#[tokio::test]
async fn the_circuit_opens_and_one_call_tries() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(500))
        .up_to_n_times(3)
        .expect(3)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({ "id": "so-1" })))
        .mount(&server)
        .await;
    let clock = clock();
    let oss = client_with(&server.uri(), Version::V4, &clock, |settings| {
        settings.circuit = CircuitSettings {
            failures: 2,
            pause: Duration::from_secs(10),
            pause_max: Duration::from_secs(60),
        };
    });
    let submit = async || oss.submit("net", &small("a")).await;
    for _ in 0..2 {
        assert_eq!(submit().await.expect_err("500").kind, FaultKind::Unknown);
    }
    let refused = submit().await.expect_err("open");
    assert_eq!(refused.kind, FaultKind::CircuitOpen);
    assert_eq!(refused.retry_after, Some(Duration::from_secs(10)));
    clock.advance_millis(10_000);
    assert_eq!(submit().await.expect_err("trial").kind, FaultKind::Unknown);
    assert_eq!(
        submit().await.expect_err("open").retry_after,
        Some(Duration::from_secs(20))
    );
    clock.advance_millis(20_000);
    submit().await.expect("it works again");
    submit().await.expect("closed");
}

#[tokio::test]
async fn refusals_and_patience_do_not_open_the_circuit() {
    for status in [400, 429] {
        let server = answering(ResponseTemplate::new(status)).await;
        let oss = client_with(&server.uri(), Version::V4, &clock(), |settings| {
            settings.circuit.failures = 1;
        });
        for _ in 0..3 {
            let fault = oss.submit("net", &small("a")).await.expect_err("refused");
            assert_eq!(fault.status, Some(status));
        }
    }
}

#[tokio::test]
async fn a_target_without_an_entry_goes_to_the_default_if_there_is_one() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({ "id": "so-1" }))).await;
    let oss = client_with(&server.uri(), Version::V4, &clock(), |settings| {
        settings.name = "default".to_owned();
    });
    assert!(
        oss.fetch("elsewhere", "so-1")
            .await
            .expect("served")
            .is_some()
    );
    assert_eq!(
        oss.settings("elsewhere").map(|s| s.name.as_str()),
        Some("default")
    );
    let oss = client(&server.uri(), Version::V4);
    let fault = oss.fetch("elsewhere", "so-1").await.expect_err("nobody");
    assert_eq!(fault.kind, FaultKind::Business);
    assert!(fault.message.contains("'elsewhere'"), "{fault}");
}

#[test]
fn unusable_settings_are_told() {
    for change in [
        |s: &mut super::TargetSettings| s.url = "oss.example.com".to_owned(),
        |s: &mut super::TargetSettings| s.url = "ftp://oss.example.com".to_owned(),
        |s: &mut super::TargetSettings| s.headers = vec![("a b".to_owned(), Secret::new("x"))],
        |s: &mut super::TargetSettings| {
            s.credentials = Credentials::Bearer(Secret::new("se\ncret"));
        },
    ] {
        let mut settings = super::TargetSettings::new("net", "http://a", Version::V4);
        change(&mut settings);
        let error = super::HttpSouthbound::new(vec![settings], &clock())
            .err()
            .expect("refused");
        assert!(error.contains("'net'"), "{error}");
        assert!(!error.contains("cret"), "{error}");
    }
}

#[test]
fn secrets_are_compared_whole() {
    let secret = Secret::new("abc");
    assert!(secret.matches("abc"));
    for other in ["", "ab", "abcd", "abd", "ABC"] {
        assert!(!secret.matches(other), "{other}");
    }
    assert!(!Secret::new("").matches("a"));
}
