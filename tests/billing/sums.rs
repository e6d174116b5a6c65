//! What waits to be billed is kept in parts, which are put together now and then.

use serde_json::json;
use tollgate::charging::tally::{Key, Span, Sum};
use tollgate::charging::waiting::{PARTS, Waiting, put_together};
use tollgate::store::usage::UsageSumRow;
use tollgate::store::{DbError, Store};

use crate::support::{TestServer, each_database};

fn tallied(label: &str, n: i64) -> (Key, Sum) {
    (
        Key {
            price: "calls".into(),
            label: label.into(),
            currency: "EUR".into(),
            unit: "s".into(),
            span: Span { from: 1, to: 2 },
            ..Key::default()
        },
        Sum {
            n,
            units: 60 * n,
            included: -n,
            net: 1_000_001 * n,
            gross: 1_190_001 * n,
        },
    )
}

fn waiting(sums: impl IntoIterator<Item = (Key, Sum)>) -> Waiting {
    Waiting(sums.into_iter().collect())
}

fn part(seq: i64, product: &str) -> UsageSumRow {
    let waiting = waiting([tallied("all", seq), tallied(&format!("only {seq}"), 1)]);
    UsageSumRow {
        seq,
        tenant: 1,
        product: product.to_owned(),
        body: waiting.bytes().expect("bytes"),
    }
}

#[test]
fn parts_add_up_and_what_comes_to_nothing_goes() {
    let (mut next, sum) = tallied("a", 1);
    next.span = Span { from: 2, to: 3 };
    let one = waiting([tallied("a", 3), tallied("b", 1), (next.clone(), sum)]);
    let other = waiting([tallied("a", 4), tallied("b", -1)]);
    let mut both = Waiting::default();
    for part in [&one, &other] {
        both.add(&part.bytes().expect("bytes")).expect("a part");
    }
    assert_eq!(both, waiting([tallied("a", 7), (next, sum)]));
    // Keys stand there once, whatever the labels.
    let text = String::from_utf8(one.bytes().expect("bytes")).expect("text");
    assert_eq!(text.matches("calls").count(), 2, "{text}");
}

#[test]
fn what_was_stored_before_there_were_parts_is_read() {
    let (key, sum) = tallied("a", 3);
    let stored = json!({ "tallies": [{ "key": key, "sum": sum }] }).to_string();
    let mut read = Waiting::default();
    read.add(stored.as_bytes()).expect("a part");
    assert_eq!(read, waiting([(key, sum)]));
    let broken = br#"{"keys":[],"of":[[0,"a",1,1,1,1,1]]}"#;
    assert!(read.add(broken).is_err());
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
    let (key, sum) = tallied("all", (1..=PARTS).map(|n| -n).sum());
    assert_eq!(all.0.get(&key), Some(&sum));
    assert_eq!(i64::try_from(all.0.len()), Ok(PARTS + 1));
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
