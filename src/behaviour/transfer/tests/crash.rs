//! Runs that are cut off: by a process that hangs until its lease is lost, by a stop of the server,
//! by the deletion of the job.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::{Fixture, Options, lines, specification};
use crate::domain::descriptor::ApiVersion;
use crate::engine::{Address, Caller};

/// A web server whose first answer stops in the middle until it is let go; later ones do not.
struct Stalling {
    url: String,
    gate: Arc<(Mutex<bool>, Condvar)>,
}

impl Stalling {
    fn new(content: String, stop_at: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/file", listener.local_addr().unwrap());
        let gate: Arc<(Mutex<bool>, Condvar)> = Arc::default();
        let inner = Arc::clone(&gate);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (content, gate) = (content.clone(), Arc::clone(&inner));
                std::thread::spawn(move || {
                    answer(
                        stream.unwrap(),
                        &content,
                        (number == 0).then_some((stop_at, &*gate)),
                    );
                });
            }
        });
        Stalling { url, gate }
    }

    fn let_go(&self) {
        *self.gate.0.lock().unwrap() = true;
        self.gate.1.notify_all();
    }
}

fn answer(mut stream: TcpStream, content: &str, stall: Option<(usize, &(Mutex<bool>, Condvar))>) {
    let mut request = [0; 4096];
    let _ = stream.read(&mut request).unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\netag: \"1\"\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        content.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    let (before, after) = content.split_at(stall.map_or(content.len(), |(at, _)| at));
    stream.write_all(before.as_bytes()).unwrap();
    if let Some((_, gate)) = stall {
        let open = gate.0.lock().unwrap();
        drop(gate.1.wait_while(open, |open| !*open).unwrap());
    }
    // Whoever was stalled may have hung up meanwhile.
    let _ = stream.write_all(after.as_bytes());
}

/// Records without ids: written twice, they would be there twice.
fn nameless(count: usize) -> Vec<Value> {
    (0..count)
        .map(|n| json!({"@type": "Category", "name": format!("n{n}"), "description": "x".repeat(200)}))
        .collect()
}

/// A server that commits each record by itself, so that there are many places to stop at.
fn one_by_one() -> Fixture {
    Fixture::with(Options {
        batch: 1,
        ..Options::default()
    })
}

