//! `tollgate work`: the workers of a server, without its HTTP side.

use super::Failure;
use super::args::Workers;
use super::config::Config;
use super::serve::until_told;
use crate::domain::clock::Clock;
use crate::server::{Parts, Work};
use crate::store::Target;

/// Does the work that is named until SIGTERM or Ctrl-C, then lets what is under way come to its next
/// checkpoint.
///
/// # Errors
/// What keeps the workers from starting.
pub async fn run(config: &Config, workers: Workers) -> Result<(), Failure> {
    // Nobody is listened to: the address is only part of what subscribers and systems are told.
    let address = config
        .listen_address()
        .ok_or_else(|| Failure::new("no address that clients know the server by"))?;
    let mut parts = Parts::build(config, &config.base_url(address), Clock::system())?;
    let work = chosen(config, workers);
    if let Target::Sqlite(_) = parts.engine.store.target() {
        tracing::warn!(
            "several processes on one SQLite database wait for each other: one `tollgate serve` is faster"
        );
    }
    parts.start_workers(work);
    tracing::info!(database = %parts.engine.store.target(), ?work, "working");
    until_told().await?;
    tracing::info!("stopping: finishing what is under way");
    parts.close().await;
    Ok(())
}

/// What is named; where nothing is, what is configured.
fn chosen(config: &Config, workers: Workers) -> Work {
    let named = Work {
        events: workers.events,
        jobs: workers.jobs,
        orders: workers.orders,
        rating: workers.rating,
    };
    match named == Work::default() {
        true => Work::configured(config),
        false => named,
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::Workers;
    use super::super::config::{Inputs, resolve};
    use super::chosen;
    use crate::server::Work;

    #[test]
    fn what_is_named_is_done_and_else_what_is_configured() {
        let mut config = resolve(Inputs::default()).expect("the defaults").config;
        let all = Work {
            events: true,
            jobs: true,
            orders: true,
            rating: true,
        };
        assert_eq!(chosen(&config, Workers::default()), all);
        config.rating.enabled = false;
        let left = Work {
            rating: false,
            ..all
        };
        assert_eq!(chosen(&config, Workers::default()), left);
        let rating = Workers {
            rating: true,
            ..Workers::default()
        };
        let only = Work {
            rating: true,
            ..Work::default()
        };
        assert_eq!(chosen(&config, rating), only);
    }
}
