//! The two schemas, the migrations that make them, and the tables as the program sees them agree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{Bool, Text};
use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query,
};
use tollgate::store::{Store, Target};

use crate::support::{Database, System};

/// Tables without a tenant, and why.
const SHARED: [(&str, &str); 4] = [
    (
        "attribute",
        "numbers of attribute names, which are the same for all",
    ),
    ("sequence", "one counter for the whole database"),
    (
        "usage_shape",
        "names of attributes, which are the same for all",
    ),
    ("__diesel_schema_migrations", "the migrations themselves"),
];

/// Tables that hold rows but that no query names.
const UNSEEN: [&str; 3] = ["sequence", "event_rest", "__diesel_schema_migrations"];

/// Text search is each database's own, with tables as it likes them: an index of `resource`, whose
/// rows have the tenant.
const TEXT_SEARCH: &str = "text_search";

/// A column: type family and whether it may be null.
type Column = (&'static str, bool);
type Tables = BTreeMap<String, BTreeMap<String, Column>>;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    column: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

const SQLITE: &str = "SELECT t.name AS \"table\", c.name AS \"column\", c.type AS kind, \
    c.\"notnull\" = 0 AS nullable FROM sqlite_master t, pragma_table_info(t.name) c \
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'";
const POSTGRES: &str = "SELECT table_name::text AS \"table\", column_name::text AS \"column\", \
    data_type::text AS kind, is_nullable = 'YES' AS nullable \
    FROM information_schema.columns WHERE table_schema = 'public'";

fn tables(database: &Database) -> Tables {
    let rows: Vec<Row> = match database.target() {
        Target::Sqlite(path) => sql_query(SQLITE)
            .load(&mut SqliteConnection::establish(&path).unwrap())
            .unwrap(),
        Target::Postgres(url) => sql_query(POSTGRES)
            .load(&mut PgConnection::establish(&url).unwrap())
            .unwrap(),
    };
    let mut tables = Tables::new();
    for row in rows {
        if row.table.starts_with(TEXT_SEARCH) {
            continue;
        }
        let column = (family(&row.kind), row.nullable);
        tables
            .entry(row.table)
            .or_default()
            .insert(row.column, column);
    }
    tables
}

/// SQLite keeps booleans as integers.
fn family(kind: &str) -> &'static str {
    match kind.to_lowercase().split('(').next().unwrap_or_default() {
        "integer" | "bigint" | "boolean" | "bool" => "number",
        "text" | "character varying" | "varchar" => "text",
        "blob" | "bytea" => "bytes",
        "timestamp" | "timestamp without time zone" => "time",
        other => panic!("a type that the two databases may not share: {other}"),
    }
}

/// The `table!` declarations, read as text: they are private to the store.
fn declared() -> Tables {
    let text = std::fs::read_to_string(root().join("src/store/schema.rs")).unwrap();
    let mut tables = Tables::new();
    for body in text.split("diesel::table! {").skip(1) {
        let (head, columns) = body.split_once('{').unwrap();
        let name = head.split('(').next().unwrap().trim();
        let columns = columns.split('}').next().unwrap();
        for line in columns
            .lines()
            .filter_map(|line| line.trim().strip_suffix(','))
        {
            let (column, kind) = line.split_once(" -> ").unwrap();
            let inner = kind
                .strip_prefix("Nullable<")
                .and_then(|rest| rest.strip_suffix('>'));
            let kind = family(match inner.unwrap_or(kind) {
                "BigInt" => "bigint",
                "Bool" => "boolean",
                "Text" => "text",
                "Binary" => "bytea",
                other => panic!("{name}.{column}: {other}"),
            });
            let columns = tables.entry(name.to_owned()).or_default();
            columns.insert(column.to_owned(), (kind, inner.is_some()));
        }
    }
    assert!(tables.len() > 8, "schema.rs was not read");
    tables
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn folders(system: System) -> BTreeSet<PathBuf> {
    let name = if system == System::Sqlite {
        "sqlite"
    } else {
        "postgres"
    };
    let entries = std::fs::read_dir(root().join("migrations").join(name)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn execute(target: &Target, statements: &str) {
    match target {
        Target::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path).unwrap();
            conn.batch_execute(statements).unwrap();
        }
        Target::Postgres(url) => {
            let mut conn = PgConnection::establish(url).unwrap();
            conn.batch_execute(statements).unwrap();
        }
    }
}

fn each_migrated(check: impl Fn(&Database)) {
    for system in System::ALL {
        let Some(database) = Database::empty(system) else {
            continue;
        };
        let names = Store::migrate(&database.target()).unwrap();
        assert_eq!(names.len(), folders(system).len(), "{system}");
        check(&database);
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |system| -> BTreeSet<String> {
        let folders = folders(system);
        folders
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(System::Sqlite), names(System::Postgres));
    for path in System::ALL.into_iter().flat_map(folders) {
        assert!(
            path.join("up.sql").exists() && path.join("down.sql").exists(),
            "{}",
            path.display()
        );
    }
}

#[test]
fn the_program_sees_the_tables_that_are_there() {
    let declared = declared();
    each_migrated(|database| {
        let mut found = tables(database);
        found.retain(|table, _| !UNSEEN.contains(&table.as_str()));
        assert_eq!(found, declared, "{}", database.system);
    });
}

#[test]
fn every_row_belongs_to_a_tenant() {
    each_migrated(|database| {
        for (table, columns) in tables(database) {
            if SHARED.iter().all(|(shared, _)| *shared != table) {
                let tenant = columns.get("tenant");
                assert_eq!(
                    tenant,
                    Some(&("number", false)),
                    "{}: {table}",
                    database.system
                );
            }
        }
    });
}

#[test]
fn migrating_again_does_nothing_and_down_undoes_all() {
    each_migrated(|database| {
        let target = database.target();
        assert!(Store::migrate(&target).unwrap().is_empty());
        assert!(
            Store::migrations(&target)
                .unwrap()
                .iter()
                .all(|migration| migration.applied)
        );
        let before = tables(database);
        for folder in folders(database.system).iter().rev() {
            execute(
                &target,
                &std::fs::read_to_string(folder.join("down.sql")).unwrap(),
            );
        }
        let left: Vec<String> = tables(database).into_keys().collect();
        assert_eq!(left, ["__diesel_schema_migrations"], "{}", database.system);
        execute(&target, "DELETE FROM __diesel_schema_migrations");
        Store::migrate(&target).unwrap();
        assert_eq!(tables(database), before, "{}", database.system);
    });
}
