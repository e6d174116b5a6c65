//! The planner of PostgreSQL hears of growing tables before it would look by itself.

use tollgate::store::{Keys, ResourceRow, Settings, Store, Synchronous};

use crate::support::{Database, System, each_database};

/// More than the first number of rows that is told.
const ROWS: i64 = 600;

fn open(database: &Database) -> Store {
    let settings = Settings {
        synchronous: Synchronous::Normal,
        pool: 1,
        ..Settings::default()
    };
    Store::migrate(&database.target()).expect("a schema");
    Store::open(&database.target(), &settings, &[]).expect("a store")
}

fn row(number: i64) -> ResourceRow {
    ResourceRow {
        seq: 0,
        tenant: 1,
        kind: "category".to_owned(),
        id: format!("c{number}"),
        version: String::new(),
        revision: 1,
        current: true,
        label: None,
        state: None,
        created_at: number,
        updated_at: number,
        doc: "{}".to_owned(),
    }
}

/// Makes the rows, in units that leave their writes to the batch or that send them themselves.
async fn fill(store: &Store, at_once: bool) {
    let made = store.write(move |tx| {
        for number in 0..ROWS {
            tx.insert(row(number), Keys::default())?;
        }
        if at_once {
            tx.direct(|session| session.ping())?;
        }
        Ok(())
    });
    made.await.expect("rows");
    // The writers tell the planner behind the commit; this waits for them.
    store.close();
}

async fn told(database: &Database, at_once: bool) {
    fill(&open(database), at_once).await;
    let again = open(database);
    let planned = again.scan(|session| session.planned_rows()).await;
    let expected = match database.system {
        System::Sqlite => None,
        System::Postgres => Some(ROWS),
    };
    assert_eq!(planned.expect("a number"), expected);
    again.close();
}

#[test]
fn the_planner_hears_of_rows_that_a_batch_sends() {
    each_database(async |database| told(database, false).await);
}

#[test]
fn the_planner_hears_of_rows_that_a_unit_sends() {
    each_database(async |database| told(database, true).await);
}
