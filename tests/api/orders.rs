//! Orders over HTTP (TMF622): one store behind two versions, and what is taken in at the door.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::domain::mode::Mode;

use crate::support::{Answer, Setup, TestServer, each_database, each_server, id};

const V4: &str = "/tmf-api/productOrderingManagement/v4";
const V5: &str = "/tmf-api/productOrderingManagement/v5";
const PEOPLE: &str = "/tmf-api/partyManagement/v5/individual";
const OFFERINGS: &str = "/tmf-api/productCatalogManagement/v5/productOffering";
const PRODUCTS: &str = "/tmf-api/productInventory/v5/product";

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

async fn changed(server: &TestServer, path: &str, body: Value) -> Value {
    patch(server, path, body).await.must_be(200).json()
}

/// A v4 order of one item with the attributes given.
fn old(item: Value, members: Value) -> Value {
    let mut order = json!({"productOrderItem": [{"id": "1", "action": "add"}]});
    for (body, more) in [(&mut order["productOrderItem"][0], item)] {
        for (name, value) in more.as_object().expect("members") {
            body[name] = value.clone();
        }
    }
    for (name, value) in members.as_object().expect("members") {
        order[name] = value.clone();
    }
    order
}

/// The ids that a list answers with.
async fn found(server: &TestServer, list: &str) -> Vec<String> {
    let list = read(server, list).await;
    list.as_array().expect("a list").iter().map(id).collect()
}

#[test]
fn what_v4_orders_is_read_in_v5_and_back() {
    each_server(async |server: &TestServer| {
        let ann = json!({"@type": "Individual", "givenName": "Ann", "familyName": "Lee"});
        let ann = id(&make(server, PEOPLE, ann).await);
        let offering = json!({"@type": "ProductOffering", "name": "Fibre 100"});
        let offering = id(&make(server, OFFERINGS, offering).await);
        let sent = json!({
            "description": "for the new flat",
            "externalId": "CRM-1",
            "requestedCompletionDate": "2030-02-01T00:00:00Z",
            "relatedParty": [{"id": ann, "role": "customer", "@referredType": "Individual"}],
            "channel": [{"id": "web", "name": "Web shop", "role": "used to order"}],
            "productOrderItem": [
                {
                    "id": "1", "action": "add", "quantity": 1, "productOffering": {"id": offering},
                    "product": {
                        "productCharacteristic": [{"name": "speed", "value": 100}],
                        "place": [{"id": "a-1", "name": "Main Street 1", "role": "install", "@referredType": "GeographicAddress"}],
                        "relatedParty": [{"id": ann, "role": "user", "@referredType": "Individual"}],
                        "productPrice": [{"priceType": "recurring", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 39.9}},
                            "productPriceAlteration": [{"priceType": "recurring", "price": {"percentage": -50}}]}],
                    },
                    "productOrderItem": [{"id": "1.1", "action": "add", "productOffering": {"id": offering},
                        "itemTerm": [{"name": "12 months", "duration": {"amount": 12, "units": "month"}}]}],
                },
            ],
        });
        let made = make(server, &format!("{V4}/productOrder"), sent).await;
        let at = id(&made);
        assert_eq!(made["state"], "acknowledged");
        assert_eq!(made["externalId"], "CRM-1");
        assert!(made["orderDate"].is_string(), "{made}");
        assert!(made.get("creationDate").is_none(), "{made}");
        assert_eq!(
            made["productOrderItem"][0]["productOffering"]["name"],
            "Fibre 100"
        );
        assert_eq!(made["channel"][0]["id"], "web");

        let new = read(server, &format!("{V5}/productOrder/{at}")).await;
        assert_eq!(new["@type"], "ProductOrder");
        assert_eq!(new["creationDate"], made["orderDate"]);
        assert!(new.get("orderDate").is_none(), "{new}");
        assert_eq!(
            new["externalId"],
            json!([{"@type": "ExternalIdentifier", "id": "CRM-1"}])
        );
        let party = &new["relatedParty"][0];
        assert_eq!(party["@type"], "RelatedPartyRefOrPartyRoleRef");
        assert_eq!(party["partyOrPartyRole"]["@type"], "PartyRef");
        assert_eq!(party["partyOrPartyRole"]["name"], "Ann Lee");
        assert_eq!(new["channel"][0]["channel"]["@type"], "ChannelRef");
        assert_eq!(new["channel"][0]["channel"]["id"], "web");
        let item = &new["productOrderItem"][0];
        assert_eq!(item["@type"], "ProductOrderItem");
        assert_eq!(
            item["productOrderItem"][0]["itemTerm"][0]["duration"],
            json!({"amount": 12, "units": "month"})
        );
        assert_eq!(
            item["productOrderItem"][0]["itemTerm"][0]["@type"],
            "OrderTerm"
        );
        let product = &item["product"];
        assert_eq!(product["@type"], "Product");
        assert_eq!(
            product["productCharacteristic"][0]["@type"],
            "IntegerCharacteristic"
        );
        assert_eq!(product["place"][0]["@type"], "RelatedPlaceRefOrValue");
        assert_eq!(product["place"][0]["place"]["@type"], "PlaceRef");
        assert_eq!(product["place"][0]["place"]["id"], "a-1");
        assert_eq!(
            product["relatedParty"][0]["@type"],
            "RelatedPartyOrPartyRole"
        );
        assert_eq!(
            product["relatedParty"][0]["partyOrPartyRole"]["id"],
            ann.as_str()
        );
        assert_eq!(
            product["productPrice"][0]["priceAlteration"][0]["price"]["percentage"],
            -50
        );

        // What v5 answers can be sent again, as another order.
        let mut again = new.clone();
        for name in ["id", "href", "state", "creationDate"] {
            again.as_object_mut().expect("an order").shift_remove(name);
        }
        let again = make(server, &format!("{V5}/productOrder"), again).await;
        let back = read(server, &format!("{V4}/productOrder/{}", id(&again))).await;
        assert_eq!(back["externalId"], "CRM-1");
        assert_eq!(back["relatedParty"][0]["id"], ann.as_str());
        assert_eq!(
            back["productOrderItem"][0]["product"]["place"][0]["name"],
            "Main Street 1"
        );

        for query in [
            format!("{V4}/productOrder?id={at}&externalId=CRM-1"),
            format!("{V4}/productOrder?id={at}&relatedParty.id={ann}"),
            format!("{V4}/productOrder?id={at}&productOrderItem.productOffering.id={offering}"),
            format!("{V4}/productOrder?id={at}&productOrderItem.product.place.id=a-1"),
            format!("{V5}/productOrder?id={at}&externalId.id=CRM-1"),
            format!("{V5}/productOrder?id={at}&relatedParty.partyOrPartyRole.id={ann}"),
            format!("{V5}/productOrder?id={at}&state=acknowledged"),
        ] {
            assert_eq!(found(server, &query).await, [at.as_str()], "{query}");
        }
        let none = format!("{V4}/productOrder?externalId=CRM-2");
        assert!(found(server, &none).await.is_empty());
        let only = read(server, &format!("{V4}/productOrder/{at}?fields=externalId")).await;
        assert_eq!(only["externalId"], "CRM-1");
        assert!(only.get("state").is_none(), "{only}");
    });
}

