//! `fields`: which attributes come back (TMF630 part 1, 4.3).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Api, each_api, id};

fn keys(resource: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = resource
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

async fn offering(api: Api<'_>) -> Value {
    let body = json!({
        "name": "Fiber",
        "description": "fast",
        "validFor": {"startDateTime": "2030-01-01T00:00:00Z", "endDateTime": "2031-01-01T00:00:00Z"},
        "productOfferingTerm": [
            {"@type": "ProductOfferingTerm", "name": "12 months", "duration": {"amount": 12, "units": "month"}},
            {"@type": "ProductOfferingTerm", "name": "24 months", "duration": {"amount": 24, "units": "month"}},
        ],
    });
    api.make("productOffering", body).await
}

#[test]
fn only_what_is_asked_for_comes_back_with_what_identifies_it() {
    each_api(async |api| {
        let made = offering(api).await;
        let at = format!("productOffering/{}", id(&made));
        let always = if api.is_v5() {
            vec!["@type", "href", "id"]
        } else {
            vec!["href", "id"]
        };
        for (fields, more) in [
            ("none", vec![]),
            ("name", vec!["name"]),
            ("name,description", vec!["description", "name"]),
            ("id,name", vec!["name"]),
            ("name&fields=description", vec!["description", "name"]),
            ("notAnAttribute", vec![]),
        ] {
            let expected: Vec<&str> = {
                let mut all = [always.clone(), more].concat();
                all.sort_unstable();
                all
            };
            let one = api
                .get(&format!("{at}?fields={fields}"))
                .await
                .must_be(200)
                .json();
            assert_eq!(without_type(api, &one), expected, "fields={fields}");
            let list = api
                .get(&format!("productOffering?fields={fields}"))
                .await
                .must_be(200);
            assert_eq!(list.json(), json!([one]), "fields={fields}");
        }
        let full = api.get(&format!("{at}?fields=")).await.must_be(200).json();
        assert_eq!(full, made);
    });
}

/// v4 makes no promise about `@type`.
fn without_type<'r>(api: Api<'_>, resource: &'r Value) -> Vec<&'r str> {
    let mut keys = keys(resource);
    keys.retain(|key| api.is_v5() || *key != "@type");
    keys
}

#[test]
fn nested_attributes_are_reached_with_dots_and_through_arrays() {
    each_api(async |api| {
        let at = format!("productOffering/{}", id(&offering(api).await));
        let fields = "validFor.startDateTime,productOfferingTerm.duration.amount";
        let one = api
            .get(&format!("{at}?fields={fields}"))
            .await
            .must_be(200)
            .json();
        assert_eq!(
            one["validFor"],
            json!({"startDateTime": "2030-01-01T00:00:00Z"})
        );
        let amounts: Vec<&Value> = one["productOfferingTerm"]
            .as_array()
            .unwrap()
            .iter()
            .map(|term| &term["duration"])
            .collect();
        assert_eq!(amounts, [&json!({"amount": 12}), &json!({"amount": 24})]);
        assert!(one["productOfferingTerm"][0].get("name").is_none(), "{one}");
        assert!(one.get("description").is_none(), "{one}");
    });
}

#[test]
fn writes_answer_with_the_fields_asked_for() {
    each_api(async |api| {
        let body = api.typed(
            "productOffering",
            json!({"name": "Fiber", "description": "fast"}),
        );
        let made = api
            .post("productOffering?fields=name", &body)
            .await
            .must_be(201)
            .json();
        assert_eq!(made["name"], "Fiber");
        assert!(made.get("description").is_none(), "{made}");
        let at = format!("productOffering/{}?fields=description", id(&made));
        let patched = api
            .send(
                Method::PATCH,
                &at,
                "application/json",
                &json!({"description": "faster"}),
            )
            .await
            .must_be(200)
            .json();
        assert_eq!(patched["description"], "faster");
        assert!(patched.get("name").is_none(), "{patched}");
    });
}
