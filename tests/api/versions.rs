//! Several versions of one id (TMF630 part 4). They are made through v5, where a client may choose
//! the id, and read through both.

use serde_json::{Value, json};

use crate::support::{Api, Setup, TestServer, each_database, names};

const AT: &str = "productOffering/fiber";

async fn version(api: Api<'_>, version: &str, more: Value) -> Value {
    let mut body = json!({
        "id": "fiber",
        "name": format!("Fiber {version}"),
        "version": version,
        "lifecycleStatus": "Active",
    });
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    api.make("productOffering", body).await
}

async fn current(api: Api<'_>) -> String {
    api.get(AT).await.must_be(200).json()["version"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn versions_live_side_by_side() {
    each_database(async |database| {
        let server = TestServer::start(database).await;
        let v5 = server.v5();
        version(v5, "1.0", json!({})).await;
        version(v5, "2.0", json!({})).await;
        // 10 comes after 9: versions are compared by their numbers.
        version(v5, "10.0", json!({})).await;
        version(v5, "9.0", json!({})).await;
        for api in server.both() {
            assert_eq!(current(api).await, "10.0");
            for address in [format!("{AT}?version=1.0"), format!("{AT}:(version=1.0)")] {
                let one = api.get(&address).await.must_be(200).json();
                assert_eq!(one["name"], "Fiber 1.0");
                assert_eq!(
                    one["href"],
                    api.url(&format!("{AT}:(version=1.0)")),
                    "{address}"
                );
                assert_eq!(one["id"], "fiber");
            }
            assert_eq!(api.get(AT).await.json()["href"], api.url(AT));
            api.get(&format!("{AT}:(version=1.0)?version=2.0"))
                .await
                .must_fail(400);
            api.get(&format!("{AT}?version=3.0")).await.must_fail(404);
            let list = api.get("productOffering").await.must_be(200);
            assert_eq!(names(&list.json()), ["Fiber 10.0"]);
            assert_eq!(list.said("X-Total-Count"), "1");
            let old = api
                .get("productOffering?version=1.0,2.0&sort=version")
                .await
                .must_be(200)
                .json();
            assert_eq!(names(&old), ["Fiber 1.0", "Fiber 2.0"]);
        }
        let taken = json!({"id": "fiber", "name": "again", "version": "1.0"});
        v5.post("productOffering", &v5.typed("productOffering", taken))
            .await
            .must_fail(409);
        let patch = json!({"description": "old", "version": "2.0"});
        v5.patch(&format!("{AT}?version=1.0"), &patch)
            .await
            .must_fail(409);
        v5.patch(&format!("{AT}?version=1.0"), &json!({"description": "old"}))
            .await
            .must_be(200);
        assert!(v5.get(AT).await.json().get("description").is_none());

        v5.delete(&format!("{AT}:(version=10.0)"))
            .await
            .must_be(204);
        assert_eq!(current(v5).await, "9.0");
        v5.delete(AT).await.must_be(204);
        v5.get(&format!("{AT}?version=1.0")).await.must_fail(404);
        server.stop().await;
    });
}

#[test]
fn the_id_means_the_latest_version_that_is_active_and_valid() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        let clock = setup.standing_clock();
        let server = TestServer::with(setup).await;
        let api = server.v5();
        version(api, "1.0", json!({})).await;
        version(api, "3.0", json!({"lifecycleStatus": "In Study"})).await;
        assert_eq!(current(api).await, "1.0", "3.0 is not active");
        let hour = json!({"validFor": {
            "startDateTime": "2030-01-01T09:00:00Z", "endDateTime": "2030-01-01T10:00:00Z",
        }});
        version(api, "2.0", hour).await;
        assert_eq!(current(api).await, "1.0", "2.0 is not valid yet");
        let mut seen = Vec::new();
        for _ in 0..3 {
            server.drain().await;
            seen.push(current(api).await);
            clock.advance_millis(3_600_000);
        }
        assert_eq!(seen, ["1.0", "2.0", "1.0"]);
        let list = api.get("productOffering?fields=version").await.json();
        assert_eq!(list.as_array().unwrap().len(), 1);

        api.patch(
            &format!("{AT}?version=3.0"),
            &json!({"lifecycleStatus": "In Design"}),
        )
        .await
        .must_be(200);
        api.patch(
            &format!("{AT}?version=3.0"),
            &json!({"lifecycleStatus": "In Test"}),
        )
        .await
        .must_be(200);
        assert_eq!(current(api).await, "1.0");
        api.patch(
            &format!("{AT}?version=3.0"),
            &json!({"lifecycleStatus": "Active"}),
        )
        .await
        .must_be(200);
        assert_eq!(current(api).await, "3.0");
        server.stop().await;
    });
}