#[test]
fn a_state_is_patched_alone_and_not_chosen_at_creation() {
    each_server(async |server: &TestServer| {
        for base in [V4, V5] {
            let mut body = old(json!({}), json!({}));
            if base == V5 {
                body["@type"] = json!("ProductOrder");
                body["productOrderItem"][0]["@type"] = json!("ProductOrderItem");
            }
            let orders = format!("{base}/productOrder");
            let at = format!(
                "{orders}/{}",
                id(&make(server, &orders, body.clone()).await)
            );
            let mut state = json!({"state": "inProgress"});
            if base == V5 {
                state["@type"] = json!("ProductOrder");
            }
            // An order that is placed is moved by its work alone.
            patch(server, &at, state.clone()).await.must_fail(409);
            let mut draft = old(
                json!({}),
                json!({"@type": "ProductOrder", "requestedInitialState": "draft"}),
            );
            draft["productOrderItem"][0]["@type"] = json!("ProductOrderItem");
            let at = id(&make(server, &format!("{V5}/productOrder"), draft).await);
            let at = format!("{orders}/{at}");
            state["state"] = json!("acknowledged");
            let now = changed(server, &at, state.clone()).await;
            assert_eq!(now["state"], "acknowledged");
            assert_eq!(now["productOrderItem"][0]["action"], "add");

            body["state"] = json!("completed");
            let answer = server.send(Method::POST, &orders, &body).await;
            assert_eq!(answer.must_fail(400).violations(), ["/state"]);
        }
    });
}

#[test]
fn an_external_id_of_v4_is_the_first_of_v5() {
    each_server(async |server: &TestServer| {
        let body = json!({"@type": "ProductOrder",
            "externalId": [
                {"@type": "ExternalIdentifier", "id": "A", "owner": "CRM", "externalIdentifierType": "order"},
                {"@type": "ExternalIdentifier", "id": "B", "owner": "ERP"}],
            "productOrderItem": [{"@type": "ProductOrderItem", "id": "1", "action": "add"}]});
        let at = id(&make(server, &format!("{V5}/productOrder"), body).await);
        let (old, new) = (
            format!("{V4}/productOrder/{at}"),
            format!("{V5}/productOrder/{at}"),
        );
        assert_eq!(read(server, &old).await["externalId"], "A");

        changed(server, &old, json!({"description": "hurry"})).await;
        let both = json!([
            {"@type": "ExternalIdentifier", "id": "A", "owner": "CRM", "externalIdentifierType": "order"},
            {"@type": "ExternalIdentifier", "id": "B", "owner": "ERP"}]);
        assert_eq!(read(server, &new).await["externalId"], both);

        let now = changed(server, &old, json!({"externalId": "C"})).await;
        assert_eq!(now["externalId"], "C");
        let now = read(server, &new).await;
        assert_eq!(now["externalId"][0]["id"], "C");
        assert_eq!(now["externalId"][0]["owner"], "CRM");
        assert_eq!(now["externalId"][1], both[1]);

        changed(server, &old, json!({"externalId": null})).await;
        assert_eq!(read(server, &new).await["externalId"], json!([both[1]]));
        assert_eq!(read(server, &old).await["externalId"], "B");

        let none = json!({"@type": "ProductOrder", "externalId": []});
        changed(server, &new, none).await;
        assert!(read(server, &old).await.get("externalId").is_none());
        changed(server, &old, json!({"externalId": "D"})).await;
        assert_eq!(read(server, &new).await["externalId"][0]["id"], "D");
    });
}

