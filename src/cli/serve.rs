//! `tollgate serve`.

use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use super::config::Loaded;
use crate::server;

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// What keeps the server from starting.
pub async fn run(loaded: &Loaded) -> Result<(), Failure> {
    loaded.ensure_guarded().map_err(Failure::from)?;
    for doubt in loaded.doubts() {
        tracing::warn!("{doubt}");
    }
    let running = server::start(&loaded.config).await?;
    until_told().await?;
    tracing::info!("stopping: finishing what is under way");
    running.stop().await;
    Ok(())
}

/// Waits for a signal to stop.
pub(super) async fn until_told() -> Result<(), Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
