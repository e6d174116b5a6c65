//! Looking at a database without changing it: not even the file or the table of migrations is made
//! when it is missing, and no attribute is registered.

use std::fmt::Write as _;
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_migrations::EmbeddedMigrations;

use super::error::{DbError, DbResult};
use super::open::Target;
use super::session::Session;
use super::{postgres, sqlite};
use crate::domain::clock::Micros;

/// What a database looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Version of the database system.
    pub version: String,
    /// Migrations of this program that the database lacks.
    pub missing: Vec<String>,
    /// Migrations of the database that this program does not know: a newer one was here.
    pub foreign: Vec<String>,
    /// The database server's own time, where it has one.
    pub server_time: Option<Micros>,
    /// When the latest row was written, when there is one.
    pub latest_write: Option<Micros>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Instant {
    #[diesel(sql_type = Nullable<BigInt>)]
    at: Option<i64>,
}

/// The latest event and the latest resource; both by primary key. Events go with time, and
/// resources change without a new row, so the later one counts.
const LATEST: &str = "SELECT MAX(t.at) AS at FROM (SELECT MAX(at) AS at FROM event UNION ALL \
     SELECT updated_at FROM resource WHERE seq = (SELECT MAX(seq) FROM resource)) AS t";
const APPLIED: &str = "SELECT CAST(version AS TEXT) AS text FROM __diesel_schema_migrations";

/// The same work on either connection.
macro_rules! look {
    ($db:ty, $conn:expr, $source:expr, $table:expr, $version:expr) => {{
        let conn = $conn;
        let version: Line = diesel::sql_query($version).get_result(conn)?;
        let has_table: Instant = diesel::sql_query($table).get_result(conn)?;
        let applied: Vec<Line> = match has_table.at {
            Some(1..) => diesel::sql_query(APPLIED).load(conn)?,
            _ => Vec::new(),
        };
        let (missing, foreign) = compare(known::<$db>($source)?, applied);
        let latest_write = if missing.is_empty() {
            let latest: Instant = diesel::sql_query(LATEST).get_result(conn)?;
            latest.at.map(Micros)
        } else {
            None
        };
        Inspection {
            version: version.text,
            missing,
            foreign,
            server_time: None,
            latest_write,
        }
    }};
}

/// Looks at a database; `None` when the file of an embedded one does not exist yet.
///
/// # Errors
/// When it cannot be reached or read.
pub(super) fn inspect(target: &Target) -> DbResult<Option<Inspection>> {
    match target {
        Target::Sqlite(path) if !Path::new(path).exists() => Ok(None),
        Target::Sqlite(path) => inspect_sqlite(path).map(Some),
        Target::Postgres(url) => inspect_postgres(url).map(Some),
    }
}

/// A connection that can only read.
///
/// # Errors
/// When the database cannot be reached, or the file does not exist.
pub(super) fn look(target: &Target) -> DbResult<Box<dyn Session>> {
    Ok(match target {
        Target::Sqlite(path) => {
            let conn = connect_sqlite(path)?;
            Box::new(sqlite::queries::Connected(Box::new(conn)))
        }
        Target::Postgres(url) => {
            let conn = connect_postgres(url)?;
            Box::new(postgres::queries::Connected(Box::new(conn)))
        }
    })
}

fn connect_sqlite(path: &str) -> DbResult<sqlite::Conn> {
    // `rw` opens what is there and makes nothing; reading a write-ahead log needs the right to
    // write beside it.
    let url = format!("file:{}?mode=rw", escaped(path));
    let mut conn = sqlite::Conn::establish(&url)
        .map_err(|error| DbError::Unreachable(format!("{path}: {error}")))?;
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON;")?;
    Ok(conn)
}

fn inspect_sqlite(path: &str) -> DbResult<Inspection> {
    let mut conn = connect_sqlite(path)?;
    Ok(look!(
        diesel::sqlite::Sqlite,
        &mut conn,
        &sqlite::MIGRATIONS,
        "SELECT COUNT(*) AS at FROM sqlite_master WHERE name = '__diesel_schema_migrations'",
        "SELECT sqlite_version() AS text"
    ))
}

