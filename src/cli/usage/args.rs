//! What can be asked of `tollgate usage`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `tollgate usage`
#[derive(Debug, Args)]
pub struct Usage {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Debug, Subcommand)]
pub enum What {
    /// Read usage files of switches and gateways, and rate what is in them
    ///
    /// Works on the database itself; on PostgreSQL servers may run meanwhile. Records that are there already
    /// stay as they are, so a file can be imported again at any time, and an import that was interrupted is
    /// simply repeated. Compares the control totals that a file declares in its trailer or in FILE.control.json.
    ///
    /// Exits with 1 when totals differ, when a row could not be read or was refused, and when it was
    /// interrupted. Usage that is stored and cannot be rated yet is rejected, which is no failure: see
    /// `tollgate usage recycle`.
    Import(Import),
    /// List the mappings that are part of the program
    Mappings,
    /// Send rejected usage through rating again
    Recycle(Recycle),
    /// What became of records, by source and hour of arrival
    ///
    /// Exits with 1 when something does not add up.
    Assurance(Assurance),
    /// Why a usage costs what it costs, as JSON
    Trace(Trace),
}

#[derive(Debug, Args)]
pub struct Import {
    /// Files, compressed (gzip) or not; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How the files are read: a name of `tollgate usage mappings`, or a file
    #[arg(long, value_name = "NAME|PATH")]
    pub mapping: String,
    /// The system that the records are from, in place of the mapping's
    #[arg(long, value_name = "S")]
    pub source: Option<String>,
    /// Another text in place of the mapping's, such as time_zone=Europe/Berlin or numbers.country=49; can be
    /// given several times
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = pair)]
    pub settings: Vec<(String, String)>,
    /// Where every record that was not rated is written, one in each line, instead of the first of them to
    /// standard error
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

impl Import {
    /// What takes the place of the mapping's own texts.
    pub fn given(&self) -> Vec<(String, String)> {
        let source = self.source.iter().map(|text| ("source", text));
        let source = source.map(|(key, text)| (key.to_owned(), text.clone()));
        source.chain(self.settings.iter().cloned()).collect()
    }
}

#[derive(Debug, Args)]
pub struct Recycle {
    /// Only what was rejected for this: NO_PRODUCT, NO_PRICE, AMBIGUOUS, ...
    #[arg(long, value_name = "REASON")]
    pub reason: Option<String>,
    /// Only usage of this source
    #[arg(long, value_name = "S")]
    pub source: Option<String>,
    /// Only usage that began then or later
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only usage that began before
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// At most so many records
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

#[derive(Debug, Args)]
pub struct Assurance {
    /// The first hour [default: a day before the last]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Behind the last hour [default: now]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Only this source
    #[arg(long, value_name = "S")]
    pub source: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Trace {
    /// Id of the usage
    pub id: String,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text
        .split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .ok_or("must be KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::super::args::{Args, Command};
    use super::What;

    #[test]
    fn lines() {
        for (line, good) in [
            ("import a.csv b.csv.gz --mapping asterisk-csv", true),
            (
                "import a.csv --mapping m.toml --source s --report r.ndjson",
                true,
            ),
            ("import a.csv", false),
            ("import --mapping asterisk-csv", false),
            ("import a.csv --mapping m --set country", false),
            ("mappings", true),
            ("recycle", true),
            ("recycle --reason NO_PRODUCT --source s --limit 5", true),
            ("recycle --limit some", false),
            (
                "assurance --from 2026-01-01T00:00:00Z --source s --json",
                true,
            ),
            ("trace 7", true),
            ("trace", false),
        ] {
            let line = format!("tollgate usage {line}");
            let parsed = Args::try_parse_from(line.split_whitespace());
            assert_eq!(parsed.is_ok(), good, "{line}");
        }
    }

    #[test]
    fn what_takes_the_place_of_the_mappings_texts() {
        let line = "tollgate usage import a --mapping m --set numbers.country=49 --source s";
        let args = Args::try_parse_from(line.split_whitespace()).expect("a good line");
        let Command::Usage(usage) = args.command else {
            panic!("another command");
        };
        let What::Import(import) = usage.what else {
            panic!("another command");
        };
        let given = import.given();
        let given: Vec<(&str, &str)> = given
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(given, [("source", "s"), ("numbers.country", "49")]);
    }
}
