//! Arrays of resources in one request (docs/decisions: our addition to TMF630).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Api, Setup, TestServer, each_api, each_database, id};

const WHOLE: (&str, &str) = ("X-All-Or-Nothing", "true");

fn offerings(api: Api<'_>, names: &[Value]) -> Value {
    names
        .iter()
        .map(|name| api.typed("productOffering", json!({"name": name})))
        .collect()
}

fn statuses(answer: &Answer) -> Vec<String> {
    let entries = answer.json();
    let entries = entries.as_array().unwrap();
    entries
        .iter()
        .map(|entry| entry["status"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn each_element_of_a_post_stands_for_itself() {
    each_api(async |api| {
        let body = offerings(api, &[json!("a"), json!(1), json!("c")]);
        let answer = api.post("productOffering", &body).await.must_be(200);
        assert_eq!(statuses(&answer), ["201", "400", "201"]);
        let entries = answer.json();
        assert_eq!(entries[1]["error"]["violation"][0]["path"], "/name");
        let at = format!("productOffering/{}", id(&entries[2]["resource"]));
        let read = api.get(&at).await.must_be(200);
        assert_eq!(read.json(), entries[2]["resource"]);
        assert_eq!(read.etag(), entries[2]["etag"].as_str().unwrap());
        assert_eq!(api.get("productOffering").await.said("X-Total-Count"), "2");

        let good = offerings(api, &[json!("d"), json!("e")]);
        assert_eq!(
            statuses(&api.post("productOffering", &good).await.must_be(201)),
            ["201", "201"]
        );
        assert_eq!(
            api.post("productOffering", &json!([]))
                .await
                .must_be(201)
                .json(),
            json!([])
        );
    });
}

#[test]
fn all_or_nothing_undoes_what_went_well() {
    each_api(async |api| {
        let bad = offerings(api, &[json!("a"), json!(1)]);
        let answer = api
            .with_header(Method::POST, "productOffering", WHOLE, &bad)
            .await
            .must_fail(400);
        assert_eq!(answer.violations(), ["/1/name"]);
        assert_eq!(api.get("productOffering").await.said("X-Total-Count"), "0");

        let good = offerings(api, &[json!("a"), json!("b")]);
        let made = api
            .with_header(Method::POST, "productOffering", WHOLE, &good)
            .await
            .must_be(201)
            .json();
        let patches = json!([
            {"id": made[0]["resource"]["id"], "description": "new"},
            {"id": "none", "description": "new"},
        ]);
        api.with_header(Method::PATCH, "productOffering", WHOLE, &patches)
            .await
            .must_fail(404);
        let listed = api.get("productOffering?description=new").await;
        assert_eq!(listed.said("X-Total-Count"), "0");
        api.with_header(Method::POST, "productOffering", (WHOLE.0, "maybe"), &good)
            .await
            .must_fail(400);
    });
}

#[test]
fn a_collection_is_patched_element_by_element() {
    each_api(async |api| {
        let made = api
            .post(
                "productOffering",
                &offerings(api, &[json!("a"), json!("b")]),
            )
            .await
            .json();
        let ids = [id(&made[0]["resource"]), id(&made[1]["resource"])];
        let patches = json!([
            {"id": ids[0], "description": "one"},
            {"id": "none", "description": "two"},
            {"description": "three"},
            {"id": ids[1], "isBundle": "perhaps"},
        ]);
        let answer = api.patch("productOffering", &patches).await.must_be(200);
        assert_eq!(statuses(&answer), ["200", "404", "400", "400"]);
        assert_eq!(answer.json()[0]["resource"]["description"], "one");
        assert_eq!(answer.json()[2]["error"]["violation"][0]["path"], "/id");
        api.patch("productOffering", &json!({"description": "x"}))
            .await
            .must_fail(400);
    });
}

#[test]
fn arrays_have_their_limits() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.limits.bulk_items = 3;
        let server = TestServer::with(setup).await;
        for api in server.both() {
            let names = ["a", "b", "c", "d"].map(Value::from);
            api.post("productOffering", &offerings(api, &names))
                .await
                .must_fail(400);
            let three = offerings(api, &names[..3]);
            api.post("productOffering", &three).await.must_be(201);
            let key = ("Idempotency-Key", "k");
            api.with_header(Method::POST, "productOffering", key, &three)
                .await
                .must_fail(400);
        }
        server.stop().await;
    });
}
