//! The command line: `conformance run`, `conformance facts`, `conformance profiles`.
//!
//! Exit status: 0 when everything agrees, 1 when it does not, 2 when the test could not be made.

mod args;

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use conformance::{facts, profile};

use args::{Arguments, Command, FactsArguments, RunArguments};

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(arguments) => run(&arguments),
        Command::Facts(arguments) => compare(&arguments),
        Command::Profiles => profiles(),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &RunArguments) -> Result<bool, String> {
    let options = arguments.options()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("runtime: {error}"))?;
    let report = runtime
        .block_on(conformance::run(&options))
        .map_err(|error| error.to_string())?;
    print!("{}", report.text());
    if let Some(path) = &arguments.json {
        write(path, &report.json().map_err(|error| error.to_string())?)?;
    }
    if let Some(path) = &arguments.junit {
        write(path, &report.junit())?;
    }
    if let Some(path) = &arguments.html {
        write(path, &report.html())?;
    }
    Ok(report.conforms(arguments.strict))
}

fn compare(arguments: &FactsArguments) -> Result<bool, String> {
    let report = facts::check(&facts::FactsOptions {
        openapi: arguments.openapi.clone(),
        facts: arguments.facts.clone(),
        deviations: arguments.deviations.clone(),
    })?;
    if arguments.json {
        let json = serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?;
        println!("{json}");
    } else {
        print!("{}", report.table());
    }
    Ok(report.agrees())
}

fn profiles() -> Result<bool, String> {
    for profile in profile::embedded(None, None)? {
        let names: Vec<&str> = profile
            .resources
            .iter()
            .map(|resource| resource.name.as_str())
            .collect();
        println!(
            "{} {}  {}  ({})",
            profile.api,
            profile.version,
            profile.title,
            names.join(", ")
        );
    }
    Ok(true)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
