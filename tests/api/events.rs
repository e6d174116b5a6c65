//! Notifications over real HTTP (TMF630 part 1, hub), with a listener that a partner could have.

use serde_json::{Value, json};

use crate::support::{Api, Listener, Setup, TestServer, each_database, each_server, id};

fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["eventType"].as_str().unwrap())
        .collect()
}

/// A life: created, described, moved, deleted.
async fn live(api: Api<'_>) -> String {
    let at = format!(
        "productOffering/{}",
        id(&api.make("productOffering", json!({"name": "Fiber"})).await)
    );
    api.patch(&at, &json!({"description": "fast"}))
        .await
        .must_be(200);
    api.patch(&at, &json!({"lifecycleStatus": "In Design"}))
        .await
        .must_be(200);
    api.delete(&at).await.must_be(204);
    at
}

#[test]
fn a_subscriber_is_told_in_the_form_of_its_version_and_in_order() {
    each_server(async |server: &TestServer| {
        for api in server.both() {
            let listener = Listener::start().await;
            let hub = api.subscribe(&listener.url(), None).await;
            let at = live(api).await;
            server.drain().await;
            let events = listener.events();
            assert_eq!(
                types(&events),
                [
                    "ProductOfferingCreateEvent",
                    "ProductOfferingAttributeValueChangeEvent",
                    "ProductOfferingStateChangeEvent",
                    "ProductOfferingDeleteEvent",
                ]
            );
            check_form(api, &events, &at);
            api.delete(&format!("hub/{hub}")).await.must_be(204);
            live(api).await;
            server.drain().await;
            assert_eq!(
                listener.events().len(),
                4,
                "nothing comes after the end of a subscription"
            );
        }
    });
}

fn check_form(api: Api<'_>, events: &[Value], at: &str) {
    let mut ids: Vec<&str> = Vec::new();
    for event in events {
        let (time, other) = if api.is_v5() {
            ("timeOccurred", "timeOcurred")
        } else {
            ("timeOcurred", "timeOccurred")
        };
        assert!(
            event[time].is_string() && event.get(other).is_none(),
            "{event}"
        );
        assert!(
            event["eventTime"].is_string() && event["eventId"].is_string(),
            "{event}"
        );
        assert_eq!(event.get("@type").is_some(), api.is_v5(), "{event}");
        assert_eq!(event["event"]["productOffering"]["href"], api.url(at));
        ids.push(event["eventId"].as_str().unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), events.len(), "each event has an id of its own");
    let resource = |n: usize| &events[n]["event"]["productOffering"];
    assert_eq!(resource(0)["name"], "Fiber");
    assert!(
        resource(0).get("description").is_none(),
        "as it was then: {}",
        resource(0)
    );
    assert_eq!(resource(1)["description"], "fast");
    assert_eq!(resource(2)["lifecycleStatus"], "In Design");
}

#[test]
fn both_versions_hear_of_the_same_change() {
    each_server(async |server: &TestServer| {
        let [v4, v5] = server.both();
        let (old, new) = (Listener::start().await, Listener::start().await);
        v4.subscribe(&old.url(), None).await;
        v5.subscribe(&new.url(), None).await;
        let catalog = id(&v5.make("productCatalog", json!({"name": "Spring"})).await);
        server.drain().await;
        let (old, new) = (old.events(), new.events());
        assert_eq!(types(&old), ["CatalogCreateEvent"]);
        assert_eq!(types(&new), ["ProductCatalogCreateEvent"]);
        assert_eq!(old[0]["event"]["catalog"]["id"], catalog.as_str());
        assert_eq!(
            old[0]["event"]["catalog"]["href"],
            v4.url(&format!("catalog/{catalog}"))
        );
        assert_eq!(new[0]["event"]["productCatalog"]["@type"], "ProductCatalog");
    });
}

