//! Balances in the store: additions that meet lose nothing, on either database.

use futures_util::future::join_all;
use tollgate::domain::problem::{Code, Outcome};
use tollgate::store::{
    Addition, BalanceKey, BalanceRow, Hold, IdKey, Keys, ResourceRow, Settings, Store, Synchronous,
};

use crate::support::{Database, each_database};

const KIND: &str = "billingAccount";

fn open(database: &Database) -> Store {
    let settings = Settings {
        synchronous: Synchronous::Normal,
        pool: 4,
        postgres_writers: 4,
        // Small batches make writers meet.
        batch_max: 8,
        ..Settings::default()
    };
    Store::migrate(&database.target()).expect("a schema");
    Store::open(&database.target(), &settings, &[]).expect("a store")
}

fn addition(account: &str, balance_type: &str, amount: i128) -> Addition {
    Addition {
        key: BalanceKey {
            tenant: 1,
            kind: KIND.to_owned(),
            account: account.to_owned(),
            balance_type: balance_type.to_owned(),
            currency: "EUR".to_owned(),
        },
        amount,
        valid_from: None,
        valid_to: None,
        at: 7,
    }
}

async fn add(store: &Store, additions: Vec<Addition>) -> Outcome<()> {
    store
        .write(move |tx| {
            for addition in &additions {
                tx.add_to_balance(addition.clone());
            }
            Ok(())
        })
        .await
}

async fn balances(store: &Store, accounts: &[&str]) -> Vec<BalanceRow> {
    let accounts: Vec<String> = accounts.iter().map(ToString::to_string).collect();
    let read = store.scan(move |session| session.balances(1, KIND, &accounts));
    read.await.expect("balances")
}

async fn amounts(store: &Store, accounts: &[&str]) -> Vec<(String, String, i64)> {
    let rows = balances(store, accounts).await.into_iter();
    rows.map(|row| (row.account, row.balance_type, row.amount))
        .collect()
}

fn row(id: &str, state: &str) -> ResourceRow {
    ResourceRow {
        seq: 0,
        tenant: 1,
        kind: KIND.to_owned(),
        id: id.to_owned(),
        version: String::new(),
        revision: 1,
        current: true,
        label: None,
        state: Some(state.to_owned()),
        created_at: 1,
        updated_at: 1,
        doc: "{}".to_owned(),
    }
}

#[test]
fn additions_at_the_same_time_add_up_exactly() {
    each_database(async |database| {
        let store = open(database);
        // Each touches two accounts, half of them in the other order.
        let writes = (0..400_i128).map(|n| {
            let (first, second) = if n % 2 == 0 { ("a", "b") } else { ("b", "a") };
            let additions = vec![
                addition(first, "ReceivableBalance", n * 1_000_003),
                addition(second, "ReceivableBalance", -n),
                addition("a", "DepositBalance", 1),
            ];
            add(&store, additions)
        });
        for done in join_all(writes).await {
            done.expect("an addition");
        }
        let even: i64 = (0..400).filter(|n| n % 2 == 0).sum();
        let odd: i64 = (0..400).filter(|n| n % 2 == 1).sum();
        let expected = [
            ("a".to_owned(), "DepositBalance".to_owned(), 400),
            (
                "a".to_owned(),
                "ReceivableBalance".to_owned(),
                even * 1_000_003 - odd,
            ),
            (
                "b".to_owned(),
                "ReceivableBalance".to_owned(),
                odd * 1_000_003 - even,
            ),
        ];
        assert_eq!(amounts(&store, &["a", "b", "c"]).await, expected);
        store.close();
    });
}

#[test]
fn a_sum_that_cannot_be_kept_refuses_its_unit_alone() {
    each_database(async |database| {
        let store = open(database);
        let most = i128::from(i64::MAX);
        add(&store, vec![addition("a", "R", most)])
            .await
            .expect("the most");
        let writes = (0..20).map(|n| {
            let account = if n == 7 { "a" } else { "b" };
            let with_it = vec![addition(account, "R", 1), addition("c", "R", 1)];
            add(&store, with_it)
        });
        let done = join_all(writes).await;
        let refused: Vec<Code> = done
            .into_iter()
            .filter_map(Result::err)
            .map(|p| p.code)
            .collect();
        assert_eq!(refused, [Code::Conflict]);
        let found = amounts(&store, &["a", "b", "c"]).await;
        let found: Vec<i64> = found.into_iter().map(|(_, _, amount)| amount).collect();
        assert_eq!(found, [i64::MAX, 19, 19], "the unit left nothing behind");

        let too_much = add(&store, vec![addition("d", "R", most + 1)]).await;
        assert_eq!(too_much.map_err(|p| p.code), Err(Code::Conflict));
        let least = i128::from(i64::MIN);
        add(&store, vec![addition("e", "R", least)])
            .await
            .expect("the least");
        let below = add(&store, vec![addition("e", "R", -1)]).await;
        assert_eq!(below.map_err(|p| p.code), Err(Code::Conflict));
        add(&store, vec![addition("e", "R", most)])
            .await
            .expect("up again");
        assert_eq!(
            amounts(&store, &["d", "e"]).await,
            [("e".to_owned(), "R".to_owned(), -1)]
        );
        store.close();
    });
}

