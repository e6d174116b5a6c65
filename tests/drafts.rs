//! Drafts of many new resources: all of them are written or none.

use tollgate::domain::descriptor::Change;
use tollgate::store::{
    Draft, IdKey, IndexedAttribute, Keys, ResourceRow, Settings, Store, Synchronous, Word,
};

use crate::support::{Database, each_database};

const KIND: &str = "category";
const NAME: IndexedAttribute = IndexedAttribute {
    kind: KIND,
    path: "name",
    tallied: true,
};
/// More than PostgreSQL takes by a single statement.
const ROWS: i64 = 400;

fn open(database: &Database) -> Store {
    let settings = Settings {
        synchronous: Synchronous::Normal,
        pool: 2,
        ..Settings::default()
    };
    Store::migrate(&database.target()).expect("a schema");
    Store::open(&database.target(), &settings, &[NAME]).expect("a store")
}

fn key(number: i64) -> IdKey {
    IdKey::new(1, KIND, &format!("c{number}"))
}

fn row(number: i64) -> ResourceRow {
    ResourceRow {
        seq: 0,
        tenant: 1,
        kind: KIND.to_owned(),
        id: key(number).id,
        version: String::new(),
        revision: 1,
        current: true,
        label: (number % 2 == 0).then(|| format!("Überschrift {number}")),
        state: None,
        created_at: -number,
        updated_at: i64::MAX,
        doc: format!("{{\"name\":\"ü {number}\"}}"),
    }
}

/// Drafts the rows, each after a look whether it is there.
fn draft(store: &Store) -> Draft {
    let name = store.attributes().number(KIND, "name").expect("indexed");
    let drafted = store.draft(|drafting| {
        for number in 0..ROWS {
            let done = drafting.unit(|tx| {
                assert_eq!(tx.versions(&key(number))?, []);
                let row = row(number);
                let keys = Keys {
                    index: vec![(name, format!("s{}", number % 10))],
                    words: format!("ä{} zz même b{number}", number % 10),
                    alone: true,
                };
                tx.insert(row.clone(), keys)?;
                tx.announce(&row, "somebody", Change::Create, None, number);
                Ok(())
            });
            done.expect("a unit");
        }
        drafting.cut()
    });
    drafted.expect("a draft")
}

async fn adopt(store: &Store, draft: Draft) -> bool {
    let mut draft = Some(draft);
    let adopted = store.write(move |tx| match draft.take() {
        Some(draft) => tx.adopt(draft),
        None => Err(tollgate::domain::problem::Problem::internal("used")),
    });
    adopted.await.is_ok()
}

/// How many rows are found by a word, how many are counted by a value, how many events wait.
async fn seen(store: &Store) -> (usize, i64, usize) {
    let name = store.attributes().number(KIND, "name").expect("indexed");
    let read = store.scan(move |session| {
        let word = |text: &str| {
            vec![Word {
                text: text.to_owned(),
                prefix: false,
            }]
        };
        let found = session.find_words(1, &[word("même"), word("ä7")], ROWS)?;
        let counted = session.tally(1, KIND, name, &["s7".to_owned()])?;
        Ok((found.len(), counted, session.pending(ROWS * 2)?.len()))
    });
    read.await.expect("a read")
}

#[test]
fn a_draft_of_many_is_written_as_it_is() {
    each_database(async |database| {
        let store = open(database);
        assert!(adopt(&store, draft(&store)).await);
        assert_eq!(seen(&store).await, (40, 40, 400));
        let events = store.scan(|session| session.pending(3)).await;
        let events = events.expect("events").into_iter();
        let ids: Vec<String> = events.map(|event| event.id).collect();
        assert_eq!(ids, ["c0", "c1", "c2"]);
        for number in [0, 1, ROWS - 1] {
            let read = store.point(move |session| session.versions(&key(number)));
            let mut found = read.await.expect("a read");
            let found = found.pop().expect("a row");
            let expected = ResourceRow {
                seq: found.seq,
                ..row(number)
            };
            assert_eq!(found, expected);
        }
        store.close();
    });
}

#[test]
fn what_others_have_made_meanwhile_stops_a_draft() {
    each_database(async |database| {
        let store = open(database);
        let draft = draft(&store);
        let other = store.write(|tx| tx.insert(row(ROWS - 1), Keys::default()));
        other.await.expect("a row");
        assert!(!adopt(&store, draft).await);
        assert_eq!(seen(&store).await, (0, 0, 0));
        // The writer goes on.
        let next = store.write(|tx| tx.insert(row(0), Keys::default()));
        next.await.expect("a row");
        store.close();
    });
}
