//! PATCH in its three forms (TMF630 part 1, section 5, and part 5).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Api, Setup, TestServer, each_api, each_database, id};

const JSON_PATCH: &str = "application/json-patch+json";
const QUERY_PATCH: &str = "application/json-patch-query+json";

fn term(name: &str, amount: u32) -> Value {
    json!({"@type": "ProductOfferingTerm", "name": name, "duration": {"amount": amount, "units": "month"}})
}

async fn offering(api: Api<'_>) -> String {
    let body = json!({
        "name": "Fiber",
        "description": "fast",
        "validFor": {"startDateTime": "2030-01-01T00:00:00Z", "endDateTime": "2031-01-01T00:00:00Z"},
        "productOfferingTerm": [term("short", 12), term("long", 24)],
    });
    format!(
        "productOffering/{}",
        id(&api.make("productOffering", body).await)
    )
}

#[test]
fn a_merge_patch_sets_removes_and_replaces_arrays_whole() {
    each_api(async |api| {
        let at = offering(api).await;
        for media in [
            "application/merge-patch+json",
            "application/json",
            "application/json; charset=UTF-8",
        ] {
            let patch = json!({
                "name": format!("Fiber by {media}"),
                "description": null,
                "validFor": {"endDateTime": null},
                "productOfferingTerm": [term("other", 6)],
            });
            let patched = api
                .send(Method::PATCH, &at, media, &patch)
                .await
                .must_be(200)
                .json();
            assert_eq!(patched["name"], patch["name"]);
            assert!(patched.get("description").is_none(), "{patched}");
            assert_eq!(
                patched["validFor"],
                json!({"startDateTime": "2030-01-01T00:00:00Z"})
            );
            assert_eq!(patched["productOfferingTerm"], patch["productOfferingTerm"]);
            assert_eq!(api.get(&at).await.must_be(200).json(), patched);
        }
    });
}

#[test]
fn a_json_patch_applies_whole_or_not_at_all() {
    each_api(async |api| {
        let at = offering(api).await;
        let send = async |patch: Value| api.send(Method::PATCH, &at, JSON_PATCH, &patch).await;
        let patched = send(json!([
            {"op": "test", "path": "/name", "value": "Fiber"},
            {"op": "replace", "path": "/name", "value": "Fiber 2"},
            {"op": "add", "path": "/productOfferingTerm/-", "value": term("third", 36)},
            {"op": "remove", "path": "/productOfferingTerm/0"},
            {"op": "copy", "from": "/name", "path": "/description"},
        ]))
        .await
        .must_be(200)
        .json();
        assert_eq!(patched["description"], "Fiber 2");
        assert_eq!(
            patched["productOfferingTerm"],
            json!([term("long", 24), term("third", 36)])
        );
        for (operation, status) in [
            (
                json!({"op": "test", "path": "/name", "value": "Copper"}),
                409,
            ),
            (json!({"op": "remove", "path": "/nothing"}), 400),
            (
                json!({"op": "replace", "path": "/productOfferingTerm/7", "value": {}}),
                400,
            ),
            (json!({"op": "paint", "path": "/name"}), 400),
            (
                json!({"op": "replace", "path": "/isBundle", "value": "perhaps"}),
                400,
            ),
        ] {
            let patch = json!([{"op": "replace", "path": "/name", "value": "lost"}, operation]);
            send(patch).await.must_fail(status);
        }
        assert_eq!(api.get(&at).await.must_be(200).json(), patched);
    });
}

