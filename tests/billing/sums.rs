//! What waits to be billed is kept in parts, which are put together now and then.

use tollgate::charging::tally::{Key, Span, Sum, Tallied};
use tollgate::charging::waiting::{PARTS, Waiting, put_together};
use tollgate::store::usage::UsageSumRow;
use tollgate::store::{DbError, Store};

use crate::support::{TestServer, each_database};

fn tallied(label: &str, n: i64) -> Tallied {
    Tallied {
        key: Key {
            price: "calls".into(),
            label: label.into(),
            currency: "EUR".into(),
            unit: "s".into(),
            span: Span { from: 1, to: 2 },
            ..Key::default()
        },
        sum: Sum {
            n,
            units: 60 * n,
            included: -n,
            net: 1_000_001 * n,
            gross: 1_190_001 * n,
        },
    }
}

fn part(seq: i64, product: &str) -> UsageSumRow {
    let waiting = Waiting {
        tallies: vec![tallied("all", seq), tallied(&format!("only {seq}"), 1)],
    };
    UsageSumRow {
        seq,
        tenant: 1,
        product: product.to_owned(),
        body: waiting.bytes().expect("bytes"),
    }
}

fn parts_of(store: &Store, product: &str) -> Vec<UsageSumRow> {
    let product = [product.to_owned()];
    let read = store.read_blocking(|session| session.usage_sums(1, &product));
    read.expect("rows")
}

fn many_are_put_together(store: &Store) {
    let mut rows: Vec<UsageSumRow> = (1..=PARTS).map(|n| part(-n, "many")).collect();
    rows.extend((1..PARTS).map(|n| part(-1000 - n, "few")));
    store
        .write_blocking(move |tx| tx.direct(|session| session.insert_usage_sums(&rows)))
        .expect("written");
    put_together(store).expect("put together");
    let many = parts_of(store, "many");
    let few = i64::try_from(parts_of(store, "few").len());
    assert_eq!((many.len(), few), (1, Ok(PARTS - 1)));
    let mut all = Waiting::default();
    all.add(&many[0].body).expect("a part");
    let whole = all.tallies.iter().find(|own| &*own.key.label == "all");
    let sum: i64 = (1..=PARTS).map(|n| -n).sum();
    assert_eq!(whole.expect("the sum").sum, tallied("all", sum).sum);
    assert_eq!(i64::try_from(all.tallies.len()), Ok(PARTS + 1));
    // What a bill has read and somebody else has taken meanwhile is not taken twice.
    let seqs = vec![many[0].seq];
    let take = || {
        let seqs = seqs.clone();
        store.write_blocking(move |tx| tx.direct(|session| session.take_usage_sums(&seqs)))
    };
    assert_eq!(take(), Ok(()));
    assert!(take().is_err_and(|problem| DbError::is_outdated(&problem)));
    assert_eq!(parts_of(store, "many"), []);
}

#[test]
fn many_parts_of_a_product_are_put_together_and_nothing_is_lost() {
    each_database(async |database| {
        let server = TestServer::start(database).await;
        let store = server.parts().engine.store.clone();
        let done = tokio::task::spawn_blocking(move || many_are_put_together(&store));
        done.await.expect("no panic");
        server.stop().await;
    });
}