#[test]
fn a_query_selects_and_shapes() {
    each_server(async |server: &TestServer| {
        for api in server.both() {
            let listener = Listener::start().await;
            let query = "eventType=ProductOfferingStateChangeEvent\
                &event.productOffering.lifecycleStatus=In%20Design&fields=event.productOffering.name";
            let hub = api.subscribe(&listener.url(), Some(query)).await;
            let shown = api.get(&format!("hub/{hub}")).await.must_be(200).json();
            assert_eq!(shown["query"], query);
            live(api).await;
            server.drain().await;
            let events = listener.take();
            assert_eq!(types(&events), ["ProductOfferingStateChangeEvent"]);
            let offering = &events[0]["event"]["productOffering"];
            assert_eq!(offering["name"], "Fiber");
            assert!(offering.get("lifecycleStatus").is_none(), "{offering}");
            assert!(events[0].get("title").is_none(), "{}", events[0]);
            api.delete(&format!("hub/{hub}")).await.must_be(204);
        }
    });
}

#[test]
fn what_changes_nothing_or_is_refused_announces_nothing() {
    each_server(async |server: &TestServer| {
        let api = server.v5();
        let listener = Listener::start().await;
        api.subscribe(&listener.url(), None).await;
        let at = format!(
            "category/{}",
            id(&api.make("category", json!({"name": "Mobile"})).await)
        );
        api.patch(&at, &json!({"name": "Mobile"}))
            .await
            .must_be(200);
        api.patch(&at, &json!({"name": 5})).await.must_fail(400);
        api.post("category", &json!([{"@type": "Category", "name": 1}]))
            .await
            .must_be(200);
        let body = json!([{"@type": "Category", "name": "a"}, {"@type": "Category", "name": 1}]);
        let whole = ("X-All-Or-Nothing", "true");
        api.with_header(reqwest::Method::POST, "category", whole, &body)
            .await
            .must_fail(400);
        server.drain().await;
        assert_eq!(types(&listener.events()), ["CategoryCreateEvent"]);
    });
}

#[test]
fn what_a_subscriber_missed_comes_after_a_restart() {
    each_database(async |database| {
        let listener = Listener::start().await;
        listener.answer_with(503);
        let mut setup = Setup::new(database);
        let clock = setup.standing_clock();
        let server = TestServer::with(setup).await;
        let api = server.v5();
        api.subscribe(&listener.url(), None).await;
        live(api).await;
        server.drain().await;
        assert!(listener.events().is_empty());
        server.stop().await;

        listener.answer_with(201);
        let mut setup = Setup::new(database);
        setup.control.clock = clock.clone();
        let server = TestServer::with(setup).await;
        clock.advance_millis(60_000);
        server.drain().await;
        assert_eq!(
            types(&listener.events()),
            [
                "ProductOfferingCreateEvent",
                "ProductOfferingAttributeValueChangeEvent",
                "ProductOfferingStateChangeEvent",
                "ProductOfferingDeleteEvent",
            ],
            "in the order in which it happened"
        );
        server.stop().await;
    });
}

#[test]
fn subscriptions_that_make_no_sense_are_refused() {
    each_server(async |server: &TestServer| {
        for api in server.both() {
            for (body, place) in [
                (json!({}), "/callback"),
                (json!({"callback": 5}), "/callback"),
                (json!({"callback": "nowhere"}), "/callback"),
                (json!({"callback": "ftp://127.0.0.1/x"}), "/callback"),
                (json!({"callback": "http://10.0.0.1/x"}), "/callback"),
                (
                    json!({"callback": "http://169.254.169.254/latest"}),
                    "/callback",
                ),
                (
                    json!({"callback": "http://127.0.0.1:1/x", "query": "sort=a"}),
                    "/query",
                ),
                (
                    json!({"callback": "http://127.0.0.1:1/x", "query": "filter=$[?("}),
                    "/query",
                ),
            ] {
                let answer = api
                    .post("hub", &api.typed("hub", body.clone()))
                    .await
                    .must_fail(400);
                assert_eq!(answer.violations(), [place], "{body}");
            }
            api.delete("hub/none").await.must_fail(404);
            api.get("hub").await.must_fail(405);
            let hub = api.subscribe("http://127.0.0.1:1/x", None).await;
            let other = if api.is_v5() {
                server.v4()
            } else {
                server.v5()
            };
            other.delete(&format!("hub/{hub}")).await.must_fail(404);
            api.delete(&format!("hub/{hub}")).await.must_be(204);
        }
    });
}
