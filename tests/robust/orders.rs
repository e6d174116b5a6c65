//! `kill -9` in the middle of a stream of orders: each is fulfilled all the same, by the process that
//! comes after or by another one, and nothing is ordered twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::watch;
use tollgate::oss_sim::{OssSim, Settings, SimOrder};
use tollgate::sample;

use crate::support::{
    Answer, Database, Listener, Process, System, client, each_database, quick, within,
};

const ORDERS: &str = "/tmf-api/productOrderingManagement/v5/productOrder";
const TOKEN: &str = "the-token-of-callbacks";
/// Clients that order at once.
const CLIENTS: usize = 3;
/// For what should take some seconds, on a machine with much else to do.
const DEADLINE: Duration = Duration::from_secs(120);

/// An OSS that takes its time, so that a kill finds calls under way.
async fn slow_oss() -> OssSim {
    let settings = Settings {
        at_once: false,
        delay_ms: 5..=60,
        workers: 2,
        ..quick()
    };
    OssSim::start(settings).await.expect("the OSS starts")
}

fn serve(database: &Database, oss: &OssSim) -> Process {
    let url = oss.ordering("v4");
    let settings = [
        ("TOLLGATE_OSS__DEFAULT__URL", url.as_str()),
        ("TOLLGATE_OSS__DEFAULT__VERSION", "v4"),
        ("TOLLGATE_OSS__DEFAULT__CALLBACK_TOKEN", TOKEN),
        ("TOLLGATE_OSS__DEFAULT__TIMEOUT_MS", "2000"),
        ("TOLLGATE_OSS__DEFAULT__POLL_MS", "2000"),
        ("TOLLGATE_ORDERING__TAKEOVER_MS", "6000"),
        ("TOLLGATE_ORDERING__POLL_MS", "200"),
        ("TOLLGATE_ORDERING__RETRY_FIRST_MS", "100"),
        ("TOLLGATE_ORDERING__RETRY_ATTEMPTS", "20"),
    ];
    Process::serve(&database.url, &settings)
}

fn seed(database: &Database) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["seed", "--database", &database.url, "--log-level", "error"])
        .stdout(std::process::Stdio::null())
        .status()
        .expect("the program starts");
    assert!(done.success());
}

/// An order that is done without people: a line with an eSIM.
fn order(id: &str) -> Value {
    let mut order = sample::order("order-mobile").expect("a sample order");
    let own = order.as_object_mut().expect("an object");
    own.insert("id".to_owned(), json!(id));
    let items = own["productOrderItem"].as_array_mut().expect("items");
    items.truncate(1);
    items[0]["product"]["productCharacteristic"][0]["value"] = json!("eSIM");
    order
}

/// Places orders at one server until it is gone or there are enough. The ids of those answered.
async fn place(
    url: &str,
    name: &str,
    most: usize,
    placed: &watch::Sender<usize>,
    stop: &AtomicBool,
) -> Vec<String> {
    let http = client();
    let mut known = Vec::new();
    for number in 0..most {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let body = order(&format!("o-{name}-{number}"));
        let request = http
            .request(Method::POST, format!("{url}{ORDERS}"))
            .header("Content-Type", "application/json")
            .body(body.to_string());
        let Ok(answer) = Answer::try_of(request).await else {
            break;
        };
        assert_eq!(answer.status, 201, "{}", answer.body);
        known.push(answer.json()["id"].as_str().expect("an id").to_owned());
        placed.send_modify(|placed| *placed += 1);
    }
    known
}

/// Registers a listener for the events of an API.
async fn listen(api: &str, query: Option<&str>) -> Listener {
    let listener = Listener::start().await;
    let mut hub = json!({ "@type": "Hub", "callback": listener.url() });
    if let Some(query) = query {
        hub["query"] = json!(query);
    }
    let request = client()
        .post(format!("{api}/hub"))
        .header("Content-Type", "application/json")
        .body(hub.to_string());
    Answer::of(request).await.must_be(201);
    listener
}

/// Waits until so many orders were placed, and as many of ours are at the OSS.
async fn well_under_way(oss: &Listener, placed: &watch::Sender<usize>, many: usize) {
    let mut placed = placed.subscribe();
    let placed = placed.wait_for(|placed| *placed >= many);
    let placed = tokio::time::timeout(DEADLINE, placed).await;
    assert!(placed.is_ok_and(|placed| placed.is_ok()), "too few orders");
    let enough = |events: &[Value]| {
        let ids = events
            .iter()
            .map(|event| event["event"]["serviceOrder"]["id"].as_str());
        ids.flatten().collect::<BTreeSet<_>>().len() >= many
    };
    assert!(oss.until(DEADLINE, enough).await, "too few calls");
}

