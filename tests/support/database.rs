//! A database for one test, on SQLite and on PostgreSQL.

use std::fmt;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use tempfile::TempDir;
use tollgate::server::within_runtime;
use tollgate::store::Target;

use super::postgres;

/// Which database system a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    Sqlite,
    Postgres,
}

impl System {
    pub const ALL: [System; 2] = [System::Sqlite, System::Postgres];
}

impl fmt::Display for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            System::Sqlite => "SQLite",
            System::Postgres => "PostgreSQL",
        })
    }
}

/// A database of one test; removed at the end.
pub struct Database {
    pub system: System,
    /// As the configuration takes it.
    pub url: String,
    /// For whatever else the test keeps in files. Holds the database file of SQLite.
    pub folder: TempDir,
}

impl Database {
    /// A database that a server can start on; `None` where the system is not installed.
    pub fn fresh(system: System) -> Option<Self> {
        // A server migrates the new file of SQLite in less time than a copy takes to arrange.
        Database::of(system, postgres::Cluster::migrated)
    }

    /// A database without tables.
    pub fn empty(system: System) -> Option<Self> {
        Database::of(system, postgres::Cluster::empty)
    }

    fn of(system: System, create: impl Fn(&postgres::Cluster) -> String) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let url = match system {
            System::Sqlite => format!("sqlite:{}", folder.path().join("test.db").display()),
            System::Postgres => create(postgres::cluster()?),
        };
        Some(Database {
            system,
            url,
            folder,
        })
    }

    /// Runs statements beside the server, in the dialect of the system.
    pub fn execute(&self, sqlite: &str, postgres: &str) {
        let done = match self.target() {
            Target::Sqlite(path) => SqliteConnection::establish(&path)
                .expect("the file opens")
                .batch_execute(&format!("PRAGMA busy_timeout = 30000; {sqlite}")),
            Target::Postgres(url) => PgConnection::establish(&url)
                .expect("the server answers")
                .batch_execute(postgres),
        };
        done.expect("the statements run");
    }

    /// As the store takes it.
    pub fn target(&self) -> Target {
        Target::parse(&self.url).expect("a database URL")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (System::Postgres, Some(cluster)) = (self.system, postgres::cluster()) {
            cluster.drop_database(&self.url);
        }
    }
}

/// Says in what circumstances a test failed.
pub struct Circumstances(pub String);

impl Drop for Circumstances {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("... on {}", self.0);
        }
    }
}

/// Runs a test in a runtime like the program's.
pub fn within<T>(test: impl Future<Output = T>) -> T {
    within_runtime(async { Ok::<T, std::io::Error>(test.await) }).expect("a runtime")
}

/// Runs a test on each database system, with a new database.
pub fn each_database(test: impl AsyncFn(&Database)) {
    for system in System::ALL {
        let _named = Circumstances(system.to_string());
        let Some(database) = Database::fresh(system) else {
            continue;
        };
        within(test(&database));
    }
}
