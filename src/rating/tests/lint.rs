//! What the linter finds, and what it does not.

use serde_json::{Value, json};

use super::world::library;
use crate::rating::lint::{Finding, Kind, table, tariff};
use crate::rating::table::{TableSource, read};
use crate::rating::tariff::Tariff;

fn source(rows: Value) -> TableSource {
    read(&json!({"id": "t", "currency": "EUR", "row": rows})).unwrap()
}

fn found(findings: &[Finding]) -> Value {
    let findings = findings
        .iter()
        .map(|own| json!([own.kind.as_str(), own.pointer]));
    findings.collect()
}

fn of_rows(rows: Value) -> Value {
    found(&table(&source(rows)))
}

fn row(destination: &str, from: Option<&str>, to: Option<&str>) -> Value {
    let day = |day: &str| format!("{day}T00:00:00Z");
    json!({"destination": destination, "zone": "z", "price": 1,
        "validFor": {"startDateTime": from.map(day), "endDateTime": to.map(day)}})
}

#[test]
fn numbers_without_a_row_are_a_gap() {
    let findings = table(&source(json!([
        row("49", None, None),
        row("+1", None, None)
    ])));
    assert_eq!(found(&findings), json!([["gap", "/row"]]));
    assert!(
        findings[0].message.contains("2, 3, 5, 6, 7, 8, 9"),
        "{}",
        findings[0].message
    );
    assert_eq!(of_rows(json!([row("", None, None)])), json!([]));
}

#[test]
fn rows_that_follow_each_other_leave_no_gap() {
    let after = |from: Option<&str>, to: Option<&str>, next_from: &str, next_to: Option<&str>| {
        of_rows(json!([
            row("", None, None),
            row("49", from, to),
            row("49", Some(next_from), next_to)
        ]))
    };
    let (jan, feb, mar) = ("2026-01-01", "2026-02-01", "2026-03-01");
    assert_eq!(after(None, Some(feb), feb, None), json!([]));
    assert_eq!(after(None, None, feb, None), json!([]), "a revision");
    assert_eq!(
        after(None, Some(feb), mar, None),
        json!([["gap", "/row/2/validFor"]])
    );
    assert_eq!(
        after(None, Some(mar), feb, None),
        json!([["overlap", "/row/2/validFor"]])
    );
    assert_eq!(
        after(Some(jan), None, feb, Some(mar)),
        json!([["overlap", "/row/2/validFor"]])
    );
}

#[test]
fn a_row_that_longer_ones_hide_is_shadowed() {
    let digits = |prefix: &str| -> Vec<Value> {
        (0..10)
            .map(|digit| row(&format!("{prefix}{digit}"), None, None))
            .collect()
    };
    let mut rows = vec![row("", None, None), row("49", None, None)];
    rows.extend(digits("49"));
    assert_eq!(of_rows(json!(rows)), json!([["shadowed", "/row/1"]]));
    // One of ten is replaced by its own ten: still hidden. Without one of those it is not.
    rows.remove(4);
    rows.extend(digits("492"));
    assert_eq!(of_rows(json!(rows)), json!([["shadowed", "/row/1"]]));
    rows.pop();
    assert_eq!(of_rows(json!(rows)), json!([]));
}

#[test]
fn what_hides_only_for_a_time_does_not_shadow() {
    let mut rows = vec![row("", None, None), row("49", None, None)];
    rows.extend((0..10).map(|digit| {
        row(
            &format!("49{digit}"),
            None,
            (digit == 3).then_some("2026-02-01"),
        )
    }));
    assert_eq!(of_rows(json!(rows)), json!([]));
}

#[test]
fn an_origin_can_be_hidden_too() {
    let row = |destination: &str, origin: &str| json!({"destination": destination, "origin": origin, "zone": "z", "price": 1});
    let mut rows = vec![row("", ""), row("49", "1"), row("49", "")];
    rows.extend((0..10).map(|digit| row("49", &digit.to_string())));
    let source =
        read(&json!({"id": "t", "currency": "EUR", "key": ["destination", "origin"], "row": rows}))
            .unwrap();
    // Row 1 is also written twice, which compiling refuses; row 2 is never reached.
    assert_eq!(found(&table(&source)), json!([["shadowed", "/row/2"]]));
}

