//! `tollgate load`: measures a server on this machine over HTTP.
//!
//! Client and server share the machine, so the client does as little as possible: prepared request
//! bytes on keep-alive connections, answers read to their end but not parsed. Each connection has
//! one request under way (a closed loop); latencies count from sending to the last byte.
//!
//! - `scenario` what connections send, `drive` the loop, `report` the results;
//! - `prepare`, `import`, `page`, `start` measure in ways of their own;
//! - `baseline` a bare handler in this process, for ratios taken in one run;
//! - `bills` measures bill runs, in this process; `orders` the fulfilment of product orders, `usage` streams of
//!   usage, `swap` usage while a tariff table is replaced;
//! - `document` the offerings; `target` sees to it that load goes to loopback addresses only.

pub mod args;
mod baseline;
mod bills;
mod client;
mod connection;
mod customers;
mod document;
mod drive;
mod histogram;
mod import;
mod orders;
mod page;
mod prepare;
mod process;
mod random;
mod report;
mod request;
mod response;
mod scenario;
mod start;
mod swap;
mod target;
mod usage;

use super::Failure;
use super::config::Config;
use crate::server::within_runtime;
use args::{Effort, Load, Posted, Server, What};
use drive::Measured;
use report::{Report, heading};
pub(super) use response::header;
use target::Target;

/// Runs one measurement and prints its result.
///
/// # Errors
/// When it cannot be made, and when requests failed in it.
pub fn run(config: &Config, load: &Load) -> Result<(), Failure> {
    match &load.what {
        What::Get(args) => loop_over("get", &args.server, &args.effort, |t| {
            scenario::get(t, args)
        }),
        What::Patch(args) => loop_over("patch", &args.server, &args.effort, |t| {
            scenario::patch(t, args)
        }),
        What::Post(args) => {
            let name = match (args.resource, args.references) {
                (Posted::Customer, _) => "post cust.",
                (Posted::Account, _) => "post acct.",
                (Posted::Usage, _) => "post usage",
                (Posted::Offering, true) => "post refs",
                (Posted::Offering, false) => "post",
            };
            loop_over(name, &args.server, &args.effort, |t| match args.resource {
                Posted::Offering => scenario::post(t, args),
                Posted::Customer | Posted::Account => customers::post(args),
                Posted::Usage => usage::post(args),
            })
        }
        What::List(args) => loop_over("list", &args.server, &args.effort, |t| {
            scenario::list(t, args)
        }),
        What::Search(args) => loop_over("search", &args.server, &args.effort, |t| {
            customers::search(t, args)
        }),
        What::Overview(args) => loop_over("overview", &args.server, &args.effort, |t| {
            customers::overview(t, args)
        }),
        What::Order(args) => {
            let measured = orders::post(args)?;
            let version = Target::of(&args.server)?.version;
            show("order", version.to_string(), &args.effort, &measured)
        }
        What::Fulfil(args) => orders::fulfil(args),
        What::Page(args) => page::run(&Target::of(&args.server)?, args),
        What::Prepare(args) => prepare::run(&Target::of(&args.server)?, args),
        What::Import(args) => {
            let own = std::path::PathBuf::from(&config.jobs.files_dir);
            let folder = args.files_dir.clone().unwrap_or(own);
            import::run(&Target::of(&args.server)?, args, &folder)
        }
        What::Baseline(args) => {
            let measured = within_runtime(baseline::run(args))?;
            show("baseline", "-".to_owned(), &args.effort, &measured)
        }
        What::Compare(args) => without_errors(within_runtime(baseline::compare(args))?),
        What::Start(args) => start::run(config, args),
        What::Bills(args) => within_runtime(bills::run(config, args)),
        What::Usage(args) => usage::run(&Target::of(&args.server)?, args),
        What::Swap(args) => swap::run(args),
    }
}

fn loop_over(
    name: &str,
    server: &Server,
    effort: &Effort,
    measure: impl FnOnce(&Target) -> Result<Measured, Failure>,
) -> Result<(), Failure> {
    let target = Target::of(server)?;
    let measured = measure(&target)?;
    show(name, target.version.to_string(), effort, &measured)
}

fn show(name: &str, api: String, effort: &Effort, measured: &Measured) -> Result<(), Failure> {
    let report = Report {
        scenario: name,
        api,
        connections: effort.connections,
        measured,
    };
    if effort.json {
        println!("{}", report.json());
    } else {
        println!("{}\n{}", heading(), report.line());
    }
    without_errors(measured.error_count())
}

/// A figure with refused requests in it is no figure.
fn without_errors(errors: u64) -> Result<(), Failure> {
    if errors == 0 {
        return Ok(());
    }
    Err(Failure::new(format!("{errors} requests failed")))
}
