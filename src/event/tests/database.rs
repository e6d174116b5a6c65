//! A database for one test: a SQLite file, or a PostgreSQL database when
//! `TOLLGATE_TEST_SERVER` names a server (`postgres://user@host:port`) and `createdb` is at hand.

use std::process::Command;

use tempfile::TempDir;

use crate::domain::ids;
use crate::store::{Settings, Store, Target};

/// Where the database is. The SQLite file goes with it.
pub struct Database {
    pub target: Target,
    _dir: TempDir,
}

impl Database {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let url = match std::env::var("TOLLGATE_TEST_SERVER") {
            Ok(server) if server.starts_with("postgres") => create(&server),
            _ => format!("sqlite:{}", dir.path().join("test.db").display()),
        };
        let target = Target::parse(&url).expect("target");
        Store::migrate(&target).expect("migrations");
        Database { target, _dir: dir }
    }

    pub fn open(&self) -> Store {
        let settings = Settings {
            pool: 4,
            ..Settings::default()
        };
        Store::open(&self.target, &settings, &[]).expect("store")
    }
}

fn create(server: &str) -> String {
    let name = format!("test_{}", ids::new_id().replace('-', ""));
    let done = Command::new("createdb")
        .arg(format!("--maintenance-db={server}/postgres"))
        .arg(&name)
        .status()
        .expect("createdb");
    assert!(done.success(), "createdb {name}");
    format!("{server}/{name}")
}