async fn until(what: impl AsyncFn() -> bool) {
    for _ in 0..10_000 {
        if what().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it never happened");
}

async fn names(fixture: &Fixture) -> Vec<String> {
    let mut names = Vec::new();
    for id in fixture.ids("category").await {
        names.push(
            fixture.get("category", &id).await.unwrap()["name"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    names
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_process_goes_on_and_the_hanging_one_writes_nothing_more() {
    let fixture = Fixture::new();
    // Larger than what lies in buffers on the way.
    let count = 2_000;
    let content = lines(&nameless(count));
    let server = Stalling::new(content.clone(), content.len() / 2);
    let id = fixture
        .create("importJob", json!({"url": server.url}))
        .await
        .unwrap();
    let hanging = fixture.worker();
    let first = tokio::spawn(async move { hanging.drain().await });
    until(async || fixture.ids("category").await.len() > 100).await;
    let half = fixture.ids("category").await.len();
    assert!(half < count, "{half}");
    // Its lease has ended, as if it had been killed.
    // Until it really hangs, what it still commits renews the lease.
    until(async || {
        fixture.clock.advance_millis(3_600_000);
        fixture.worker().drain().await.unwrap() == 1
    })
    .await;
    let expected: Vec<String> = (0..count).map(|n| format!("n{n}")).collect();
    assert_eq!(names(&fixture).await, expected);
    server.let_go();
    first.await.unwrap().unwrap();
    assert_eq!(
        names(&fixture).await,
        expected,
        "each record once, in order"
    );
    let job = fixture.get("importJob", &id).await.unwrap();
    assert_eq!(job["status"], "Succeeded", "{job}");
    let ends = fixture
        .announced()
        .await
        .iter()
        .filter(|e| e.contains("importJob") && e.ends_with("stateChange"))
        .count();
    assert_eq!(ends, 2, "one begin and one end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_of_the_server_is_followed_by_the_rest() {
    for name in ["a.ndjson", "a.json"] {
        let fixture = one_by_one();
        let count = 1_500;
        let records = nameless(count);
        let content = if name == "a.json" {
            Value::from(records).to_string()
        } else {
            lines(&records)
        };
        fixture.file(name, content);
        let id = fixture
            .create("importJob", json!({"url": format!("file:{name}")}))
            .await
            .unwrap();
        let mut runs = 0;
        loop {
            let begun = fixture.ids("category").await.len();
            let fixture = &fixture;
            let stop =
                async move { until(async || fixture.ids("category").await.len() > begun).await };
            let done =
                async { fixture.get("importJob", &id).await.unwrap()["status"] == "Succeeded" };
            if done.await {
                break;
            }
            let done = until(async || {
                fixture.get("importJob", &id).await.unwrap()["status"] == "Succeeded"
            });
            let worker = fixture.worker();
            worker
                .run(async {
                    tokio::select! { () = stop => {}, () = done => {} }
                })
                .await;
            runs += 1;
        }
        assert!(runs > 1, "the first run was not stopped");
        let expected: Vec<String> = (0..count).map(|n| format!("n{n}")).collect();
        assert_eq!(names(&fixture).await, expected, "{name} after {runs} runs");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_job_that_is_deleted_stops() {
    let fixture = Fixture::new();
    let content = lines(&nameless(2_000));
    let server = Stalling::new(content.clone(), content.len() / 2);
    let id = fixture
        .create("importJob", json!({"url": server.url}))
        .await
        .unwrap();
    let worker = fixture.worker();
    let run = tokio::spawn(async move { worker.drain().await });
    until(async || fixture.ids("category").await.len() > 100).await;
    let resource = fixture.resource("importJob", ApiVersion::V5);
    let address = Address { id, version: None };
    fixture
        .engine
        .delete(resource, address, Vec::new(), Caller::local())
        .await
        .unwrap();
    let written = fixture.ids("category").await.len();
    server.let_go();
    run.await.unwrap().unwrap();
    assert_eq!(fixture.ids("category").await.len(), written);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changes_under_a_job_is_not_mixed_up() {
    let fixture = one_by_one();
    let content = lines(&(0..1_500).map(specification).collect::<Vec<_>>());
    fixture.file("a.ndjson", &content);
    let id = fixture
        .create("importJob", json!({"url": "file:a.ndjson"}))
        .await
        .unwrap();
    let worker = fixture.worker();
    let inner = &fixture;
    let stop =
        async move { until(async || !inner.ids("productSpecification").await.is_empty()).await };
    worker.run(stop).await;
    let written = fixture.ids("productSpecification").await.len();
    assert!(written < 1_500, "the run was not stopped");
    fixture.file(
        "a.ndjson",
        content.replace("Specification 3", "Something else"),
    );
    fixture.worker().drain().await.unwrap();
    let job = fixture.get("importJob", &id).await.unwrap();
    assert_eq!(job["status"], "Failed");
    let log = job["errorLog"].as_str().unwrap();
    assert!(log.contains("has changed since the job began"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_export_goes_on_behind_its_last_checkpoint() {
    let fixture = Fixture::with(Options {
        batch: 1000,
        ..Options::default()
    });
    let count = 5_000;
    let filler = "x".repeat(6_000);
    let records: Vec<Value> = (0..count)
        .map(|n| json!({"@type": "Category", "id": format!("c{n}"), "name": "n", "description": filler}))
        .collect();
    fixture.file("in.ndjson", lines(&records));
    fixture.import(json!({"url": "file:in.ndjson"})).await;
    let id = fixture
        .create("exportJob", json!({"url": "file:out.json"}))
        .await
        .unwrap();
    let saved = async || {
        let id = id.clone();
        let find =
            move |session: &mut dyn crate::store::Session| session.job_of(1, "exportJob", &id);
        let job = fixture.engine.store.scan(find).await.unwrap().unwrap();
        let progress: Value = serde_json::from_str(&job.progress).unwrap();
        (
            progress["length"].as_u64().unwrap_or(0),
            progress["complete"] == true,
        )
    };
    fixture
        .worker()
        .run(until(async || saved().await.0 > 0))
        .await;
    let (length, complete) = saved().await;
    assert!(length > 0 && !complete, "the run was not stopped: {length}");
    // What came behind the checkpoint may be there in part.
    let draft = fixture
        .files()
        .into_iter()
        .find(|name| name.starts_with(".export-"))
        .unwrap();
    let mut content = fixture.read(&draft);
    content.truncate(usize::try_from(length).unwrap());
    content.extend_from_slice(b",\n{\"half\": ");
    fixture.file(&draft, content);
    fixture.worker().drain().await.unwrap();
    let found: Vec<Value> = serde_json::from_slice(&fixture.read("out.json")).unwrap();
    let ids: Vec<&str> = found.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids, (0..count).map(|n| format!("c{n}")).collect::<Vec<_>>());
    assert_eq!(fixture.files(), ["in.ndjson", "out.json"]);
}
