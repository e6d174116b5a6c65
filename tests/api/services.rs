//! Service orders, services and the service catalog over HTTP: what one version writes, the other finds
//! and reads.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Listener, TestServer, client, each_server, id};

const ORDER_V4: &str = "/tmf-api/serviceOrdering/v4/serviceOrder";
const ORDER_V5: &str = "/tmf-api/serviceOrdering/v5/serviceOrder";
const SERVICE_V4: &str = "/tmf-api/serviceInventory/v4/service";
const SERVICE_V5: &str = "/tmf-api/serviceInventory/v5/service";
const CATALOG: &str = "/tmf-api/serviceCatalogManagement/v4";

async fn send(server: &TestServer, method: Method, path: &str, body: &Value) -> Answer {
    let request = client()
        .request(method, format!("{}{path}", server.url()))
        .header("Content-Type", "application/json")
        .body(body.to_string());
    Answer::of(request).await
}

async fn make(server: &TestServer, path: &str, body: &Value) -> Value {
    let answer = send(server, Method::POST, path, body).await;
    answer.must_be(201).json()
}

async fn read(server: &TestServer, collection: &str, id: &str) -> Value {
    let answer = server.get(&format!("{collection}/{id}")).await;
    answer.must_be(200).json()
}

async fn patch(server: &TestServer, collection: &str, id: &str, body: &Value) -> Answer {
    send(server, Method::PATCH, &format!("{collection}/{id}"), body).await
}

async fn count(server: &TestServer, query: &str) -> usize {
    let list = server.get(query).await.must_be(200).json();
    list.as_array().expect("a list").len()
}

#[test]
fn an_order_of_v4_is_read_in_v5_with_its_items() {
    each_server(async |server: &TestServer| {
        let order = json!({
            "externalId": "A-1",
            "relatedParty": [{"id": "erika", "@type": "RelatedParty", "role": "requester",
                "@referredType": "Reseller"}],
            "serviceOrderItem": [{
                "id": "1", "action": "add",
                "service": {
                    "serviceSpecification": {"id": "access"},
                    "serviceCharacteristic": [{"name": "downstream", "value": 100}],
                    "place": [{"id": "p1", "name": "Main Street", "role": "installation",
                        "@referredType": "GeographicAddress"}],
                    "feature": [{"name": "failover", "featureCharacteristic": [],
                        "constraint": [{"id": "c1"}]}]
                },
                "serviceOrderItem": [
                    {"id": "1.1", "action": "delete", "service": {"id": "s1"}}
                ]
            }]
        });
        let made = make(server, ORDER_V4, &order).await;
        assert_eq!(made["state"], "acknowledged");
        assert!(made["orderDate"].is_string(), "{made}");

        let new = read(server, ORDER_V5, &id(&made)).await;
        assert_eq!(new["@type"], "ServiceOrder");
        assert_eq!(new["externalId"], "A-1");
        let party = &new["relatedParty"][0];
        assert_eq!(party["@type"], "RelatedPartyRefOrPartyRoleRef");
        assert_eq!(party["partyOrPartyRole"]["id"], "erika");
        let service = &new["serviceOrderItem"][0]["service"];
        assert_eq!(service["@type"], "Service");
        let value = json!({"@type": "IntegerCharacteristic", "name": "downstream", "value": 100});
        assert_eq!(service["serviceCharacteristic"][0], value);
        let place = json!({"@type": "RelatedPlaceRefOrValue", "role": "installation",
            "place": {"@type": "PlaceRef", "id": "p1", "name": "Main Street",
                "@referredType": "GeographicAddress"}});
        assert_eq!(service["place"][0], place);
        let policy = json!({"@type": "PolicyRef", "id": "c1"});
        assert_eq!(service["feature"][0]["policyConstraint"][0], policy);
        let inner = &new["serviceOrderItem"][0]["serviceOrderItem"][0]["service"];
        assert_eq!(*inner, json!({"@type": "ServiceRef", "id": "s1"}));

        let query = format!("{ORDER_V5}?serviceOrderItem.service.place.place.id=p1");
        assert_eq!(count(server, &query).await, 1);
        let query = format!("{ORDER_V4}?serviceOrderItem.service.place.id=p1");
        assert_eq!(count(server, &query).await, 1);
    });
}

