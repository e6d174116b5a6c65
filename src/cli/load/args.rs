//! What can be asked of `tollgate load`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::descriptor::ApiVersion;

/// `tollgate load`
#[derive(Debug, Args)]
pub struct Load {
    #[command(subcommand)]
    pub what: What,
}

/// The measurements.
#[derive(Debug, Subcommand)]
pub enum What {
    /// GET of random existing offerings by id
    Get(Get),
    /// POST of new offerings of 2 KB, customers or accounts
    Post(Post),
    /// PATCH (merge) of random existing offerings
    Patch(Get),
    /// The same list request again and again
    List(List),
    /// Search for customers of `tollgate seed --customers` by name or number
    Search(Customers),
    /// Overviews of customers of `tollgate seed --customers`
    Overview(Customers),
    /// POST of product orders of one item
    Order(Orders),
    /// Product orders from POST until they are completed, against a simulated OSS
    Fulfil(Fulfil),
    /// Walk to the end by cursor, then compare the first page with one near the end
    Page(Page),
    /// Fill the server with offerings of 2 KB by array requests
    Prepare(Prepare),
    /// An import job over a generated file
    Import(Import),
    /// A bare actix handler in this process, answering 2 KB: what the machine and this client give
    Baseline(Baseline),
    /// Baseline and GET by id in turns; prints their ratio
    Compare(Compare),
    /// Start `tollgate serve` on the configured database and measure the time until it is ready
    Start(Start),
    /// Make accounts with products and usage in the database, and the bills of all of them
    Bills(Bills),
    /// Streams usage, which is stored and rated
    Usage(Usage),
    /// POST of usage, one by one, while a large tariff table is replaced; v4
    Swap(Swap),
}

/// Which server.
#[derive(Clone, Debug, Args)]
pub struct Server {
    /// The server; loopback addresses only, a load tool is no weapon
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// Version of the API to speak
    #[arg(long, value_enum, default_value = "v5", value_name = "VERSION")]
    pub api_version: Version,
}

/// How hard and how long.
#[derive(Clone, Debug, Args)]
pub struct Effort {
    /// Connections, each with one request under way
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub connections: u32,
    /// Seconds that are measured
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub seconds: u64,
    /// Seconds before that, not measured
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub warmup: u64,
    /// Threads of the client; each takes a core away from a server on the same machine
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub threads: u32,
    /// Requests a second over all connections, evenly; without it, as many as are answered
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: Option<u32>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Get {
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub effort: Effort,
    /// Ids to choose from, taken from all over the collection
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub ids: u32,
}

#[derive(Debug, Args)]
pub struct Post {
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub effort: Effort,
    /// What is posted
    #[arg(long, value_enum, default_value = "offering", value_name = "RESOURCE")]
    pub resource: Posted,
    /// Refer to a category, a specification and a price that exist
    #[arg(long)]
    pub references: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Posted {
    Offering,
    /// A customer who is a person that exists; v5
    Customer,
    /// A billing account of a customer that exists; v5
    Account,
    /// A call of a product that `load usage --prepare` has made; v4
    Usage,
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub effort: Effort,
    /// What stands behind the question mark
    #[arg(long, default_value = "lifecycleStatus=Active&limit=20")]
    pub query: String,
}

#[derive(Debug, Args)]
pub struct Customers {
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub effort: Effort,
    /// How many customers were made
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub customers: u64,
    /// With which number
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

#[derive(Debug, Args)]
pub struct Orders {
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub effort: Effort,
}

#[derive(Debug, Args)]
pub struct Fulfil {
    #[command(flatten)]
    pub orders: Orders,
    /// How many together
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub count: u64,
    /// How many before that, one at a time
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub alone: u32,
}

#[derive(Debug, Args)]
pub struct Page {
    #[command(flatten)]
    pub server: Server,
    /// Offerings on a page while walking
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub walk: u64,
    /// Offerings on the pages that are compared
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub limit: u64,
    /// How often each of the two pages is read
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub repeat: u32,
    /// Stop walking after so many seconds
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub seconds: u64,
    /// Further conditions, for example `lifecycleStatus=Active`
    #[arg(long, default_value = "")]
    pub query: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Prepare {
    #[command(flatten)]
    pub server: Server,
    /// How many
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub offerings: u64,
    /// Offerings in one request
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub batch: u64,
    /// Connections
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub connections: u32,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    pub server: Server,
    /// How many
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub offerings: u64,
    /// The server's folder for files, where the generated file goes [default: `jobs.files_dir`]
    #[arg(long, value_name = "DIR")]
    pub files_dir: Option<std::path::PathBuf>,
    /// Process of the server, to report its largest memory
    #[arg(long)]
    pub pid: Option<u32>,
    /// Give up after so many seconds
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=36_000))]
    pub seconds: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Baseline {
    #[command(flatten)]
    pub effort: Effort,
}

#[derive(Debug, Args)]
pub struct Compare {
    #[command(flatten)]
    pub get: Get,
    /// How often each of the two is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
}

#[derive(Debug, Args)]
pub struct Start {
    /// How often
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Usage {
    #[command(flatten)]
    pub server: Server,
    /// First make the tariff, the offering and the products
    #[arg(long)]
    pub prepare: bool,
    /// Rows of the tariff table
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(1..=800_000))]
    pub prefixes: u64,
    /// Products that use something; ten share an allowance
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=9_999_999))]
    pub products: u64,
    /// Records of one request
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub lines: u64,
    /// Streams at once
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub connections: u32,
    /// For so long
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=36_000))]
    pub seconds: u64,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Swap {
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub effort: Effort,
    /// Rows of the tariff table
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u64).range(100..=800_000))]
    pub prefixes: u64,
    /// How often it is replaced, evenly over the seconds that are measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub swaps: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Version {
    V4,
    V5,
}

