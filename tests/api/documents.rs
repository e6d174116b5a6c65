//! The OpenAPI documents that a server hands out are those that are published.

use serde_json::Value;
use tollgate::api::generated::APIS;

use crate::support::{TestServer, each_server};

#[test]
fn served_documents_are_the_published_ones() {
    each_server(async |server: &TestServer| {
        for api in APIS {
            let (id, version) = (api.id, api.version);
            let served = server
                .get(&format!("/api-docs/{id}/{version}/openapi.json"))
                .await
                .must_be(200);
            assert_eq!(served.said("Content-Type"), "application/json");
            let file = format!("{}/openapi/{id}-{version}.json", env!("CARGO_MANIFEST_DIR"));
            let published: Value =
                serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
            assert!(
                served.json() == published,
                "{id} {version}: run `cargo xtask codegen`"
            );
            let lower = id.to_ascii_lowercase();
            server
                .get(&format!("/api-docs/{lower}/{version}/openapi.json"))
                .await
                .must_be(200);
        }
        for path in [
            "/api-docs/TMF620/v9/openapi.json",
            "/api-docs/TMF999/v5/openapi.json",
        ] {
            server.get(path).await.must_fail(404);
        }
    });
}

#[test]
fn there_is_a_page_to_try_them() {
    each_server(async |server: &TestServer| {
        let moved = server.get("/swagger-ui").await;
        assert_eq!(
            (moved.status, moved.header("Location")),
            (308, Some("/swagger-ui/"))
        );
        let page = server.get("/swagger-ui/").await.must_be(200);
        assert!(page.said("Content-Type").starts_with("text/html"));
        let settings = server
            .get("/swagger-ui/swagger-initializer.js")
            .await
            .must_be(200)
            .body;
        for api in APIS {
            let url = format!("/api-docs/{}/{}/openapi.json", api.id, api.version);
            assert!(settings.contains(&url), "{url} in {settings}");
        }
    });
}
