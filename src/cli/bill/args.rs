//! What can be asked of `tollgate bill`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// `tollgate bill`
#[derive(Debug, Args)]
pub struct Bill {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Debug, Subcommand)]
pub enum What {
    /// Make the bills of the accounts that are due
    ///
    /// Works on the run together with servers on the same database. Accounts that were billed for that time
    /// are passed over, so a run can be repeated. Exits with 1 when an account could not be billed.
    Run(Run),
    /// What is left to be paid of bills, by the days that it is overdue
    Aging(Aging),
    /// Write the journal of a time: double entries of bills, credit notes, payments and refunds
    ///
    /// Entries have the ids of what they stand for, so a journal that is written again is the same. Exits
    /// with 1 when debits and credits differ.
    Journal(Journal),
    /// Simulate the bills of an operator for a year, and look at what must hold
    ///
    /// Plans change, products are suspended and end, usage comes late and is rated again, runs are cut off and
    /// repeated, bills are paid and disputed. Works on a database of its own unless --database names one,
    /// which must be empty. Exits with 1 when something does not hold; the same seed does the same again.
    Simulate(Simulate),
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Simulate {
    /// How many products there are at first
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub subscribers: usize,
    /// How many months
    #[arg(long, value_name = "M", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub months: u32,
    /// What happens follows from it
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Where runs are cut off follows from it, and nothing else [default: the seed]
    #[arg(long, value_name = "S")]
    pub cuts: Option<u64>,
    /// The report as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Run {
    /// Only accounts of this billing cycle (id of its specification)
    #[arg(long, value_name = "ID")]
    pub cycle: Option<String>,
    /// The cut-off [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub date: Option<String>,
    /// Only these billing accounts
    #[arg(long, value_name = "ID", conflicts_with = "cycle")]
    pub account: Vec<String>,
    /// What the run is called
    #[arg(long)]
    pub name: Option<String>,
    /// Only try: no bill is made, and nothing billed
    #[arg(long)]
    pub trial: bool,
    /// The report as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Aging {
    /// Count days to this instant, in place of now
    #[arg(long, value_name = "INSTANT")]
    pub at: Option<String>,
    /// Only this billing account
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// Where days begin for accounts whose billing cycle does not say so [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    /// All of the report, as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Journal {
    /// The first instant [default: a day before --to]
    #[arg(long, value_name = "INSTANT")]
    pub from: Option<String>,
    /// Behind the last instant [default: now]
    #[arg(long, value_name = "INSTANT")]
    pub to: Option<String>,
    /// Only this billing account
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// How it is written
    #[arg(long, value_enum, default_value = "csv")]
    pub format: Shape,
    /// Where it is written, in place of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A form of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// A row for each posting
    Csv,
    /// An entry on each line
    Ndjson,
}
