//! Opening a database by URL, migrating it, reading from it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use diesel::backend::Backend;
use diesel::migration::MigrationSource;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use tokio::sync::Semaphore;

use super::attributes::{Attributes, IndexedAttribute};
use super::draft::Drafting;
use super::error::{DbError, DbResult};
use super::growth::Growth;
use super::inspect::{self, Inspection};
use super::session::Session;
use super::sqlite::Synchronous;
use super::tx::Tx;
use super::writer::{Connect, Submitted, Writers};
use super::{postgres, sqlite};
use crate::domain::problem::{Outcome, Problem};

/// Which database, from its URL.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// Path of the database file.
    Sqlite(String),
    /// The URL as libpq reads it.
    Postgres(String),
}

impl Target {
    /// Reads `sqlite:PATH`, `postgres://...` or `postgresql://...`.
    ///
    /// # Errors
    /// A sentence for the person who wrote the URL.
    pub fn parse(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path.starts_with(":memory:") {
                return Err(
                    "sqlite: needs the path of a file, for example sqlite:tollgate.db".into(),
                );
            }
            return Ok(Target::Sqlite(path.to_owned()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Target::Postgres(url.to_owned()));
        }
        Err("a database is sqlite:PATH or postgres://user@host/name".into())
    }

    /// Name of the database system.
    pub fn system(&self) -> &'static str {
        match self {
            Target::Sqlite(_) => "SQLite",
            Target::Postgres(_) => "PostgreSQL",
        }
    }
}

impl fmt::Display for Target {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Sqlite(path) => write!(f, "sqlite:{path}"),
            Target::Postgres(url) => match (url.split_once("://"), url.rsplit_once('@')) {
                (Some((scheme, rest)), Some((_, host))) => {
                    let user = rest.split([':', '@']).next().unwrap_or("");
                    write!(f, "{scheme}://{user}@{host}")
                }
                _ => f.write_str(url),
            },
        }
    }
}

/// How the store uses its database.
#[derive(Clone, Debug)]
pub struct Settings {
    pub synchronous: Synchronous,
    /// Connections for reads.
    pub pool: u32,
    /// Reads that may run or wait at once; more are answered `Unavailable`.
    pub read_permits: usize,
    /// Writers on PostgreSQL; SQLite has one.
    pub postgres_writers: usize,
    /// Units of work that may wait.
    pub write_queue: usize,
    /// Units of work in one transaction at most.
    pub batch_max: usize,
    pub statement_timeout_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            synchronous: Synchronous::Full,
            pool: 8,
            read_permits: 256,
            postgres_writers: 2,
            write_queue: 1024,
            batch_max: 256,
            statement_timeout_ms: 30_000,
        }
    }
}

/// A schema version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migration {
    pub name: String,
    pub applied: bool,
}

/// Connections for reads.
#[derive(Clone)]
enum Readers {
    Sqlite(Pool<ConnectionManager<sqlite::Conn>>),
    Postgres(Pool<ConnectionManager<postgres::Conn>>),
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    target: Target,
    readers: Readers,
    writers: Writers,
    permits: Arc<Semaphore>,
    attributes: Arc<Attributes>,
}

/// A read waits this long for a permit before the client is told to come back.
const PERMIT_WAIT: Duration = Duration::from_secs(2);

impl Store {
    /// Brings the schema up to date and returns the names of the migrations that ran.
    ///
    /// # Errors
    /// When the database cannot be reached or a migration fails.
    pub fn migrate(target: &Target) -> DbResult<Vec<String>> {
        let text = |error: Box<dyn std::error::Error + Send + Sync>| {
            DbError::Fault(format!("migration failed: {error}"))
        };
        match target {
            Target::Sqlite(path) => {
                let mut conn = sqlite::connect(path, Synchronous::Full)?;
                let done = conn
                    .run_pending_migrations(sqlite::MIGRATIONS)
                    .map_err(text)?;
                Ok(done.iter().map(ToString::to_string).collect())
            }
            Target::Postgres(url) => {
                let mut conn = postgres::connect(url, 0)?;
                let done = conn
                    .run_pending_migrations(postgres::MIGRATIONS)
                    .map_err(text)?;
                Ok(done.iter().map(ToString::to_string).collect())
            }
        }
    }

