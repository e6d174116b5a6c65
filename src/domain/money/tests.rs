//! Exactness above all.

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Number, Value, json};

use super::{Currency, Money, MoneyError, decimal_of, number_of};

fn number(text: &str) -> Number {
    text.parse().expect("a JSON number")
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn numbers_are_read_exactly() {
    for (text, expected) in [
        ("0", "0"),
        ("2.50", "2.50"),
        ("-0.10", "-0.10"),
        ("1e3", "1000"),
        ("1.5E+2", "150"),
        ("25e-1", "2.5"),
        ("2.500e2", "250.0"),
        ("0e999999", "0"),
        (
            "0.0000000000000000000000000001",
            "0.0000000000000000000000000001",
        ),
        (
            "79228162514264337593543950335",
            "79228162514264337593543950335",
        ),
        ("1e28", "10000000000000000000000000000"),
        ("1000e-30", "0.0000000000000000000000000010"),
        ("10.0e-29", "0.0000000000000000000000000001"),
    ] {
        let value = decimal_of(&number(text)).map(|d| d.to_string());
        assert_eq!(value.as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_cannot_be_held_is_refused_not_rounded() {
    for text in [
        "79228162514264337593543950336",
        "0.00000000000000000000000000001",
        "1.00000000000000000000000000001",
        "1e29",
        "1e-29",
        "11e-29",
        "1e99999999999999999999",
        "1e400",
        "12345678901234567890123456789.5",
    ] {
        assert_eq!(decimal_of(&number(text)), None, "{text}");
    }
}

#[test]
fn money_is_read_and_written() {
    let price = read(r#"{"unit":"EUR","value":9.90,"taxRate":19}"#);
    let money = Money::read(&price).expect("an amount");
    assert_eq!(money.to_string(), "9.90 EUR");
    assert_eq!(
        money.to_json().to_string(),
        r#"{"unit":"EUR","value":9.90}"#
    );
    assert_eq!(
        money,
        Money::read(&json!({"unit": "EUR", "value": read("9.9")})).expect("an amount")
    );

    for (json, error) in [
        ("9.90", MoneyError::NotAnObject),
        (r#"{"value":1}"#, MoneyError::NoUnit),
        (r#"{"unit":5,"value":1}"#, MoneyError::NoUnit),
        (r#"{"unit":"EURO","value":1}"#, MoneyError::UnknownCurrency),
        (r#"{"unit":"eur","value":1}"#, MoneyError::UnknownCurrency),
        (r#"{"unit":"DEM","value":1}"#, MoneyError::UnknownCurrency),
        (r#"{"unit":"EUR"}"#, MoneyError::NoValue),
        (r#"{"unit":"EUR","value":"1"}"#, MoneyError::NoValue),
        (r#"{"unit":"EUR","value":1e40}"#, MoneyError::TooPrecise),
    ] {
        assert_eq!(Money::read(&read(json)), Err(error), "{json}");
    }
}

#[test]
fn smallest_units() {
    let money = |value: &str, unit: &str| {
        Money::read(&json!({"unit": unit, "value": read(value)})).expect("an amount")
    };
    for (value, unit, expected) in [
        ("9.90", "EUR", Some(990)),
        ("9.900", "EUR", Some(990)),
        ("9.905", "EUR", None),
        ("-1", "EUR", Some(-100)),
        ("5", "JPY", Some(5)),
        ("5.0", "JPY", Some(5)),
        ("5.5", "JPY", None),
        ("1.234", "KWD", Some(1234)),
        ("1", "CLF", Some(10_000)),
        ("1", "XAU", None),
        ("92233720368547758.07", "EUR", Some(i64::MAX)),
        ("92233720368547758.08", "EUR", None),
    ] {
        assert_eq!(money(value, unit).minor_units(), expected, "{value} {unit}");
        assert_eq!(money(value, unit).is_payable(), expected.is_some());
    }
    let sum = money("0.1", "EUR").plus(&money("0.20", "EUR"));
    assert_eq!(sum.map(|m| m.to_string()).as_deref(), Some("0.30 EUR"));
    assert_eq!(money("1", "EUR").plus(&money("1", "USD")), None);
    let large = money("79228162514264337593543950335", "EUR");
    assert_eq!(large.plus(&money("0.01", "EUR")), None);
}

#[test]
fn the_table_of_currencies() {
    let all = Currency::all();
    assert_eq!(all.len(), 178);
    assert!(all.is_sorted_by(|a, b| a.code < b.code));
    for currency in all {
        assert!(currency.code.len() == 3 && currency.code.bytes().all(|b| b.is_ascii_uppercase()));
        assert_eq!(Currency::of(currency.code), Some(currency));
    }
    let digits = |code| Currency::of(code).and_then(|c| c.digits);
    assert_eq!(
        ["EUR", "USD", "JPY", "KWD", "CLF", "XAU"].map(digits),
        [Some(2), Some(2), Some(0), Some(3), Some(4), None]
    );
    // Withdrawn: Bulgaria has the euro, Curaçao the Caribbean guilder.
    for code in ["BGN", "ANG", "HRK", "ZWL", "", "EU"] {
        assert_eq!(Currency::of(code), None, "{code}");
    }
}

proptest! {
    #[test]
    fn a_decimal_survives_json(mantissa in -79228162514264337593543950335_i128..=79228162514264337593543950335, scale in 0_u32..=28) {
        let value = Decimal::from_i128_with_scale(mantissa, scale);
        let back = decimal_of(&number_of(value)).expect("exact");
        prop_assert_eq!(back.to_string(), value.to_string());
    }

    #[test]
    fn any_number_is_exact_or_refused(text in "-?(0|[1-9][0-9]{0,32})(\\.[0-9]{1,32})?([eE][+-]?[0-9]{1,3})?") {
        use crate::domain::json::number::Decimal as Exact;
        use std::cmp::Ordering;
        let number = number(&text);
        if let Some(value) = decimal_of(&number) {
            let value = value.to_string();
            let (a, b) = (Exact::parse(&text).expect("a number"), Exact::parse(&value).expect("a number"));
            prop_assert_eq!(a.compare(&b), Ordering::Equal, "{} read as {}", text, value);
        }
    }

    #[test]
    fn sums_are_exact(a in any::<i64>(), b in any::<i64>(), scale in 0_u32..6, other in 0_u32..6) {
        let eur = Currency::of("EUR").expect("the euro");
        let money = |m: i64, s: u32| Money { value: Decimal::new(m, s), currency: eur };
        let sum = money(a, scale).plus(&money(b, other)).expect("fits");
        let at = |m: i64, s: u32| i128::from(m) * 10_i128.pow(6 - s);
        let expected = Decimal::from_i128_with_scale(at(a, scale) + at(b, other), 6);
        prop_assert_eq!(sum.value, expected);
    }
}
