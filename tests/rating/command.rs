//! `tollgate usage` as processes, beside a server on the same database.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::plan::{V4, line, offer, read};
use crate::support::{Setup, TestServer, each_database};

/// For a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the program and gives what it printed, standard error behind the rest; `code` is how it must end.
async fn run(database: &str, folder: &Path, line: &[&str], code: i32) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command
        .arg("usage")
        .args(line)
        .args(["--database", database])
        .current_dir(folder);
    let ran = tokio::task::spawn_blocking(move || command.output());
    let ran = ran.await.expect("a thread").expect("the program runs");
    let text =
        String::from_utf8(ran.stdout).expect("UTF-8") + &String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(code), "{line:?}: {text}");
    text
}

/// A row of Asterisk's Master.csv.
fn row(number: u64, from: &str, seconds: &str, disposition: &str) -> String {
    format!(
        "\"\",\"{from}\",\"0049228000000\",\"out\",\"\",\"SIP/a-{number}\",\"SIP/b-{number}\",\"Dial\",\"\",\
         \"2026-03-02 09:{:02}:{:02}\",\"2026-03-02 09:{:02}:{:02}\",\"2026-03-02 10:30:00\",\"99\",\
         \"{seconds}\",\"{disposition}\",\"DOCUMENTATION\",\"170.{number}\"\n",
        number / 60 % 60,
        number % 60,
        number / 60 % 60,
        number % 60,
    )
}

#[test]
fn a_file_is_imported_and_what_became_of_it_is_told() {
    each_database(async |database| {
        let server = &TestServer::with(Setup::new(database)).await;
        offer(server).await;
        line(server, "p1", "4917012345", None).await;
        let folder = database.folder.path();
        // More than go into one part; every third caller has no product yet.
        let calls = 2_000;
        let mut text = String::new();
        for number in 0..calls {
            let from = if number % 3 == 0 {
                "004917112345"
            } else {
                "004917012345"
            };
            text.push_str(&row(number, from, "60", "ANSWERED"));
        }
        text.push_str(&row(calls, "004917012345", "0", "NO ANSWER"));
        std::fs::write(folder.join("calls.csv"), &text).expect("a file");
        let control = format!(
            "{{\"rows\": {}, \"count\": {calls}, \"seconds\": {}}}",
            calls + 1,
            calls * 60
        );
        std::fs::write(folder.join("calls.csv.control.json"), control).expect("a file");

        let import = [
            "import",
            "calls.csv",
            "--mapping",
            "asterisk-csv",
            "--report",
            "report.ndjson",
        ];
        let told = run(&database.url, folder, &import, 0).await;
        let held =
            "calls.csv: 2001 rows, 2000 usage, 1 no usage, 0 unreadable; the control totals agree";
        assert!(told.contains(held), "{told}");
        let counts =
            "2000 received: 1333 rated, 667 rejected, 0 duplicate, 0 refused; 0 rows unreadable";
        assert!(told.contains(counts), "{told}");
        let report = std::fs::read_to_string(folder.join("report.ndjson")).expect("a report");
        let report: Vec<Value> = report
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(report.len(), 667);
        assert_eq!(report[1]["line"], 4);
        assert!(
            report
                .iter()
                .all(|own| own["statusReason"]["code"] == "NO_PRODUCT")
        );

        // Once more: everything is known.
        let told = run(&database.url, folder, &import, 0).await;
        assert!(
            told.contains("0 rated, 0 rejected, 2000 duplicate"),
            "{told}"
        );

        line(server, "p2", "4917112345", None).await;
        let told = run(
            &database.url,
            folder,
            &["recycle", "--reason", "NO_PRICE"],
            0,
        )
        .await;
        assert!(told.starts_with("0 records"), "{told}");
        let recycle = ["recycle", "--reason", "NO_PRODUCT", "--source", "asterisk"];
        let told = run(&database.url, folder, &recycle, 0).await;
        assert!(told.starts_with("667 records"), "{told}");
        run(&database.url, folder, &["recycle", "--reason", "BAD"], 1).await;

        let told = run(
            &database.url,
            folder,
            &["assurance", "--source", "asterisk"],
            0,
        )
        .await;
        let sums = told
            .lines()
            .skip(1)
            .filter(|line| line.ends_with("  asterisk"));
        let mut sum = [0_u64; 5];
        for line in sums {
            for (place, count) in line.split_whitespace().skip(1).take(5).enumerate() {
                sum[place] += count.parse::<u64>().expect("a count");
            }
        }
        assert_eq!(sum, [4_000, 2_000, 0, 2_000, 0], "{told}");

        let id = report[0]["id"].as_str().expect("an id");
        let usage = read(server, &format!("{V4}/{id}")).await;
        assert_eq!(usage["status"], "rated");
        let told = run(&database.url, folder, &["trace", id], 0).await;
        let trace: Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!(
            trace,
            read(server, &format!("/tollgate/v1/usage/{id}/ratingTrace")).await
        );
        assert_eq!(trace["price"]["id"], "voice");
        let told = run(&database.url, folder, &["trace", "none"], 1).await;
        assert!(told.contains("There is no usage 'none'."), "{told}");
    });
}

