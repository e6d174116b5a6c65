//! `tollgate seed`.

use super::args::{Seed, SeedCatalog};
use super::config::Config;
use super::{Failure, customer};
use crate::domain::clock::Clock;
use crate::engine::Caller;
use crate::sample;
use crate::server::Parts;

/// Loads the sample catalog through the engine and says what it did. A server may run on the same
/// database meanwhile; its subscribers hear of what is created.
///
/// # Errors
/// When the database cannot be opened, or holds something else under an id of the sample.
pub async fn run(config: &Config, args: &Seed) -> Result<(), Failure> {
    let SeedCatalog::Sample = args.catalog;
    let address = config
        .listen_address()
        .ok_or_else(|| Failure::new("no address to listen on"))?;
    let parts = Parts::build(config, &config.base_url(address), Clock::system())?;
    let loaded = sample::load(&parts.tariff_tables(Caller::local())).await;
    let target = parts.engine.store.target().to_string();
    let billed = match &loaded {
        Ok(_) => super::bill::sample::make(&parts).await,
        Err(_) => Ok(0),
    };
    parts.close().await;
    let (loaded, bills) = (loaded?, billed?);
    println!(
        "{target}: {} created, {} brought back to the sample, {} already there",
        loaded.created, loaded.changed, loaded.unchanged
    );
    if bills > 0 {
        println!("{target}: a bill of the month before, of the account sample-account");
    }
    if args.customers > 0 {
        let (customers, seed) = (args.customers, args.seed);
        let lines = move || sample::subscribers::lines(customers, seed);
        let summary = customer::seed(config, lines).await?;
        println!("{target}: {} customers", summary.written);
    }
    Ok(())
}
