//! `sort` (TMF630 part 1, 4.7), compared with a sort made here.

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::support::{Api, TestServer, each_server};

/// Index of a price, and what it is sorted by. Names that a linguistic order would place otherwise
/// than their bytes do, numbers of unlike length, dates in several offsets, gaps.
const PRICES: [(&str, Option<&str>, Option<&str>); 8] = [
    ("beta", Some("10"), Some("2030-01-01T00:00:00Z")),
    ("Alpha", Some("9.50"), Some("2030-01-01T00:30:00+01:00")),
    ("alpha", Some("-3"), None),
    ("Zoë", None, Some("2029-12-31T23:00:00Z")),
    ("_x", Some("9.5"), Some("2030-06-01T00:00:00Z")),
    ("Übung", Some("1000000000000000000000.1"), None),
    ("a b", Some("0.001"), Some("2031-01-01T00:00:00-08:00")),
    ("zoe", Some("10.0"), Some("2031-01-01T07:59:59Z")),
];

async fn fill(api: Api<'_>) {
    for (at, (name, amount, start)) in PRICES.into_iter().enumerate() {
        let mut body = json!({
            "name": name,
            "priceType": if at % 2 == 0 { "recurring" } else { "oneTime" },
            "description": format!("{}", at % 3),
        });
        if let Some(amount) = amount {
            let value: Value = serde_json::from_str(amount).unwrap();
            body["price"] = json!({"unit": "EUR", "value": value});
        }
        if let Some(start) = start {
            body["validFor"] = json!({"startDateTime": start});
        }
        api.make("productOfferingPrice", body).await;
    }
}

fn number(price: &Value) -> Option<rust_decimal::Decimal> {
    price["price"]["value"]
        .as_number()
        .map(|n| n.as_str().parse().unwrap())
}

fn start(price: &Value) -> Option<i64> {
    let text = price["validFor"]["startDateTime"].as_str()?;
    Some(
        chrono::DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_micros(),
    )
}

fn text<'p>(name: &'static str) -> impl Fn(&'p Value) -> Option<&'p str> {
    move |price| price[name].as_str()
}

type Order = Box<dyn Fn(&Value, &Value) -> Ordering>;

/// Missing values come first; what is equal stays in the order of creation.
fn orders() -> Vec<(&'static str, Order)> {
    vec![
        (
            "name",
            Box::new(|a, b| text("name")(a).cmp(&text("name")(b))),
        ),
        (
            "+name",
            Box::new(|a, b| text("name")(a).cmp(&text("name")(b))),
        ),
        (
            "%2Bname",
            Box::new(|a, b| text("name")(a).cmp(&text("name")(b))),
        ),
        (
            "-name",
            Box::new(|a, b| text("name")(b).cmp(&text("name")(a))),
        ),
        ("price.value", Box::new(|a, b| number(a).cmp(&number(b)))),
        ("-price.value", Box::new(|a, b| number(b).cmp(&number(a)))),
        (
            "validFor.startDateTime",
            Box::new(|a, b| start(a).cmp(&start(b))),
        ),
        (
            "-validFor.startDateTime",
            Box::new(|a, b| start(b).cmp(&start(a))),
        ),
        (
            "priceType",
            Box::new(|a, b| text("priceType")(a).cmp(&text("priceType")(b))),
        ),
        (
            "description,-name",
            Box::new(|a, b| {
                let first = text("description")(a).cmp(&text("description")(b));
                first.then_with(|| text("name")(b).cmp(&text("name")(a)))
            }),
        ),
        (
            "-priceType,price.value,name",
            Box::new(|a, b| {
                let first = text("priceType")(b).cmp(&text("priceType")(a));
                first
                    .then_with(|| number(a).cmp(&number(b)))
                    .then_with(|| text("name")(a).cmp(&text("name")(b)))
            }),
        ),
    ]
}

async fn listed(api: Api<'_>, query: &str) -> Vec<Value> {
    let list = api.get(&format!("productOfferingPrice?{query}")).await;
    assert!([200, 206].contains(&list.status), "{query}: {}", list.body);
    list.json().as_array().unwrap().clone()
}

async fn check(api: Api<'_>) {
    let all = listed(api, "").await;
    assert_eq!(all.len(), PRICES.len());
    for (sort, order) in orders() {
        let mut expected = all.clone();
        expected.sort_by(|a, b| order(a, b));
        assert_eq!(
            listed(api, &format!("sort={sort}")).await,
            expected,
            "sort={sort}"
        );
        // Windows of the list, and a filter, keep the order.
        let page = listed(api, &format!("sort={sort}&offset=2&limit=3")).await;
        assert_eq!(page, expected[2..5], "a window of sort={sort}");
        let recurring: Vec<Value> = expected
            .into_iter()
            .filter(|price| price["priceType"] == "recurring")
            .collect();
        let filtered = listed(api, &format!("priceType=recurring&sort={sort}")).await;
        assert_eq!(filtered, recurring, "a filter with sort={sort}");
    }
}

#[test]
fn lists_come_in_the_order_asked_for() {
    each_server(async |server: &TestServer| {
        fill(server.v5()).await;
        for api in server.both() {
            check(api).await;
        }
    });
}

#[test]
fn an_order_by_something_unknown_is_refused() {
    each_server(async |server: &TestServer| {
        for api in server.both() {
            for sort in ["colour", "-validFor", "price", "name.first", "--name"] {
                let answer = api
                    .get(&format!("productOfferingPrice?sort={sort}"))
                    .await
                    .must_fail(400);
                assert_eq!(answer.violations(), ["sort"], "{sort}");
            }
        }
    });
}
