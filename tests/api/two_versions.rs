//! One store behind two versions: what is made through one is read and changed through the other.

use serde_json::json;

use crate::support::{TestServer, each_server, id, names};

#[test]
fn renamed_attributes_have_their_own_name_in_each_version() {
    each_server(async |server: &TestServer| {
        let [v4, v5] = server.both();
        let root = id(&v4
            .make("category", json!({"name": "Mobile", "isRoot": true}))
            .await);
        let child = v4
            .make("category", json!({"name": "Tariffs", "parentId": root}))
            .await;
        let at = format!("category/{}", id(&child));
        let new = v5.get(&at).await.must_be(200).json();
        assert_eq!(new["parent"]["id"], root.as_str());
        assert!(new.get("parentId").is_none(), "{new}");
        assert_eq!(new["@type"], "Category");
        assert_eq!(new["href"], v5.url(&at));

        let other = id(&v5
            .make("category", json!({"name": "Fixed", "isRoot": true}))
            .await);
        let parent = json!({"parent": {"@type": "CategoryRef", "id": other}});
        v5.patch(&at, &parent).await.must_be(200);
        let old = v4.get(&at).await.must_be(200).json();
        assert_eq!(old["parentId"], other.as_str());
        for (api, query) in [(v4, "parentId"), (v5, "parent.id")] {
            let found = api
                .get(&format!("category?{query}={other}"))
                .await
                .must_be(200)
                .json();
            assert_eq!(names(&found), ["Tariffs"]);
        }

        let body = json!({"name": "Fee", "priceType": "recurring", "constraint": [{"id": "c1", "name": "adults"}]});
        let price = id(&v4.make("productOfferingPrice", body).await);
        let at = format!("productOfferingPrice/{price}");
        assert_eq!(v5.get(&at).await.json()["policy"][0]["id"], "c1");
        for (api, query) in [(v4, "constraint.id=c1"), (v5, "policy.id=c1")] {
            let found = api
                .get(&format!("productOfferingPrice?{query}"))
                .await
                .must_be(200)
                .json();
            assert_eq!(names(&found), ["Fee"], "{query}");
        }
    });
}

#[test]
fn a_catalog_has_another_path_and_type_in_v5() {
    each_server(async |server: &TestServer| {
        let [v4, v5] = server.both();
        let made = v4
            .make(
                "catalog",
                json!({"name": "Spring", "catalogType": "Consumer"}),
            )
            .await;
        let at = id(&made);
        let new = v5
            .get(&format!("productCatalog/{at}"))
            .await
            .must_be(200)
            .json();
        assert_eq!(new["@type"], "ProductCatalog");
        assert_eq!(new["href"], v5.url(&format!("productCatalog/{at}")));
        v4.get(&format!("productCatalog/{at}")).await.must_fail(404);
        v5.get(&format!("catalog/{at}")).await.must_fail(404);
        let changed = v5
            .patch(&format!("productCatalog/{at}"), &json!({"name": "Summer"}))
            .await
            .must_be(200);
        let old = v4.get(&format!("catalog/{at}")).await.must_be(200);
        assert_eq!(old.json()["name"], "Summer");
        assert_eq!(old.json()["catalogType"], "Consumer");
        assert_eq!(
            old.etag(),
            changed.etag(),
            "one revision, whatever the version"
        );
    });
}

#[test]
fn references_are_addresses_of_the_version_that_is_read() {
    each_server(async |server: &TestServer| {
        for (from, to) in [(server.v4(), server.v5()), (server.v5(), server.v4())] {
            let spec = from
                .make("productSpecification", json!({"name": "Access"}))
                .await;
            let reference = json!({
                "@type": "ProductSpecificationRef", "id": id(&spec), "href": spec["href"], "name": "Access",
            });
            let body = json!({"name": "Fiber", "productSpecification": reference});
            let at = format!(
                "productOffering/{}",
                id(&from.make("productOffering", body).await)
            );
            for api in [from, to] {
                let read = api.get(&at).await.must_be(200).json();
                let href = api.url(&format!("productSpecification/{}", id(&spec)));
                assert_eq!(read["productSpecification"]["href"], href);
                let query = [
                    ("productSpecification.href", href.as_str()),
                    ("fields", "name"),
                ];
                let found = api
                    .query("productOffering", &query)
                    .await
                    .must_be(200)
                    .json();
                assert_eq!(found.as_array().unwrap().len(), 1, "{href}");
            }
            from.delete(&at).await.must_be(204);
        }
    });
}

#[test]
fn a_change_through_v4_loses_nothing_of_v5() {
    each_server(async |server: &TestServer| {
        let [v4, v5] = server.both();
        let body = json!({
            "name": "Fiber",
            "externalIdentifier": [{"@type": "ExternalIdentifier", "id": "x1", "owner": "erp", "externalIdentifierType": "sku"}],
            "allowedAction": [{"@type": "AllowedProductAction", "action": "add"}],
            "productOfferingTerm": [{"@type": "ProductOfferingTerm", "name": "12 months", "x-note": 2.50}],
        });
        let made = v5.make("productOffering", body).await;
        let at = format!("productOffering/{}", id(&made));
        v4.patch(&at, &json!({"description": "changed"}))
            .await
            .must_be(200);
        let mut read = v4.get(&at).await.must_be(200).json();
        read["statusReason"] = json!("sent back whole");
        v4.patch(&at, &read).await.must_be(200);

        let after = v5.get(&at).await.must_be(200).json();
        for kept in [
            "externalIdentifier",
            "allowedAction",
            "productOfferingTerm",
            "@type",
            "name",
        ] {
            assert_eq!(after[kept], made[kept], "{kept}");
        }
        assert_eq!(after["description"], "changed");
        assert_eq!(after["statusReason"], "sent back whole");
    });
}
