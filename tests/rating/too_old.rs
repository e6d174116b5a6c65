//! Usage that comes when it is too old.

use reqwest::Method;
use serde_json::{Value, json};

use super::plan::{V4, call, line, offer, read, stream};
use super::pool::net;
use crate::support::{Setup, TestServer, each_database};

/// The clock stands at 2030-01-01 08:00.
const JUST: &str = "2029-12-02T08:00:00Z";
const BEFORE: &str = "2029-12-02T07:59:59Z";

async fn with_limit(setup: Setup, days: u32) -> TestServer {
    let mut setup = setup;
    setup.config.rating.oldest_days = days;
    setup.standing_clock();
    TestServer::with(setup).await
}

/// What the rating question says of a call.
async fn quoted(server: &TestServer, usage: &Value) -> Value {
    let question = json!({ "usage": usage, "product": { "id": "p1" } });
    let path = "/tollgate/v1/rate?version=v4";
    let answer = server.send(Method::POST, path, &question).await;
    answer.must_be(200).json()["usage"][0].clone()
}

#[test]
fn usage_is_too_old_by_the_day_on_which_it_came() {
    each_database(async |database| {
        let server = with_limit(Setup::new(database), 30).await;
        offer(&server).await;
        line(&server, "p1", "491511", None).await;
        let (just, old) = (
            call("just", "491511", JUST, 60),
            call("old", "491511", BEFORE, 60),
        );
        let answer = stream(&server, &[just, old.clone()]).await;
        let counts = ["rated", "rejected"].map(|name| answer[name].as_u64());
        assert_eq!(counts, [Some(1), Some(1)], "{answer}");
        let rejected = read(&server, &format!("{V4}?statusReason.code=TOO_OLD")).await;
        assert_eq!(rejected.as_array().map(Vec::len), Some(1), "{rejected}");
        let id = rejected[0]["id"].as_str().expect("an id").to_owned();
        let quote = quoted(&server, &old).await;
        assert_eq!(quote["rejection"]["code"], "TOO_OLD", "{quote}");
        // It is as old however often it is tried.
        recycle(&server).await;
        assert_eq!(
            read(&server, &format!("{V4}/{id}")).await["status"],
            "rejected"
        );
        server.stop().await;

        let server = with_limit(Setup::new(database), 31).await;
        recycle(&server).await;
        let usage = read(&server, &format!("{V4}/{id}")).await;
        assert_eq!(usage["status"], "rated", "{usage}");
        assert!(usage.get("statusReason").is_none());
        assert_eq!(
            net(&usage),
            "0.04",
            "the other minute had 60 of 100 seconds"
        );
        server.stop().await;

        // What has a price is not too old for another.
        let server = with_limit(Setup::new(database), 1).await;
        let question = json!({ "product": { "id": "p1" }, "from": "2029-12-01T00:00:00Z" });
        let path = "/tollgate/v1/usage/rerate";
        let answer = server.send(Method::POST, path, &question).await;
        let report = answer.must_be(200).json();
        let counts = ["usage", "failed"].map(|name| report[name].as_u64());
        assert_eq!(counts, [Some(2), Some(0)], "{report}");
        server.stop().await;
    });
}

async fn recycle(server: &TestServer) {
    let path = "/tollgate/v1/usage/recycle";
    let question = json!({ "reason": "TOO_OLD" });
    let answer = server.send(Method::POST, path, &question).await;
    assert_eq!(answer.must_be(200).json()["count"], 1);
    server.parts().pool.drain().await.expect("rating");
}
