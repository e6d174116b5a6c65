//! `tollgate bill simulate`: a year of an operator that is made up, by a clock of its own. Whatever happens to
//! products, usage and bills, and wherever runs are cut off, what must hold is looked at after each run and
//! each month.
//!
//! - `kinds` are the prices, `operator` is who has what at first, `life` what becomes of products;
//! - `world` is a database with all that works on it, `events` what happens to products, `usage` to usage,
//!   `money` to bills; `runs` makes bills, `year` tells all that in its order;
//! - `books` reads what was billed, `oracle` reckons day by day what should have been, `laws` compares;
//! - `report` says what came of it.

mod books;
mod charges;
mod events;
mod journal;
mod kinds;
mod laws;
mod life;
mod money;
mod operator;
mod oracle;
mod report;
mod runs;
mod time;
mod usage;
mod world;
mod year;

use std::collections::BTreeMap;
use std::process::ExitCode;

use super::super::Failure;
use super::super::config::{Config, Loaded, Source, Synchronous};
use super::args::Simulate;
use crate::domain::ids;

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub subscribers: usize,
    pub months: u32,
    /// What happens follows from it.
    pub seed: u64,
    /// Where runs are cut off follows from it, and nothing else.
    pub cuts: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What must hold and does not, a sentence each; the first of them.
    pub broken: Vec<String>,
    /// How often that was.
    pub failures: u64,
    /// How often what was done, by name.
    pub deeds: BTreeMap<&'static str, u64>,
    /// Of all bills and their lines, without numbers, ids and times: the same seed gives the same.
    pub digest: String,
}

/// Sentences that are kept.
const BROKEN_MAX: usize = 50;

impl Findings {
    fn count(&mut self, deed: &'static str, times: u64) {
        let count = self.deeds.entry(deed).or_default();
        *count = count.saturating_add(times);
    }

    fn break_law(&mut self, what: String) {
        self.failures = self.failures.saturating_add(1);
        if self.broken.len() < BROKEN_MAX {
            self.broken.push(what);
        }
    }
}

/// Runs a scenario on the database of the configuration, which holds nothing else.
///
/// # Errors
/// When the store fails or refuses what the simulation does: not what bills are about.
pub async fn simulate(
    config: &Config,
    scenario: Scenario,
    progress: &dyn Fn(&str),
) -> Result<Findings, Failure> {
    year::Year::begin(config, scenario)
        .await?
        .live(progress)
        .await
}

/// Runs the command; exits with 1 when something does not hold.
///
/// # Errors
/// As [`simulate`].
pub async fn run(loaded: &Loaded, args: Simulate) -> Result<ExitCode, Failure> {
    let mut config = loaded.config.clone();
    let folder = std::env::temp_dir().join(format!("tollgate-bills-{}", ids::new_id()));
    let own = !matches!(loaded.source("database"), Source::Flag(_));
    if own {
        std::fs::create_dir(&folder)?;
        config.database = format!("sqlite:{}", folder.join("simulation.db").display());
        config.store.sqlite_synchronous = Synchronous::Normal;
    }
    let scenario = Scenario {
        subscribers: args.subscribers,
        months: args.months,
        seed: args.seed,
        cuts: args.cuts.unwrap_or(args.seed),
    };
    let begun = std::time::Instant::now();
    let found = simulate(&config, scenario, &|what| {
        eprintln!("{:>6} s  {what}", begun.elapsed().as_secs());
    })
    .await;
    if own {
        // What cannot be removed now, the system removes with its temporary files.
        let _ = std::fs::remove_dir_all(&folder);
    }
    let found = found?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&report::json(&found))?),
        false => print!("{}", report::text(&found, scenario)),
    }
    Ok(match found.failures {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}
