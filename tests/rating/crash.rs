//! `kill -9` while usage is taken in and rated: what was answered is there, nothing is charged twice, and
//! all of it adds up once it was sent again.

use std::str::FromStr as _;
use std::time::Duration;

use reqwest::Method;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::plan::{STREAM, V4, call, line, offer};
use crate::support::{Answer, Process, TestServer, client, each_database};

/// Rounds of the suite; `TOLLGATE_CRASHES` asks for more.
const ROUNDS: usize = 3;
const RECORDS: usize = 3_000;

fn rounds() -> usize {
    let asked = std::env::var("TOLLGATE_CRASHES").ok();
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

/// Sends records in parts, and answers which parts came through.
async fn send(url: &str, records: &[String]) -> usize {
    let mut through = 0;
    for part in records.chunks(100) {
        let request = client()
            .post(format!("{url}{STREAM}"))
            .header("Content-Type", "application/x-ndjson")
            .body(part.join("\n"));
        match Answer::try_of(request).await {
            Ok(answer) if answer.status == 200 => through += part.len(),
            _ => return through,
        }
    }
    through
}

async fn read(url: &str, path: &str) -> (Value, String) {
    let answer = Answer::of(client().get(format!("{url}{path}"))).await;
    assert!([200, 206].contains(&answer.status), "{answer:?}");
    let total = answer
        .header("X-Total-Count")
        .unwrap_or_default()
        .to_owned();
    (answer.json(), total)
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
        let settings = [("TOLLGATE_RATING__POLL_MS", "50")];
        for round in 0..rounds() {
            let process = Process::serve(&database.url, &settings);
            let url = process.url();
            let sent = records(round);
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
            let pause = tokio::time::sleep(Duration::from_millis(
                30 + 37 * u64::try_from(round % 9).unwrap_or(0),
            ));
            let through = tokio::select! {
                through = send(&url, &sent) => through,
                () = pause => 0,
            };
            process.kill();

            let process = Process::serve(&database.url, &settings);
            let url = process.url();
            // What was answered is stored, and all that is sent again is known or new.
            assert!(through <= RECORDS);
            assert_eq!(send(&url, &sent).await, RECORDS);
            let expected = (round + 1) * (RECORDS + 1);
            let mut waiting = Value::Null;
            for _ in 0..600 {
                waiting = read(&url, &format!("{V4}?status=received&limit=1")).await.0;
                if waiting == json!([]) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(waiting, json!([]));
            let (_, total) = read(&url, &format!("{V4}?limit=1")).await;
            assert_eq!(total, expected.to_string(), "round {round}");
            let (_, rated) = read(&url, &format!("{V4}?status=rated&limit=1")).await;
            assert_eq!(rated, expected.to_string(), "round {round}");
            let (report, _) = read(&url, "/tollgate/v1/usage/assurance").await;
            assert_eq!(report["isBalanced"], true, "{report}");
            process.kill();
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
