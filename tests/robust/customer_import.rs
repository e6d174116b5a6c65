//! `tollgate customer import`: bad lines are told and passed over, and an import that is killed in
//! the middle and started again ends with what one that was left alone ends with.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use diesel::sql_types::{BigInt, Text};
use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query,
};
use serde_json::Value;
use tollgate::sample::subscribers;
use tollgate::store::{Store, Target};

use crate::support::{Database, each_database};

/// Lines of the file; some thousand share a commit.
const LINES: u64 = 4_500;
/// The line that cannot be used.
const BAD: usize = 4_321;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Text)]
    doc: String,
    #[diesel(sql_type = BigInt)]
    events: i64,
}

const ROWS: &str = "SELECT r.kind, r.id, r.revision, r.doc, \
    (SELECT count(*) FROM event e WHERE e.kind = r.kind AND e.id = r.id) AS events \
    FROM resource r ORDER BY r.kind, r.id";

/// Every resource with its revision, its document without the time of the write, and the number of
/// events about it.
fn content(database: &Database) -> Vec<(String, i64, Value, i64)> {
    // Events have no index by resource: nothing but this asks for them so.
    let index = "CREATE INDEX IF NOT EXISTS event_subject ON event (kind, id)";
    let rows: Vec<Row> = match database.target() {
        Target::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(&path).unwrap();
            sql_query(index).execute(&mut conn).unwrap();
            sql_query(ROWS).load(&mut conn).unwrap()
        }
        Target::Postgres(url) => {
            let mut conn = PgConnection::establish(&url).unwrap();
            sql_query(index).execute(&mut conn).unwrap();
            sql_query(ROWS).load(&mut conn).unwrap()
        }
    };
    let content = rows.into_iter().map(|row| {
        let mut doc: Value = serde_json::from_str(&row.doc).unwrap();
        doc.as_object_mut().unwrap().remove("lastUpdate");
        (
            format!("{}/{}", row.kind, row.id),
            row.revision,
            doc,
            row.events,
        )
    });
    content.collect()
}

/// The file: made-up customers, one line spoilt.
fn file(folder: &Path) -> PathBuf {
    let mut text = String::new();
    subscribers::lines(LINES, 3)
        .read_to_string(&mut text)
        .unwrap();
    let path = folder.join("customers.ndjson");
    let mut file = std::fs::File::create(&path).unwrap();
    for (at, line) in text.lines().enumerate() {
        let line = if at + 1 == BAD {
            line.replace("\"Customer\"", "\"Costumer\"")
                .replace("\"status\":", "\"status\":7,\"was\":")
        } else {
            line.to_owned()
        };
        writeln!(file, "{line}").unwrap();
    }
    path
}

fn import(database: &Database, file: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(["customer", "import"])
        .arg(file)
        .args(["--database", &database.url, "--log-level", "warn"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

fn finish(child: Child) -> (String, String) {
    let output = child.wait_with_output().expect("an end");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let (out, err) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    (out, err)
}

/// Customers that are there.
fn customers(database: &Database) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    let count = "SELECT count(*) AS n FROM resource WHERE kind = 'customer'";
    let count: Count = match database.target() {
        Target::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(&path).unwrap();
            sql_query("PRAGMA busy_timeout = 60000")
                .execute(&mut conn)
                .unwrap();
            sql_query(count).get_result(&mut conn).unwrap()
        }
        Target::Postgres(url) => sql_query(count)
            .get_result(&mut PgConnection::establish(&url).unwrap())
            .unwrap(),
    };
    count.n
}

#[test]
fn an_import_that_is_killed_goes_on_where_it_was() {
    each_database(async |database| {
        let file = file(database.folder.path());
        Store::migrate(&database.target()).unwrap();
        let mut killed = import(database, &file);
        // Killed as soon as something is written, which is long before the end.
        while customers(database) == 0 {
            assert!(killed.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::yield_now();
        }
        killed.kill().unwrap();
        killed.wait().unwrap();
        let first = customers(database);
        assert!(
            first > 0 && first < i64::try_from(LINES).unwrap() - 1,
            "{first}"
        );

        let (out, err) = finish(import(database, &file));
        let good = LINES - 1;
        assert!(
            out.contains(&format!("{good} customers imported, 1 lines refused")),
            "{out}"
        );
        assert!(err.contains(&format!("line {BAD}")), "{err}");
        let content_of_both = content(database);

        let alone = Database::fresh(database.system).expect("another database");
        finish(import(&alone, &file));
        let expected = content(&alone);
        assert_eq!(expected.len(), usize::try_from(3 * good).unwrap());
        assert!(
            expected
                .iter()
                .all(|(_, revision, _, events)| (*revision, *events) == (1, 1))
        );
        assert!(content_of_both == expected, "the contents differ");

        // Once more: everything is there, nothing is written.
        finish(import(database, &file));
        assert!(
            content(database) == expected,
            "repeating it wrote something"
        );
    });
}

#[test]
fn lines_that_are_there_are_left_alone_behind_others_that_are_new() {
    each_database(async |database| {
        let whole = file(database.folder.path());
        let lines = std::fs::read_to_string(&whole).unwrap();
        // The first batch of the whole file is new then, which says nothing of those behind it.
        let known: Vec<&str> = lines.split_inclusive('\n').skip(2_500).collect();
        let part = database.folder.path().join("part.ndjson");
        std::fs::write(&part, known.concat()).unwrap();
        finish(import(database, &part));
        assert_eq!(customers(database), i64::try_from(known.len()).unwrap() - 1);

        let (out, _) = finish(import(database, &whole));
        let good = LINES - 1;
        assert!(out.contains(&format!("{good} customers imported")), "{out}");
        let alone = Database::fresh(database.system).expect("another database");
        finish(import(&alone, &whole));
        assert!(content(database) == content(&alone), "the contents differ");
    });
}
