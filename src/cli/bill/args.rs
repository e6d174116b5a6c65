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
