//! Paths and methods that are not there, and answers in a form that nobody serves.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Api, each_api, id};

async fn call(api: Api<'_>, method: &str, at: &str) -> Answer {
    Answer::of(api.request(Method::from_bytes(method.as_bytes()).unwrap(), at)).await
}

#[test]
fn an_unknown_path_is_404() {
    each_api(async |api| {
        for path in [
            "nothing",
            "productOffering/1/2",
            "hub/1/2",
            "ProductOffering",
            "",
        ] {
            for method in ["GET", "POST", "DELETE", "PURGE"] {
                call(api, method, path).await.must_fail(404);
            }
        }
        for path in [
            "/",
            "/tmf-api",
            "/tmf-api/productCatalogManagement/v6/category",
            "/health/none",
            "//",
        ] {
            api.server.get(path).await.must_fail(404);
        }
        api.get("productOffering/none").await.must_fail(404);
    });
}

#[test]
fn an_unknown_method_is_405_and_says_what_is_allowed() {
    each_api(async |api| {
        let job = "importJob/1";
        for (path, method, allowed) in [
            ("productOffering", "PUT", "GET, HEAD, POST, PATCH, OPTIONS"),
            (
                "productOffering",
                "DELETE",
                "GET, HEAD, POST, PATCH, OPTIONS",
            ),
            (
                "productOffering/1",
                "POST",
                "GET, HEAD, PATCH, DELETE, OPTIONS",
            ),
            (
                "productOffering/1",
                "PUT",
                "GET, HEAD, PATCH, DELETE, OPTIONS",
            ),
            ("importJob", "PATCH", "GET, HEAD, POST, OPTIONS"),
            (job, "PATCH", "GET, HEAD, DELETE, OPTIONS"),
            ("hub", "GET", "POST, OPTIONS"),
            ("hub/1", "PATCH", "GET, HEAD, DELETE, OPTIONS"),
        ] {
            let refused = call(api, method, path).await.must_fail(405);
            assert_eq!(refused.said("Allow"), allowed, "{method} {path}");
            let asked = call(api, "OPTIONS", path).await.must_be(204);
            assert_eq!(asked.said("Allow"), allowed, "OPTIONS {path}");
        }
    });
}

#[test]
fn head_is_get_without_the_body() {
    each_api(async |api| {
        let at = format!(
            "category/{}",
            id(&api.make("category", json!({"name": "Mobile"})).await)
        );
        for path in [at.as_str(), "category"] {
            let (get, head) = (
                api.get(path).await.must_be(200),
                call(api, "HEAD", path).await.must_be(200),
            );
            assert_eq!(head.body, "");
            for name in ["ETag", "X-Total-Count", "Content-Type", "Content-Length"] {
                assert_eq!(head.header(name), get.header(name), "{path}: {name}");
            }
        }
        assert_eq!(call(api, "HEAD", "category/none").await.status, 404);
    });
}

#[test]
fn a_slash_at_the_end_and_encoded_letters_make_no_difference() {
    each_api(async |api| {
        let made = api.make("category", json!({"name": "Mobile"})).await;
        let at = format!("category/{}", id(&made));
        let encoded: String = id(&made).bytes().map(|b| format!("%{b:02X}")).collect();
        for path in ["category/", "category"] {
            assert_eq!(api.get(path).await.must_be(200).json(), json!([made]));
        }
        for path in [at.clone(), format!("{at}/"), format!("category/{encoded}")] {
            assert_eq!(api.get(&path).await.must_be(200).json(), made, "{path}");
        }
    });
}

#[test]
fn only_json_is_served() {
    each_api(async |api| {
        let ask = async |accept: &str| {
            Answer::of(
                api.request(Method::GET, "category")
                    .header("Accept", accept),
            )
            .await
        };
        for accept in [
            "*/*",
            "application/json",
            "application/*;q=0.5",
            "text/html, application/json;q=0.1",
        ] {
            ask(accept).await.must_be(200);
        }
        for accept in ["text/html", "application/xml", "application/json;q=0"] {
            ask(accept).await.must_fail(406);
        }
        let body: Value = api.typed("category", json!({"name": "Mobile"}));
        for (media, status) in [
            ("application/json", 201),
            ("text/plain", 415),
            ("application/xml", 415),
            ("multipart/form-data", 415),
        ] {
            let answer = api.send(Method::POST, "category", media, &body).await;
            if status == 201 {
                answer.must_be(status)
            } else {
                answer.must_fail(status)
            };
        }
    });
}