    /// The schema versions this program knows, and whether the database has them.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn migrations(target: &Target) -> DbResult<Vec<Migration>> {
        match target {
            Target::Sqlite(path) => known_migrations(
                &mut sqlite::connect(path, Synchronous::Full)?,
                &sqlite::MIGRATIONS,
            ),
            Target::Postgres(url) => {
                known_migrations(&mut postgres::connect(url, 0)?, &postgres::MIGRATIONS)
            }
        }
    }

    /// Looks at a database and changes nothing; `None` when the file of an embedded one does not
    /// exist yet.
    ///
    /// # Errors
    /// When it cannot be reached or read.
    pub fn inspect(target: &Target) -> DbResult<Option<Inspection>> {
        inspect::inspect(target)
    }

    /// A connection to a migrated database that can only read: for tools that must not change
    /// anything, be it by mistake. It is nobody's but the caller's.
    ///
    /// # Errors
    /// When it cannot be reached, or the file does not exist.
    pub fn look(target: &Target) -> DbResult<Box<dyn Session>> {
        inspect::look(target)
    }

    /// Opens a migrated database.
    ///
    /// # Errors
    /// When it cannot be reached or lacks a migration.
    pub fn open(
        target: &Target,
        settings: &Settings,
        indexed: &[IndexedAttribute],
    ) -> DbResult<Self> {
        let missing: Vec<String> = Store::migrations(target)?
            .into_iter()
            .filter(|m| !m.applied)
            .map(|m| m.name)
            .collect();
        if !missing.is_empty() {
            let names = missing.join(", ");
            return Err(DbError::Fault(format!(
                "the database lacks migrations: {names}; run `tollgate migrate`"
            )));
        }
        let connect = connector(target.clone(), settings.clone());
        let mut session = connect()?;
        let attributes = Arc::new(register(session.as_mut(), indexed)?);
        let growth = Growth::from(session.planned_rows()?);
        drop(session);
        let (readers, threads) = match target {
            Target::Sqlite(path) => (
                Readers::Sqlite(sqlite::pool(path, settings.synchronous, settings.pool)?),
                1,
            ),
            Target::Postgres(url) => (
                Readers::Postgres(postgres::pool(
                    url,
                    settings.statement_timeout_ms,
                    settings.pool,
                )?),
                settings.postgres_writers.max(1),
            ),
        };
        let writers = Writers::start(
            &connect,
            threads,
            settings.write_queue,
            settings.batch_max,
            &attributes,
            growth,
        )?;
        Ok(Store {
            inner: Arc::new(Inner {
                target: target.clone(),
                readers,
                writers,
                permits: Arc::new(Semaphore::new(settings.read_permits.max(1))),
                attributes,
            }),
        })
    }

    pub fn target(&self) -> &Target {
        &self.inner.target
    }

    /// The numbers of indexed attributes.
    pub fn attributes(&self) -> &Attributes {
        &self.inner.attributes
    }

    /// Runs a unit of work in a write transaction and answers after its commit. The closure may
    /// run several times; it must not keep effects outside `tx`.
    ///
    /// # Errors
    /// What the closure refused, or `Unavailable` when the store is saturated.
    pub async fn write<T, F>(&self, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.inner.writers.write(work).await
    }

    /// [`Store::write`] for a thread outside any runtime; waits for room in the queue.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, F>(&self, work: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.inner.writers.write_blocking(work)
    }

    /// [`Store::write_blocking`] without the wait for the commit. Units that were handed in together
    /// may share a transaction.
    ///
    /// # Errors
    /// `Unavailable` when the store is closing.
    pub fn submit<T, F>(&self, work: F) -> Outcome<Submitted<T>>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Outcome<T> + Send + 'static,
    {
        self.inner.writers.submit(work)
    }

    /// A read of a few rows by key. SQLite answers on the calling thread: it takes less time than
    /// a change of threads.
    ///
    /// # Errors
    /// `Unavailable` when no connection is free in time.
    pub async fn point<T, F>(&self, read: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Session) -> DbResult<T> + Send + 'static,
    {
        match &self.inner.readers {
            Readers::Sqlite(_) => self.read_blocking(read),
            Readers::Postgres(_) => self.scan(read).await,
        }
    }

    /// A read that may take long, on a thread that may block.
    ///
    /// # Errors
    /// `Unavailable` when too many reads are under way.
    pub async fn scan<T, F>(&self, read: F) -> Outcome<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut dyn Session) -> DbResult<T> + Send + 'static,
    {
        let permits = Arc::clone(&self.inner.permits);
        let permit = tokio::time::timeout(PERMIT_WAIT, permits.acquire_owned())
            .await
            .map_err(|_| Problem::busy(1))?
            .map_err(|_| Problem::busy(1))?;
        let store = self.clone();
        tokio::task::spawn_blocking(move || {
            // The permit lives as long as the read, even when the client has gone.
            let _permit = permit;
            store.read_blocking(read)
        })
        .await
        .map_err(Problem::internal)?
    }

    /// Runs units of work as drafts, on the calling thread.
    ///
    /// # Errors
    /// `Unavailable` when no connection is free in time.
    pub fn draft<T>(&self, work: impl FnOnce(&mut Drafting<'_>) -> T) -> Outcome<T> {
        let attributes = Arc::clone(&self.inner.attributes);
        self.read_blocking(move |session| Ok(work(&mut Drafting::new(session, attributes))))
    }

    /// A read on the calling thread.
    ///
    /// # Errors
    /// `Unavailable` when no connection is free in time.
    pub fn read_blocking<T>(
        &self,
        read: impl FnOnce(&mut dyn Session) -> DbResult<T>,
    ) -> Outcome<T> {
        let unreachable = |error: diesel::r2d2::PoolError| DbError::Unreachable(error.to_string());
        let done = match &self.inner.readers {
            Readers::Sqlite(pool) => pool
                .get()
                .map_err(unreachable)
                .and_then(|conn| read(&mut sqlite::queries::Connected(conn))),
            Readers::Postgres(pool) => pool
                .get()
                .map_err(unreachable)
                .and_then(|conn| read(&mut postgres::queries::Connected(conn))),
        };
        done.map_err(|error| {
            tracing::error!(%error, "a read failed");
            Problem::from(error)
        })
    }

    /// Has somebody told, after the commit and before whoever wrote gets an answer, that something
    /// that prices are compiled from has changed. Runs on a thread that may block; the first who asks
    /// is told.
    pub fn watch_book(&self, told: impl Fn() + Send + Sync + 'static) {
        self.inner.writers.watch_book(Box::new(told));
    }

    /// Finishes the writes that wait and stops the writers.
    pub fn close(&self) {
        self.inner.writers.close();
    }
}