impl From<Version> for ApiVersion {
    fn from(version: Version) -> Self {
        match version {
            Version::V4 => ApiVersion::V4,
            Version::V5 => ApiVersion::V5,
        }
    }
}

impl Effort {
    pub fn measured(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    pub fn warmup(&self) -> Duration {
        Duration::from_secs(self.warmup)
    }
}

#[cfg(test)]
mod tests {
    use clap::{Parser, Subcommand};

    use super::{Load, Version, What};

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: Command,
    }

    #[derive(Subcommand)]
    enum Command {
        Load(Load),
    }

    fn parse(line: &str) -> Result<What, clap::Error> {
        let line = Line::try_parse_from(line.split_whitespace())?;
        let Command::Load(load) = line.command;
        Ok(load.what)
    }

    #[test]
    fn defaults_are_those_of_the_figures() {
        let What::Get(get) = parse("tollgate load get").expect("a good line") else {
            panic!("another measurement");
        };
        assert_eq!(get.server.url, "http://127.0.0.1:8080");
        assert_eq!(get.server.api_version, Version::V5);
        assert_eq!((get.effort.connections, get.effort.seconds), (64, 10));
    }

    #[test]
    fn nothing_runs_without_end() {
        for line in [
            "tollgate load get --seconds 0",
            "tollgate load get --seconds 100000",
            "tollgate load get --connections 0",
            "tollgate load prepare",
            "tollgate load prepare --offerings 0",
            "tollgate load post --api-version v3",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
        for line in [
            "tollgate load post --references --api-version v4 --connections 1",
            "tollgate load post --resource account",
            "tollgate load list --query name=x&limit=1",
            "tollgate load page --limit 20",
            "tollgate load prepare --offerings 1000000",
            "tollgate load import",
            "tollgate load baseline --json",
            "tollgate load compare --rounds 5 --url http://localhost:9",
            "tollgate load start",
            "tollgate load swap --swaps 3",
        ] {
            assert!(parse(line).is_ok(), "{line}");
        }
    }
}

/// `load bills`
#[derive(Debug, clap::Args)]
pub struct Bills {
    /// Accounts that are made before; 0 to bill those that are there
    #[arg(long, default_value_t = 10_000)]
    pub accounts: u64,
    /// Ask for bills of other accounts on demand, one after the other, while the run is going
    #[arg(long)]
    pub on_demand: bool,
    /// Wait for the documents of the bills as well
    #[arg(long)]
    pub documents: bool,
    /// The result as JSON
    #[arg(long)]
    pub json: bool,
}
