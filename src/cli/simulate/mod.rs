//! `tollgate order simulate`: random orders against a misbehaving OSS, with people, amendments, cancels and
//! crashes; at the end, what must hold is checked.
//!
//! - `dice`: chance that follows from the seed and a name, never from timing;
//! - `world`: a server with a clock of its own, the simulated OSS, and what is done to them;
//! - `story`: what happens, and how it calms down; `deeds`: the single things that happen; `people`: what
//!   operators do and decide;
//! - `check`: what must hold in the end;
//! - `report`: how far it is, and what came of it.

mod check;
mod deeds;
mod dice;
mod people;
mod report;
mod story;
mod world;

use std::collections::BTreeMap;
use std::process::ExitCode;

use super::Failure;
use super::config::{Config, Loaded, Source, Synchronous};
use super::order::args::Simulate;
use crate::domain::ids;

pub use dice::Dice;
pub use report::{Clockwork, Progress};

/// What is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    pub orders: usize,
    pub seed: u64,
    /// Times that the fulfilment is killed.
    pub crashes: usize,
    /// Share of each kind of misdeed of the OSS.
    pub faults: f64,
    /// Orders that are worked on at the same time; with one, nothing depends on timing.
    pub at_once: usize,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// What must hold and does not, a sentence each.
    pub broken: Vec<String>,
    /// How many orders ended in which state.
    pub states: BTreeMap<String, usize>,
    /// How often what was done, by name.
    pub deeds: BTreeMap<&'static str, usize>,
    pub crashes: usize,
    /// Calls that were under way when the process died.
    pub cut_off: usize,
    /// Service orders that the OSS took.
    pub sent: usize,
    /// Of how every order ended here and at the OSS: the same seed gives the same.
    pub digest: String,
}

impl Findings {
    fn count(&mut self, deed: &'static str) {
        let count = self.deeds.entry(deed).or_default();
        *count = count.saturating_add(1);
    }
}

/// Runs a scenario on the database of the configuration, which holds nothing else.
///
/// # Errors
/// When server or OSS do not start, or the store fails: not what the orders are about.
pub async fn simulate(
    config: &Config,
    scenario: Scenario,
    progress: &dyn Fn(Progress),
) -> Result<Findings, Failure> {
    let world = world::World::start(config, scenario).await?;
    let mut story = story::Story::new(world, scenario);
    story.tell(progress).await?;
    story.end(progress).await
}

/// Runs the command; exits with 1 when something does not hold.
///
/// # Errors
/// As [`simulate`].
pub async fn run(loaded: &Loaded, args: Simulate) -> Result<ExitCode, Failure> {
    let mut config = loaded.config.clone();
    let folder = std::env::temp_dir().join(format!("tollgate-simulation-{}", ids::new_id()));
    let own = !matches!(loaded.source("database"), Source::Flag(_));
    if own {
        std::fs::create_dir(&folder)?;
        config.database = format!("sqlite:{}", folder.join("simulation.db").display());
        config.store.sqlite_synchronous = Synchronous::Normal;
    }
    let scenario = Scenario {
        orders: args.orders,
        seed: args.seed,
        crashes: args.crashes.unwrap_or(args.orders / 50),
        faults: args.faults,
        at_once: args.at_once.into(),
    };
    let clockwork = Clockwork::start(scenario.orders);
    let found = simulate(&config, scenario, &|progress| clockwork.show(progress)).await;
    if own {
        // What cannot be removed now, the system removes with its temporary files.
        let _ = std::fs::remove_dir_all(&folder);
    }
    let found = found?;
    print!("{}", report::text(&found, scenario.seed));
    Ok(match found.broken.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