#[test]
fn an_order_of_v5_is_read_in_v4() {
    each_server(async |server: &TestServer| {
        let order = json!({
            "@type": "ServiceOrder",
            "externalReference": [{"@type": "ExternalReference", "name": "A-2"}],
            "serviceOrderItem": [
                {"id": "1", "action": "add", "service": {
                    "@type": "Service", "state": "designed", "serviceDate": "2026-01-01",
                    "serviceSpecification": {"@type": "ServiceSpecificationRef", "id": "access"},
                    "place": [{"@type": "RelatedPlaceRefOrValue", "role": "installation",
                        "place": {"@type": "GeographicAddress", "city": "Bonn"}}]}},
                {"id": "2", "action": "modify", "service": {"@type": "ServiceRef", "id": "s1"},
                    "modifyPath": [{"op": "remove", "path": "/note"}]}
            ]
        });
        let made = make(server, ORDER_V5, &order).await;
        let old = read(server, ORDER_V4, &id(&made)).await;
        let service = &old["serviceOrderItem"][0]["service"];
        assert_eq!(service["serviceSpecification"]["id"], "access");
        assert_eq!(service["place"][0]["role"], "installation");
        assert_eq!(service["place"][0]["place"]["city"], "Bonn");
        assert_eq!(old["serviceOrderItem"][1]["service"]["id"], "s1");

        // What was shown is written back without loss.
        let back = json!({"serviceOrderItem": old["serviceOrderItem"]});
        patch(server, ORDER_V4, &id(&made), &back)
            .await
            .must_be(200);
        let after = read(server, ORDER_V5, &id(&made)).await;
        assert_eq!(after["serviceOrderItem"], made["serviceOrderItem"]);

        // A value of v5 must say all that the definition requires of one.
        let mut short = order;
        short["serviceOrderItem"][0]["service"]["state"].take();
        send(server, Method::POST, ORDER_V5, &short)
            .await
            .must_fail(400);
    });
}

#[test]
fn the_state_of_an_order_is_given_and_then_patched_alone() {
    each_server(async |server: &TestServer| {
        let item =
            json!([{"id": "1", "action": "add", "service": {"serviceSpecification": {"id": "x"}}}]);
        let sent = json!({"state": "completed", "serviceOrderItem": item});
        let refused = send(server, Method::POST, ORDER_V4, &sent)
            .await
            .must_fail(400);
        assert_eq!(refused.violations(), ["/state"]);
        let made = make(server, ORDER_V4, &json!({"serviceOrderItem": item})).await;
        let order = id(&made);
        let state = |state: &str| json!({"state": state});
        let started = patch(server, ORDER_V4, &order, &state("inProgress")).await;
        assert_eq!(
            started.must_be(200).json()["serviceOrderItem"],
            made["serviceOrderItem"]
        );
        let typed = json!({"@type": "ServiceOrder", "state": "completed"});
        patch(server, ORDER_V5, &order, &typed).await.must_be(200);
        patch(server, ORDER_V4, &order, &state("inProgress"))
            .await
            .must_fail(409);
        assert_eq!(
            count(server, &format!("{ORDER_V4}?state=completed")).await,
            1
        );
        let dated = json!({"orderDate": "2020-01-01T00:00:00Z"});
        patch(server, ORDER_V4, &order, &dated).await.must_fail(400);
    });
}