fn connect_postgres(url: &str) -> DbResult<postgres::Conn> {
    let mut conn =
        postgres::Conn::establish(url).map_err(|error| DbError::Unreachable(error.to_string()))?;
    conn.batch_execute("SET default_transaction_read_only = on; SET statement_timeout = 10000")?;
    Ok(conn)
}

fn inspect_postgres(url: &str) -> DbResult<Inspection> {
    let mut conn = connect_postgres(url)?;
    let mut seen = look!(
        diesel::pg::Pg,
        &mut conn,
        &postgres::MIGRATIONS,
        "SELECT COUNT(*) AS at FROM information_schema.tables \
         WHERE table_schema = ANY(current_schemas(false)) \
         AND table_name = '__diesel_schema_migrations'",
        "SELECT current_setting('server_version') AS text"
    );
    let now = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) AS at";
    let now: Instant = diesel::sql_query(now).get_result(&mut conn)?;
    seen.server_time = now.at.map(Micros);
    Ok(seen)
}

/// A path inside a `file:` URI.
fn escaped(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for letter in path.chars() {
        match letter {
            // Writing to a String cannot fail.
            '%' | '?' | '#' => drop(write!(text, "%{:02X}", u32::from(letter))),
            letter => text.push(letter),
        }
    }
    text
}

/// Name and version of the program's migrations.
fn known<DB: diesel::backend::Backend>(
    source: &EmbeddedMigrations,
) -> DbResult<Vec<(String, String)>>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let all = MigrationSource::<DB>::migrations(source)
        .map_err(|error| DbError::Fault(error.to_string()))?;
    let names = all.iter().map(|migration| {
        let name = migration.name();
        (name.to_string(), name.version().to_string())
    });
    Ok(names.collect())
}

/// Migrations that the database lacks, and those that the program does not know.
fn compare(known: Vec<(String, String)>, applied: Vec<Line>) -> (Vec<String>, Vec<String>) {
    let is_known = |line: &Line| known.iter().any(|(_, version)| *version == line.text);
    let foreign = applied
        .iter()
        .filter(|line| !is_known(line))
        .map(|line| line.text.clone());
    let foreign = foreign.collect();
    let is_applied = |version: &str| applied.iter().any(|line| line.text == version);
    let missing = known.iter().filter(|(_, version)| !is_applied(version));
    (missing.map(|(name, _)| name.clone()).collect(), foreign)
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;

    use super::{escaped, inspect};
    use crate::store::sqlite;
    use crate::store::{Settings, Store, Synchronous, Target};

    #[test]
    fn looking_makes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("odd name?#%.db").display().to_string();
        let target = Target::Sqlite(path.clone());
        assert_eq!(inspect(&target).expect("looked"), None);
        assert_eq!(
            std::fs::read_dir(folder.path()).expect("a folder").count(),
            0
        );

        // A file that is there, but empty.
        std::fs::write(&path, "").expect("written");
        let empty = inspect(&target).expect("looked").expect("there");
        assert!(!empty.missing.is_empty() && empty.foreign.is_empty());
        assert!(empty.version.starts_with("3."));
        assert_eq!(std::fs::metadata(&path).expect("there").len(), 0);
    }

    #[test]
    fn migrations_and_foreign_ones_are_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.db").display().to_string();
        let target = Target::Sqlite(path.clone());
        Store::migrate(&target).expect("migrated");
        let seen = inspect(&target).expect("looked").expect("there");
        assert!(seen.missing.is_empty() && seen.foreign.is_empty());
        assert_eq!(seen.latest_write, None);
        let store = Store::open(&target, &Settings::default(), &[]).expect("opened");
        store.close();

        let mut conn = sqlite::connect(&path, Synchronous::Full).expect("connected");
        conn.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101')")
            .expect("written");
        let seen = inspect(&target).expect("looked").expect("there");
        assert_eq!(seen.foreign, ["29990101"]);
    }

    #[test]
    fn paths_in_uris() {
        assert_eq!(escaped("/a b/100%?#.db"), "/a b/100%25%3F%23.db");
    }
}
