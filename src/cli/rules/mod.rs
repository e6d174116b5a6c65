//! `tollgate rules`: decomposition rules in files, and what is wrong with them.
//!
//! - `file` reads rules; `lint` looks at them; `import` brings them to a server.

pub mod args;
mod file;
mod import;
mod lint;

use std::path::Path;
use std::process::ExitCode;

use super::Failure;
use super::config::Config;
use super::remote::Remote;
use args::{Export, Rules, What};

/// Where a server has them.
const RULES: &str = "/tollgate/v1/decompositionRule";
/// Lists have the version of each id that counts, unless they are asked about versions.
const ALL_VERSIONS: &str = "version.regex=.*";

/// Runs a command about rules.
///
/// # Errors
/// When file or server cannot be read, or the server refuses a rule.
pub async fn run(config: &Config, rules: &Rules) -> Result<ExitCode, Failure> {
    match &rules.what {
        What::Lint(args) => return lint::run(config, args).await,
        What::Export(args) => export(args).await?,
        What::Import(args) => return import::run(args).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn export(args: &Export) -> Result<(), Failure> {
    let remote = Remote::new(&args.server)?;
    let found = remote.all(RULES, ALL_VERSIONS).await?;
    let mut text = String::new();
    for mut rule in found {
        // It says where the rule was, which is of no use elsewhere.
        if let Some(rule) = rule.as_object_mut() {
            rule.shift_remove("href");
        }
        text.push_str(&rule.to_string());
        text.push('\n');
    }
    match args.file.as_deref().filter(|file| *file != Path::new("-")) {
        None => print!("{text}"),
        Some(file) => {
            let lines = text.lines().count();
            std::fs::write(file, text)?;
            eprintln!("{lines} rules in {}", file.display());
        }
    }
    Ok(())
}
