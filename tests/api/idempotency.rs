//! `Idempotency-Key`: a POST that is repeated is answered as the first time.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Api, each_api, id};

async fn post(api: Api<'_>, path: &str, key: &str, body: &Value) -> Answer {
    api.with_header(
        Method::POST,
        path,
        ("Idempotency-Key", key),
        &api.typed(path, body.clone()),
    )
    .await
}

#[test]
fn a_repeat_is_answered_as_the_first_time() {
    each_api(async |api| {
        let body = json!({"name": "Mobile"});
        let first = post(api, "category", "k1", &body).await.must_be(201);
        let at = format!("category/{}", id(&first.json()));
        let changed = api
            .patch(&at, &json!({"name": "Mobile 2"}))
            .await
            .must_be(200);
        assert_ne!(changed.etag(), first.etag());

        let repeat = post(api, "category", "k1", &body).await.must_be(201);
        assert_eq!(repeat.json(), first.json());
        assert_eq!(repeat.etag(), first.etag());
        assert_eq!(repeat.said("Location"), first.said("Location"));

        // Even when the resource is gone: the repeat must not make it again.
        api.delete(&at).await.must_be(204);
        post(api, "category", "k1", &body).await.must_be(201);
        assert_eq!(api.get("category").await.said("X-Total-Count"), "0");

        post(api, "category", "k1", &json!({"name": "Other"}))
            .await
            .must_fail(422);
        post(api, "productOffering", "k1", &body)
            .await
            .must_fail(422);
        let other = post(api, "category", "k2", &body).await.must_be(201);
        assert_ne!(id(&other.json()), id(&first.json()));
        for key in ["", &"k".repeat(256)] {
            post(api, "category", key, &body).await.must_fail(400);
        }
    });
}

#[test]
fn a_refusal_is_not_remembered() {
    each_api(async |api| {
        post(api, "category", "k", &json!({"isRoot": true}))
            .await
            .must_fail(400);
        post(api, "category", "k", &json!({"name": "Mobile"}))
            .await
            .must_be(201);
    });
}

#[test]
fn twenty_repeats_at_once_make_one_resource() {
    each_api(async |api| {
        let body = json!({"name": "Mobile"});
        let answers = join_all((0..20).map(|_| post(api, "category", "k", &body))).await;
        let ids: Vec<String> = answers
            .into_iter()
            .map(|a| id(&a.must_be(201).json()))
            .collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(api.get("category").await.said("X-Total-Count"), "1");
    });
}
