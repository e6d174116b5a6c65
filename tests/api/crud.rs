//! Creating, reading and deleting, for every resource of the catalog (TMF630 part 1, section 1).

use serde_json::{Value, json};

use crate::support::{Api, each_api, id};

/// Path and smallest body of each resource with all operations.
fn resources(api: Api<'_>) -> Vec<(&'static str, Value)> {
    vec![
        (api.catalog(), json!({"name": "Spring"})),
        ("category", json!({"name": "Mobile", "isRoot": true})),
        (
            "productOffering",
            json!({"name": "Fiber 1000", "isBundle": false}),
        ),
        (
            "productOfferingPrice",
            json!({"name": "Monthly fee", "priceType": "recurring"}),
        ),
        (
            "productSpecification",
            json!({"name": "Internet access", "brand": "Nordlicht"}),
        ),
    ]
}

#[test]
fn what_is_created_is_read_listed_and_deleted() {
    each_api(async |api| {
        for (path, body) in resources(api) {
            let made = api
                .post(path, &api.typed(path, body.clone()))
                .await
                .must_be(201);
            let resource = made.json();
            let at = format!("{path}/{}", id(&resource));
            for (name, value) in body.as_object().unwrap() {
                assert_eq!(&resource[name], value, "{path}");
            }
            assert_eq!(resource["href"], api.url(&at));
            assert_eq!(made.said("Location"), api.url(&at));
            assert!(made.said("Content-Type").starts_with("application/json"));
            for supplied in ["lastUpdate", "lifecycleStatus"] {
                assert!(
                    resource[supplied].is_string() || !api.is_v5(),
                    "{path}: no {supplied}"
                );
            }

            let read = api.get(&at).await.must_be(200);
            assert_eq!(read.json(), resource);
            assert_eq!(read.etag(), made.etag());
            let list = api.get(path).await.must_be(200);
            assert_eq!(list.json(), json!([resource]));
            assert_eq!(list.said("X-Total-Count"), "1");

            let gone = api.delete(&at).await.must_be(204);
            assert_eq!(gone.body, "");
            let error = api.get(&at).await.must_fail(404).json();
            assert!(
                error["message"].as_str().unwrap().contains(&id(&resource)),
                "{error}"
            );
            api.delete(&at).await.must_fail(404);
            assert_eq!(api.get(path).await.must_be(200).json(), json!([]));
        }
    });
}

#[test]
fn mistakes_are_answered_with_the_place_of_each() {
    each_api(async |api| {
        for (body, place) in [
            (json!({"isBundle": true}), "/name"),
            (json!({"name": 5}), "/name"),
            (json!({"name": "a", "isBundle": "perhaps"}), "/isBundle"),
            (
                json!({"name": "a", "validFor": {"startDateTime": "soon"}}),
                "/validFor/startDateTime",
            ),
            (
                json!({"name": "a", "productOfferingTerm": {"name": "t"}}),
                "/productOfferingTerm",
            ),
            (json!({"name": "a", "id": "no good"}), "/id"),
        ] {
            let path = "productOffering";
            let answer = api.post(path, &api.typed(path, body)).await.must_fail(400);
            assert!(
                answer.violations().iter().any(|p| p == place),
                "{place}: {}",
                answer.body
            );
        }
        let both = api.typed("productOffering", json!({"name": 1, "isBundle": 2}));
        let places = api
            .post("productOffering", &both)
            .await
            .must_fail(400)
            .violations();
        assert!(
            ["/name", "/isBundle"]
                .iter()
                .all(|p| places.iter().any(|q| q == p)),
            "{places:?}"
        );
        let untyped = api.post("productOffering", &json!({"name": "a"})).await;
        if api.is_v5() {
            let places = untyped.must_fail(400).violations();
            assert!(
                places.iter().any(|p| p.contains("@type") || p.is_empty()),
                "{places:?}"
            );
        } else {
            untyped.must_be(201);
        }
        let total = if api.is_v5() { "0" } else { "1" };
        assert_eq!(
            api.get("productOffering").await.said("X-Total-Count"),
            total
        );
    });
}

#[test]
fn amounts_and_unknown_attributes_come_back_as_they_were_sent() {
    each_api(async |api| {
        let text = r#"{"@type":"ProductOfferingPrice","name":"Fee","priceType":"recurring",
            "price":{"unit":"EUR","value":2.50},
            "colour":{"shade":"dark","number":1234567890123456789012.000}}"#;
        let request = api
            .request(reqwest::Method::POST, "productOfferingPrice")
            .header("Content-Type", "application/json;charset=utf-8")
            .body(text);
        let made = crate::support::Answer::of(request).await.must_be(201);
        let read = api
            .get(&format!("productOfferingPrice/{}", id(&made.json())))
            .await
            .must_be(200);
        for answer in [made, read] {
            let body = answer.body.replace(' ', "");
            for kept in [
                r#""value":2.50"#,
                r#""colour":{"shade":"dark","number":1234567890123456789012.000}"#,
            ] {
                assert!(body.contains(kept), "{kept} in {body}");
            }
        }
    });
}

#[test]
fn a_client_may_choose_an_id_where_the_version_lets_it() {
    each_api(async |api| {
        let body = api.typed("category", json!({"id": "mobile-1", "name": "Mobile"}));
        let first = api.post("category", &body).await;
        if !api.is_v5() {
            assert_eq!(first.must_fail(400).violations(), ["/id"]);
            return;
        }
        assert_eq!(first.must_be(201).json()["id"], "mobile-1");
        assert_eq!(
            api.post("category", &body)
                .await
                .must_fail(409)
                .violations(),
            ["/id"]
        );
        api.get("category/mobile-1").await.must_be(200);
    });
}
