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
        // Tollgate's own resources are in the document of its other operations.
        let own = ("tollgate".to_owned(), "v1".to_owned());
        let standard = APIS.iter().filter(|api| api.id != "TOLLGATE");
        let listed = standard.map(|api| (api.id.to_owned(), api.version.to_string()));
        for (id, version) in listed.chain([own]) {
            let url = format!("/api-docs/{id}/{version}/openapi.json");
            assert!(settings.contains(&url), "{url} in {settings}");
        }
    });
}

#[test]
fn one_document_tells_of_all_that_is_our_own() {
    each_server(async |server: &TestServer| {
        let path = "/api-docs/tollgate/v1/openapi.json";
        let document = server.get(path).await.must_be(200).json();
        for (path, method) in [
            ("/decompositionRule", "post"),
            ("/decompositionRule/{id}", "patch"),
            ("/fallout", "get"),
            ("/numberPool", "post"),
            ("/hub", "post"),
            ("/stateMachine", "get"),
            ("/customer/search", "get"),
        ] {
            let operation = &document["paths"][path][method];
            assert!(operation["operationId"].is_string(), "{method} {path}");
        }
        assert!(document["components"]["schemas"]["StateMachine"].is_object());
        assert_eq!(document["servers"][0]["url"], "/tollgate/v1");
    });
}
