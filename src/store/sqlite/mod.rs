//! SQLite: the embedded default. WAL, one writer, STRICT tables.

pub(in crate::store) mod dialect;
mod insert;
#[path = "../queries/mod.rs"]
pub(in crate::store) mod queries;
mod update;
mod usage;

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error as PoolError, Pool};
use diesel::{Connection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use super::error::{DbError, DbResult};

pub(in crate::store) type Conn = SqliteConnection;

/// The schema versions of this database.
pub(in crate::store) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// How commits reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// Every commit is on disk before it is answered (the default).
    Full,
    /// A power cut may lose the last commits, never the database.
    Normal,
}

#[derive(Debug)]
struct Setup {
    pragmas: String,
}

impl CustomizeConnection<Conn, PoolError> for Setup {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), PoolError> {
        conn.batch_execute(&self.pragmas)
            .map_err(PoolError::QueryError)
    }
}

/// Cache of the writer, which walks many index pages.
const WRITER_CACHE_KIB: u32 = 65_536;
/// Cache of a reader.
const READER_CACHE_KIB: u32 = 8_192;

/// `busy_timeout` comes first: switching to WAL needs a lock that another process may hold. The
/// log grows to some 40 MB before its pages are copied into the database, so that a page that many
/// commits write is copied once.
fn pragmas(synchronous: Synchronous, cache_kib: u32) -> String {
    let level = match synchronous {
        Synchronous::Full => "FULL",
        Synchronous::Normal => "NORMAL",
    };
    format!(
        "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = {level}; \
         PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -{cache_kib}; \
         PRAGMA wal_autocheckpoint = 10000; PRAGMA journal_size_limit = 67108864;"
    )
}

/// A connection for the writer. Creates the file.
pub(in crate::store) fn connect(path: &str, synchronous: Synchronous) -> DbResult<Conn> {
    let mut conn =
        Conn::establish(path).map_err(|error| DbError::Unreachable(format!("{path}: {error}")))?;
    conn.batch_execute(&pragmas(synchronous, WRITER_CACHE_KIB))?;
    Ok(conn)
}

/// Connections for readers.
pub(in crate::store) fn pool(
    path: &str,
    synchronous: Synchronous,
    size: u32,
) -> DbResult<Pool<ConnectionManager<Conn>>> {
    Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(5))
        .connection_customizer(Box::new(Setup {
            pragmas: pragmas(synchronous, READER_CACHE_KIB),
        }))
        .build(ConnectionManager::new(path))
        .map_err(|error| DbError::Unreachable(format!("{path}: {error}")))
}
