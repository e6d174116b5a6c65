//! `tollgate work`: a process without HTTP does the work of a server that only answers.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tollgate::sample;

use crate::support::{Listener, Operator, TOKEN, each_database};

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

#[test]
fn workers_fulfil_what_a_server_took() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let listener = Listener::start().await;
        let hub = "/tmf-api/productOrderingManagement/v5/hub";
        let query = "eventType=ProductOrderStateChangeEvent";
        let body = json!({"@type": "Hub", "callback": listener.url(), "query": query});
        operator.post(hub, &body).await.must_be(201);

        let url = operator.server.url();
        let child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["work", "--database", &database.url])
            .current_dir(database.folder.path())
            .env("TOLLGATE_PUBLIC_URL", &url)
            .env("TOLLGATE_ORDERING__CALLBACK_URL", &url)
            .env("TOLLGATE_ORDERING__POLL_MS", "50")
            // Fewer than there are orders: it has to look for more by itself.
            .env("TOLLGATE_ORDERING__CONCURRENCY", "1")
            .env("TOLLGATE_OSS__DEFAULT__URL", operator.oss.ordering("v4"))
            .env("TOLLGATE_OSS__DEFAULT__CALLBACK_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut worker = Worker(child.expect("the program starts"));

        // An eSIM and a number from elsewhere: nothing of it waits for people.
        let mut orders = Vec::new();
        for _ in 0..3 {
            let mut order = sample::order("order-mobile-ported").expect("a sample order");
            if let Some(order) = order.as_object_mut() {
                order.shift_remove("id");
            }
            let order = operator.place_document(&order).await;
            orders.push(order["id"].as_str().expect("an id").to_owned());
        }
        let completed = |event: &&Value| {
            let order = &event["event"]["productOrder"];
            order["state"] == "completed"
        };
        let heard = listener
            .until(PATIENCE, |events| {
                events.iter().filter(completed).count() == orders.len()
            })
            .await;
        for id in orders {
            assert!(heard, "{}", operator.tree(&id).await);
            assert_eq!(operator.state(&id).await, "completed");
        }

        let pid = worker.0.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("a signal").success());
        let ended = tokio::task::spawn_blocking(move || worker.0.wait()).await;
        assert!(ended.expect("a thread").expect("an end").success());
        operator.stop().await;
    });
}
