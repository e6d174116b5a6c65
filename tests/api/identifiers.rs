//! What products are known by in the network: kept with the product inventory, read by rating.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::domain::clock::{Clock, Micros};
use tollgate::domain::identifier::{Found, of_usage, resolve};

use crate::support::{Setup, TestServer, each_database, id};

const V4: &str = "/tmf-api/productInventory/v4/product";
const V5: &str = "/tmf-api/productInventory/v5/product";
/// The tenant of a server without identities.
const TENANT: i64 = 1;
const MINUTE: i64 = 60_000_000;

/// Runs a test on servers whose clocks the test moves.
fn each_clocked_server(test: impl AsyncFn(&TestServer, &Clock)) {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        let clock = setup.standing_clock();
        let server = TestServer::with(setup).await;
        test(&server, &clock).await;
        server.stop().await;
    });
}

async fn make(server: &TestServer, path: &str, body: Value) -> String {
    let made = server.send(Method::POST, path, &body).await;
    id(&made.must_be(201).json())
}

async fn patch(server: &TestServer, product: &str, body: Value) {
    let path = format!("{V4}/{product}");
    server.send(Method::PATCH, &path, &body).await.must_be(200);
}

/// Name, value, from and to of a product, in minutes from an instant; the ends of time are none.
type Row = (String, String, Option<i64>, Option<i64>);

fn rows(server: &TestServer, product: &str, zero: Micros) -> Vec<Row> {
    let store = &server.parts().engine.store;
    let found = store.read_blocking(|session| session.identifiers_of(TENANT, product));
    let minutes = |at: i64| Some(at.checked_sub(zero.0)? / MINUTE).filter(|_| at != i64::MAX);
    let mut rows: Vec<Row> = found
        .expect("rows")
        .into_iter()
        .map(|row| {
            (
                row.name,
                row.value,
                minutes(row.valid_from),
                minutes(row.valid_to),
            )
        })
        .collect();
    rows.sort();
    rows
}

fn row(name: &str, value: &str, from: Option<i64>, to: Option<i64>) -> Row {
    (name.to_owned(), value.to_owned(), from, to)
}

fn numbers(list: &[(&str, &str)]) -> Value {
    let list = list.iter();
    list.map(|(name, value)| json!({"name": name, "value": value, "valueType": "string"}))
        .collect()
}

