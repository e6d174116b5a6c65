//! `numbering [--check]`: writes the sample operator's international tariff table, or says that it is stale.
//!
//! The zones are those of the real numbering plan, from the metadata of libphonenumber: for each country its
//! fixed, mobile, toll-free, premium and other ranges. The prices are invented. A package of its own, so that
//! nobody who builds the server builds the metadata.

mod language;
mod plan;
mod price;
mod table;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask numbering [--check]

Writes sample/tariff/international.json.
With --check nothing is written, and the exit code is 1 when it is stale.";
const FILE: &str = "sample/tariff/international.json";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let check = match words.as_slice() {
        [] => false,
        ["--check"] => true,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&repository().join(FILE), check) {
        Ok(message) => {
            println!("{message}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The folder that holds this crate's folder `sample/numbering`.
fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

fn run(path: &Path, check: bool) -> Result<String, String> {
    let text = table::text()?;
    let name = path.display();
    if check {
        let there = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
        return match there == text {
            true => Ok(format!("{name} is up to date")),
            false => Err(format!("{name} is stale, run `cargo xtask numbering`")),
        };
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("{name}: {error}"))?;
    }
    std::fs::write(path, &text).map_err(|error| format!("{name}: {error}"))?;
    Ok(format!(
        "wrote {name}: {} rows",
        text.matches("{\"destination\"").count()
    ))
}
