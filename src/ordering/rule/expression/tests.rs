use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Expression, Scope};
use crate::ordering::order::{Action, Characteristic, Place};

fn characteristics() -> Vec<Characteristic> {
    let all = json!({
        "speed": 1000, "price": 19.90, "name": "Fibre", "static ip": true,
        "list": [1, 2, 3], "empty": null, "digits": "0042",
    });
    let all = all.as_object().unwrap();
    let each = all.iter().map(|(name, value)| Characteristic {
        name: name.clone(),
        value: value.clone(),
    });
    each.collect()
}

fn value(source: &str) -> Result<Value, String> {
    let characteristics = characteristics();
    let previous = [Characteristic {
        name: "speed".to_owned(),
        value: json!(500),
    }];
    let places = [Place {
        id: Some("a1".to_owned()),
        role: Some("installation".to_owned()),
        value: json!({"country": "AT", "geo": {"zone": 3}}),
    }];
    let scope = Scope {
        action: Action::Modify,
        quantity: 2,
        offering: Some("fibre-1000"),
        characteristics: &characteristics,
        previous: &previous,
        places: &places,
        ..Scope::default()
    };
    let expression = Expression::parse(source).map_err(|e| e.to_string())?;
    let found = expression.evaluate(&scope).map_err(|e| e.to_string())?;
    Ok(found.into_value())
}

#[test]
fn values() {
    for (source, expected) in [
        ("1 + 2 * 3", json!(7)),
        ("(1 + 2) * 3", json!(9)),
        ("7 - 2 - 1", json!(4)),
        ("-characteristic.speed / 8", json!(-125)),
        ("10 % 4", json!(2)),
        ("0.1 + 0.2 == 0.3", json!(true)),
        (
            "characteristic.speed >= 1000 and action == 'modify'",
            json!(true),
        ),
        ("characteristic.speed != previous.speed", json!(true)),
        ("not characteristic[\"static ip\"]", json!(false)),
        ("characteristic.unknown", json!(null)),
        ("characteristic.unknown > 5 or false", json!(false)),
        ("characteristic.unknown + 5", json!(null)),
        ("characteristic.empty == null", json!(true)),
        ("place.country in ['DE', 'AT']", json!(true)),
        ("place.geo.zone", json!(3)),
        ("quantity > 1 ? 'many' : 'one'", json!("many")),
        ("false ? 1 : false ? 2 : 3", json!(3)),
        ("upper(characteristic.name)", json!("FIBRE")),
        (
            "concat(lower(offering), '/', quantity)",
            json!("fibre-1000/2"),
        ),
        ("min(3, characteristic.unknown, 2)", json!(2)),
        ("max('b', 'c', 'a')", json!("c")),
        ("coalesce(characteristic.unknown, 'x')", json!("x")),
        ("len(characteristic.list) + len('ab')", json!(5)),
        ("number(characteristic.digits)", json!(42)),
        ("text(1.50)", json!("1.5")),
        ("order.priority", json!(4)),
        ("characteristic.list == characteristic.list", json!(true)),
        ("'it\\'s'", json!("it's")),
    ] {
        assert_eq!(value(source), Ok(expected), "{source}");
    }
}

#[test]
fn amounts_round_half_away_from_zero() {
    for (source, expected) in [
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(characteristic.price * 1.19, 2)", "23.68"),
        ("round(10 / 3, 4)", "3.3333"),
    ] {
        assert_eq!(value(source).unwrap().to_string(), expected, "{source}");
    }
}

#[test]
fn syntax_errors_say_where() {
    for (source, at) in [
        ("1 +", 4),
        ("speed > 1", 1),
        ("characteristic", 1),
        ("1 = 2", 3),
        ("'open", 1),
        ("sum(1)", 1),
        ("round()", 1),
        ("(1", 3),
        ("1 2", 3),
        ("order.id == 1", 1),
        ("a \u{e9}", 1),
        ("1 in 2", 6),
        ("characteristic.speed & 1", 22),
        ("1.2.3", 1),
    ] {
        let error = Expression::parse(source).unwrap_err();
        assert_eq!(error.at, at, "{source}: {error}");
    }
}

#[test]
fn wrong_kinds_are_failures() {
    for source in [
        "characteristic.name + 1",
        "characteristic.name > 1",
        "1 and true",
        "1 / 0",
        "upper(1)",
        "round(1, 1.5)",
        "number('x')",
        "-'x'",
        "79228162514264337593543950335 * 10",
    ] {
        assert!(value(source).is_err(), "{source}");
    }
}

#[test]
fn depth_is_bounded() {
    for source in [
        format!("{}1{}", "(".repeat(100), ")".repeat(100)),
        format!("{}1", "-".repeat(100)),
        format!("{}true", "not ".repeat(100)),
        format!("1{}", " + 1".repeat(100)),
        "1 ".repeat(2_000),
    ] {
        assert!(Expression::parse(&source).is_err(), "{source}");
    }
}

#[test]
fn paths_are_known() {
    let expression = Expression::parse("characteristic.a > min(previous.b, place.c)").unwrap();
    assert_eq!(expression.paths().len(), 3);
    assert!(expression.as_path().is_none());
    assert!(
        Expression::parse("characteristic.a")
            .unwrap()
            .as_path()
            .is_some()
    );
}

proptest! {
    /// No text makes the parser panic, and what it accepts can be evaluated without panic.
    #[test]
    fn any_text_is_read_or_refused(source in "[-+*/%()<>=!?:.,'\"a-z0-9 \\[\\]]{0,60}") {
        let _ = value(&source);
    }

    #[test]
    fn words_in_any_order(words in prop::collection::vec(prop::sample::select(vec![
        "characteristic.speed", "previous.speed", "1", "'a'", "null", "true", "and", "or", "not",
        "==", "<", "+", "-", "*", "/", "(", ")", "?", ":", "in", "[", "]", ",", "min(", "len(",
    ]), 0..25)) {
        let _ = value(&words.join(" "));
    }

    /// Sums and products are those of exact decimals.
    #[test]
    fn arithmetic_is_exact(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000, scale in 0_u32..6) {
        let (x, y) = (Decimal::new(a, scale), Decimal::new(b, 2));
        let sum = value(&format!("({x}) + ({y}) == {}", x + y)).unwrap();
        let product = value(&format!("({x}) * ({y}) == {}", x * y)).unwrap();
        prop_assert_eq!(sum, json!(true));
        prop_assert_eq!(product, json!(true));
    }

    /// A comparison and its opposite never agree.
    #[test]
    fn orders_are_total_on_numbers(a in any::<i32>(), b in any::<i32>()) {
        let less = value(&format!("{a} < {b}")).unwrap();
        let not_less = value(&format!("{a} >= {b}")).unwrap();
        prop_assert_ne!(less, not_less);
    }
}
