//! The rules of the catalog over HTTP: that they are asked at all. What they say in each case is
//! tested beside them.

use serde_json::json;

use crate::support::{Api, each_api, id};

async fn offering(api: Api<'_>, name: &str) -> String {
    id(&api.make("productOffering", json!({"name": name})).await)
}

#[test]
fn a_life_cycle_is_followed() {
    each_api(async |api| {
        let at = format!("productOffering/{}", offering(api, "Fiber").await);
        assert_eq!(api.get(&at).await.json()["lifecycleStatus"], "In Study");
        let refused = api
            .patch(&at, &json!({"lifecycleStatus": "Launched"}))
            .await
            .must_fail(409);
        assert_eq!(refused.violations(), ["/lifecycleStatus"]);
        assert!(
            refused.body.contains("In Design"),
            "it names what is allowed: {}",
            refused.body
        );
        api.patch(&at, &json!({"lifecycleStatus": "In Design"}))
            .await
            .must_be(200);
    });
}

#[test]
fn what_is_referred_to_is_not_deleted() {
    each_api(async |api| {
        let category = id(&api.make("category", json!({"name": "Mobile"})).await);
        let body =
            json!({"name": "Tariff", "category": [{"@type": "CategoryRef", "id": category}]});
        let tariff = id(&api.make("productOffering", body).await);
        let read = api.get(&format!("productOffering/{tariff}")).await.json();
        assert_eq!(
            read["category"][0]["name"], "Mobile",
            "a reference shows the name: {read}"
        );
        api.delete(&format!("category/{category}"))
            .await
            .must_fail(409);
        api.delete(&format!("productOffering/{tariff}"))
            .await
            .must_be(204);
        api.delete(&format!("category/{category}"))
            .await
            .must_be(204);
    });
}