fn connector(target: Target, settings: Settings) -> Connect {
    Arc::new(move || match &target {
        Target::Sqlite(path) => {
            let conn = sqlite::connect(path, settings.synchronous)?;
            Ok(Box::new(sqlite::queries::Connected(Box::new(conn))) as Box<dyn Session>)
        }
        Target::Postgres(url) => {
            let conn = postgres::connect(url, settings.statement_timeout_ms)?;
            Ok(Box::new(postgres::queries::Connected(Box::new(conn))) as Box<dyn Session>)
        }
    })
}

/// Gives numbers to attributes that are new.
fn register(session: &mut dyn Session, indexed: &[IndexedAttribute]) -> DbResult<Attributes> {
    let known = session.attributes()?;
    let has = |a: &IndexedAttribute| known.iter().any(|(_, k, p)| k == a.kind && p == a.path);
    if indexed.iter().all(has) {
        return Ok(Attributes::new(indexed, &known));
    }
    session.begin_write()?;
    for attribute in indexed.iter().filter(|a| !has(a)) {
        session.add_attribute(attribute.kind, attribute.path)?;
    }
    session.commit()?;
    Ok(Attributes::new(indexed, &session.attributes()?))
}

fn known_migrations<C, DB>(conn: &mut C, source: &EmbeddedMigrations) -> DbResult<Vec<Migration>>
where
    C: MigrationHarness<DB>,
    DB: Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let text = |error: Box<dyn std::error::Error + Send + Sync>| DbError::Fault(error.to_string());
    let applied: Vec<String> = conn
        .applied_migrations()
        .map_err(text)?
        .iter()
        .map(ToString::to_string)
        .collect();
    let all = source.migrations().map_err(text)?;
    Ok(all
        .iter()
        .map(|migration| Migration {
            applied: applied.contains(&migration.name().version().to_string()),
            name: migration.name().to_string(),
        })
        .collect())
}
