//! Which orders are looked at first.

use tollgate::store::{OrderInputRow, RunRow, Settings, Store};

use crate::support::{Database, each_database};

/// Orders that are looked at together.
const BATCH: i64 = 3;
/// Orders of the lowest priority that wait the longest.
const WAITING: i64 = 40;

fn open(database: &Database) -> Store {
    Store::migrate(&database.target()).expect("a schema");
    Store::open(&database.target(), &Settings::default(), &[]).expect("a store")
}

fn run(order: &str, priority: i64, wake_at: Option<i64>) -> RunRow {
    RunRow {
        tenant: 1,
        order_id: order.to_owned(),
        revision: 1,
        state: "open".to_owned(),
        priority,
        wake_at,
        created_at: 0,
        updated_at: 0,
        work: String::new(),
        progress: String::new(),
    }
}

async fn begin(store: &Store, runs: Vec<RunRow>) {
    let begun = store.write(move |tx| {
        runs.iter().for_each(|run| tx.begin_run(run.clone()));
        Ok(())
    });
    begun.await.expect("runs");
}

async fn due(store: &Store, at: i64, limit: i64) -> Vec<String> {
    let due = store.point(move |session| session.due_runs(at, limit));
    let due = due.await.expect("the queue").into_iter();
    due.map(|(due, _)| due.order).collect()
}

#[test]
fn urgent_orders_come_first_however_many_wait() {
    each_database(async |database| {
        let store = open(database);
        let waiting = (0..WAITING).map(|n| run(&format!("waiting-{n:02}"), 4, Some(n)));
        begin(&store, waiting.collect()).await;
        begin(
            &store,
            vec![
                run("usual", 2, Some(90)),
                run("urgent", 0, Some(100)),
                run("urgent-later", 0, Some(101)),
                run("idle", 0, None),
            ],
        )
        .await;
        assert_eq!(
            due(&store, 100, BATCH).await,
            ["urgent", "usual", "waiting-00"]
        );
        assert_eq!(
            due(&store, 101, BATCH).await,
            ["urgent", "urgent-later", "usual"]
        );
        let all = due(&store, 101, i64::MAX).await;
        assert_eq!(all.len(), 43, "{all:?}");
        store.close();
    });
}

#[test]
fn what_is_due_at_once_is_taken_by_its_name() {
    each_database(async |database| {
        let store = open(database);
        // Upper before lower case, as bytes have it: the same on both databases.
        let made = ["b", "a-2", "C", "a-1"];
        begin(&store, made.map(|id| run(id, 1, Some(7))).to_vec()).await;
        assert_eq!(due(&store, 7, BATCH).await, ["C", "a-1", "a-2"]);
        let told = store.write(move |tx| {
            for (number, order) in made.iter().enumerate() {
                tx.tell_order(OrderInputRow {
                    tenant: 1,
                    order_id: (*order).to_owned(),
                    id: number.to_string(),
                    at: 7,
                    input: "{}".to_owned(),
                });
            }
            Ok(())
        });
        told.await.expect("inputs");
        let found = store.point(|session| session.orders_with_input(7, BATCH));
        let found = found.await.expect("orders").into_iter();
        let found: Vec<String> = found.map(|due| due.order).collect();
        assert_eq!(found, ["C", "a-1", "a-2"]);
        store.close();
    });
}
