//! `kill -9` in the middle of a stream of writes: what was answered is there, and every event
//! arrives.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Database, Listener, Process, client, each_database, id};

const PATH: &str = "/tmf-api/productCatalogManagement/v5/category";
/// Clients that write at once.
const CLIENTS: usize = 4;
/// Answered writes after which the server is killed.
const ENOUGH: usize = 150;
/// For what should take a second, on a machine with much else to do.
const DEADLINE: Duration = Duration::from_secs(60);

/// What clients were answered: the last step of each resource that they know of. Step 0 is the
/// creation.
type Acknowledged = BTreeMap<String, u64>;

/// Creates resources and changes each twice, until the server is gone.
async fn write(url: &str, written: &AtomicUsize, stop: &AtomicBool) -> Acknowledged {
    let http = client();
    let mut known = Acknowledged::new();
    while !stop.load(Ordering::SeqCst) {
        let body = json!({"@type": "Category", "name": "Mobile", "step": 0});
        let Some(made) = send(&http, Method::POST, &format!("{url}{PATH}"), &body).await else {
            return known;
        };
        let id = id(&made);
        known.insert(id.clone(), 0);
        written.fetch_add(1, Ordering::SeqCst);
        for step in 1..=2 {
            let at = format!("{url}{PATH}/{id}");
            if send(&http, Method::PATCH, &at, &json!({ "step": step }))
                .await
                .is_none()
            {
                return known;
            }
            known.insert(id.clone(), step);
            written.fetch_add(1, Ordering::SeqCst);
        }
    }
    known
}

/// The answer to a write; none when the connection broke.
async fn send(http: &reqwest::Client, method: Method, url: &str, body: &Value) -> Option<Value> {
    let request = http
        .request(method, url)
        .header("Content-Type", "application/json")
        .body(body.to_string());
    let answer = Answer::try_of(request).await.ok()?;
    assert!([200, 201].contains(&answer.status), "{answer:?}");
    Some(answer.json())
}

/// The right to deliver to a subscriber is held by a process for some time, which outlives a
/// process that was killed. What a test would wait for happens here.
fn let_leases_end(database: &Database) {
    let statement = "UPDATE subscription SET lease_until = 0";
    database.execute(statement, statement);
}

/// Steps of each resource in the order in which their events came first.
fn told(events: &[Value]) -> BTreeMap<String, Vec<u64>> {
    let mut seen = std::collections::BTreeSet::new();
    let mut told: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for event in events {
        if seen.insert(event["eventId"].as_str().unwrap().to_owned()) {
            let category = &event["event"]["category"];
            told.entry(id(category))
                .or_default()
                .push(category["step"].as_u64().unwrap());
        }
    }
    told
}

#[test]
fn what_was_answered_survives_a_kill_and_every_event_arrives() {
    each_database(async |database| {
        let listener = Listener::start().await;
        let process = Process::serve(&database.url, &[]);
        let url = process.url();
        let hub = format!("{url}/tmf-api/productCatalogManagement/v5/hub");
        let body = json!({"@type": "Hub", "callback": listener.url()});
        send(&client(), Method::POST, &hub, &body)
            .await
            .expect("a subscription");

        let (written, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let writers = join_all((0..CLIENTS).map(|_| write(&url, &written, &stop)));
        let killer = async {
            // Events are on their way, too, when the end comes.
            let under_way = || written.load(Ordering::SeqCst) >= ENOUGH;
            let some = listener
                .until(DEADLINE, |events| events.len() > 20 && under_way())
                .await;
            process.kill();
            stop.store(true, Ordering::SeqCst);
            assert!(some, "only {} writes", written.load(Ordering::SeqCst));
        };
        let (known, ()) = tokio::join!(writers, killer);
        let known: Acknowledged = known.into_iter().flatten().collect();
        assert!(known.len() * 3 >= ENOUGH);

        let_leases_end(database);
        let process = Process::serve(&database.url, &[]);
        let http = client();
        let mut stored = Acknowledged::new();
        for (id, step) in &known {
            let read = Answer::of(http.get(format!("{}{PATH}/{id}", process.url())))
                .await
                .must_be(200);
            let there = read.json()["step"].as_u64().unwrap();
            assert!(
                there >= *step,
                "{id}: step {step} was answered, {there} is there"
            );
            stored.insert(id.clone(), there);
        }
        let complete = |events: &[Value]| {
            let told = told(events);
            stored
                .iter()
                .all(|(id, step)| told.get(id).is_some_and(|steps| steps.last() == Some(step)))
        };
        let arrived = listener.until(DEADLINE, complete).await;
        let told = told(&listener.events());
        for (id, step) in &stored {
            let expected: Vec<u64> = (0..=*step).collect();
            assert_eq!(
                told.get(id),
                Some(&expected),
                "events of {id} (all arrived: {arrived})"
            );
        }
    });
}