/// The product that a call from a number means.
fn caller(server: &TestServer, number: &str, at: Micros) -> String {
    let usage = json!({"usageCharacteristic": [{"name": "callingNumber", "value": number}]});
    let asked = of_usage(&usage);
    let values: Vec<String> = asked.iter().map(|one| one.value.clone()).collect();
    let store = &server.parts().engine.store;
    let rows = store.read_blocking(|session| session.identifiers(TENANT, &values));
    let rows = rows.expect("rows");
    let known: Vec<_> = rows.iter().map(|row| row.as_known()).collect();
    match resolve(&asked, &known, at) {
        Found::One(product) => product.to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_number_belongs_to_a_product_while_the_product_has_it() {
    each_clocked_server(async |server, clock| {
        let zero = clock.now();
        let later = |minutes: i64| Micros(zero.0 + minutes * MINUTE);
        let line = make(server, V4, json!({"name": "Line", "status": "active", "startDate": later(-60).to_rfc3339(),
            "productCharacteristic": numbers(&[("MSISDN", "+49 171 1"), ("imsi", "26201"), ("colour", "red")])})).await;
        let both = [
            row("imsi", "26201", Some(-60), None),
            row("msisdn", "491711", Some(-60), None),
        ];
        assert_eq!(rows(server, &line, zero), both);
        assert_eq!(caller(server, "+491712", zero), "None");
        assert_eq!(caller(server, "+491711", zero), line);
        assert_eq!(caller(server, "+491711", later(-61)), "Inactive");

        // What has nothing to do with it leaves it alone.
        clock.advance_millis(60_000);
        patch(server, &line, json!({"description": "the first"})).await;
        assert_eq!(rows(server, &line, zero), both);

        // Another number from now on.
        patch(
            server,
            &line,
            json!({"productCharacteristic": numbers(&[("msisdn", "491712"), ("imsi", "26201")])}),
        )
        .await;
        let changed = [
            row("imsi", "26201", Some(-60), None),
            row("msisdn", "491711", Some(-60), Some(1)),
            row("msisdn", "491712", Some(1), None),
        ];
        assert_eq!(rows(server, &line, zero), changed);
        assert_eq!(caller(server, "491711", zero), line);
        assert_eq!(caller(server, "491711", later(1)), "Inactive");
        assert_eq!(caller(server, "491712", later(1)), line);

        // Another has the first number now.
        let other = make(server, V5, json!({"@type": "Product", "status": "active", "startDate": later(1).to_rfc3339(),
            "productCharacteristic": [{"@type": "StringCharacteristic", "name": "msisdn", "value": "491711"}]})).await;
        assert_eq!(caller(server, "491711", zero), line);
        assert_eq!(caller(server, "491711", later(1)), other);

        // The end ends all that is open, and can be put off.
        clock.advance_millis(60_000);
        for end in [5, 9] {
            patch(
                server,
                &line,
                json!({"terminationDate": later(end).to_rfc3339()}),
            )
            .await;
            let ended = [
                row("imsi", "26201", Some(-60), Some(end)),
                row("msisdn", "491711", Some(-60), Some(1)),
                row("msisdn", "491712", Some(1), Some(end)),
            ];
            assert_eq!(rows(server, &line, zero), ended);
        }
        patch(server, &line, json!({"startDate": later(-30).to_rfc3339()})).await;
        let moved = rows(server, &line, zero);
        assert_eq!(moved[0], row("imsi", "26201", Some(-30), Some(9)));
        assert_eq!(moved[1], row("msisdn", "491711", Some(-30), Some(1)));

        server
            .send(Method::DELETE, &format!("{V4}/{line}"), &json!({}))
            .await
            .must_be(204);
        assert_eq!(rows(server, &line, zero), []);
        assert_eq!(rows(server, &other, zero).len(), 1);
    });
}

#[test]
fn a_product_without_dates_is_known_until_its_state_ends_it() {
    each_clocked_server(async |server, clock| {
        let zero = clock.now();
        let line = make(
            server,
            V4,
            json!({"status": "active",
            "productCharacteristic": numbers(&[("lineId", "L-1")])}),
        )
        .await;
        assert_eq!(
            rows(server, &line, zero),
            [row("lineId", "l-1", None, None)]
        );
        // A value of the same instant was never there.
        patch(
            server,
            &line,
            json!({"productCharacteristic": numbers(&[("lineId", "L-1"), ("extension", "7")])}),
        )
        .await;
        patch(
            server,
            &line,
            json!({"productCharacteristic": numbers(&[("lineId", "L-1")])}),
        )
        .await;
        assert_eq!(
            rows(server, &line, zero),
            [row("lineId", "l-1", None, None)]
        );
        for (status, end) in [("pendingTerminate", None), ("terminated", Some(2))] {
            clock.advance_millis(60_000);
            patch(server, &line, json!({"status": status})).await;
            assert_eq!(
                rows(server, &line, zero),
                [row("lineId", "l-1", None, end)],
                "{status}"
            );
        }
        // A later note changes nothing of when it ended.
        clock.advance_millis(60_000);
        patch(server, &line, json!({"description": "gone"})).await;
        assert_eq!(
            rows(server, &line, zero),
            [row("lineId", "l-1", None, Some(2))]
        );
    });
}

#[test]
fn products_of_one_request_are_known_together_and_what_is_refused_is_not() {
    each_clocked_server(async |server, clock| {
        let line = |n: usize| {
            let number = format!("4917{n:07}");
            json!({"@type": "Product", "id": format!("p{n}"), "status": "active", "productCharacteristic": [
                {"@type": "StringCharacteristic", "name": "msisdn", "value": number}]})
        };
        let many: Vec<Value> = (0..40).map(line).collect();
        server
            .send(Method::POST, V5, &json!(many))
            .await
            .must_be(201);
        for n in [0, 39] {
            let product = caller(server, &format!("4917{n:07}"), clock.now());
            assert_eq!(product, format!("p{n}"));
        }
        let mut taken = line(0);
        taken["productCharacteristic"][0]["value"] = json!("491799");
        server.send(Method::POST, V5, &taken).await.must_fail(409);
        assert_eq!(caller(server, "491799", clock.now()), "None");
    });
}
