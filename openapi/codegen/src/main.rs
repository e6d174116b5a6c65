//! `codegen codegen [--check]`: writes every generated file, or says which are stale.
//!
//! `codegen numbering [--check]` runs the package `numbering`, which is built for that alone.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use codegen::source::Sources;
use codegen::{emit, output, resolve};

const USAGE: &str = "\
usage: cargo xtask codegen [--check]
       cargo xtask numbering [--check]

codegen writes src/api/generated, schemas and openapi/*.json from openapi/model,
numbering the sample's tariff table from the world's numbering plans.
With --check nothing is written: stale files are listed and the exit code is 1.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let check = match words.as_slice() {
        ["codegen"] => false,
        ["codegen", "--check"] => true,
        ["numbering", rest @ ..] => return numbering(rest),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&repository(), check) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}

fn numbering(arguments: &[&str]) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", "numbering", "--"]);
    let status = command.args(arguments).current_dir(repository()).status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo cannot be started: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder that holds this crate's folder `openapi/codegen`.
fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn run(root: &Path, check: bool) -> Result<ExitCode, String> {
    let sources = Sources::read(&root.join("openapi/model")).map_err(|p| p.to_string())?;
    let model = resolve::resolve(&sources).map_err(|p| p.to_string())?;
    let files = output::formatted(root, emit::files(&model)?)?;
    if check {
        let stale = output::stale(root, &files);
        if stale.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        return Err(format!(
            "stale, run `cargo xtask codegen`:\n{}",
            stale.join("\n")
        ));
    }
    for path in output::write(root, &files)? {
        println!("wrote {path}");
    }
    Ok(ExitCode::SUCCESS)
}
