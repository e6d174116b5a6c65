//! `kill -9` while usage is taken in and rated: what was answered is there, nothing is charged twice, and
//! all of it adds up once it was sent again.

use std::str::FromStr as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join3;
use reqwest::Method;
use rust_decimal::Decimal;
use tokio::sync::Notify;

use super::plan::{STREAM, V4, call, line, offer};
use crate::support::{Answer, Database, Process, TestServer, client, each_database};

/// Rounds of the suite; `TOLLGATE_TEST_CRASHES` asks for more.
const ROUNDS: usize = 3;
const RECORDS: usize = 3_000;
/// Records of one request.
const PART: usize = 100;

fn rounds() -> usize {
    let asked = std::env::var("TOLLGATE_TEST_CRASHES").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(ROUNDS)
}

fn records(round: usize) -> Vec<String> {
    (0..RECORDS)
        .map(|n| {
            let start = format!("2026-03-02T{:02}:{:02}:00Z", n / 60 % 24, n % 60);
            call(
                &format!("{round}-{n}"),
                &format!("4917{:02}", n % 20),
                &start,
                60,
            )
            .to_string()
        })
        .collect()
}

/// Sends records in parts, and answers how many came through. After each part `each` hears of it.
async fn send(url: &str, records: &[String], each: impl Fn(usize)) -> usize {
    let mut through = 0;
    for part in records.chunks(PART) {
        let request = client()
            .post(format!("{url}{STREAM}"))
            .header("Content-Type", "application/x-ndjson")
            .body(part.join("\n"));
        match Answer::try_of(request).await {
            Ok(answer) if answer.status == 200 => through += part.len(),
            _ => return through,
        }
        each(through);
    }
    through
}

/// How many records were answered by a server that is killed while others are on their way.
async fn answered_before_a_kill(database: &Database, round: usize) -> usize {
    let process = Process::serve(&database.url, &[]);
    let url = process.url();
    // Some come one by one and are rated behind the answer.
    let single = call(
        &format!("{round}-single"),
        "491700",
        "2026-03-02T12:00:00Z",
        60,
    );
    let request = client().request(Method::POST, format!("{url}{V4}"));
    let request = request
        .header("Content-Type", "application/json")
        .body(single.to_string());
    Answer::of(request).await.must_be(201);
    let sent = records(round);
    let (some, others) = sent.split_at(RECORDS / 2);
    let (parts, enough) = (AtomicUsize::new(0), Notify::new());
    let each = |_| {
        // Each round a little later.
        if parts.fetch_add(1, Ordering::SeqCst) >= round % 9 {
            enough.notify_one();
        }
    };
    let killing = async {
        enough.notified().await;
        process.kill();
    };
    let (one, other, ()) = join3(send(&url, some, each), send(&url, others, each), killing).await;
    assert!(one + other < RECORDS, "it was killed too late");
    one + other + 1
}

/// How much usage there is.
async fn total(server: &TestServer, condition: &str) -> usize {
    let answer = server.get(&format!("{V4}?limit=1{condition}")).await;
    assert!([200, 206].contains(&answer.status), "{answer:?}");
    let total = answer
        .header("X-Total-Count")
        .and_then(|text| text.parse().ok());
    total.expect("a count")
}

#[test]
fn no_record_is_lost_or_charged_twice_when_the_server_is_killed() {
    each_database(async |database| {
        let server = TestServer::start(database).await;
        offer(&server).await;
        for n in 0..20 {
            line(
                &server,
                &format!("p{n}"),
                &format!("4917{n:02}"),
                Some("acme"),
            )
            .await;
        }
        server.stop().await;
        for round in 0..rounds() {
            let answered = answered_before_a_kill(database, round).await;
            let server = TestServer::start(database).await;
            let stored = total(&server, "").await;
            assert!(
                stored >= round * (RECORDS + 1) + answered,
                "round {round}: {stored}, {answered}"
            );
            // All that is sent again is known or new.
            let sent = records(round);
            assert_eq!(send(&server.url(), &sent, |_| {}).await, RECORDS);
            server.parts().pool.drain().await.expect("rating");
            let expected = (round + 1) * (RECORDS + 1);
            assert_eq!(total(&server, "").await, expected, "round {round}");
            assert_eq!(
                total(&server, "&status=rated").await,
                expected,
                "round {round}"
            );
            let report = server
                .get("/tollgate/v1/usage/assurance")
                .await
                .must_be(200)
                .json();
            assert_eq!(report["isBalanced"], true, "{report}");
            server.stop().await;
        }
        // Each record took one minute of the allowance or of money: both add up to all of them.
        let server = TestServer::start(database).await;
        let mut charged = Decimal::ZERO;
        let mut offset = 0;
        loop {
            let page = server
                .get(&format!("{V4}?limit=1000&offset={offset}"))
                .await
                .json();
            let page = page.as_array().expect("a list").clone();
            if page.is_empty() {
                break;
            }
            offset += page.len();
            for usage in &page {
                let net =
                    usage["ratedProductUsage"][0]["taxExcludedRatingAmount"]["value"].to_string();
                let net = Decimal::from_str(&net).expect("a number");
                // 0.12 a minute are 0.002 a second.
                charged += net * Decimal::from(500);
            }
        }
        let states = server
            .parts()
            .engine
            .store
            .read_blocking(|session| session.charging_states(1, &["a:acme".to_owned()]));
        let owner =
            tollgate::charging::Owner::read(&states.expect("a state")[0].2).expect("an owner");
        let used: u64 = owner.buckets.iter().map(|held| held.used).sum();
        let seconds = Decimal::from(rounds() * (RECORDS + 1) * 60);
        assert_eq!(charged + Decimal::from(used), seconds);
        server.stop().await;
    });
}
