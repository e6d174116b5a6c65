//! Usage on its way through the rating pool: guided, rated, booked, stored, explained, counted.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::charging::Owner;

use super::plan::{V4, V5, call, line, offer, read, stream};
use crate::support::{Listener, each_server};

pub fn net(usage: &Value) -> String {
    usage["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"].to_string()
}

#[test]
fn a_usage_is_rated_soon_after_it_is_posted() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "+49 151 1234567", None).await;
        let sent = call("r1", "491511234567", "2026-03-02T09:00:00Z", 130);
        let made = server
            .send(Method::POST, V4, &sent)
            .await
            .must_be(201)
            .json();
        assert_eq!(made["status"], "received");
        let id = made["id"].as_str().expect("an id").to_owned();
        assert_eq!(server.parts().pool.drain().await.expect("rating"), 1);

        let rated = read(server, &format!("{V4}/{id}")).await;
        assert_eq!(rated["status"], "rated");
        // 130 s are three steps of 60 s; 100 s are included, 80 s cost 0.12 a minute.
        assert_eq!(net(&rated), "0.16", "{rated}");
        let product = &rated["ratedProductUsage"][0]["productRef"]["id"];
        assert_eq!(product, "p1");
        let newer = read(server, &format!("{V5}/{id}")).await;
        assert_eq!(newer["status"], "rated");
        assert_eq!(newer["product"]["id"], "p1");

        let trace = read(server, &format!("/tollgate/v1/usage/{id}/ratingTrace")).await;
        assert_eq!(trace["price"]["id"], "voice");
        let rules: Vec<&str> = trace["step"]
            .as_array()
            .expect("steps")
            .iter()
            .filter_map(|step| step["rule"].as_str())
            .collect();
        assert!(
            rules.contains(&"allowance") && rules.contains(&"rounding"),
            "{rules:?}"
        );
        // It is found by what has a column, and by what has none.
        for query in [
            "status=rated",
            "usageDate.gte=2026-03-01T00:00:00Z",
            "usageCharacteristic.name=recordId",
            "usageType=voice",
        ] {
            let found = read(server, &format!("{V4}?{query}")).await;
            assert_eq!(found.as_array().expect("a list").len(), 1, "{query}");
        }
        for query in [
            "status=received",
            "usageDate.lt=2026-03-01T00:00:00Z",
            "usageType=sms",
        ] {
            let found = read(server, &format!("{V4}?{query}")).await;
            assert_eq!(found.as_array().expect("a list").len(), 0, "{query}");
        }
        // A word of a client about it takes nothing away.
        let patch = json!({ "description": "Looked at" });
        let path = format!("{V4}/{id}");
        server.send(Method::PATCH, &path, &patch).await.must_be(200);
        let again = read(server, &format!("/tollgate/v1/usage/{id}/ratingTrace")).await;
        assert_eq!(again, trace);
        assert_eq!(net(&read(server, &path).await), "0.16");
        let found = read(server, &format!("{V5}?product.id=p1")).await;
        assert_eq!(found[0]["id"], *id);
    });
}

