//! `tollgate work --rating`: a server takes usage in, another process rates it.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::plan::{V4, call, line, offer, read, stream};
use super::pool::net;
use crate::support::{Setup, TestServer, each_database};

/// For a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends the process when the test fails.
struct Worker(Child);

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Takes a call in, of which nothing is rated yet.
async fn take_in(server: &TestServer, record: &str, seconds: u64) -> String {
    let sent = call(record, "49170", "2026-03-02T09:00:00Z", seconds);
    let made = server.send(Method::POST, V4, &sent).await.must_be(201);
    let made = made.json();
    assert_eq!(made["status"], "received");
    made["id"].as_str().expect("an id").to_owned()
}

/// The usage, once it is rated.
async fn rated(server: &TestServer, id: &str) -> Value {
    let begun = Instant::now();
    loop {
        let usage = read(server, &format!("{V4}/{id}")).await;
        if usage["status"] != "received" {
            return usage;
        }
        assert!(begun.elapsed() < PATIENCE, "{usage}");
    }
}

#[test]
fn another_process_rates_what_a_server_took_in() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.rating.enabled = false;
        setup.control.background = true;
        let server = &TestServer::with(setup).await;
        offer(server).await;
        line(server, "p1", "49170", None).await;
        let first = take_in(server, "r1", 130).await;

        let child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["work", "--rating", "--database", &database.url])
            .current_dir(database.folder.path())
            // What is named is done all the same.
            .env("TOLLGATE_RATING__ENABLED", "false")
            .env("TOLLGATE_RATING__POLL_MS", "50")
            .env("TOLLGATE_RATING__OLDEST_DAYS", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut worker = Worker(child.expect("the program starts"));
        // What waited when it began, and what came afterwards.
        let usage = rated(server, &first).await;
        assert_eq!(
            (&usage["status"], net(&usage).as_str()),
            (&Value::from("rated"), "0.16")
        );
        let second = take_in(server, "r2", 60).await;
        let usage = rated(server, &second).await;
        assert_eq!(
            (&usage["status"], net(&usage).as_str()),
            (&Value::from("rated"), "0.12")
        );

        let pid = worker.0.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("a signal").success());
        let ended = tokio::task::spawn_blocking(move || worker.0.wait()).await;
        assert!(ended.expect("a thread").expect("an end").success());
    });
}

#[test]
fn a_server_that_does_not_rate_stores_streams_and_arrays_for_others() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.config.rating.enabled = false;
        let server = &TestServer::with(setup).await;
        offer(server).await;
        line(server, "p1", "49170", None).await;
        let start = "2026-03-02T09:00:00Z";
        let lines = [
            call("a", "49170", start, 130),
            call("b", "49171", start, 60),
            call("a", "49170", start, 130),
        ];
        let answer = stream(server, &lines).await;
        let counts = ["received", "rated", "rejected", "waiting", "duplicate"];
        let counts = counts.map(|name| answer[name].as_u64().expect("a count"));
        assert_eq!(counts, [3, 0, 0, 2, 1], "{answer}");
        let array = json!([call("c", "49170", start, 60)]);
        let made = server.send(Method::POST, V4, &array).await.must_be(201);
        assert_eq!(made.json()[0]["resource"]["status"], "received");
        let report = read(server, "/tollgate/v1/usage/assurance").await;
        assert_eq!(report["isBalanced"], true, "{report}");
        let found = read(server, &format!("{V4}?status=received")).await;
        assert_eq!(found.as_array().map(Vec::len), Some(3), "{found}");

        let other = TestServer::start(database).await;
        assert_eq!(other.parts().pool.drain().await, Ok(3));
        let rated = read(server, &format!("{V4}?status=rated")).await;
        let nets: Vec<String> = rated.as_array().expect("a list").iter().map(net).collect();
        assert_eq!(nets, ["0.16", "0.12"]);
        let rejected = read(server, &format!("{V4}?status=rejected")).await;
        assert_eq!(rejected.as_array().map(Vec::len), Some(1), "{rejected}");
        let report = read(server, "/tollgate/v1/usage/assurance").await;
        let hour = &report["hour"][0];
        let counts = ["received", "rated", "rejected", "duplicate", "waiting"];
        let counts = counts.map(|name| hour[name].as_u64().expect("a count"));
        assert_eq!(counts, [4, 2, 1, 1, 0], "{report}");
        other.stop().await;
    });
}
