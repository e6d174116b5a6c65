//! Usage that comes again: a record is known by its specification, its source, its name and its part.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, client, each_server, id};

const V4: &str = "/tmf-api/usageManagement/v4/usage";
const V5: &str = "/tmf-api/productUsageManagement/v5/productUsage";

async fn post(server: &TestServer, path: &str, body: &Value) -> Answer {
    server.send(Method::POST, path, body).await
}

/// A call as v4 sends it, with a name.
fn call(record: &str) -> Value {
    json!({
        "description": "A call", "usageType": "VOICE", "usageSpecification": {"id": "voice"},
        "usageCharacteristic": [
            {"name": "recordId", "value": record}, {"name": "source", "value": "switch-1"},
            {"name": "startTime", "value": "2026-11-01T10:00:00+01:00"}, {"name": "duration", "value": 20}]
    })
}

/// The call with another value of one of its characteristics.
fn with(record: &str, name: &str, value: Value) -> Value {
    let mut call = call(record);
    let list = call["usageCharacteristic"].as_array_mut().expect("a list");
    match list.iter_mut().find(|one| one["name"] == name) {
        Some(known) => known["value"] = value,
        None => list.push(json!({"name": name, "value": value})),
    }
    call
}

async fn count(server: &TestServer) -> String {
    server
        .get(V4)
        .await
        .must_be(200)
        .said("X-Total-Count")
        .to_owned()
}

/// How many events wait to be handed on.
fn events(server: &TestServer) -> usize {
    let store = &server.parts().engine.store;
    let waiting = store.read_blocking(|session| session.pending(1000));
    waiting.expect("events").len()
}

#[test]
fn a_record_that_comes_again_is_answered_with_the_first() {
    each_server(async |server: &TestServer| {
        let first = post(server, V4, &call("r1")).await.must_be(201);
        let made = first.json();
        assert_eq!(made["usageDate"], "2026-11-01T10:00:00+01:00");
        let before = events(server);

        let again = post(server, V4, &call("r1")).await.must_be(200);
        assert_eq!(again.json(), made);
        assert_eq!(again.etag(), first.etag());
        assert_eq!(again.said("Location"), first.said("Location"));
        assert_eq!(events(server), before);

        // A record of v5, which names its product, and the same as v4 sends it, without one.
        let made = server.get(&format!("{V5}/{}", id(&made))).await.json();
        let mut new =
            json!({"@type": "ProductUsage", "product": {"@type": "ProductRef", "id": "p"}});
        for name in [
            "description",
            "usageType",
            "usageSpecification",
            "usageCharacteristic",
        ] {
            new[name] = made[name].clone();
        }
        new["usageCharacteristic"][0]["value"] = json!("r5");
        let first = post(server, V5, &new).await.must_be(201).json();
        for (path, again) in [(V5, new), (V4, call("r5"))] {
            let again = post(server, path, &again).await.must_be(200).json();
            assert_eq!(again["id"], first["id"]);
        }
        assert_eq!(count(server).await, "2");

        // Another name, part, source or kind of usage is another record; so is one without a name.
        let mut data = call("r1");
        data["usageSpecification"]["id"] = json!("data");
        let mut nameless = call("r1");
        nameless["usageCharacteristic"] = json!([{"name": "duration", "value": 20}]);
        for other in [
            call("r2"),
            with("r1", "partialSequence", json!(1)),
            with("r1", "source", json!("switch-2")),
            data,
            nameless.clone(),
            nameless,
        ] {
            post(server, V4, &other).await.must_be(201);
        }
        assert_eq!(count(server).await, "8");
    });
}

#[test]
fn a_name_means_one_record() {
    each_server(async |server: &TestServer| {
        let made = post(server, V4, &call("r1")).await.must_be(201).json();
        let made = id(&made);
        let mut described = call("r1");
        described["description"] = json!("Another call");
        let mut shorter = call("r1");
        shorter
            .as_object_mut()
            .expect("an object")
            .remove("description");
        let mut rated = call("r1");
        rated["ratedProductUsage"] = json!([{"offerTariffType": "Peak", "productRef": {"id": "p"},
            "taxExcludedRatingAmount": {"unit": "EUR", "value": 1}}]);
        for (other, path) in [
            (with("r1", "duration", json!(21)), "/usageCharacteristic"),
            (described, "/description"),
            (shorter, "/description"),
            (rated, "/ratedProductUsage"),
        ] {
            let refusal = post(server, V4, &other).await.must_fail(409);
            assert_eq!(refusal.violations(), [path]);
            assert!(refusal.body.contains(&made), "{}", refusal.body);
        }
        // A correction does not give it the name of another either.
        let other = post(server, V4, &call("r2")).await.must_be(201).json();
        let at = format!("{V4}/{}", id(&other));
        let taken = json!({"usageCharacteristic": call("r1")["usageCharacteristic"]});
        let refusal = server.send(Method::PATCH, &at, &taken).await.must_fail(409);
        assert_eq!(refusal.violations(), ["/usageCharacteristic"]);
        let free = json!({"usageCharacteristic": call("r3")["usageCharacteristic"]});
        server.send(Method::PATCH, &at, &free).await.must_be(200);
        post(server, V4, &call("r3")).await.must_be(200);
        post(server, V4, &call("r2")).await.must_be(201);
        // What is deleted may come again.
        server
            .send(Method::DELETE, &format!("{V4}/{made}"), &json!({}))
            .await
            .must_be(204);
        post(server, V4, &call("r1")).await.must_be(201);
    });
}

#[test]
fn records_that_come_at_once_make_one() {
    each_server(async |server: &TestServer| {
        let body = call("r1");
        let answers = join_all((0..20).map(|_| post(server, V4, &body))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses.split_last(), Some((&201, [200; 19].as_slice())));
        let first = id(&answers[0].json());
        assert!(answers.iter().all(|answer| id(&answer.json()) == first));
        assert_eq!(count(server).await, "1");
    });
}

#[test]
fn an_array_may_bring_a_record_twice() {
    each_server(async |server: &TestServer| {
        let many = json!([
            call("r1"),
            call("r1"),
            with("r1", "duration", json!(1)),
            call("r2")
        ]);
        let answer = post(server, V4, &many).await.must_be(200).json();
        let mut statuses: Vec<&str> = Vec::new();
        statuses.extend(
            answer
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(|one| one["status"].as_str()),
        );
        statuses.sort_unstable();
        // Which of those with one name is the first is open.
        assert!(
            [["200", "201", "201", "409"], ["201", "201", "409", "409"]].contains(&[
                statuses[0],
                statuses[1],
                statuses[2],
                statuses[3]
            ]),
            "{answer}"
        );
        let whole = |body: Value| async move {
            let request = client().post(format!("{}{V4}", server.url()));
            let request = request.header("Content-Type", "application/json");
            Answer::of(
                request
                    .header("X-All-Or-Nothing", "true")
                    .body(body.to_string()),
            )
            .await
        };
        let refused = whole(json!([call("r3"), with("r3", "duration", json!(1))])).await;
        assert_eq!(
            refused.must_fail(409).violations(),
            ["/1/usageCharacteristic"]
        );
        let answer = whole(json!([call("r3"), call("r3"), call("r4")]))
            .await
            .must_be(201)
            .json();
        let statuses = ["201", "200", "201"];
        for (at, status) in statuses.into_iter().enumerate() {
            assert_eq!(answer[at]["status"], status, "{answer}");
        }
        assert_eq!(answer[0]["resource"]["id"], answer[1]["resource"]["id"]);
        assert_eq!(count(server).await, "4");
    });
}