#[test]
fn a_stream_is_rated_in_order_of_time_and_each_record_once() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", Some("acme")).await;
        line(server, "p2", "491512", Some("acme")).await;
        // Of one account, the first minute is included, whichever of its lines makes it, and 40 s of the next.
        let lines = [
            call("b", "491512", "2026-03-02T10:00:00Z", 60),
            call("a", "491511", "2026-03-02T09:00:00Z", 60),
            call("a", "491511", "2026-03-02T09:00:00Z", 60),
            call("a", "491511", "2026-03-02T09:00:00Z", 61),
            call("c", "490000", "2026-03-02T09:00:00Z", 60),
            json!({ "usageDate": "yesterday" }),
            // In the next month the allowance is there again.
            call("d", "491511", "2026-04-01T00:00:00Z", 100),
        ];
        let answer = stream(server, &lines).await;
        let counts = ["received", "rated", "rejected", "duplicate", "refused"];
        let counts = counts.map(|name| answer[name].as_u64().expect("a count"));
        assert_eq!(counts, [7, 3, 1, 1, 2], "{answer}");
        let records = answer["record"].as_array().expect("records");
        let statuses: Vec<&str> = records
            .iter()
            .filter_map(|own| own["status"].as_str())
            .collect();
        assert_eq!(statuses, ["201", "201", "200", "409", "201", "400", "201"]);
        assert_eq!(records[1]["id"], records[2]["id"]);
        assert_eq!(records[4]["statusReason"]["code"], "NO_PRODUCT");
        let mut nets = Vec::new();
        for place in [1, 0, 6] {
            let id = records[place]["id"].as_str().expect("an id");
            nets.push(net(&read(server, &format!("{V4}/{id}")).await));
        }
        // In steps of 60 s, 20 s are left over each time.
        assert_eq!(nets, ["0.00", "0.04", "0.04"], "{answer}");

        // What is sent again changes nothing.
        let again = stream(server, &lines[..2]).await;
        assert_eq!(
            (again["duplicate"].as_u64(), again["rated"].as_u64()),
            (Some(2), Some(0)),
            "{again}"
        );
        let state = server
            .parts()
            .engine
            .store
            .read_blocking(|session| session.charging_states(1, &["a:acme".to_owned()]));
        let state = state.expect("a state");
        let owner = Owner::read(&state[0].2).expect("an owner");
        let used: Vec<(u64, u64)> = owner
            .buckets
            .iter()
            .map(|own| (own.granted, own.used))
            .collect();
        assert_eq!(used, [(100, 100), (100, 100)]);

        let report = read(server, "/tollgate/v1/usage/assurance").await;
        assert_eq!(report["isBalanced"], true, "{report}");
        let hour = &report["hour"][0];
        let counts = ["received", "rated", "rejected", "duplicate", "waiting"];
        let counts = counts.map(|name| hour[name].as_u64().expect("a count"));
        assert_eq!(counts, [8, 3, 1, 4, 0], "{report}");
    });
}

#[test]
fn of_two_records_with_one_name_the_first_that_came_is_kept() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "491511", None).await;
        let told = stream(
            server,
            &[
                call("twice", "491511", "2026-03-02T10:00:00Z", 60),
                call("twice", "491511", "2026-03-02T09:00:00Z", 60),
            ],
        )
        .await;
        assert_eq!(
            (&told["rated"], &told["refused"]),
            (&json!(1), &json!(1)),
            "{told}"
        );
        let second = &told["record"][1];
        assert_eq!(
            (&second["record"], &second["status"]),
            (&json!(2), &json!("409")),
            "{told}"
        );
    });
}

#[test]
fn rejected_usage_is_rated_once_its_product_is_there() {
    each_server(async |server| {
        offer(server).await;
        let lines: Vec<Value> = (0..5)
            .map(|n| call(&format!("r{n}"), "49170", "2026-03-02T09:00:00Z", 60 + n))
            .collect();
        let answer = stream(server, &lines).await;
        assert_eq!(answer["rejected"], 5);
        let rejected = read(
            server,
            &format!("{V4}?status=rejected&statusReason.code=NO_PRODUCT"),
        )
        .await;
        assert_eq!(rejected.as_array().expect("a list").len(), 5);
        line(server, "p1", "49170", None).await;
        let recycle = "/tollgate/v1/usage/recycle";
        for (question, count) in [
            (json!({ "reason": "NO_PRICE" }), 0),
            (json!({ "reason": "NO_PRODUCT", "source": "msc-2" }), 0),
            (json!({ "reason": "NO_PRODUCT", "limit": 2 }), 2),
            (json!({ "reason": "NO_PRODUCT", "source": "msc-1" }), 3),
        ] {
            let answer = server
                .send(Method::POST, recycle, &question)
                .await
                .must_be(200)
                .json();
            assert_eq!(answer["count"], count, "{question}");
        }
        server
            .send(Method::POST, recycle, &json!({ "reason": "BAD" }))
            .await
            .must_fail(400);
        assert_eq!(server.parts().pool.drain().await.expect("rating"), 5);
        let rated = read(server, &format!("{V4}?status=rated")).await;
        assert_eq!(rated.as_array().expect("a list").len(), 5);
        assert!(rated[0].get("statusReason").is_none());
        let report = read(server, "/tollgate/v1/usage/assurance").await;
        assert_eq!(report["isBalanced"], true, "{report}");
        assert_eq!(report["hour"][0]["rated"], 5);
    });
}

