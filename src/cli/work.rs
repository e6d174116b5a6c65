//! `tollgate work`: the workers of a server, without its HTTP side.

use super::Failure;
use super::config::Config;
use super::serve::until_told;
use crate::domain::clock::Clock;
use crate::server::Parts;

/// Delivers events, runs jobs and works on orders until SIGTERM or Ctrl-C, then lets what is under way
/// come to its next checkpoint.
///
/// # Errors
/// What keeps the workers from starting.
pub async fn run(config: &Config) -> Result<(), Failure> {
    // Nobody is listened to: the address is only part of what subscribers and systems are told.
    let address = config
        .listen_address()
        .ok_or_else(|| Failure::new("no address that clients know the server by"))?;
    let mut parts = Parts::build(config, &config.base_url(address), Clock::system())?;
    parts.start_workers();
    tracing::info!(database = %parts.engine.store.target(), "working");
    until_told().await?;
    tracing::info!("stopping: finishing what is under way");
    parts.close().await;
    Ok(())
}