#[test]
fn a_product_is_a_reference_or_a_value() {
    each_server(async |server: &TestServer| {
        let product = json!({"@type": "Product", "name": "Line", "status": "active"});
        let product = id(&make(server, PRODUCTS, product).await);
        let orders = format!("{V4}/productOrder");
        for (item, class) in [
            (
                json!({"action": "delete", "product": {"id": product}}),
                "ProductRef",
            ),
            (
                json!({"action": "modify", "product": {"id": product, "isBundle": false}}),
                "Product",
            ),
            (json!({"product": {"name": "Line"}}), "Product"),
        ] {
            let sent = item["product"].clone();
            let made = make(server, &orders, old(item, json!({}))).await;
            let shown = &made["productOrderItem"][0]["product"];
            for (name, value) in sent.as_object().expect("members") {
                assert_eq!(&shown[name], value, "{shown}");
            }
            let new = read(server, &format!("{V5}/productOrder/{}", id(&made))).await;
            let stored = &new["productOrderItem"][0]["product"];
            assert_eq!(stored["@type"], class, "{stored}");
            if class == "ProductRef" {
                assert_eq!(stored["name"], "Line");
                let href = stored["href"].as_str().expect("an address");
                assert!(href.ends_with(&format!("{PRODUCTS}/{product}")), "{href}");
            }
        }
        let query = format!("{V4}/productOrder?productOrderItem.product.id={product}");
        assert_eq!(found(server, &query).await.len(), 2);
    });
}

/// Whatever it asks for: rejecting it is a matter of the order, item by item.
#[test]
fn an_order_for_what_is_not_there_is_taken_in() {
    each_strict_server(async |server: &TestServer| {
        let orders = format!("{V4}/productOrder");
        for item in [
            json!({}),
            json!({"productOffering": {"id": "nowhere"}}),
            json!({"action": "delete", "product": {"id": "nowhere"}}),
            json!({"product": {"productSpecification": {"id": "nowhere"}}}),
        ] {
            make(server, &orders, old(item, json!({}))).await;
        }
        // Who orders must be known.
        let nobody = json!({"relatedParty": [{"id": "nobody", "@referredType": "Individual"}]});
        let answer = server
            .send(Method::POST, &orders, &old(json!({}), nobody))
            .await;
        answer.must_fail(400);
        let account = json!({"billingAccount": {"id": "none"}});
        let answer = server
            .send(Method::POST, &orders, &old(account, json!({})))
            .await;
        answer.must_fail(400);
    });
}

#[test]
fn a_request_to_cancel_names_an_order() {
    each_strict_server(async |server: &TestServer| {
        let order = make(
            server,
            &format!("{V4}/productOrder"),
            old(json!({}), json!({})),
        )
        .await;
        let order = id(&order);
        let requests = format!("{V4}/cancelProductOrder");
        let body = json!({"cancellationReason": "moved away", "productOrder": {"id": order}});
        let made = make(server, &requests, body).await;
        assert_eq!(made["state"], "acknowledged");
        let at = id(&made);
        let new = read(server, &format!("{V5}/cancelProductOrder/{at}")).await;
        assert_eq!(new["productOrder"]["@type"], "ProductOrderRef");
        let href = new["productOrder"]["href"].as_str().expect("an address");
        assert!(
            href.ends_with(&format!("{V5}/productOrder/{order}")),
            "{href}"
        );
        assert!(new["creationDate"].is_string(), "{new}");
        let query = format!("{requests}?productOrder.id={order}");
        assert_eq!(found(server, &query).await, [at.as_str()]);

        let unknown = json!({"productOrder": {"id": "nowhere"}});
        let answer = server.send(Method::POST, &requests, &unknown).await;
        assert_eq!(answer.must_fail(400).violations(), ["/productOrder"]);
        let path = format!("{requests}/{at}");
        patch(server, &path, json!({"state": "done"}))
            .await
            .must_fail(405);
    });
}