#[test]
fn a_request_to_cancel_is_read_in_the_words_of_each_version() {
    each_server(async |server: &TestServer| {
        let v4 = "/tmf-api/serviceOrdering/v4/cancelServiceOrder";
        let v5 = "/tmf-api/serviceOrdering/v5/cancelServiceOrder";
        let item = json!([{"id": "1", "action": "add", "service": {"id": "s1"}}]);
        let order = id(&make(server, ORDER_V4, &json!({"serviceOrderItem": item})).await);
        let made = make(server, v4, &json!({"serviceOrder": {"id": order}})).await;
        // The versions spell the first state differently.
        assert_eq!(made["state"], "accepted");
        let new = read(server, v5, &id(&made)).await;
        assert_eq!(new["state"], "acknowledged");
        assert_eq!(new["serviceOrder"]["@type"], "ServiceOrderRef");
        let href = format!("{}{ORDER_V5}/{order}", server.url());
        assert_eq!(new["serviceOrder"]["href"], href);
        let at = format!("{ORDER_V4}/{order}");
        let refused = send(server, Method::DELETE, &at, &json!({})).await;
        refused.must_fail(409);
        for query in [
            format!("{v4}?state=accepted"),
            format!("{v5}?state=acknowledged"),
        ] {
            assert_eq!(count(server, &query).await, 1, "{query}");
        }
    });
}

#[test]
fn a_service_refers_to_services_or_holds_them_in_both_versions() {
    each_server(async |server: &TestServer| {
        let old = json!({
            "name": "Access of Erika", "state": "active", "serviceDate": "2019-12-24",
            "serviceSpecification": {"id": "access"},
            "supportingService": [{"id": "line"}, {"id": "port", "state": "active", "name": "Port"}],
            "relatedEntity": [{"id": "e1", "role": "contract", "@referredType": "Contract"}]
        });
        let made = make(server, SERVICE_V4, &old).await;
        assert_eq!(made["serviceDate"], "2019-12-24", "the client knows it");
        let new = read(server, SERVICE_V5, &id(&made)).await;
        assert_eq!(new["supportingService"][0]["@type"], "ServiceRef");
        assert_eq!(new["supportingService"][1]["@type"], "Service");
        let entity = json!({"@type": "EntityRef", "id": "e1", "@referredType": "Contract"});
        assert_eq!(new["relatedEntity"][0]["entity"], entity);

        let new = json!({
            "@type": "Service", "name": "Line of Erika", "state": "inactive",
            "serviceSpecification": {"@type": "ServiceSpecificationRef", "id": "line"},
            "supportingService": [
                {"@type": "ServiceRef", "id": id(&made)},
                {"@type": "Service", "state": "active", "name": "Port",
                    "serviceSpecification": {"@type": "ServiceSpecificationRef", "id": "port"}}
            ]
        });
        let made_new = make(server, SERVICE_V5, &new).await;
        assert!(
            made_new["serviceDate"].is_string(),
            "set by the server: {made_new}"
        );
        let shown = read(server, SERVICE_V4, &id(&made_new)).await;
        let reference = &shown["supportingService"][0];
        assert_eq!(
            reference["name"], "Access of Erika",
            "a service that is here is named"
        );
        assert_eq!(
            reference["href"],
            format!("{}{SERVICE_V4}/{}", server.url(), id(&made))
        );
        assert_eq!(shown["supportingService"][1]["name"], "Port");
        // v4 has no word of its own for the state.
        let suspended = json!({"@type": "Service", "state": "active"});
        patch(server, SERVICE_V5, &id(&made_new), &suspended)
            .await
            .must_be(200);
        let suspended = json!({"@type": "Service", "state": "suspended"});
        patch(server, SERVICE_V5, &id(&made_new), &suspended)
            .await
            .must_be(200);
        let named = json!({"name": "renamed"});
        let after = patch(server, SERVICE_V4, &id(&made_new), &named)
            .await
            .must_be(200);
        assert_eq!(after.json()["state"], "suspended");
    });
}

