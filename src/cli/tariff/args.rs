//! What can be asked of `tollgate tariff`.

use clap::{ArgGroup, Args, Subcommand};

use super::super::remote::Server;

/// `tollgate tariff`
#[derive(Debug, Args)]
pub struct Tariff {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Debug, Subcommand)]
pub enum What {
    /// Look for what compiles but is hardly meant: gaps, overlaps, rows that nothing reaches, cliffs
    ///
    /// Looks at one table, price or offering of a running server, or at all tables and all offerings.
    /// Exits with 1 when there is any finding.
    Lint(Lint),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").args(["table", "price", "offering"]))]
pub struct Lint {
    /// A tariff table
    #[arg(long, value_name = "ID")]
    pub table: Option<String>,
    /// A price with all that it refers to
    #[arg(long, value_name = "ID")]
    pub price: Option<String>,
    /// All prices of an offering
    #[arg(long, value_name = "ID")]
    pub offering: Option<String>,
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: Server,
}
