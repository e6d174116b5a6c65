//! The command line: arguments, configuration, the log, and a module for each command.

pub mod args;
pub mod bill;
pub mod config;
mod customer;
mod demo;
mod doctor;
mod failure;
mod load;
pub mod logging;
mod migrate;
mod openapi;
mod order;
mod oss_sim;
mod remote;
mod rules;
mod seed;
mod serve;
pub mod simulate;
mod tariff;
mod usage;
mod work;

use std::process::ExitCode;

use clap::Parser as _;

use crate::server::within_runtime;
use args::{Args, Command, Openapi};
pub use failure::Failure;

/// Runs the command of this process.
pub fn main() -> ExitCode {
    let args = Args::parse();
    match execute(&args) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("tollgate: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn execute(args: &Args) -> Result<ExitCode, Failure> {
    let loaded = config::load(args.common.config.as_deref(), args.settings())?;
    logging::init(&log_of(&loaded, &args.command))?;
    match &args.command {
        Command::Serve(_) => within_runtime(serve::run(&loaded))?,
        Command::Work(workers) => within_runtime(work::run(&loaded.config, *workers))?,
        Command::Migrate => migrate::run(&loaded.config)?,
        Command::Seed(seed) => within_runtime(seed::run(&loaded.config, seed))?,
        Command::Customer(command) => within_runtime(customer::run(&loaded.config, command))?,
        Command::Order(order::args::Order {
            what: order::args::What::Simulate(args),
        }) => return within_runtime(simulate::run(&loaded, *args)),
        Command::Order(order) => return within_runtime(order::run(order)),
        Command::Rules(rules) => return within_runtime(rules::run(&loaded.config, rules)),
        Command::Tariff(tariff) => return within_runtime(tariff::run(tariff)),
        Command::Bill(bill::args::Bill {
            what: bill::args::What::Simulate(args),
        }) => return within_runtime(bill::simulate::run(&loaded, *args)),
        Command::Bill(bill) => return within_runtime(bill::run(&loaded.config, bill)),
        Command::Usage(usage) => return within_runtime(usage::run(&loaded.config, usage)),
        Command::Openapi(Openapi::Export(export)) => openapi::run(export)?,
        Command::Doctor(doctor) => return within_runtime(doctor::run(&loaded, doctor)),
        Command::Demo(demo) => within_runtime(demo::run(&loaded, demo))?,
        Command::Load(load) => load::run(&loaded.config, load)?,
        Command::OssSim(simulator) => {
            let listen = args.common.listen.as_deref();
            within_runtime(oss_sim::run(&loaded, simulator, listen))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The log as configured; the demo, the load tool and the clients print what they do themselves, so
/// only warnings are logged beside it unless more is asked for.
fn log_of(loaded: &config::Loaded, command: &Command) -> config::Log {
    let mut log = loaded.config.log.clone();
    let speaks = matches!(
        command,
        Command::Demo(_)
            | Command::Load(_)
            | Command::Bill(_)
            | Command::Order(_)
            | Command::Rules(_)
            | Command::Usage(_)
    );
    if speaks && loaded.source("log.level") == config::Source::Default {
        log.level = "warn".to_owned();
    }
    log
}