#[test]
fn an_array_is_rated_before_its_answer() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "49170", None).await;
        let array = json!([
            call("a", "49170", "2026-03-02T09:00:00Z", 160),
            call("b", "49171", "2026-03-02T09:00:00Z", 60),
            { "usageCharacteristic": "none" },
        ]);
        let answer = server
            .send(Method::POST, V4, &array)
            .await
            .must_be(200)
            .json();
        let statuses: Vec<&str> = answer
            .as_array()
            .expect("entries")
            .iter()
            .filter_map(|own| own["status"].as_str())
            .collect();
        assert_eq!(statuses, ["201", "201", "400"]);
        assert_eq!(answer[0]["resource"]["status"], "rated");
        assert_eq!(net(&answer[0]["resource"]), "0.16");
        assert_eq!(answer[1]["resource"]["statusReason"]["code"], "NO_PRODUCT");
        let array = json!([call("c", "49170", "2026-05-02T09:00:00Z", 10)]);
        server.send(Method::POST, V4, &array).await.must_be(201);
    });
}

/// Names belong to what many records have in common; a long text in the place of one does not, and an odd
/// one is refused alone.
#[test]
fn a_record_with_odd_texts_leaves_the_others_alone() {
    each_server(async |server| {
        offer(server).await;
        line(server, "p1", "49170", None).await;
        let start = "2026-03-02T09:00:00Z";
        let long = "x".repeat(10_000);
        let mut wordy = call("wordy", "49170", start, 60);
        wordy["usageType"] = json!(long);
        let mut odd = call("odd", "49170", start, 60);
        odd["usageCharacteristic"][0]["value"] = json!("a\u{0}b");
        let lines = [
            call("good", "49170", start, 60),
            odd,
            wordy,
            call("last", "49170", start, 60),
        ];
        let answer = stream(server, &lines).await;
        let records = answer["record"].as_array().expect("records");
        assert_eq!(records[1]["status"], "400", "{answer}");
        for place in [0, 2, 3] {
            assert_eq!(records[place]["usageStatus"], "rated", "{answer}");
        }
        let wordy = records[2]["id"].as_str().expect("an id");
        let wordy = read(server, &format!("{V4}/{wordy}")).await;
        assert_eq!(wordy["usageType"], long);
    });
}

#[test]
fn who_subscribes_hears_of_each_move() {
    each_server(async |server| {
        offer(server).await;
        let listener = Listener::start().await;
        let hub = json!({ "callback": listener.url() });
        let path = "/tmf-api/usageManagement/v4/hub";
        server.send(Method::POST, path, &hub).await.must_be(201);
        let sent = call("r1", "49170", "2026-03-02T09:00:00Z", 60);
        server.send(Method::POST, V4, &sent).await.must_be(201);
        server.parts().pool.drain().await.expect("rating");
        line(server, "p1", "49170", None).await;
        let recycle = "/tollgate/v1/usage/recycle";
        server
            .send(Method::POST, recycle, &json!({}))
            .await
            .must_be(200);
        server.parts().pool.drain().await.expect("rating");
        server.drain().await;
        let told: Vec<(String, String)> = listener
            .events()
            .iter()
            .map(|event| {
                let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
                (
                    text(&event["eventType"]),
                    text(&event["event"]["usage"]["status"]),
                )
            })
            .collect();
        let moved = |status: &str| ("UsageStateChangeEvent".to_owned(), status.to_owned());
        assert_eq!(
            told,
            [
                ("UsageCreateEvent".to_owned(), "received".to_owned()),
                moved("rejected"),
                moved("recycled"),
                moved("rated"),
            ]
        );
    });
}
