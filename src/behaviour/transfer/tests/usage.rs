//! Exports of usage, the jobs of TMF635 v5.

use serde_json::{Value, json};

use super::fixture::Fixture;
use crate::domain::descriptor::ApiVersion;
use crate::engine::Caller;

async fn with_usage() -> Fixture {
    let fixture = Fixture::new();
    let usage = fixture.resource("usage", ApiVersion::V4);
    for kind in ["VOICE", "SMS"] {
        let body = json!({"usageType": kind, "usageDate": "2026-11-01T10:00:00Z"});
        let made = fixture
            .engine
            .create(usage, body, Caller::local(), None)
            .await;
        made.unwrap();
    }
    fixture
}

fn content(fixture: &Fixture, name: &str) -> Value {
    serde_json::from_slice(&fixture.read(name)).unwrap()
}

#[tokio::test]
async fn usage_goes_to_a_file_of_the_version_asked_for() {
    let fixture = with_usage().await;
    let body = json!({"url": "file:all.json"});
    let job = fixture.run("usageExportJob", body).await;
    assert_eq!(job["status"], "Succeeded", "{job}");
    let all = content(&fixture, "all.json");
    assert_eq!(all.as_array().unwrap().len(), 2);
    assert_eq!(all[0]["@type"], "ProductUsage");
    assert_eq!(all[0]["status"], "initialized");

    let body =
        json!({"url": "file:old.json", "path": "usage", "query": "status=received&usageType=SMS"});
    fixture.run("usageExportJob", body).await;
    let old = content(&fixture, "old.json");
    assert_eq!(old.as_array().unwrap().len(), 1);
    assert_eq!(
        (&old[0]["usageType"], &old[0]["status"]),
        (&json!("SMS"), &json!("received"))
    );
}

#[tokio::test]
async fn a_job_without_a_url_names_its_file() {
    let fixture = with_usage().await;
    for (content_type, suffix) in [
        (None, "json"),
        (Some("application/x-ndjson"), "ndjson"),
        (Some("application/gzip"), "json.gz"),
    ] {
        let body = match content_type {
            Some(media) => json!({"contentType": media}),
            None => json!({}),
        };
        let job = fixture.run("usageExportJob", body).await;
        let name = format!("usage-{}.{suffix}", job["id"].as_str().unwrap());
        assert_eq!(job["url"], format!("file:{name}"));
        assert!(!fixture.read(&name).is_empty());
    }
}

#[tokio::test]
async fn jobs_keep_to_their_field() {
    let fixture = with_usage().await;
    for (kind, path) in [
        ("usageExportJob", "productOffering"),
        ("exportJob", "usage"),
    ] {
        let body = json!({"url": "file:x.json", "path": path});
        let problem = fixture.create(kind, body).await.unwrap_err();
        assert_eq!(problem.violations[0].path, "/path", "{kind}");
    }
}
