//! What an operator asks of a server.

use serde_json::json;

use crate::support::{TestServer, each_server};

#[test]
fn health_and_metrics_answer() {
    each_server(async |server: &TestServer| {
        assert_eq!(
            server.get("/health/live").await.must_be(200).json(),
            json!({"status": "live"})
        );
        assert_eq!(
            server.get("/health/ready").await.must_be(200).json(),
            json!({"status": "ready"})
        );
        server
            .v5()
            .make("category", json!({"name": "Mobile"}))
            .await;
        let metrics = server.get("/metrics").await.must_be(200);
        assert!(metrics.said("Content-Type").starts_with("text/plain"));
        let counted = metrics.body.lines().find(|line| {
            line.starts_with("tollgate_requests_total")
                && [
                    "resource=\"category\"",
                    "verb=\"create\"",
                    "version=\"v5\"",
                    "status=\"2xx\"",
                ]
                .iter()
                .all(|label| line.contains(label))
        });
        assert!(counted.is_some(), "{}", metrics.body);
    });
}

#[test]
fn large_answers_are_compressed_for_clients_that_take_it() {
    each_server(async |server: &TestServer| {
        let api = server.v5();
        for n in 0..20 {
            api.make("category", json!({"name": format!("Category {n}")}))
                .await;
        }
        let plain = api.get("category").await.must_be(200);
        assert!(plain.header("Content-Encoding").is_none());
        let request = api
            .request(reqwest::Method::GET, "category")
            .header("Accept-Encoding", "gzip");
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["Content-Encoding"], "gzip");
        let packed = response.bytes().await.unwrap();
        let mut text = String::new();
        let mut unpacked = flate2::read::GzDecoder::new(packed.as_ref());
        std::io::Read::read_to_string(&mut unpacked, &mut text).unwrap();
        assert_eq!(text, plain.body);
        assert!(packed.len() < text.len());
    });
}