#[test]
fn a_unit_sees_what_it_added_and_a_failed_one_leaves_nothing() {
    each_database(async |database| {
        let store = open(database);
        let seen = store.write(|tx| {
            tx.add_to_balance(addition("a", "R", 5));
            tx.add_to_balance(addition("a", "R", -2));
            let rows = tx.balances(1, KIND, &["a".to_owned()])?;
            tx.add_to_balance(addition("a", "R", 10));
            Ok(rows.into_iter().map(|row| row.amount).collect::<Vec<i64>>())
        });
        assert_eq!(seen.await, Ok(vec![3]));
        let failed = store.write(|tx| {
            tx.add_to_balance(addition("a", "R", 100));
            Err::<(), _>(tollgate::domain::problem::Problem::busy(1))
        });
        assert!(failed.await.is_err());
        assert_eq!(
            amounts(&store, &["a"]).await,
            [("a".to_owned(), "R".to_owned(), 13)]
        );

        let validity = store.write(|tx| {
            tx.add_to_balance(Addition {
                valid_from: Some(3),
                ..addition("a", "R", 0)
            });
            tx.add_to_balance(Addition {
                valid_to: Some(9),
                ..addition("a", "R", 0)
            });
            Ok(())
        });
        validity.await.expect("a validity");
        add(&store, vec![addition("a", "R", 1)])
            .await
            .expect("an addition");
        let row = balances(&store, &["a"]).await.remove(0);
        assert_eq!(
            (row.valid_from, row.valid_to, row.amount),
            (Some(3), Some(9), 14)
        );

        let gone = IdKey::new(1, KIND, "a");
        let deleted = store.write(move |tx| {
            tx.delete_balances(gone.clone());
            tx.balances(1, KIND, &["a".to_owned()])
        });
        assert_eq!(deleted.await, Ok(Vec::new()));
        store.close();
    });
}

/// Closing looks at the balance, adding at the state. Whoever comes second sees the first.
#[test]
fn no_account_is_closed_while_somebody_adds_to_its_balance() {
    each_database(async |database| {
        let store = open(database);
        let ids: Vec<String> = (0..20).map(|n| format!("a{n}")).collect();
        for id in ids.clone() {
            let made = store.write(move |tx| tx.insert(row(&id, "Active"), Keys::default()));
            made.await.expect("an account");
        }
        let work = ids.iter().flat_map(|id| {
            let key = IdKey::new(1, KIND, id);
            [(key.clone(), true), (key, false)]
        });
        let done = join_all(work.map(|(key, closes)| meet(&store, key, closes))).await;
        assert_eq!(done.len(), 40);
        for (id, pair) in ids.iter().zip(done.chunks(2)) {
            let [closed, added] = pair else {
                panic!("two works for each")
            };
            let amount = amounts(&store, &[id.as_str()]).await;
            assert_ne!(
                (closed, added),
                (&true, &true),
                "{id} was closed with {amount:?}"
            );
            assert!(closed | added, "{id}: one of them comes first");
            assert_eq!(amount.len(), usize::from(*added), "{id}");
        }
        store.close();
    });
}

/// Closes an account without balance, or adds to an account that is not closed; true when it was
/// done.
async fn meet(store: &Store, key: IdKey, closes: bool) -> bool {
    let work = store.write(move |tx| {
        let hold = if closes { Hold::Alone } else { Hold::Shared };
        let rows = tx.hold(&key, hold)?;
        let old = rows.into_iter().next().expect("an account");
        if !closes {
            let open = old.state.as_deref() == Some("Active");
            if open {
                tx.add_to_balance(addition(&key.id, "R", 1));
            }
            return Ok(open);
        }
        if !tx
            .balances(1, KIND, std::slice::from_ref(&key.id))?
            .is_empty()
        {
            return Ok(false);
        }
        let update = tollgate::store::Update {
            new: ResourceRow {
                state: Some("Closed".to_owned()),
                ..old.clone()
            },
            old,
            old_keys: Keys::default(),
            new_keys: Keys::default(),
        };
        tx.update(update)?;
        Ok(true)
    });
    work.await.expect("neither fails")
}