/// Waits until all orders have the state that ends them well.
async fn all_completed(url: &str, ids: &[String]) {
    let api = format!("{url}/tmf-api/productOrderingManagement/v5");
    let changes = listen(&api, Some("eventType=ProductOrderStateChangeEvent")).await;
    let http = client();
    let mut open = Vec::new();
    // Whatever ends later is told.
    for id in ids {
        let read = Answer::of(http.get(format!("{url}{ORDERS}/{id}?fields=state"))).await;
        if read.must_be(200).json()["state"] != "completed" {
            open.push(id.as_str());
        }
    }
    let is_told = |events: &[Value], id: &str| {
        events.iter().any(|event| {
            let order = &event["event"]["productOrder"];
            order["id"] == id && order["state"] == "completed"
        })
    };
    let all = |events: &[Value]| open.iter().all(|id| is_told(events, id));
    if changes.until(DEADLINE, all).await {
        return;
    }
    let events = changes.events();
    open.retain(|id| !is_told(&events, id));
    let worst = open.first().copied().unwrap_or_default();
    let plan = format!("{url}/tollgate/v1/productOrder/{worst}/plan?format=tree");
    let plan = Answer::of(http.get(plan)).await;
    panic!("not completed: {open:?}\n{}", plan.body);
}

/// No piece of work reached the OSS under two names, and none twice under one.
fn nothing_twice(orders: &[SimOrder], ids: &[String]) {
    let mut names: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for order in orders {
        let external_id = order.external_id.clone().expect("an external id");
        let mut parts = external_id.splitn(3, '.');
        let (of, _revision, node) = (parts.next(), parts.next(), parts.next());
        let (of, node) = (of.expect("an order"), node.expect("a node"));
        assert!(
            !node.contains(".r") && !node.contains(".undo"),
            "{external_id}"
        );
        names
            .entry((of.to_owned(), node.to_owned()))
            .or_default()
            .push(external_id);
    }
    for (work, names) in &names {
        assert_eq!(names.len(), 1, "{work:?}");
    }
    let per_order = names.len().checked_div(ids.len()).unwrap_or(0);
    for id in ids {
        let count = names.keys().filter(|(of, _)| of == id).count();
        assert_eq!(count, per_order, "{id}");
    }
    assert!(per_order >= 3);
}

#[test]
fn orders_under_way_survive_a_kill() {
    each_database(async |database| {
        seed(database);
        let oss = slow_oss().await;
        let calls = listen(&oss.ordering("v4"), None).await;
        let process = serve(database, &oss);
        let url = process.url();
        let (placed, stop) = (watch::Sender::new(0), AtomicBool::new(false));
        let names: Vec<String> = (0..CLIENTS).map(|n| format!("c{n}")).collect();
        let clients = names
            .iter()
            .map(|name| place(&url, name, 1000, &placed, &stop));
        let killer = async {
            well_under_way(&calls, &placed, 12).await;
            process.kill();
            stop.store(true, Ordering::SeqCst);
        };
        let (known, ()) = tokio::join!(join_all(clients), killer);
        let known: Vec<String> = known.into_iter().flatten().collect();
        let before = oss.orders().len();

        let process = serve(database, &oss);
        all_completed(&process.url(), &known).await;
        assert!(
            oss.orders().len() > before,
            "the kill came too late to say anything"
        );
        let orders: Vec<SimOrder> = oss.orders();
        let answered = |order: &SimOrder| {
            let id = order.external_id.clone().unwrap_or_default();
            known
                .iter()
                .any(|known| id.starts_with(&format!("{known}.")))
        };
        let orders: Vec<SimOrder> = orders.into_iter().filter(answered).collect();
        nothing_twice(&orders, &known);
        drop(process);
        oss.stop().await;
    });
}

#[test]
fn two_processes_share_the_orders_and_one_survives() {
    let Some(database) = Database::fresh(System::Postgres) else {
        return;
    };
    within(async {
        seed(&database);
        let oss = slow_oss().await;
        let calls = listen(&oss.ordering("v4"), None).await;
        let (one, two) = (serve(&database, &oss), serve(&database, &oss));
        let (first, second) = (one.url(), two.url());
        let (placed, stop) = (watch::Sender::new(0), AtomicBool::new(false));
        let never = AtomicBool::new(false);
        let killer = async {
            well_under_way(&calls, &placed, 16).await;
            one.kill();
            stop.store(true, Ordering::SeqCst);
        };
        let (a, b, c, ()) = tokio::join!(
            place(&first, "a", 1000, &placed, &stop),
            place(&first, "b", 1000, &placed, &stop),
            place(&second, "c", 20, &placed, &never),
            killer
        );
        let known: Vec<String> = [a, b, c].concat();
        all_completed(&second, &known).await;
        let orders: Vec<SimOrder> = oss.orders();
        let answered = |order: &SimOrder| {
            let id = order.external_id.clone().unwrap_or_default();
            known
                .iter()
                .any(|known| id.starts_with(&format!("{known}.")))
        };
        let orders: Vec<SimOrder> = orders.into_iter().filter(answered).collect();
        nothing_twice(&orders, &known);
        drop(two);
        oss.stop().await;
    });
}
