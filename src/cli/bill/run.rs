//! `tollgate bill run`: asks for a run, works on it, together with whoever else does, and shows how far it is.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::Failure;
use super::super::serve::until_told;
use super::args::Run;
use crate::behaviour::billing::BILL_RUN;
use crate::behaviour::document;
use crate::engine::Caller;
use crate::server::{Parts, Work};
use crate::store::IdKey;

/// Time between two looks at the progress.
const LOOK: Duration = Duration::from_millis(200);
/// Time between two lines about it.
const TELL: Duration = Duration::from_secs(2);

/// Runs it to its end, or until told to stop; whoever works on the database then goes on with it.
///
/// # Errors
/// When the run is refused, or has failed.
pub async fn run(parts: &mut Parts, args: &Run) -> Result<ExitCode, Failure> {
    let id = ask(parts, &body(args)).await?;
    if !args.json {
        eprintln!("bill run {id}");
    }
    parts.start_workers(Work {
        jobs: true,
        ..Work::default()
    });
    let done = tokio::select! {
        done = finished(parts, &id, !args.json) => done?,
        told = until_told() => {
            told?;
            eprintln!("stopped; a server or the next `tollgate bill run` on this database goes on with run {id}");
            return Ok(ExitCode::from(130));
        }
    };
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&done)?),
        false => report(&done).iter().for_each(|line| println!("{line}")),
    }
    let is_whole = done.get("state") == Some(&json!("done")) && count(&done, "failedCount") == 0;
    Ok(match is_whole {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn body(args: &Run) -> Value {
    let mut body = json!({ "@type": "BillRun", "trial": args.trial });
    let mut put = |name: &str, value: Value| {
        if let Some(body) = body.as_object_mut() {
            body.insert(name.to_owned(), value);
        }
    };
    if let Some(cycle) = &args.cycle {
        let class = "BillingCycleSpecificationRef";
        put(
            "billingCycleSpecification",
            json!({ "@type": class, "id": cycle }),
        );
    }
    if let Some(date) = &args.date {
        put("billingDate", json!(date));
    }
    if let Some(name) = &args.name {
        put("name", json!(name));
    }
    if !args.account.is_empty() {
        let accounts = args.account.iter();
        let accounts = accounts.map(|id| json!({ "@type": "BillingAccountRef", "id": id }));
        put("billingAccount", accounts.collect());
    }
    body
}

/// Asks for a run, and answers its id.
///
/// # Errors
/// When it is refused.
pub async fn ask(parts: &Parts, body: &Value) -> Result<String, Failure> {
    let engine = &parts.engine;
    let resource = engine.core.registry.canonical(BILL_RUN);
    let resource = resource.ok_or_else(|| Failure::new("there are no bill runs"))?;
    let made = engine.create(resource, body.clone(), Caller::local(), None);
    Ok(made.await?.row.id)
}

/// Waits for the end of a run.
///
/// # Errors
/// When the database cannot be read.
pub async fn finished(parts: &Parts, id: &str, tell: bool) -> Result<Value, Failure> {
    let key = IdKey::new(Caller::local().tenant, BILL_RUN, id);
    let (began, mut told) = (Instant::now(), Instant::now());
    loop {
        let own = key.clone();
        let rows = parts.engine.store.point(move |s| s.versions(&own)).await?;
        let row = rows
            .first()
            .ok_or_else(|| Failure::new("the run is gone"))?;
        let doc = document(row)?;
        let state = doc.get("state").and_then(Value::as_str);
        if matches!(state, Some("done" | "terminatedWithError")) {
            return Ok(doc);
        }
        if tell && told.elapsed() >= TELL {
            told = Instant::now();
            let seconds = began.elapsed().as_secs_f64();
            let (accounts, bills) = (count(&doc, "accountCount"), count(&doc, "billCount"));
            eprint!("\r{accounts} accounts, {bills} bills in {seconds:.0} s ");
            std::io::stderr().flush()?;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A number of the report.
pub fn count(run: &Value, name: &str) -> u64 {
    run.get(name).and_then(Value::as_u64).unwrap_or(0)
}

/// The report in lines.
fn report(run: &Value) -> Vec<String> {
    let mut lines = vec![format!(
        "{} accounts: {} bills ({} held for review), {} with nothing to bill, {} billed before, {} failed",
        count(run, "accountCount"),
        count(run, "billCount"),
        count(run, "heldCount"),
        count(run, "emptyCount"),
        count(run, "skippedCount"),
        count(run, "failedCount"),
    )];
    let list = |name: &str| {
        run.get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for total in list("total") {
        let value = |name: &str| {
            total
                .pointer(&format!("/{name}/value"))
                .map(Value::to_string)
        };
        lines.push(format!(
            "{} {} without tax, {} with tax",
            total
                .pointer("/taxExcludedAmount/unit")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            value("taxExcludedAmount").unwrap_or_default(),
            value("taxIncludedAmount").unwrap_or_default(),
        ));
    }
    for failure in list("failure") {
        let text = |pointer: &str| failure.pointer(pointer).and_then(Value::as_str);
        lines.push(format!(
            "account {}: {}",
            text("/billingAccount/id").unwrap_or_default(),
            text("/reason").unwrap_or_default()
        ));
    }
    if let Some(why) = run.get("description").and_then(Value::as_str) {
        lines.push(why.to_owned());
    }
    lines
}
