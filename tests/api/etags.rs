//! Entity tags and conditions (RFC 9110, section 13).

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Api, each_api, id};

async fn conditional(api: Api<'_>, method: Method, at: &str, condition: (&str, &str)) -> Answer {
    api.with_header(method, at, condition, &json!({"description": "new"}))
        .await
}

#[test]
fn tags_guard_reads_and_writes() {
    each_api(async |api| {
        let made = api
            .post(
                "category",
                &api.typed("category", json!({"name": "Mobile"})),
            )
            .await
            .must_be(201);
        let at = format!("category/{}", id(&made.json()));
        let first = made.etag();
        assert_eq!(api.get(&at).await.etag(), first);

        let weak = format!("W/{first}");
        let several = format!("\"x\", {first}");
        for tag in [&first, &weak, &several, "*"] {
            let same = conditional(api, Method::GET, &at, ("If-None-Match", tag))
                .await
                .must_be(304);
            assert_eq!(
                (same.body.as_str(), same.etag()),
                ("", first.clone()),
                "{tag}"
            );
        }
        conditional(api, Method::GET, &at, ("If-None-Match", "\"x\""))
            .await
            .must_be(200);

        // A weak tag never matches strongly.
        for tag in ["\"x\"", &weak] {
            conditional(api, Method::PATCH, &at, ("If-Match", tag))
                .await
                .must_fail(412);
            conditional(api, Method::DELETE, &at, ("If-Match", tag))
                .await
                .must_fail(412);
        }
        let changed = conditional(api, Method::PATCH, &at, ("If-Match", &several))
            .await
            .must_be(200);
        assert_ne!(changed.etag(), first);
        conditional(api, Method::PATCH, &at, ("If-Match", &first))
            .await
            .must_fail(412);
        conditional(api, Method::GET, &at, ("If-None-Match", &first))
            .await
            .must_be(200);
        conditional(api, Method::PATCH, &at, ("If-Match", "*"))
            .await
            .must_be(200);
        conditional(api, Method::DELETE, &at, ("If-Match", &first))
            .await
            .must_fail(412);
        let last = api.get(&at).await.etag();
        conditional(api, Method::DELETE, &at, ("If-Match", &last))
            .await
            .must_be(204);
        conditional(api, Method::PATCH, &at, ("If-Match", "*"))
            .await
            .must_fail(404);
    });
}
