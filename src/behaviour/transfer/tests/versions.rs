//! The job that looks again which version of an id is current.

use serde_json::json;

use super::fixture::{Fixture, lines};

#[tokio::test(flavor = "multi_thread")]
async fn a_version_becomes_current_when_it_becomes_valid() {
    let fixture = Fixture::new();
    let record = |version: &str, start: &str| {
        json!({
            "@type": "ProductOffering",
            "id": "plan",
            "name": format!("Plan {version}"),
            "version": version,
            "lifecycleStatus": "Launched",
            "validFor": {"startDateTime": start},
        })
    };
    let records = [
        record("1.0", "2026-01-01T00:00:00Z"),
        record("2.0", "2026-12-01T00:00:00Z"),
    ];
    fixture.file("a.ndjson", lines(&records));
    let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
    assert_eq!(job["status"], "Succeeded", "{job}");
    let current = async || fixture.get("productOffering", "plan").await.unwrap()["version"].clone();
    assert_eq!(current().await, "1.0");
    // Not a moment before: 2026-11-21T12:00 to 2026-12-01T00:00 are nine and a half days.
    fixture
        .clock
        .advance_millis(9 * 86_400_000 + 43_200_000 - 1);
    assert_eq!(fixture.worker().drain().await.unwrap(), 0);
    assert_eq!(current().await, "1.0");
    fixture.clock.advance_millis(1);
    assert_eq!(fixture.worker().drain().await.unwrap(), 1);
    assert_eq!(current().await, "2.0");
}
