//! What can be asked of `tollgate rules`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::super::remote::Server;

/// `tollgate rules`
#[derive(Debug, Args)]
pub struct Rules {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Debug, Subcommand)]
pub enum What {
    /// Look for what cannot work: rules that never apply, missing sources, circles, unknown systems
    ///
    /// Looks at the rules of a running server, or at those of a file with that server's catalog. Exits
    /// with 1 when there are errors; warnings may be wrong only for some orders.
    Lint(Lint),
    /// Write all rules of a server, every version, one in each line
    Export(Export),
    /// Bring the rules of a file to a server
    ///
    /// The file has one rule in each line, or is an array. A rule whose id and version are there gets the
    /// content of the file; others are created. Rules that the file does not have stay.
    Import(Import),
}

#[derive(Debug, Args)]
pub struct Lint {
    /// Rules one in each line or in an array, `-` for standard input; without it those of the server
    pub file: Option<PathBuf>,
    /// Only read the file: look at each rule by itself, without a server and its catalog
    #[arg(long, requires = "file")]
    pub offline: bool,
    /// Print the findings as JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Args)]
pub struct Export {
    /// File to write, `-` or nothing for standard output
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Args)]
pub struct Import {
    /// Rules one in each line or in an array, `-` for standard input
    pub file: PathBuf,
    #[command(flatten)]
    pub server: Server,
}
