//! Units of one transaction: what one of them read is nothing to the next where it took it back.

use std::sync::mpsc;

use futures_util::future::join4;
use tollgate::domain::problem::Problem;
use tollgate::store::{IdKey, Keys, ResourceRow, Settings, Store, Synchronous};

use crate::support::{Database, each_database};

const KIND: &str = "category";

fn open(database: &Database) -> Store {
    let settings = Settings {
        synchronous: Synchronous::Normal,
        // All units go to the same one.
        postgres_writers: 1,
        ..Settings::default()
    };
    Store::migrate(&database.target()).expect("a schema");
    Store::open(&database.target(), &settings, &[]).expect("a store")
}

fn key() -> IdKey {
    IdKey::new(1, KIND, "c")
}

fn row() -> ResourceRow {
    ResourceRow {
        seq: 0,
        tenant: 1,
        kind: KIND.to_owned(),
        id: key().id,
        version: String::new(),
        revision: 1,
        current: true,
        label: None,
        state: None,
        created_at: 1,
        updated_at: 1,
        doc: "{}".to_owned(),
    }
}

#[test]
fn what_a_unit_took_back_was_never_there() {
    each_database(async |database| {
        let store = open(database);
        let (go, wait) = mpsc::channel::<()>();
        // Holds the writer until the others wait as well, so that they share a transaction.
        let first = store.write(move |_| wait.recv().map_err(Problem::internal));
        let second = store.write(|tx| {
            tx.insert(row(), Keys::default())?;
            tx.direct(|_| Ok(()))?;
            assert_eq!(tx.versions(&key())?.len(), 1);
            Err::<(), Problem>(Problem::internal("on second thoughts"))
        });
        let third = store.write(|tx| Ok(tx.versions(&key())?.len()));
        let release = async { go.send(()).expect("somebody waits") };
        let (first, second, third, ()) = join4(first, second, third, release).await;
        assert_eq!(first, Ok(()));
        assert!(second.is_err());
        assert_eq!(third, Ok(0));
        store.close();
    });
}