#[test]
fn a_query_patch_reaches_the_elements_that_fit() {
    each_api(async |api| {
        let at = offering(api).await;
        let send = async |path: &str, op: &str| {
            let patch = json!([{"op": op, "path": path, "value": 48}]);
            api.send(Method::PATCH, &at, QUERY_PATCH, &patch).await
        };
        let amounts = |answer: Answer| -> Vec<Value> {
            let terms = answer.must_be(200).json()["productOfferingTerm"]
                .as_array()
                .unwrap()
                .clone();
            terms
                .iter()
                .map(|term| term["duration"]["amount"].clone())
                .collect()
        };
        let by_name = send(
            "/productOfferingTerm/duration/amount?productOfferingTerm.name=long",
            "replace",
        );
        assert_eq!(amounts(by_name.await), [json!(12), json!(48)]);
        let by_path = send(
            "productOfferingTerm[?(@.name=='short')].duration.amount",
            "replace",
        )
        .await;
        assert_eq!(amounts(by_path), [json!(48), json!(48)]);
        send(
            "/productOfferingTerm/duration/amount?productOfferingTerm.name=none",
            "replace",
        )
        .await
        .must_fail(400);
        let removed = send("/productOfferingTerm?name=long", "remove")
            .await
            .must_be(200)
            .json();
        assert_eq!(removed["productOfferingTerm"], json!([term("short", 48)]));
    });
}

#[test]
fn what_the_server_decides_cannot_be_patched() {
    each_api(async |api| {
        let at = offering(api).await;
        let before = api.get(&at).await.must_be(200);
        for (name, value) in [
            ("id", json!("other")),
            ("href", json!("http://elsewhere/1")),
            ("@type", json!("BundledProductOffering")),
            ("lastUpdate", json!("2020-01-01T00:00:00Z")),
        ] {
            let mut patch = json!({"description": "lost"});
            patch[name] = value;
            let answer = api.patch(&at, &patch).await.must_fail(400);
            assert_eq!(answer.violations(), [format!("/{name}")]);
        }
        for (patch, place) in [
            (json!({"name": null}), "/name"),
            (json!({"name": 7}), "/name"),
            (json!({"isBundle": "perhaps"}), "/isBundle"),
        ] {
            let answer = api.patch(&at, &patch).await.must_fail(400);
            assert!(
                answer.violations().iter().any(|p| p == place),
                "{patch}: {}",
                answer.body
            );
        }
        // Sent back as they are, they do no harm: clients send what they read.
        let mut unchanged = before.json();
        unchanged["description"] = json!("faster");
        assert_eq!(
            api.patch(&at, &unchanged).await.must_be(200).json()["description"],
            "faster"
        );
    });
}

#[test]
fn a_patch_that_changes_nothing_leaves_revision_and_time_alone() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        let clock = setup.standing_clock();
        let server = TestServer::with(setup).await;
        for api in server.both() {
            let at = offering(api).await;
            let first = api.get(&at).await;
            clock.advance_millis(1000);
            let same = api.patch(&at, &json!({"name": "Fiber"})).await.must_be(200);
            assert_eq!((same.etag(), same.json()), (first.etag(), first.json()));
            let changed = api.patch(&at, &json!({"name": "Glass"})).await.must_be(200);
            assert_ne!(changed.etag(), first.etag());
            if api.is_v5() {
                assert!(
                    changed.json()["lastUpdate"].as_str() > first.json()["lastUpdate"].as_str()
                );
            }
        }
        server.stop().await;
    });
}

#[test]
fn patches_of_the_wrong_kind_are_refused() {
    each_api(async |api| {
        let at = offering(api).await;
        let send =
            async |media: &str, body: Value| api.send(Method::PATCH, &at, media, &body).await;
        send("text/plain", json!({"name": "x"}))
            .await
            .must_fail(415);
        send("application/xml", json!({"name": "x"}))
            .await
            .must_fail(415);
        send("application/merge-patch+json", json!(["x"]))
            .await
            .must_fail(400);
        send("application/merge-patch+json", json!("x"))
            .await
            .must_fail(400);
        send(JSON_PATCH, json!({"name": "x"})).await.must_fail(400);
        send(JSON_PATCH, json!([{"path": "/name"}]))
            .await
            .must_fail(400);
        api.patch("productOffering/none", &json!({"name": "x"}))
            .await
            .must_fail(404);
        let job = api.typed("importJob", json!({"url": "file:none.json"}));
        if let Some(job) = api.post("importJob", &job).await.json()["id"].as_str() {
            api.patch(&format!("importJob/{job}"), &json!({"path": "x"}))
                .await
                .must_fail(405);
        }
    });
}
