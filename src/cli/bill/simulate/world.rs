//! A database with all that works on it, on a clock that the simulation moves. It can die at any time and
//! begin again.

use std::sync::Arc;

use serde_json::Value;

use super::super::super::Failure;
use super::super::super::config::Config;
use super::time::{at, first_day};
use crate::behaviour::document;
use crate::charging::waiting;
use crate::domain::clock::{Clock, Micros};
use crate::domain::descriptor::Resource;
use crate::engine::Caller;
use crate::server::Parts;
use crate::store::{DbResult, IdKey, Session, Store};

/// What begins addresses; nobody calls them.
const URL: &str = "http://localhost";
/// What is made or changed in one transaction.
const TOGETHER: usize = 250;
/// A process that died has lost its jobs after so many milliseconds.
const LEASE: i64 = 61_000;

/// The database and what works on it.
pub struct World {
    config: Config,
    pub clock: Clock,
    parts: Option<Parts>,
    /// Databases of processes that died, which work that was cut off may still hold.
    left: Vec<Store>,
}

impl World {
    /// Brings an empty database up.
    ///
    /// # Errors
    /// What is in the way.
    pub fn start(config: &Config, chunk: usize) -> Result<Self, Failure> {
        let mut config = config.clone();
        config.migrate = true;
        config.billing.chunk = chunk;
        // What is printed is looked at elsewhere.
        config.billing.documents = Vec::new();
        // Usage may be as old as it likes, and what comes late is put in order at once.
        config.rating.oldest_days = 0;
        config.rating.late_records_wait_s = 0;
        // Events and past revisions would be most of the database, and nobody asks for them.
        config.events.retention_days = 1;
        let mut world = World {
            config,
            clock: Clock::fixed_at(at(first_day(), 0)),
            parts: None,
            left: Vec::new(),
        };
        world.open()?;
        Ok(world)
    }

    fn open(&mut self) -> Result<(), Failure> {
        self.parts = Some(Parts::build(&self.config, URL, self.clock.clone())?);
        Ok(())
    }

    /// What works on the database now.
    ///
    /// # Errors
    /// When nothing does.
    pub fn parts(&self) -> Result<&Parts, Failure> {
        let gone = || Failure::new("nothing works on the database");
        self.parts.as_ref().ok_or_else(gone)
    }

    /// Lets time pass up to an instant.
    pub fn move_to(&self, at: Micros) {
        let millis = at.0.saturating_sub(self.clock.now().0) / 1000;
        if millis > 0 {
            self.clock.advance_millis(millis);
        }
    }

    /// All that waits is done.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle(&self) -> Result<(), Failure> {
        let parts = self.parts()?;
        parts.pool.drain().await?;
        parts.worker.drain().await?;
        Ok(())
    }

    /// The process dies while it works on jobs: some are done, some are cut off in the middle. Another one
    /// begins on the same database when their leases are over. Where it is cut off follows from the number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn die(&mut self, number: u64) -> Result<(), Failure> {
        let worker = Arc::clone(&self.parts()?.worker);
        for _ in 0..number % 4 {
            worker.step().await?;
        }
        let yields = async {
            for _ in 0..(number >> 8) % 200 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = yields => {}
            done = worker.step() => drop(done?),
        }
        drop(worker);
        if let Some(parts) = self.parts.take() {
            self.left.push(parts.engine.store.clone());
        }
        self.clock.advance_millis(LEASE);
        self.open()
    }

    /// Closes what processes that died have left.
    pub async fn bury(&mut self) {
        for store in std::mem::take(&mut self.left) {
            // Waits for what is being written.
            let _ = tokio::task::spawn_blocking(move || store.close()).await;
        }
    }

    /// Ends it in order.
    pub async fn close(mut self) {
        self.bury().await;
        if let Some(parts) = self.parts.take() {
            parts.close().await;
        }
    }

    /// Hands events on, to nobody, and removes what is old.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tidy(&self) -> Result<(), Failure> {
        let parts = self.parts()?;
        parts.dispatcher.drain().await?;
        parts.tidy().await?;
        Ok(())
    }

    fn resource(&self, kind: &str) -> Result<&'static Resource, Failure> {
        let found = self.parts()?.engine.core.registry.canonical(kind);
        found.ok_or_else(|| Failure::new(format!("there is no {kind}")))
    }

    /// Makes resources as clients do, and answers their ids.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn make(&self, kind: &str, bodies: Vec<Value>) -> Result<Vec<String>, Failure> {
        let resource = self.resource(kind)?;
        let engine = &self.parts()?.engine;
        let mut ids = Vec::with_capacity(bodies.len());
        for some in bodies.chunks(TOGETHER) {
            let made = engine.create_many(resource, some.to_vec(), Caller::local(), true);
            for one in made.await? {
                ids.push(one?.row.id);
            }
        }
        Ok(ids)
    }

    /// Changes resources as clients do; each change names its `id`.
    ///
    /// # Errors
    /// When one is refused.
    pub async fn change(&self, kind: &str, patches: Vec<Value>) -> Result<(), Failure> {
        let resource = self.resource(kind)?;
        let engine = &self.parts()?.engine;
        for some in patches.chunks(TOGETHER) {
            let done = engine.patch_many(resource, some.to_vec(), Caller::local(), true);
            for one in done.await? {
                one?;
            }
        }
        Ok(())
    }

    /// Adds up what usage waits to be billed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn add_up(&self) -> Result<(), Failure> {
        let store = self.parts()?.engine.store.clone();
        let done = tokio::task::spawn_blocking(move || {
            waiting::fold(&store)?;
            waiting::put_together(&store)
        });
        let done = done.await;
        Ok(done.map_err(|_| Failure::new("adding up was not finished"))??)
    }

    /// Reads the database.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read<T, F>(&self, read: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Session) -> DbResult<T> + Send + 'static,
    {
        Ok(self.parts()?.engine.store.scan(read).await?)
    }

    /// The document of a resource as it is stored.
    ///
    /// # Errors
    /// When there is none.
    pub async fn document(&self, kind: &str, id: &str) -> Result<Value, Failure> {
        let key = IdKey::new(Caller::local().tenant, self.resource(kind)?.kind, id);
        let rows = self.read(move |session| session.versions(&key)).await?;
        let row = rows
            .first()
            .ok_or_else(|| Failure::new(format!("{kind} {id} is gone")))?;
        Ok(document(row)?)
    }
}
