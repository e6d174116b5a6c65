//! The command line: what can be typed, and which settings the flags stand for.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use toml::Value;

use super::bill::args::Bill;
use super::config::Flag;
use super::load::args::Load;
use super::order::args::Order;
use super::oss_sim::OssSimulator;
use super::rules::args::Rules;
use super::tariff::args::Tariff;
use super::usage::args::Usage;

/// A telecom business support system behind the TM Forum Open APIs.
///
/// Without any flag, `tollgate serve` keeps its data in ./tollgate.db and answers on
/// http://127.0.0.1:8080. Try `tollgate demo` for a tour.
#[derive(Debug, Parser)]
#[command(name = "tollgate", version, arg_required_else_help = true)]
pub struct Args {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command. Each one overrides file and environment.
#[derive(Debug, Default, ClapArgs)]
#[command(next_help_heading = "Configuration")]
pub struct Common {
    /// Configuration file [variable: TOLLGATE_CONFIG] [default: tollgate.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE
    /// [variable: TOLLGATE_DATABASE] [default: sqlite:tollgate.db]
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Address to listen on [variable: TOLLGATE_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Form of the log on standard error [variable: TOLLGATE_LOG__FORMAT] [default: text]
    #[arg(long, global = true, value_name = "FORMAT", value_parser = ["text", "json"])]
    pub log_format: Option<String>,
    /// What to log: error, warn, info, debug, trace, off, or `info,tollgate::store=debug`
    /// [variable: TOLLGATE_LOG__LEVEL] [default: info]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub log_level: Option<String>,
    /// Accept requests from other machines although nobody is authenticated
    #[arg(long, global = true)]
    pub insecure: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    ///
    /// Brings the database to this program's schema, listens, and logs to standard error.
    /// SIGTERM or Ctrl-C finishes the requests under way and exits with 0.
    Serve(Serve),
    /// Run workers without HTTP: deliver events, run jobs, work on orders, rate usage
    ///
    /// For further processes beside `tollgate serve` on one PostgreSQL database. Does what is named, whatever
    /// the configuration says, or all that is configured when nothing is named. Give it the server's
    /// `public_url`, which begins the addresses in what it sends. SIGTERM or Ctrl-C finishes what is
    /// under way and exits with 0.
    Work(Workers),
    /// Bring the database to this program's schema and exit
    Migrate,
    /// Fill the database with sample data
    ///
    /// Can be repeated: what is there already stays as it is.
    Seed(Seed),
    /// Work with customers
    #[command(subcommand)]
    Customer(Customer),
    /// See orders of a running server, and decide about their work
    Order(Order),
    /// Check decomposition rules, write them to a file and bring them to a server
    Rules(Rules),
    /// Check tariff tables and prices
    Tariff(Tariff),
    /// Import usage files, and see what became of usage
    Usage(Usage),
    /// See who owes what, and write the journal
    Bill(Bill),
    /// Work with the OpenAPI documents
    #[command(subcommand)]
    Openapi(Openapi),
    /// Check configuration, database, schema, clock and port, and say what to mend
    ///
    /// Changes nothing. Exits with 1 when something has to be mended.
    Doctor(Doctor),
    /// Show what Tollgate does, step by step
    ///
    /// Starts a server with a sample catalog in a database of its own and a simulated OSS, makes a
    /// partner's calls over HTTP and prints each with the URL of its result: from browsing the catalog to
    /// orders, what becomes of them, and what usage of the new line costs. Then it stays up for you to try.
    Demo(Demo),
    /// Measure a server on this machine over HTTP
    ///
    /// Prints throughput, latencies and errors. Exits with 1 when requests failed.
    Load(Load),
    /// Simulate an OSS that takes service orders (TMF641 v4 and v5) and calls back
    ///
    /// Keeps everything in memory. Listens on 127.0.0.1:8641 unless --listen says otherwise. What it does
    /// to an order follows from seed and external id, so that a bad day can be repeated. A script
    /// decides for single orders: POST /sim/script {"match": "part of the external id", "do":
    /// "fail"}, with work, reject, unavailable, drop, lose, noAnswer, early, fail, rejectLater,
    /// hold, ask, silent, repeat, reorder, lieAboutState, lieAboutOrder, alarm or refuseCancel;
    /// POST /sim/release?match=... lets held orders go on.
    OssSim(Box<OssSimulator>),
}

#[derive(Debug, Default, ClapArgs)]
pub struct Serve {
    /// Leave the database's schema as it is; refuse to start when it is not this program's
    /// [variable: TOLLGATE_MIGRATE=false]
    #[arg(long)]
    pub no_migrate: bool,
}

#[derive(Clone, Copy, Debug, Default, ClapArgs)]
pub struct Workers {
    /// Deliver events to subscribers
    #[arg(long)]
    pub events: bool,
    /// Run jobs: imports, exports, and what follows from changes
    #[arg(long)]
    pub jobs: bool,
    /// Work on orders
    #[arg(long)]
    pub orders: bool,
    /// Rate usage that servers with `rating.enabled = false` took in
    #[arg(long)]
    pub rating: bool,
}

#[derive(Debug, ClapArgs)]
pub struct Seed {
    /// Which catalog
    #[arg(long, value_enum, default_value = "sample")]
    pub catalog: SeedCatalog,
    /// Made-up customers with their parties and accounts, beside the catalog
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub customers: u64,
    /// The same number makes the same customers
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
}

/// Catalogs that come with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SeedCatalog {
    /// A small operator: mobile, broadband, bundles, prices
    Sample,
}

#[derive(Debug, Subcommand)]
pub enum Customer {
    /// Import customers with their parties and accounts
    ///
    /// Each line of the file is {"party": {...}, "customer": {...}, "account": {...}} in the v5 forms
    /// of TMF632, TMF629 and TMF666; gzip is understood. A line that cannot be used is told with
    /// its number and the others are imported. Interrupted, by whatever, it goes on where it was.
    /// Lines that are there already stay as they are.
    Import(ImportCustomers),
}

#[derive(Debug, ClapArgs)]
pub struct ImportCustomers {
    /// File with one customer in each line
    pub file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum Openapi {
    /// Write OpenAPI documents
    ///
    /// Either all of them into a folder, one file for each API version, or one to standard
    /// output.
    Export(Export),
}

#[derive(Debug, ClapArgs)]
#[command(group = ArgGroup::new("what").required(true).args(["dir", "api"]))]
pub struct Export {
    /// Folder for all documents; it is made when missing
    #[arg(long, value_name = "DIR", conflicts_with = "version")]
    pub dir: Option<PathBuf>,
    /// One API, for example TMF620
    #[arg(long, value_name = "TMFnnn", requires = "version")]
    pub api: Option<String>,
    /// Its version, for example v5
    #[arg(long, value_name = "VERSION", requires = "api")]
    pub version: Option<String>,
}

#[derive(Debug, Default, ClapArgs)]
pub struct Doctor {
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
    /// Read the whole database instead, and list references to resources that do not exist
    ///
    /// One line each, with the place in the document; totals by kind at the end, progress on standard
    /// error. A server may run meanwhile. Exits with 1 when there is any; Ctrl-C ends it early.
    #[arg(long)]
    pub references: bool,
}

#[derive(Debug, Default, ClapArgs)]
pub struct Demo {
    /// Stop after the tour instead of staying up
    #[arg(long)]
    pub exit: bool,
}

impl Args {
    /// The settings that flags stand for, for [`super::config::load`].
    pub fn settings(&self) -> Vec<Flag> {
        let common = &self.common;
        let texts = [
            ("--database", "database", &common.database),
            ("--listen", "listen", &common.listen),
            ("--log-format", "log.format", &common.log_format),
            ("--log-level", "log.level", &common.log_level),
        ];
        let mut flags: Vec<Flag> = texts
            .into_iter()
            .filter_map(|(name, key, text)| {
                let value = Value::String(text.clone()?);
                Some(Flag { name, key, value })
            })
            .collect();
        if common.insecure {
            flags.push(Flag {
                name: "--insecure",
                key: "auth.insecure_allow_any_address",
                value: Value::Boolean(true),
            });
        }
        if let Command::Serve(Serve { no_migrate: true }) = self.command {
            flags.push(Flag {
                name: "--no-migrate",
                key: "migrate",
                value: Value::Boolean(false),
            });
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::super::config::{Inputs, LogFormat, resolve};
    use super::{Args, Command, Openapi};

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn flags_are_settings() {
        let args = parse(
            "tollgate --log-format json serve --listen 0.0.0.0:1 --database sqlite:x.db \
             --log-level debug --insecure --no-migrate",
        )
        .expect("a good line");
        let flags = args.settings();
        assert_eq!(flags.len(), 6);
        let inputs = Inputs {
            flags,
            ..Inputs::default()
        };
        // `resolve` refuses unknown keys, so this also proves that each flag names a setting.
        let config = resolve(inputs).expect("usable").config;
        assert_eq!(config.listen, "0.0.0.0:1");
        assert_eq!(config.database, "sqlite:x.db");
        assert_eq!(config.log.format, LogFormat::Json);
        assert_eq!(config.log.level, "debug");
        assert!(config.auth.insecure_allow_any_address);
        assert!(!config.migrate);
        assert!(parse("tollgate serve").expect("good").settings().is_empty());
    }

    #[test]
    fn export_wants_a_folder_or_one_document() {
        for (line, good) in [
            ("tollgate openapi export --dir out", true),
            ("tollgate openapi export --api TMF620 --version v5", true),
            ("tollgate openapi export", false),
            ("tollgate openapi export --api TMF620", false),
            ("tollgate openapi export --version v5", false),
            (
                "tollgate openapi export --dir out --api TMF620 --version v5",
                false,
            ),
            ("tollgate openapi export --dir out --version v5", false),
        ] {
            assert_eq!(parse(line).is_ok(), good, "{line}");
        }
        let args = parse("tollgate openapi export --api TMF620 --version v5").expect("good");
        let Command::Openapi(Openapi::Export(export)) = args.command else {
            panic!("another command");
        };
        assert_eq!(export.version.as_deref(), Some("v5"));
    }

    #[test]
    fn other_commands() {
        for line in [
            "tollgate migrate --database sqlite:x",
            "tollgate seed",
            "tollgate seed --catalog sample",
            "tollgate doctor --json",
            "tollgate doctor --references --json --database sqlite:x",
            "tollgate demo --exit",
            "tollgate work --database sqlite:x",
            "tollgate work --rating --orders --events --jobs",
            "tollgate rules lint",
            "tollgate rules lint rules.json --offline --json",
            "tollgate rules lint - --server http://127.0.0.1:1",
            "tollgate rules export",
            "tollgate rules import rules.ndjson",
            "tollgate tariff lint",
            "tollgate tariff lint --table world --json",
            "tollgate tariff lint --offering mobile-m --server http://127.0.0.1:1",
            "tollgate --config a.toml doctor",
            "tollgate oss-sim --listen 127.0.0.1:0 --seed 3 --failure 0.05",
            "tollgate load get --url http://127.0.0.1:1 --database sqlite:x",
        ] {
            assert!(parse(line).is_ok(), "{line}");
        }
        for line in [
            "tollgate",
            "tollgate serv",
            "tollgate rules import",
            "tollgate rules lint --offline",
            "tollgate tariff lint --table world --price calls",
            "tollgate serve --log-format xml",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
