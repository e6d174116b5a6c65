//! `tollgate usage`: usage files, and what became of usage. Works on the database itself, so that no server
//! needs to run.
//!
//! - `import` rates what is in files; `file` reads them, `tally` counts what became of their records;
//! - `args` is what can be typed.

pub mod args;
mod file;
pub mod import;
mod tally;

use std::process::ExitCode;

use serde_json::{Value, json};

use super::Failure;
use super::config::Config;
use crate::charging::{assurance, recycle, trace};
use crate::domain::clock::Clock;
use crate::engine::Caller;
use crate::server::Parts;
use crate::usage_file::{Mapping, mapping::builtin};
pub use args::Import;
use args::{Assurance, Recycle, Usage, What};

/// Runs a command about usage.
///
/// # Errors
/// When the database or a file cannot be used, or the question cannot be read.
pub async fn run(config: &Config, usage: &Usage) -> Result<ExitCode, Failure> {
    if let What::Mappings = usage.what {
        return mappings();
    }
    let address = config
        .listen_address()
        .ok_or_else(|| Failure::new("no address that clients know the server by"))?;
    let parts = Parts::build(config, &config.base_url(address), Clock::system())?;
    let done = on_database(&parts, usage).await;
    parts.close().await;
    done
}

async fn on_database(parts: &Parts, usage: &Usage) -> Result<ExitCode, Failure> {
    let (store, tenant) = (&parts.engine.store, Caller::local().tenant);
    match &usage.what {
        What::Mappings => mappings(),
        What::Import(args) => import::run(&parts.pool, args).await,
        What::Recycle(args) => again(parts, args).await,
        What::Assurance(args) => assure(parts, args).await,
        What::Trace(args) => {
            let trace = trace::trace(store, tenant, &args.id).await?;
            println!("{}", serde_json::to_string_pretty(&trace)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn mappings() -> Result<ExitCode, Failure> {
    for name in builtin::names() {
        let mapping = Mapping::read(builtin::text(name).unwrap_or_default())?;
        println!("{name:<20}  {}", mapping.description.unwrap_or_default());
    }
    Ok(ExitCode::SUCCESS)
}

/// Recycles, and rates at once what that sent back.
async fn again(parts: &Parts, args: &Recycle) -> Result<ExitCode, Failure> {
    let Recycle {
        reason,
        source,
        from,
        to,
        limit,
    } = args;
    let mut question = json!({
        "reason": reason, "source": source, "from": from, "to": to, "limit": limit,
    });
    if let Some(members) = question.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let asked = recycle::Asked::read(&question)?;
    let count = parts.pool.recycle(Caller::local().tenant, asked).await?;
    println!("{count} records go through rating again");
    if parts.pool.is_enabled() {
        parts.pool.drain().await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn assure(parts: &Parts, args: &Assurance) -> Result<ExitCode, Failure> {
    let (store, now) = (&parts.engine.store, parts.engine.core.clock.now());
    let asked =
        assurance::Asked::read(args.from.clone(), args.to.clone(), args.source.clone(), now)?;
    let report = assurance::report(store, Caller::local().tenant, asked).await?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => table(&report).iter().for_each(|line| println!("{line}")),
    }
    Ok(match report.get("isBalanced") {
        Some(Value::Bool(true)) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

const COUNTS: [&str; 5] = ["received", "rated", "rejected", "duplicate", "waiting"];

/// An hour of a source in each line.
fn table(report: &Value) -> Vec<String> {
    let mut lines = vec![format!(
        "{:<20}  {}  source",
        "hour",
        COUNTS.map(|name| format!("{name:>10}")).join("")
    )];
    let hours = report.get("hour").and_then(Value::as_array);
    for hour in hours.into_iter().flatten() {
        let text = |name: &str| hour.get(name).and_then(Value::as_str).unwrap_or_default();
        let count = |name| hour.get(name).and_then(Value::as_u64).unwrap_or_default();
        let counts = COUNTS.map(|name| format!("{:>10}", count(name))).join("");
        let wrong = match hour.get("isBalanced") {
            Some(Value::Bool(false)) => "  does not add up",
            _ => "",
        };
        lines.push(format!(
            "{:<20}  {counts}  {}{wrong}",
            text("hour"),
            text("source")
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::table;

    #[test]
    fn what_does_not_add_up_stands_out() {
        let hour = |rated: u64, is_balanced: bool| {
            json!({
                "hour": "2026-03-02T09:00:00Z", "source": "msc-1", "received": 2, "rated": rated,
                "rejected": 0, "duplicate": 0, "waiting": 0, "isBalanced": is_balanced,
            })
        };
        let lines = table(&json!({ "hour": [hour(2, true), hour(1, false)] }));
        assert_eq!(lines.len(), 3);
        assert!(lines[1].ends_with("  msc-1"), "{lines:?}");
        assert!(lines[2].ends_with("  msc-1  does not add up"), "{lines:?}");
        assert_eq!(
            lines[1].split_whitespace().collect::<Vec<_>>(),
            ["2026-03-02T09:00:00Z", "2", "2", "0", "0", "0", "msc-1"]
        );
    }
}
