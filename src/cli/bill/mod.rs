//! `tollgate bill`: bill runs, and reports about bills. Works on the database itself, so that no server needs to run.
//!
//! - `args` is what can be typed; `run` makes bills, `sample` one to begin with; `simulate` makes a year of
//!   them, to see whether they are right.

pub mod args;
pub mod run;
pub mod sample;
pub mod simulate;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use serde_json::Value;

use super::Failure;
use super::config::Config;
use crate::behaviour::billing::receivable::report::{aging, journal};
use crate::domain::clock::Clock;
use crate::domain::money::Currency;
use crate::engine::Caller;
use crate::server::Parts;
use args::{Aging, Bill, Journal, Shape, What};

/// Runs a command about bills.
///
/// # Errors
/// When the database or a file cannot be used, or the question cannot be read.
pub async fn run(config: &Config, bill: &Bill) -> Result<ExitCode, Failure> {
    let address = config
        .listen_address()
        .ok_or_else(|| Failure::new("no address that clients know the server by"))?;
    let mut parts = Parts::build(config, &config.base_url(address), Clock::system())?;
    let done = match &bill.what {
        What::Run(args) => run::run(&mut parts, args).await,
        What::Aging(args) => age(&parts, args).await,
        What::Journal(args) => book(&parts, args).await,
        What::Simulate(_) => Err(Failure::new("a simulation has a database of its own")),
    };
    parts.close().await;
    done
}

async fn age(parts: &Parts, args: &Aging) -> Result<ExitCode, Failure> {
    let engine = &parts.engine;
    let (at, account, zone) = (&args.at, &args.account, &args.time_zone);
    let now = engine.core.clock.now();
    let asked = aging::Asked::read(at.clone(), account.clone(), zone.clone(), now)?;
    let report = aging::report(&engine.store, Caller::local().tenant, asked).await?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report)?),
        false => table(&report).iter().for_each(|line| println!("{line}")),
    }
    Ok(ExitCode::SUCCESS)
}

const COLUMNS: [&str; 8] = [
    "current",
    "1-30",
    "31-60",
    "61-90",
    "90+",
    "total",
    "disputed",
    "onAccount",
];

/// An account in each line, and the totals.
fn table(report: &Value) -> Vec<String> {
    let head = COLUMNS.map(|name| format!("{name:>14}")).join("");
    let mut lines = vec![format!("{:<3} {head}  account", "")];
    let rows = |name: &str| {
        report
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for (row, is_total) in rows("account")
        .map(|row| (row, false))
        .chain(rows("total").map(|row| (row, true)))
    {
        let amounts = COLUMNS.map(|name| {
            let amount = row.get(name).map(Value::to_string).unwrap_or_default();
            format!("{amount:>14}")
        });
        let currency = row.get("currency").and_then(Value::as_str);
        let account = row.pointer("/billingAccount/id").and_then(Value::as_str);
        let account = if is_total { Some("all") } else { account };
        lines.push(format!(
            "{:<3} {}  {}",
            currency.unwrap_or_default(),
            amounts.join(""),
            account.unwrap_or_default()
        ));
    }
    lines
}

async fn book(parts: &Parts, args: &Journal) -> Result<ExitCode, Failure> {
    let engine = &parts.engine;
    let (from, to, account) = (args.from.clone(), args.to.clone(), args.account.clone());
    let asked = journal::Asked::read(from, to, account, engine.core.clock.now())?;
    let format = match args.format {
        Shape::Csv => journal::Format::Csv,
        Shape::Ndjson => journal::Format::Ndjson,
    };
    let into: Box<dyn Write + Send> = match &args.out {
        Some(path) => Box::new(BufWriter::new(File::create(path)?)),
        None => Box::new(BufWriter::new(io::stdout())),
    };
    let tenant = Caller::local().tenant;
    let written = journal::write(&engine.store, tenant, asked, format, into, None).await?;
    let Some(written) = written else {
        return Err(Failure::new("the journal was not written"));
    };
    let sums = written.sums;
    eprintln!("{} entries", sums.entries);
    for (code, (debit, credit)) in &sums.by_currency {
        let shown = |total: crate::billing::receivable::Total| {
            let money = Currency::of(code).and_then(|currency| total.money(currency));
            money.map_or_else(|| "?".to_owned(), |money| money.value.to_string())
        };
        eprintln!(
            "{code}: debits {}, credits {}",
            shown(*debit),
            shown(*credit)
        );
    }
    Ok(match sums.is_balanced() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
