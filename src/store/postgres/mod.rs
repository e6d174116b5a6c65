//! PostgreSQL: the production database. Several writers and processes share it.

mod copy;
pub(in crate::store) mod dialect;
mod insert;
#[path = "../queries/mod.rs"]
pub(in crate::store) mod queries;
mod rates;
mod update;
mod usage;

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error as PoolError, Pool};
use diesel::{Connection, PgConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

use super::error::{DbError, DbResult};

pub(in crate::store) type Conn = PgConnection;

/// The schema versions of this database.
pub(in crate::store) const MIGRATIONS: EmbeddedMigrations =
    embed_migrations!("migrations/postgres");

#[derive(Debug)]
struct Setup {
    settings: String,
}

impl CustomizeConnection<Conn, PoolError> for Setup {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), PoolError> {
        conn.batch_execute(&self.settings)
            .map_err(PoolError::QueryError)
    }
}

fn settings(statement_timeout_ms: u64) -> String {
    format!(
        "SET application_name = 'tollgate'; SET statement_timeout = {statement_timeout_ms}; \
         SET jit = off; SET plan_cache_mode = auto; SET client_min_messages = warning"
    )
}

/// A connection for a writer.
pub(in crate::store) fn connect(url: &str, statement_timeout_ms: u64) -> DbResult<Conn> {
    let mut conn = Conn::establish(url).map_err(|error| DbError::Unreachable(error.to_string()))?;
    conn.batch_execute(&settings(statement_timeout_ms))?;
    // A writer goes by keys, whatever the values: to plan anew for each costs more than to run.
    conn.batch_execute("SET plan_cache_mode = force_generic_plan")?;
    Ok(conn)
}

/// Connections for readers.
pub(in crate::store) fn pool(
    url: &str,
    statement_timeout_ms: u64,
    size: u32,
) -> DbResult<Pool<ConnectionManager<Conn>>> {
    Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(5))
        .connection_customizer(Box::new(Setup {
            settings: settings(statement_timeout_ms),
        }))
        .build(ConnectionManager::new(url))
        .map_err(|error| DbError::Unreachable(error.to_string()))
}