fn compiled(given: &Value) -> Tariff {
    let library = library(given);
    let prices: Vec<(&str, &Value)> = given["price"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| (own["id"].as_str().unwrap(), own))
        .collect();
    Tariff::compile(&prices, &library).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn price(id: &str, more: Value) -> Value {
    let mut price = json!({"id": id, "priceType": "usage", "price": {"unit": "EUR", "value": 1}, "unitOfMeasure": {"amount": 1, "units": "s"}});
    for (name, value) in more.as_object().unwrap() {
        price[name] = value.clone();
    }
    price
}

fn of_prices(prices: Value) -> Value {
    found(&tariff(&compiled(&json!({"price": prices}))))
}

fn tiers(mode: &str, tiers: Value) -> Value {
    json!({"pricingLogicAlgorithm": [{"plaSpecId": mode, "characteristic": [{"name": "tier", "value": tiers}, {"name": "tierScope", "value": "event"}]}]})
}

#[test]
fn cliffs_are_found_where_more_costs_less() {
    let cliff = json!([["cliff", "/pricingLogicAlgorithm/0"]]);
    let volume = json!([{"to": 100}, {"percentage": 90}]);
    assert_eq!(
        of_prices(json!([price("p", tiers("volume", volume.clone()))])),
        cliff
    );
    assert_eq!(
        of_prices(json!([price("p", tiers("graduated", volume))])),
        json!([])
    );
    // 100 at 1 are 100; 101 at 0.9 with 10 are 100.9.
    let bridged = json!([{"to": 100}, {"percentage": 90, "flat": 10}]);
    assert_eq!(
        of_prices(json!([price("p", tiers("volume", bridged))])),
        json!([])
    );
    let steps = |second: u32| json!([{"to": 100, "flat": 5}, {"flat": second}]);
    let stair = |second: u32| {
        price("p", {
            let mut more = tiers("stairstep", steps(second));
            more["price"] = json!({"unit": "EUR", "value": 0});
            more
        })
    };
    assert_eq!(of_prices(json!([stair(4)])), cliff);
    assert_eq!(of_prices(json!([stair(5)])), json!([]));
}

#[test]
fn a_cliff_says_what_it_is() {
    let given =
        json!({"price": [price("p", tiers("volume", json!([{"to": 100}, {"percentage": 90}])))]});
    let findings = tariff(&compiled(&given));
    assert_eq!(
        findings[0].message,
        "101 s cost 90.9 EUR, less than 100 with 100 EUR"
    );
}

#[test]
fn usage_beyond_the_last_tier_is_a_gap() {
    let ends = tiers("graduated", json!([{"to": 100}]));
    assert_eq!(
        of_prices(json!([price("p", ends)])),
        json!([["gap", "/pricingLogicAlgorithm/0"]])
    );
}

#[test]
fn a_matrix_without_a_cell_has_a_gap() {
    let matrix = |rows: Value| {
        json!({"id": "p", "priceType": "usage", "unitOfMeasure": {"amount": 1, "units": "s"},
            "pricingLogicAlgorithm": [{"plaSpecId": "matrix", "id": "zones", "characteristic": [
                {"name": "currency", "value": "EUR"},
                {"name": "matrix", "value": {"dimension": ["zone", "direction"], "row": rows}}]}]})
    };
    let given = |rows: Value| {
        json!({"price": [matrix(rows)],
        "table": [{"id": "zones", "row": [{"destination": "49", "zone": "DE"}, {"destination": "1", "zone": "US"}]}]})
    };
    let part = json!([{"value": ["DE", "*"], "price": 1}, {"value": ["US", "in"], "price": 1}]);
    let findings = tariff(&compiled(&given(part)));
    assert_eq!(findings[0].kind, Kind::Gap);
    assert_eq!(findings[0].message, "has no price for US/(any other)");
    let whole = json!([{"value": ["DE", "*"], "price": 1}, {"value": ["US", "*"], "price": 1}]);
    assert_eq!(tariff(&compiled(&given(whole))), []);
}

fn for_event(name: &str, value: &str) -> Value {
    json!({"prodSpecCharValueUse": [{"name": name, "productSpecCharacteristicValue": [{"value": value}]}]})
}

#[test]
fn prices_for_the_same_usage_overlap() {
    let overlap = json!([["overlap", "/prodSpecCharValueUse"]]);
    let two =
        |one: Value, other: Value| of_prices(json!([price("one", one), price("other", other)]));
    assert_eq!(two(json!({}), json!({})), overlap);
    assert_eq!(
        two(
            for_event("eventType", "voice"),
            for_event("eventType", "sms")
        ),
        json!([])
    );
    assert_eq!(
        two(
            for_event("eventType", "voice"),
            for_event("eventType", "voice")
        ),
        overlap
    );
    assert_eq!(
        two(
            for_event("eventType", "voice"),
            for_event("direction", "in")
        ),
        overlap
    );
    assert_eq!(
        two(json!({}), for_event("direction", "in")),
        json!([]),
        "the second is more special"
    );
    assert_eq!(
        two(
            json!({}),
            json!({"unitOfMeasure": {"amount": 1, "units": "message"}})
        ),
        json!([])
    );
    assert_eq!(
        two(
            json!({}),
            json!({"unitOfMeasure": {"amount": 1, "units": "MB"}})
        ),
        overlap
    );
    let year =
        |from: &str, to: &str| json!({"validFor": {"startDateTime": from, "endDateTime": to}});
    let (a, b, c) = (
        "2026-01-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
        "2028-01-01T00:00:00Z",
    );
    assert_eq!(two(year(a, b), year(b, c)), json!([]));
}

#[test]
fn ranges_that_do_not_touch_are_apart() {
    let range = |from: u32, to: u32, interval: &str| {
        json!({"prodSpecCharValueUse": [{"name": "chargingKey",
        "productSpecCharacteristicValue": [{"valueFrom": from, "valueTo": to, "rangeInterval": interval}]}]})
    };
    let two =
        |one: Value, other: Value| of_prices(json!([price("one", one), price("other", other)]));
    assert_eq!(
        two(range(1, 5, "closedBottom"), range(5, 9, "closedBottom")),
        json!([])
    );
    assert_eq!(
        two(range(1, 5, "closed"), range(5, 9, "closed")),
        json!([["overlap", "/prodSpecCharValueUse"]])
    );
    let one = json!({"prodSpecCharValueUse": [{"name": "chargingKey", "productSpecCharacteristicValue": [{"value": 5}]}]});
    assert_eq!(two(one.clone(), range(6, 9, "closed")), json!([]));
    assert_eq!(
        two(one, range(5, 9, "closed")),
        json!([["overlap", "/prodSpecCharValueUse"]])
    );
}

#[test]
fn versions_follow_each_other() {
    let versions = |end: &str, start: &str| {
        let one = price(
            "p",
            json!({"version": "1", "validFor": {"endDateTime": end}}),
        );
        let next = price(
            "p",
            json!({"version": "2", "validFor": {"startDateTime": start}}),
        );
        of_prices(json!([next, one]))
    };
    let (feb, mar) = ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
    assert_eq!(versions(feb, feb), json!([]));
    assert_eq!(versions(feb, mar), json!([["gap", "/validFor"]]));
    assert_eq!(versions(mar, feb), json!([["overlap", "/validFor"]]));
}

#[test]
fn an_allowance_that_includes_nothing_is_found() {
    let allowance = |unit: &str, covers: &str, parameters: Value| {
        of_prices(
            json!([price("p", json!({})), {"id": "a", "priceType": "allowance", "unitOfMeasure": {"amount": 1, "units": unit},
            "popRelationship": [{"id": covers, "relationshipType": "allowance"}],
            "pricingLogicAlgorithm": [{"plaSpecId": "allowance", "characteristic": parameters}]}]),
        )
    };
    assert_eq!(allowance("s", "p", json!([])), json!([]));
    assert_eq!(
        allowance("MB", "p", json!([])),
        json!([["shadowed", "/unitOfMeasure"]])
    );
    assert_eq!(
        allowance("s", "q", json!([])),
        json!([
            ["shadowed", "/popRelationship/0"],
            ["shadowed", "/unitOfMeasure"]
        ])
    );
    let zones = json!([{"name": "covers", "value": {"zone": ["DE"], "band": ["night"]}}]);
    let both = json!([
        ["shadowed", "/pricingLogicAlgorithm/0"],
        ["shadowed", "/pricingLogicAlgorithm/0"]
    ]);
    assert_eq!(allowance("s", "p", zones), both);
}

#[test]
fn one_mistake_in_each_row_is_not_reported_without_end() {
    let mut rows = vec![row("", None, None)];
    for number in 1_000..1_300 {
        rows.push(row(&number.to_string(), None, Some("2026-01-01")));
        rows.push(row(&number.to_string(), Some("2026-02-01"), None));
    }
    assert_eq!(table(&source(json!(rows))).len(), 100);
}
