//! What the files say, and that they say all.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use toml::{Table, Value};

use super::{FILES, Locale, fill};
use crate::billing::document::statement::{Quantity, Span};
use crate::billing::document::unit::Unit;
use crate::domain::money::Currency;

fn amount(tag: &str, value: &str, code: &str) -> String {
    let locale = Locale::of(tag).unwrap();
    locale.amount(value.parse().unwrap(), Currency::of(code).unwrap())
}

fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
        .replace('\u{2212}', "-")
}

#[test]
fn every_language_says_all() {
    let english: Table = toml::from_str(FILES[0].1).unwrap();
    for (tag, text) in FILES.iter().filter(|(tag, _)| !tag.contains('-')) {
        let own: Table = toml::from_str(text).unwrap();
        for table in ["label", "unit"] {
            let keys = |table: &Value| {
                let table = table.as_table().unwrap();
                table.keys().cloned().collect::<Vec<_>>()
            };
            assert_eq!(keys(&own[table]), keys(&english[table]), "{tag} {table}");
        }
    }
}

#[test]
fn sentences_have_the_blanks_of_the_english_ones() {
    let blanks = |text: &str| {
        let mut names: Vec<String> = text
            .split('{')
            .skip(1)
            .map(|part| part.split('}').next().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let english: Table = toml::from_str(FILES[0].1).unwrap();
    for (tag, text) in FILES {
        let own: Table = toml::from_str(text).unwrap();
        let Some(labels) = own.get("label").and_then(Value::as_table) else {
            continue;
        };
        for (key, text) in labels {
            let english = english["label"][key.as_str()].as_str().unwrap();
            assert_eq!(
                blanks(text.as_str().unwrap()),
                blanks(english),
                "{tag} {key}"
            );
        }
    }
}

#[test]
fn each_tag_finds_its_locale() {
    let cases = [
        ("de-CH", "de-CH"),
        ("DE_ch", "de-CH"),
        ("de-LU", "de"),
        ("de-Latn-AT", "de-AT"),
        ("fr", "fr"),
        ("es-419", "es"),
        ("pt-BR", "en"),
        ("", "en"),
    ];
    for (asked, found) in cases {
        assert_eq!(Locale::of(asked).unwrap().tag, found, "{asked}");
    }
}

#[test]
fn amounts_by_locale_and_currency() {
    let cases = [
        ("en-GB", "1234567.5", "GBP", "£1,234,567.50"),
        ("en", "-12", "EUR", "-€12.00"),
        ("en", "-12", "CHF", "CHF -12.00"),
        ("en-IN", "12345678.9", "INR", "₹1,23,45,678.90"),
        ("en-US", "0.0123", "USD", "$0.0123"),
        ("en-CA", "5", "CAD", "$5.00"),
        ("en-CA", "5", "USD", "US$5.00"),
        ("en", "1234", "JPY", "¥1,234"),
        ("en", "1.5", "TND", "TND 1.500"),
        ("de", "1234.5", "EUR", "1.234,50 €"),
        ("de", "-0.5", "EUR", "-0,50 €"),
        ("de-AT", "1234.5", "EUR", "€ 1.234,50"),
        ("de-CH", "1234.5", "CHF", "CHF 1’234.50"),
        ("de-CH", "-1234.5", "CHF", "CHF -1’234.50"),
        ("fr", "1234567.8", "EUR", "1 234 567,80 €"),
        ("fr-CH", "1234.5", "CHF", "1 234.50 CHF"),
        ("es", "1234.5", "EUR", "1234,50 €"),
        ("es", "12345.5", "EUR", "12.345,50 €"),
        ("es-MX", "1234.5", "MXN", "$1,234.50"),
        ("es-AR", "1234.5", "ARS", "$ 1.234,50"),
        ("de", "-0.00", "EUR", "0,00 €"),
        (
            "de",
            "79228162514264337593543950335",
            "KRW",
            "79.228.162.514.264.337.593.543.950.335 KRW",
        ),
    ];
    for (tag, value, code, written) in cases {
        assert_eq!(
            plain(&amount(tag, value, code)),
            written,
            "{tag} {value} {code}"
        );
    }
}

#[test]
fn dates_and_spans() {
    let date = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    let day = date(2026, 3, 5);
    let cases = [
        ("en", "5 Mar 2026", "5 March 2026"),
        ("en-US", "Mar 5, 2026", "March 5, 2026"),
        ("de", "05.03.2026", "5. März 2026"),
        ("fr", "05/03/2026", "5 mars 2026"),
        ("fr-CA", "2026-03-05", "5 mars 2026"),
        ("es", "05/03/2026", "5 de marzo de 2026"),
    ];
    for (tag, short, long) in cases {
        let locale = Locale::of(tag).unwrap();
        assert_eq!(plain(&locale.date(day)), short, "{tag}");
        assert_eq!(plain(&locale.long_date(day)), long, "{tag}");
    }
    assert_eq!(
        Locale::of("de-AT").unwrap().long_date(date(2024, 1, 31)),
        "31. Jänner 2024"
    );
    let german = Locale::of("de").unwrap();
    let month = Span {
        first: date(2024, 2, 1),
        last: date(2024, 2, 29),
    };
    assert_eq!(german.span(month), "01.02.2024 – 29.02.2024");
    let one = Span {
        last: month.first,
        ..month
    };
    assert_eq!(german.span(one), "01.02.2024");
}

#[test]
fn quantities() {
    let locale = Locale::of("de").unwrap();
    let cases = [
        ("45", Unit::Second, "45 s"),
        ("60", Unit::Second, "1:00 min"),
        ("75.5", Unit::Second, "75,5 s"),
        ("8060", Unit::Second, "2:14:20 h"),
        ("3600000", Unit::Second, "1.000:00:00 h"),
        ("12.25", Unit::Minute, "12,25 min"),
        ("999", Unit::Byte, "999 B"),
        ("3214553211", Unit::Byte, "3,215 GB"),
        ("1500", Unit::Byte, "1,5 kB"),
        ("1234.567891", Unit::Megabyte, "1.234,567891 MB"),
        ("3", Unit::Piece, "3"),
        ("2", Unit::Other("Credits".into()), "2 Credits"),
    ];
    for (value, unit, written) in cases {
        let value: Decimal = value.parse().unwrap();
        let quantity = Quantity { value, unit };
        assert_eq!(plain(&locale.quantity(&quantity)), written);
    }
}

#[test]
fn braces_in_values_mean_nothing() {
    assert_eq!(fill("{a}-{b}", &[("a", "{b}"), ("b", "{x")]), "{b}-{x");
    assert_eq!(fill("a { b", &[]), "a { b");
}
