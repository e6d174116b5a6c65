//! A simulated OSS: a small server of its own that takes service orders (TMF641 v4 and v5), keeps the
//! services they make (TMF638) in memory and calls back, well or badly.
//!
//! What it does to an order follows from a seed, the external id and the number of the attempt, so a
//! run can be repeated whatever the timing was. Scripts decide for single orders instead of the seed.
//! It shares no code with the client of `ordering`: what both understand is the standard.
//!
//! - `settings`, `script`, `fate`: what it is told to do, and what becomes of an order by that;
//! - `book`, `order`, `service`: orders, services and subscriptions in memory;
//! - `check`: what is wrong with the body of a request;
//! - `dress`: orders, services and events as v4 and v5 show them;
//! - `work`, `caller`: orders in progress, and telling subscribers;
//! - `agenda`: what is to come, where a simulation moves the clock; `trap`: requests that get stuck;
//! - `routes`, `control`: the HTTP side.

mod agenda;
mod book;
mod caller;
mod check;
mod control;
mod dress;
mod fate;
mod order;
mod routes;
mod script;
mod service;
mod settings;
mod sim;
mod trap;
mod work;

#[cfg(test)]
mod tests;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};

pub use order::{OrderState, SimOrder};
pub use script::{Deed, Script};
pub use service::SimService;
pub use settings::{Duplicates, Product, Rates, Settings};

use crate::domain::clock::Clock;
use sim::Sim;

/// A running OSS.
pub struct OssSim {
    address: SocketAddr,
    sim: Arc<Sim>,
    handle: ServerHandle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl OssSim {
    /// Listens and serves. Must be called within a Tokio runtime, which also does the work on orders.
    ///
    /// # Errors
    /// When the address is not one or cannot be had, or the client for callbacks cannot be made.
    pub async fn start(settings: Settings) -> std::io::Result<OssSim> {
        Self::start_with(settings, None).await
    }

    /// As [`OssSim::start`], on a clock that somebody else moves: what happens to orders happens in
    /// [`OssSim::step`], in an order that follows from the seed.
    ///
    /// # Errors
    /// As [`OssSim::start`].
    pub async fn start_stepped(settings: Settings, clock: Clock) -> std::io::Result<OssSim> {
        Self::start_with(settings, Some(clock)).await
    }

    async fn start_with(settings: Settings, clock: Option<Clock>) -> std::io::Result<OssSim> {
        let listener = TcpListener::bind(&settings.listen)?;
        let address = listener.local_addr()?;
        let workers = settings.workers;
        let sim = Arc::new(Sim::new(settings, address, clock).map_err(std::io::Error::other)?);
        let shared = Arc::clone(&sim);
        let mut server = HttpServer::new(move || {
            App::new()
                .app_data(web::Data::from(Arc::clone(&shared)))
                .configure(routes::configure)
                .configure(control::configure)
        })
        .disable_signals();
        if workers > 0 {
            server = server.workers(workers);
        }
        let server = server.listen(listener)?.run();
        let handle = server.handle();
        Ok(OssSim {
            address,
            sim,
            handle,
            server: tokio::spawn(server),
        })
    }

    /// `http://host:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Base of its TMF641 in a version, `v4` or `v5`.
    pub fn ordering(&self, version: &str) -> String {
        format!("{}{}/{version}", self.url(), routes::ORDERING)
    }

    /// All orders, in the order in which they came.
    pub fn orders(&self) -> Vec<SimOrder> {
        self.sim.book().orders()
    }

    /// All services, ended ones included, by id.
    pub fn services(&self) -> Vec<SimService> {
        self.sim.book().services()
    }

    /// How often a client has tried to place the order of this external id, refused attempts included.
    pub fn attempts(&self, external_id: &str) -> u32 {
        self.sim.book().attempts(external_id)
    }

    /// Decides what becomes of orders to come.
    pub fn script(&self, script: Script) {
        self.sim.book().add_script(script);
    }

    /// Forgets all scripts; orders that came under one keep it.
    pub fn clear_scripts(&self) {
        self.sim.book().clear_scripts();
    }

    /// Lets orders go on that are held, if their external id contains the text; says how many.
    pub fn release(&self, matching: &str) -> usize {
        self.sim.release(matching)
    }

    /// How many orders came.
    pub fn count(&self) -> usize {
        self.sim.book().count()
    }

    /// The next thing that is due happens; callbacks are made and waited for. False when nothing is.
    pub async fn step(&self) -> bool {
        work::step(&self.sim).await
    }

    /// Whether anything is to come, now or later.
    pub fn is_busy(&self) -> bool {
        self.sim.is_busy()
    }

    /// From now on half of the requests that order or cancel something get stuck; which, follows from
    /// the number.
    pub fn set_trap(&self, seed: u64) {
        self.sim.trap.set(seed);
    }

    /// How many requests are stuck.
    pub fn trapped(&self) -> usize {
        self.sim.trap.caught()
    }

    /// Lets go what is stuck, without an answer.
    pub fn open_trap(&self) {
        self.sim.trap.open();
    }

    /// Waits until nothing is under way: every order has ended or is held, every callback was made.
    pub async fn idle(&self) {
        self.sim.activity.idle().await;
    }

    /// Stops at once: orders under way stay where they are.
    pub async fn stop(self) {
        self.sim.stop();
        self.handle.stop(false).await;
        let _ = self.server.await;
    }
}
