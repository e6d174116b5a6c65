//! Numbers, amounts, quantities and dates as a locale writes them.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Locale;
use crate::billing::document::statement::{Quantity, Span};
use crate::billing::document::unit::Unit;
use crate::domain::money::Currency;

/// The patterns of a locale's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    decimal: String,
    group: String,
    grouping: Vec<usize>,
    ungrouped: usize,
    amount: String,
    negative: String,
    letters: String,
    letters_negative: String,
    percent: String,
    date: String,
    long_date: String,
    span: String,
    months: Vec<String>,
    short_months: Vec<String>,
}

/// Puts values in the place of their names in braces, in one pass: braces in a value mean nothing.
pub fn fill(pattern: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            filled.push('{');
            rest = after;
            continue;
        };
        let value = values.iter().find(|(known, _)| *known == name);
        filled.push_str(value.map_or("", |(_, value)| value));
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

impl Locale {
    /// A number with so many digits behind the point at least, and all further ones that it has.
    pub fn number(&self, value: Decimal, digits: u32) -> String {
        let sign = if is_negative(value) { "\u{2212}" } else { "" };
        format!("{sign}{}", self.unsigned(value, digits))
    }

    /// An amount with the sign or code of its currency.
    pub fn amount(&self, value: Decimal, currency: &Currency) -> String {
        let symbol = self.symbol.get(currency.code);
        let symbol = symbol.map_or(currency.code, String::as_str);
        let format = &self.format;
        let letters = symbol.bytes().all(|byte| byte.is_ascii_alphabetic());
        let pattern = match (letters, is_negative(value)) {
            (false, false) => &format.amount,
            (false, true) => &format.negative,
            (true, false) => &format.letters,
            (true, true) => &format.letters_negative,
        };
        let number = self.unsigned(value, currency.digits.unwrap_or_default());
        fill(pattern, &[("symbol", symbol), ("number", &number)])
    }

    pub fn percent(&self, value: Decimal) -> String {
        fill(&self.format.percent, &[("number", &self.number(value, 0))])
    }

    /// A date in digits or with a short month.
    pub fn date(&self, date: NaiveDate) -> String {
        self.write_date(&self.format.date, date)
    }

    /// A date with the name of its month.
    pub fn long_date(&self, date: NaiveDate) -> String {
        self.write_date(&self.format.long_date, date)
    }

    /// Days from the first to the last.
    pub fn span(&self, span: Span) -> String {
        let [first, last] = [span.first, span.last].map(|date| self.date(date));
        if first == last {
            return first;
        }
        fill(&self.format.span, &[("first", &first), ("last", &last)])
    }

    /// A quantity with its unit. Times of whole seconds are shown by the clock; bytes in the
    /// largest unit below them, **rounded** to thousandths. All else is exact.
    pub fn quantity(&self, quantity: &Quantity) -> String {
        if let Some(clock) = self.clock(quantity) {
            return clock;
        }
        let (value, unit) = readable(quantity);
        let number = self.number(value, 0);
        match self.unit(&unit) {
            "" => number,
            name => format!("{number}\u{a0}{name}"),
        }
    }

    fn clock(&self, quantity: &Quantity) -> Option<String> {
        if quantity.unit != Unit::Second || quantity.value < Decimal::from(60) {
            return None;
        }
        let whole = u64::try_from(quantity.value).ok()?;
        if Decimal::from(whole) != quantity.value {
            return None;
        }
        let (minutes, seconds) = (whole / 60, whole % 60);
        if minutes < 60 {
            let unit = &self.unit.minute;
            return Some(format!("{minutes}:{seconds:02}\u{a0}{unit}"));
        }
        let hours = self.number(Decimal::from(minutes / 60), 0);
        let (minutes, unit) = (minutes % 60, &self.unit.hour);
        Some(format!("{hours}:{minutes:02}:{seconds:02}\u{a0}{unit}"))
    }

    fn unit<'a>(&'a self, unit: &'a Unit) -> &'a str {
        let units = &self.unit;
        match unit {
            Unit::Piece => &units.piece,
            Unit::Event => &units.event,
            Unit::Message => &units.message,
            Unit::Second => &units.second,
            Unit::Minute => &units.minute,
            Unit::Hour => &units.hour,
            Unit::Day => &units.day,
            Unit::Month => &units.month,
            Unit::Byte => &units.byte,
            Unit::Kilobyte => &units.kilobyte,
            Unit::Megabyte => &units.megabyte,
            Unit::Gigabyte => &units.gigabyte,
            Unit::Other(name) => name,
        }
    }

    fn unsigned(&self, value: Decimal, digits: u32) -> String {
        let text = value.normalize().abs().to_string();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let mut number = self.grouped(whole);
        let digits = usize::try_from(digits).unwrap_or_default();
        if digits > 0 || !part.is_empty() {
            number.push_str(&self.format.decimal);
            number.push_str(part);
            let missing = digits.saturating_sub(part.len());
            number.extend(std::iter::repeat_n('0', missing));
        }
        number
    }

    fn grouped(&self, digits: &str) -> String {
        let format = &self.format;
        if digits.len() < format.ungrouped {
            return digits.to_owned();
        }
        let mut ends = Vec::new();
        let mut end = digits.len();
        let last = format.grouping.last().copied().unwrap_or(3);
        let sizes = format.grouping.iter().copied();
        for size in sizes.chain(std::iter::repeat(last)) {
            if size == 0 || end <= size {
                break;
            }
            end -= size;
            ends.push(end);
        }
        let mut grouped = String::with_capacity(digits.len() + 3 * ends.len());
        for (at, digit) in digits.chars().enumerate() {
            if ends.contains(&at) {
                grouped.push_str(&format.group);
            }
            grouped.push(digit);
        }
        grouped
    }

    fn write_date(&self, pattern: &str, date: NaiveDate) -> String {
        let (day, month) = (date.day(), date.month());
        let name = |names: &[String]| {
            let found = usize::try_from(date.month0())
                .ok()
                .and_then(|n| names.get(n));
            found.cloned().unwrap_or_default()
        };
        let values = [
            ("d", day.to_string()),
            ("dd", format!("{day:02}")),
            ("mm", format!("{month:02}")),
            ("yyyy", format!("{:04}", date.year())),
            ("mon", name(&self.format.short_months)),
            ("month", name(&self.format.months)),
        ];
        let values = values
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        fill(pattern, &values)
    }
}

fn is_negative(value: Decimal) -> bool {
    value < Decimal::ZERO
}

/// Bytes in the largest unit that leaves a number above one.
fn readable(quantity: &Quantity) -> (Decimal, Unit) {
    let value = quantity.value;
    if quantity.unit != Unit::Byte || value < Decimal::ONE_THOUSAND {
        return (value, quantity.unit.clone());
    }
    let units = [
        (1_000_000_000, Unit::Gigabyte),
        (1_000_000, Unit::Megabyte),
        (1_000, Unit::Kilobyte),
    ];
    let found = units
        .into_iter()
        .map(|(size, unit)| (value / Decimal::from(size), unit))
        .find(|(value, _)| *value >= Decimal::ONE);
    let (value, unit) = found.unwrap_or((value, Unit::Byte));
    (value.round_dp(3), unit)
}