#[test]
fn totals_that_differ_and_rows_that_are_lost_are_a_failure() {
    each_database(async |database| {
        let server = TestServer::with(Setup::new(database)).await;
        offer(&server).await;
        line(&server, "p1", "4917012345", None).await;
        let folder = database.folder.path();
        let file =
            |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file");
        file("a.csv", &row(1, "004917012345", "60", "ANSWERED"));
        file("a.csv.control.json", "{\"count\": 2}");
        let import = ["import", "a.csv", "--mapping", "asterisk-csv"];
        let told = run(&database.url, folder, &import, 1).await;
        assert!(
            told.contains("the control totals differ: count should be 2 and is 1"),
            "{told}"
        );
        assert!(told.contains("1 rated"), "{told}");
        file("a.csv.control.json", "{\"count\": 1}");
        run(&database.url, folder, &import, 0).await;

        // The same record says something else, and a row has no length.
        let text =
            row(1, "004917012345", "61", "ANSWERED") + &row(2, "004917012345", "long", "ANSWERED");
        file("b.csv", &text);
        let import = ["import", "a.csv", "b.csv", "--mapping", "asterisk-csv"];
        let told = run(&database.url, folder, &import, 1).await;
        assert!(
            told.contains("0 rated, 0 rejected, 1 duplicate, 1 refused; 1 rows unreadable"),
            "{told}"
        );
        assert!(
            told.contains("\"status\":\"refused\"") && told.contains("\"code\":\"TG-3001\""),
            "{told}"
        );
        assert!(
            told.contains("\"line\":2,\"status\":\"unreadable\",\"column\":\"billsec\""),
            "{told}"
        );

        // Of another exchange it is another record.
        let source = [
            "import",
            "a.csv",
            "--mapping",
            "asterisk-csv",
            "--source",
            "pbx-2",
        ];
        let told = run(&database.url, folder, &source, 0).await;
        assert!(told.contains("1 rated"), "{told}");

        let told = run(
            &database.url,
            folder,
            &["import", "none.csv", "--mapping", "asterisk-csv"],
            1,
        )
        .await;
        assert!(told.contains("none.csv: "), "{told}");
        let told = run(
            &database.url,
            folder,
            &["import", "a.csv", "--mapping", "none"],
            1,
        )
        .await;
        assert!(
            told.contains("'none' is none of the mappings asterisk-csv, "),
            "{told}"
        );
        let set = [
            "import",
            "a.csv",
            "--mapping",
            "asterisk-csv",
            "--set",
            "time_zone=Nowhere",
        ];
        let told = run(&database.url, folder, &set, 1).await;
        assert!(told.contains("time_zone"), "{told}");
        let told = run(&database.url, folder, &["mappings"], 0).await;
        assert!(
            told.contains("kamailio-cdrs") && told.lines().count() == 9,
            "{told}"
        );
    });
}

#[test]
fn an_import_that_is_interrupted_says_how_far_it_came_and_is_repeated() {
    each_database(async |database| {
        let server = &TestServer::with(Setup::new(database)).await;
        offer(server).await;
        line(server, "p1", "4917012345", None).await;
        let folder = database.folder.path();
        let child = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["usage", "import", "-", "--mapping", "asterisk-csv"])
            .args(["--database", &database.url])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.expect("the program starts");
        let mut input = child.stdin.take().expect("its input");
        let mut text = String::new();
        for number in 0..600 {
            text.push_str(&row(number, "004917012345", "60", "ANSWERED"));
        }
        input.write_all(text.as_bytes()).expect("it reads");
        // More than a part has come, less than two: the first is rated while more is waited for.
        let begun = Instant::now();
        while read(server, "/tollgate/v1/usage/assurance").await["hour"] == json!([]) {
            assert!(begun.elapsed() < PATIENCE, "nothing is rated");
        }
        let pid = child.id().to_string();
        let told = Command::new("kill").args(["-INT", &pid]).status();
        assert!(told.expect("a signal").success());
        let mut number = 600;
        let ended = loop {
            let row = row(number, "004917012345", "60", "ANSWERED");
            // Once it has ended nobody reads.
            if input.write_all(row.as_bytes()).is_ok() {
                text.push_str(&row);
                number += 1;
            }
            if let Some(status) = child.try_wait().expect("its state") {
                break status;
            }
        };
        assert_eq!(ended.code(), Some(1));
        let mut told = String::new();
        let mut output = child.stdout.take().expect("its output");
        output.read_to_string(&mut told).expect("UTF-8");
        assert!(told.contains("interrupted behind line "), "{told}");
        assert!(told.contains("Import it again to go on"), "{told}");
        let behind = told
            .split("interrupted behind line ")
            .nth(1)
            .expect("a line");
        let behind = behind.lines().next().expect("a number");
        let behind: u64 = behind.parse().expect("a number");
        assert!((600..=number).contains(&behind), "{told}");

        std::fs::write(folder.join("calls.csv"), &text).expect("a file");
        let import = ["import", "calls.csv", "--mapping", "asterisk-csv"];
        let told = run(&database.url, folder, &import, 0).await;
        let counts = format!(
            "{number} received: {} rated, 0 rejected, {behind} duplicate",
            number - behind
        );
        assert!(told.contains(&counts), "{counts}: {told}");
    });
}
