//! Listening, serving, stopping.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, Condition};
use actix_web::web::Data;
use actix_web::{App, HttpServer};

use super::parts::{Parts, StartError, Work};
use crate::api::{self, Gateway};
use crate::cli::config::Config;
use crate::domain::clock::Clock;

/// A server that answers.
pub struct Running {
    pub address: SocketAddr,
    pub parts: Parts,
    gateway: Data<Gateway>,
    handle: ServerHandle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// What tests and simulations own of a server.
#[derive(Clone)]
pub struct Control {
    pub clock: Clock,
    /// Deliver events, run jobs and remove what is old; without it somebody drains them.
    pub background: bool,
}

impl Default for Control {
    fn default() -> Self {
        Control {
            clock: Clock::system(),
            background: true,
        }
    }
}

/// [`start_with`] on the system's clock, with workers.
///
/// # Errors
/// As [`start_with`].
pub async fn start(config: &Config) -> Result<Running, StartError> {
    start_with(config, Control::default()).await
}

/// Binds first, so that the addresses in answers are true even for port 0, then builds the parts
/// and serves.
///
/// # Errors
/// Says what is in the way: the address, the database, a migration.
pub async fn start_with(config: &Config, control: Control) -> Result<Running, StartError> {
    let wanted = config
        .listen_address()
        .ok_or_else(|| StartError::new(format!("'{}' is not an address", config.listen)))?;
    let listener = TcpListener::bind(wanted)
        .map_err(|error| StartError::new(format!("cannot listen on {wanted}: {error}")))?;
    let address = listener.local_addr().map_err(StartError::from)?;
    let mut parts = Parts::build(config, &config.base_url(address), control.clock)?;
    let gateway = Data::new(parts.gateway(config)?);
    let shared = gateway.clone();
    let compress = config.http.compress;
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .wrap(Condition::new(compress, Compress::default()))
            .configure(api::configure)
    })
    .max_connections(config.http.max_connections)
    .client_request_timeout(Duration::from_millis(config.http.request_timeout_ms))
    .shutdown_timeout(config.http.shutdown_grace_ms.div_ceil(1000))
    .disable_signals();
    if config.http.workers > 0 {
        server = server.workers(config.http.workers);
    }
    let server = server.listen(listener).map_err(StartError::from)?.run();
    let handle = server.handle();
    let server = tokio::spawn(server);
    if control.background {
        parts.start_workers(Work::configured(config));
    }
    tracing::info!(%address, database = %parts.engine.store.target(), "listening");
    Ok(Running {
        address,
        parts,
        gateway,
        handle,
        server,
    })
}

impl Running {
    /// `http://host:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no new requests, finishes those under way and what waits to be written.
    pub async fn stop(self) {
        self.gateway.drain();
        self.handle.stop(true).await;
        let _ = self.server.await;
        self.parts.close().await;
    }
}

/// Runs a command that needs a runtime: workers share it, HTTP has threads of its own.
///
/// # Errors
/// When the runtime cannot be made; what the work returns.
pub fn within_runtime<T, E: From<std::io::Error>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    actix_web::rt::System::with_tokio_rt(|| runtime).block_on(work)
}