#[test]
fn specifications_are_looked_up_where_they_are_ours() {
    each_server(async |server: &TestServer| {
        let specifications = format!("{CATALOG}/serviceSpecification");
        let made = make(server, &specifications, &json!({"name": "Access"})).await;
        assert_eq!(made["lifecycleStatus"], "In Study");
        assert!(made.get("@type").is_none(), "v4 is what is stored: {made}");
        let access = id(&made);
        let service = json!({"state": "active", "serviceSpecification": {"id": access}});
        let service = make(server, SERVICE_V4, &service).await;
        let reference = &service["serviceSpecification"];
        assert_eq!(reference["name"], "Access");
        assert_eq!(reference["href"], made["href"]);
        let new = read(server, SERVICE_V5, &id(&service)).await;
        assert_eq!(
            new["serviceSpecification"]["href"], made["href"],
            "there is only v4"
        );

        // A product specification may name services that another catalog has.
        let product =
            json!({"name": "Fiber", "serviceSpecification": [{"id": access}, {"id": "other"}]});
        let product = server.v4().make("productSpecification", product).await;
        assert_eq!(product["serviceSpecification"][0]["name"], "Access");

        let at = format!("{specifications}/{access}");
        send(server, Method::DELETE, &at, &json!({}))
            .await
            .must_fail(409);
        let ended = json!({"state": "terminated"});
        patch(server, SERVICE_V4, &id(&service), &ended)
            .await
            .must_be(200);
    });
}

/// Type of each event and name of what it is about, in the order of arrival.
fn told(events: &[Value]) -> Vec<(String, String)> {
    let pair = |event: &Value| {
        let mut keys = event["event"].as_object().expect("a payload").keys();
        let key = keys.next().expect("a name").clone();
        (event["eventType"].as_str().expect("a type").to_owned(), key)
    };
    events.iter().map(pair).collect()
}

#[test]
fn events_have_the_names_that_each_version_declares() {
    each_server(async |server: &TestServer| {
        let mut listeners = Vec::new();
        for hub in [
            "serviceOrdering/v4",
            "serviceOrdering/v5",
            "serviceInventory/v4",
            "serviceInventory/v5",
            "serviceCatalogManagement/v4",
        ] {
            let listener = Listener::start().await;
            let body = json!({"@type": "Hub", "callback": listener.url()});
            make(server, &format!("/tmf-api/{hub}/hub"), &body).await;
            listeners.push(listener);
        }
        let item = json!([{"id": "1", "action": "add", "service": {"id": "s1"}}]);
        let order = id(&make(server, ORDER_V4, &json!({"serviceOrderItem": item})).await);
        patch(server, ORDER_V4, &order, &json!({"state": "inProgress"}))
            .await
            .must_be(200);
        let service = json!({"state": "active", "serviceSpecification": {"id": "access"}});
        let service = id(&make(server, SERVICE_V4, &service).await);
        let running = json!({"@type": "Service", "operatingStatus": "running"});
        patch(server, SERVICE_V5, &service, &running)
            .await
            .must_be(200);
        let specifications = format!("{CATALOG}/serviceSpecification");
        let specification = id(&make(server, &specifications, &json!({"name": "Access"})).await);
        let moved = json!({"lifecycleStatus": "In Design"});
        patch(server, &specifications, &specification, &moved)
            .await
            .must_be(200);
        server.drain().await;
        let expected = [
            vec![
                ("ServiceOrderCreateEvent", "serviceOrder"),
                ("ServiceOrderStateChangeEvent", "serviceOrder"),
            ],
            // The standard writes it so.
            vec![
                ("ServiceOrderCreateEvent", "ServiceOrder"),
                ("ServiceOrderStateChangeEvent", "ServiceOrder"),
            ],
            vec![
                ("ServiceCreateEvent", "service"),
                ("ServiceAttributeValueChangeEvent", "service"),
            ],
            vec![
                ("ServiceCreateEvent", "service"),
                ("ServiceOperatingStatusChangeEvent", "service"),
            ],
            vec![
                ("ServiceSpecificationCreateEvent", "serviceSpecification"),
                ("ServiceSpecificationChangeEvent", "serviceSpecification"),
            ],
        ];
        for (listener, expected) in listeners.iter().zip(expected) {
            let expected: Vec<(String, String)> = expected
                .into_iter()
                .map(|(event, key)| (event.to_owned(), key.to_owned()))
                .collect();
            assert_eq!(told(&listener.events()), expected);
        }
    });
}
