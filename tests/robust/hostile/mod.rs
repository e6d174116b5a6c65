//! Bad input, sent to the real program: each request is answered with a clear 4xx, the server
//! neither falls over nor swells.

mod corpus;
mod raw;

use std::time::Duration;

use crate::support::{Answer, Process, client, each_database};
use corpus::{Attempt, BASE, Verdict};

/// Settings of the server: nothing special, but its log tells of panics.
const SETTINGS: [(&str, &str); 1] = [("TOLLGATE_LOG__LEVEL", "warn,tollgate::server=info")];

/// Above what a server of this size needs for its largest body, far below what was sent to it.
const MEMORY_MIB: u64 = 250;

fn check(attempt: &Attempt, process: &Process) -> Result<(), String> {
    let reply = raw::exchange(process.address, &attempt.bytes);
    let told = |what: &str| Err(format!("{}: {what}: {reply:?}", attempt.name));
    match (&attempt.verdict, reply.status) {
        (Verdict::Outside, None | Some(400..=499)) => Ok(()),
        (Verdict::Status(statuses), Some(status)) if !statuses.contains(&status) => {
            told(&format!("not one of {statuses:?}"))
        }
        (Verdict::Status(_), Some(200..=299)) => Ok(()),
        (Verdict::Status(_), Some(_)) if reply.is_error() || attempt.is_head => Ok(()),
        (Verdict::Status(_), Some(_)) => told("not an error of the standard's form"),
        _ => told("no proper answer"),
    }
}

/// A panic, or a fault that we admit. The HTTP library calls bad requests errors, too.
fn is_fault(line: &str) -> bool {
    let ours = line.contains("\"target\":\"tollgate");
    line.contains("panic") || (ours && line.contains("\"level\":\"ERROR\""))
}

async fn is_well(process: &Process) -> Result<(), String> {
    let answer = client().get(format!("{}/health/ready", process.url()));
    let ready = Answer::try_of(answer.timeout(Duration::from_secs(10))).await;
    match ready {
        Ok(answer) if answer.status == 200 => Ok(()),
        other => Err(format!("not ready: {other:?}")),
    }
}

#[test]
fn bad_input_is_refused_and_does_no_harm() {
    each_database(async |database| {
        let mut process = Process::serve(&database.url, &SETTINGS);
        let before = process.peak_memory();
        let mut wrong = Vec::new();
        for attempt in corpus::all() {
            if let Err(what) = check(&attempt, &process) {
                wrong.push(what);
            }
            if !process.is_alive() {
                panic!("{} ended the server:\n{}", attempt.name, process.log());
            }
        }
        wrong.extend(is_well(&process).await.err());
        wrong.extend(raw::streamed_forever(process.address, &format!("{BASE}/category")).err());
        wrong.extend(is_well(&process).await.err());
        assert!(
            wrong.is_empty(),
            "{} of the corpus:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
        let log = process.log();
        let faults: Vec<&str> = log.lines().filter(|line| is_fault(line)).collect();
        assert!(faults.is_empty(), "in the log:\n{}", faults.join("\n"));
        let after = process.peak_memory();
        println!("{}: from {before} to {after} MiB", database.system);
        assert!(after < MEMORY_MIB, "from {before} to {after} MiB");
    });
}
