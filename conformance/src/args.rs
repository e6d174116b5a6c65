//! Command line arguments.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use conformance::{Options, profile};
use serde_json::Value;

/// Conformance tests for TM Forum Open API servers and documents.
#[derive(Debug, Parser)]
#[command(name = "conformance", version)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Test a server over HTTP
    Run(Box<RunArguments>),
    /// Compare an OpenAPI 3 or Swagger 2.0 document with a facts file
    Facts(FactsArguments),
    /// List the API versions that `run` knows
    Profiles,
}

#[derive(Debug, Args)]
pub struct RunArguments {
    /// Server to be tested
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Only this API, for example TMF620
    #[arg(long)]
    api: Option<String>,
    /// Only this version, v4 or v5
    #[arg(long)]
    version: Option<String>,
    /// Only this resource; may be repeated
    #[arg(long = "resource")]
    resources: Vec<String>,
    /// Base path instead of the standard's (needs --api and --version)
    #[arg(long)]
    base_path: Option<String>,
    /// Header of every request, "Name: value"; may be repeated
    #[arg(long = "header")]
    headers: Vec<String>,
    /// Host or host:port under which the server reaches this machine
    #[arg(long)]
    callback_host: Option<String>,
    /// Seed of the names of created resources
    #[arg(long)]
    seed: Option<u64>,
    /// Value of a placeholder in the profile, NAME=VALUE; may be repeated
    #[arg(long = "set")]
    variables: Vec<String>,
    /// Profile to use instead of the built-in ones; may be repeated
    #[arg(long = "profile")]
    profiles: Vec<PathBuf>,
    /// Seconds that an event may take
    #[arg(long, default_value_t = 10)]
    event_timeout: u64,
    /// Seconds that an answer may take
    #[arg(long, default_value_t = 30)]
    request_timeout: u64,
    /// Let failed optional rules count as well
    #[arg(long)]
    pub strict: bool,
    /// Write a JSON report
    #[arg(long)]
    pub json: Option<PathBuf>,
    /// Write a JUnit XML report
    #[arg(long)]
    pub junit: Option<PathBuf>,
    /// Write a single-file HTML report
    #[arg(long)]
    pub html: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct FactsArguments {
    /// OpenAPI or Swagger document, JSON or YAML
    pub openapi: PathBuf,
    /// Facts file of the same API version
    pub facts: PathBuf,
    /// Accepted differences with their reasons
    #[arg(long)]
    pub deviations: Option<PathBuf>,
    /// Print JSON instead of the table
    #[arg(long)]
    pub json: bool,
}

impl RunArguments {
    /// The library's options.
    ///
    /// # Errors
    /// A text naming the malformed argument or profile.
    pub fn options(&self) -> Result<Options, String> {
        let mut options = Options::new(&self.url);
        options.api.clone_from(&self.api);
        options.version.clone_from(&self.version);
        options.resources.clone_from(&self.resources);
        options.base_path.clone_from(&self.base_path);
        options.headers.clone_from(&self.headers);
        options.callback_host.clone_from(&self.callback_host);
        options.seed = self.seed;
        options.variables = variables(&self.variables)?;
        options.event_timeout = Duration::from_secs(self.event_timeout);
        options.request_timeout = Duration::from_secs(self.request_timeout);
        for path in &self.profiles {
            let named = |error: String| format!("{}: {error}", path.display());
            let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
            options.profiles.push(profile::parse(&text).map_err(named)?);
        }
        Ok(options)
    }
}

fn variables(list: &[String]) -> Result<BTreeMap<String, Value>, String> {
    let pair = |text: &String| {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| format!("--set {text}: no '='"))?;
        Ok((name.to_owned(), Value::String(value.to_owned())))
    };
    list.iter().map(pair).collect()
}
