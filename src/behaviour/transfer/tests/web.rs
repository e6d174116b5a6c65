//! Files on other machines.

use serde_json::json;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::fixture::{Fixture, Options, gzip, lines, log, specification};
use crate::outbound::Policy;

async fn serving(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/file"))
        .respond_with(template)
        .mount(&server)
        .await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_is_read() {
    let content = lines(&(0..50).map(specification).collect::<Vec<_>>());
    for template in [
        ResponseTemplate::new(200).set_body_raw(content.clone(), "application/x-ndjson"),
        ResponseTemplate::new(200).set_body_raw(gzip(content.as_bytes()), "application/gzip"),
        ResponseTemplate::new(200)
            .insert_header("content-encoding", "gzip")
            .set_body_raw(gzip(content.as_bytes()), "application/json"),
    ] {
        let server = serving(template).await;
        let fixture = Fixture::new();
        let job = fixture
            .import(json!({"url": format!("{}/file", server.uri())}))
            .await;
        assert_eq!(job["status"], "Succeeded", "{job}");
        assert_eq!(fixture.ids("productSpecification").await.len(), 50);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_of_no_use() {
    for (template, expected) in [
        (ResponseTemplate::new(404), "answered with status 404"),
        (
            ResponseTemplate::new(302).insert_header("location", "http://10.0.0.1/"),
            "answered with status 302",
        ),
        (
            ResponseTemplate::new(200)
                .insert_header("content-encoding", "br")
                .set_body_string("x"),
            "encoded as 'br'",
        ),
        (
            ResponseTemplate::new(200).set_body_string("x".repeat(20_000)),
            "larger than 10000 bytes",
        ),
    ] {
        let server = serving(template).await;
        let fixture = Fixture::with(Options {
            max_file_bytes: 10_000,
            ..Options::default()
        });
        let job = fixture
            .import(json!({"url": format!("{}/file", server.uri())}))
            .await;
        assert_eq!(job["status"], "Failed", "{job}");
        assert!(log(&job)[0].contains(expected), "{job}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_asked_again() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    let content = lines(&[specification(1)]);
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_string(content))
        .mount(&server)
        .await;
    let fixture = Fixture::new();
    let id = fixture
        .create(
            "importJob",
            json!({"url": format!("{}/file", server.uri())}),
        )
        .await
        .unwrap();
    let worker = fixture.worker();
    for (status, expected) in [("Running", 0), ("Running", 0), ("Succeeded", 1)] {
        worker.drain().await.unwrap();
        assert_eq!(
            fixture.get("importJob", &id).await.unwrap()["status"],
            status
        );
        assert_eq!(fixture.ids("productSpecification").await.len(), expected);
        fixture.clock.advance_millis(3_600_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stays_down_ends_the_job() {
    let server = serving(ResponseTemplate::new(503)).await;
    let fixture = Fixture::new();
    let id = fixture
        .create(
            "importJob",
            json!({"url": format!("{}/file", server.uri())}),
        )
        .await
        .unwrap();
    let worker = fixture.worker();
    for _ in 0..20 {
        worker.drain().await.unwrap();
        fixture.clock.advance_millis(3_600_000);
    }
    let job = fixture.get("importJob", &id).await.unwrap();
    assert_eq!(job["status"], "Failed");
    assert_eq!(log(&job)[0], "The import failed: answered with status 503.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_the_policy_forbids_meanwhile_is_not_called() {
    let server = serving(ResponseTemplate::new(200).set_body_string("[]")).await;
    let mut fixture = Fixture::new();
    let url = format!("{}/file", server.uri());
    let id = fixture
        .create("importJob", json!({"url": url}))
        .await
        .unwrap();
    // The server restarts with another configuration.
    fixture.outbound =
        crate::outbound::Outbound::new(Policy::default(), Default::default()).unwrap();
    fixture.worker().drain().await.unwrap();
    let job = fixture.get("importJob", &id).await.unwrap();
    assert_eq!(job["status"], "Failed");
    assert!(log(&job)[0].contains("an address of this machine"), "{job}");
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_put_to_a_url() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .and(path("/out.ndjson"))
        .and(header("content-type", "application/x-ndjson"))
        .respond_with(ResponseTemplate::new(201))
        .expect(1)
        .mount(&server)
        .await;
    let fixture = Fixture::new();
    let content = lines(&(0..700).map(specification).collect::<Vec<_>>());
    fixture.file("in.ndjson", &content);
    fixture.import(json!({"url": "file:in.ndjson"})).await;
    let job = fixture
        .export(json!({"url": format!("{}/out.ndjson", server.uri())}))
        .await;
    assert_eq!(job["status"], "Succeeded", "{job}");
    let request = &server.received_requests().await.unwrap()[0];
    let text = std::str::from_utf8(&request.body).unwrap();
    assert_eq!(text.lines().count(), 700);
    assert_eq!(
        request.headers["content-length"].to_str().unwrap(),
        request.body.len().to_string()
    );
    assert_eq!(fixture.files(), ["in.ndjson"], "the draft is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_export_leaves_nothing_behind() {
    let server = MockServer::start().await;
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(403))
        .mount(&server)
        .await;
    let fixture = Fixture::new();
    let job = fixture
        .export(json!({"url": format!("{}/out.json", server.uri())}))
        .await;
    assert_eq!(job["status"], "Failed");
    assert_eq!(log(&job)[0], "The export failed: answered with status 403.");
    assert_eq!(fixture.files(), [] as [String; 0]);
}
