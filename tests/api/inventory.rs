//! The product inventory over HTTP (TMF637): one store behind two versions.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::domain::mode::Mode;

use crate::support::{Answer, Setup, TestServer, each_database, each_server, id, names};

const V4: &str = "/tmf-api/productInventory/v4/product";
const V5: &str = "/tmf-api/productInventory/v5/product";

async fn make(server: &TestServer, path: &str, body: Value) -> Value {
    let answer = server.send(Method::POST, path, &body).await;
    answer.must_be(201).json()
}

/// Runs a test on servers that refuse references to what is not there.
fn each_strict_server(test: impl AsyncFn(&TestServer)) {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.validation.references = Mode::Strict;
        let server = TestServer::with(setup).await;
        test(&server).await;
        server.stop().await;
    });
}

async fn read(server: &TestServer, path: &str) -> Value {
    server.get(path).await.must_be(200).json()
}

async fn patch(server: &TestServer, path: &str, body: Value) -> Answer {
    server.send(Method::PATCH, path, &body).await
}

#[test]
fn what_v4_records_is_read_in_v5_and_back() {
    each_server(async |server: &TestServer| {
        let line = make(server, V4, json!({"name": "Line", "status": "active"})).await;
        let sent = json!({
            "name": "Television",
            "status": "created",
            "productSerialNumber": "S-1",
            "agreement": [{"id": "A-1", "agreementItemId": "2", "name": "Frame contract"}],
            "productOrderItem": [{"productOrderId": "O-1", "orderItemId": "1", "orderItemAction": "add", "role": "origin"}],
            "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": id(&line), "@referredType": "Product"}}],
            "productTerm": [{"name": "12 months", "duration": {"amount": 12, "units": "month"}}],
            "place": [{"name": "Main Street 1", "role": "install"}],
            "realizingResource": [{"id": "R-1", "value": "+12025550100"}],
        });
        let made = make(server, V4, sent.clone()).await;
        let at = id(&made);
        let new = read(server, &format!("{V5}/{at}")).await;
        assert!(new["creationDate"].is_string(), "{new}");
        let agreement = json!({"@type": "AgreementItemRef", "agreementId": "A-1", "agreementItemId": "2",
            "agreementName": "Frame contract"});
        assert_eq!(new["agreementItem"][0], agreement);
        assert_eq!(new["productOrderItem"][0]["@type"], "RelatedOrderItem");
        assert_eq!(new["productOrderItem"][0]["orderId"], "O-1");
        let relation = &new["productRelationship"][0];
        assert_eq!(relation["@type"], "ProductRelationship");
        assert_eq!(relation["id"], line["id"]);
        assert_eq!(relation["name"], "Line");
        assert_eq!(
            relation["href"].as_str(),
            Some(format!("{}{V5}/{}", server.url(), id(&line)).as_str())
        );
        assert_eq!(new["place"][0]["place"]["@type"], "GeographicAddress");
        assert_eq!(new["realizingResource"][0]["value"], "+12025550100");

        let back = read(server, &format!("{V4}/{at}")).await;
        let relation = &back["productRelationship"][0];
        assert_eq!(relation["product"]["id"], line["id"]);
        assert_eq!(relation["product"]["name"], "Line");
        assert!(relation.get("id").is_none(), "{relation}");
        for name in ["productSerialNumber", "status"] {
            assert_eq!(back[name], sent[name]);
        }
        assert_eq!(back["agreement"][0]["id"], "A-1");
        assert_eq!(back["place"][0]["name"], "Main Street 1");

        for query in [
            format!("{V4}?productRelationship.product.id={}", id(&line)),
            format!("{V5}?productRelationship.id={}", id(&line)),
            format!("{V4}?productOrderItem.productOrderId=O-1"),
            format!("{V5}?productOrderItem.orderId=O-1"),
            format!("{V4}?agreement.id=A-1"),
            format!("{V4}?productSerialNumber=S-1"),
            format!("{V5}?status=created"),
        ] {
            assert_eq!(
                names(&read(server, &query).await),
                ["Television"],
                "{query}"
            );
        }
    });
}

#[test]
fn a_relationship_to_what_is_not_there_is_refused() {
    each_strict_server(async |server: &TestServer| {
        let unknown = json!({"status": "active", "productRelationship": [
            {"relationshipType": "reliesOn", "product": {"id": "nowhere"}}]});
        server.send(Method::POST, V4, &unknown).await.must_fail(400);
        // What was sold may be gone from the catalog, or be kept in another one.
        let sold =
            json!({"status": "active", "productOffering": {"id": "nowhere", "name": "Fibre"}});
        let made = make(server, V4, sold).await;
        assert_eq!(made["productOffering"]["name"], "Fibre");
    });
}

#[test]
fn a_product_moves_through_its_life() {
    each_server(async |server: &TestServer| {
        let made = make(server, V5, json!({"@type": "Product", "name": "Line"})).await;
        assert_eq!(made["status"], "created");
        let at = format!("{V4}/{}", id(&made));
        for status in [
            "pendingActive",
            "active",
            "suspended",
            "active",
            "pendingTerminate",
        ] {
            patch(server, &at, json!({"status": status}))
                .await
                .must_be(200);
        }
        patch(server, &at, json!({"status": "created"}))
            .await
            .must_fail(409);
        patch(server, &at, json!({"status": "terminated"}))
            .await
            .must_be(200);
        patch(server, &at, json!({"status": "active"}))
            .await
            .must_fail(409);
        // With the blank that the standard writes.
        let made = make(server, V4, json!({"status": "created"})).await;
        let at = format!("{V4}/{}", id(&made));
        patch(server, &at, json!({"status": "aborted"}))
            .await
            .must_fail(400);
        let gone = patch(server, &at, json!({"status": "aborted "})).await;
        assert_eq!(gone.must_be(200).json()["status"], "aborted ");
    });
}
