//! `tollgate doctor`: looks at everything the server leans on, says what is wrong and how to mend
//! it. Changes nothing. With `--references` it reads the whole database instead and lists references
//! that point at nothing.

mod database;
mod files;
mod finding;
mod port;
mod references;

use std::process::ExitCode;

use super::Failure;
use super::args::Doctor;
use super::config::Loaded;
use crate::domain::clock::Clock;
use finding::{Check, Finding, Level, json, text, worst};

const CONFIGURATION: Check = Check("configuration");
const TLS: Check = Check("certificates");

/// Prints what was found; fails when something has to be mended.
///
/// # Errors
/// When references cannot be checked; a wrong configuration is reported before this runs.
pub async fn run(loaded: &Loaded, args: &Doctor) -> Result<ExitCode, Failure> {
    if args.references {
        return references::run(&loaded.config, args.json).await;
    }
    let findings = examine(loaded);
    if args.json {
        println!("{}", json(&findings));
    } else {
        print!("{}", text(&findings));
    }
    Ok(match worst(&findings) {
        Level::Fail => ExitCode::FAILURE,
        Level::Ok | Level::Warn => ExitCode::SUCCESS,
    })
}

fn examine(loaded: &Loaded) -> Vec<Finding> {
    let mut findings = configuration(loaded);
    findings.extend(database::examine(&loaded.config, Clock::system().now()));
    findings.extend(port::examine(&loaded.config));
    findings.extend(files::examine(&loaded.config));
    findings.push(certificates());
    findings
}

fn configuration(loaded: &Loaded) -> Vec<Finding> {
    let from = match &loaded.file {
        Some(file) => format!("read {}", file.display()),
        None => "no file; defaults, environment and flags".to_owned(),
    };
    let mut findings = vec![CONFIGURATION.ok(from)];
    for (key, value, source) in loaded.given() {
        findings.push(CONFIGURATION.ok(format!("{key} = {value} ({source})")));
    }
    for doubt in loaded.doubts() {
        findings.push(CONFIGURATION.warn(doubt, "change the setting unless it is meant so"));
    }
    if let Err(refusal) = loaded.ensure_guarded() {
        findings.push(CONFIGURATION.fail(
            refusal.to_string(),
            "listen on 127.0.0.1, or set --insecure where something in front decides who may call",
        ));
    }
    findings
}

/// Callbacks and job URLs with https need the system's root certificates.
fn certificates() -> Finding {
    // Fails only when another part of the process was first, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    match reqwest::Client::builder().no_proxy().build() {
        Ok(_) => TLS.ok("root certificates found"),
        Err(_) => TLS.warn(
            "no root certificates: callbacks and job URLs with https will fail",
            "install the system's package of root certificates (ca-certificates), \
             or point SSL_CERT_FILE at a file of them",
        ),
    }
}
