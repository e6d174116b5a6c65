//! What a price demands of a characteristic: `prodSpecCharValueUse`.

use std::cmp::Ordering;

use regex::Regex;
use rust_decimal::Decimal;

use super::datum::Datum;

/// A condition: the characteristic must be there and pass one of the tests, if there are any.
#[derive(Clone, Debug)]
pub struct Condition {
    pub name: Box<str>,
    pub tests: Box<[Test]>,
}

/// One allowed value or range of values.
#[derive(Clone, Debug)]
pub enum Test {
    /// This value, by what is meant: 20 is 20.0 and "20".
    Is(Datum<'static>, Option<Decimal>),
    /// A number between two ends.
    Between(Interval),
    /// A text that matches.
    Matches(Regex),
}

/// A range of numbers; a missing end is open to infinity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub from: Option<Decimal>,
    pub to: Option<Decimal>,
    pub bottom: bool,
    pub top: bool,
}

impl Condition {
    /// True for a value that passes.
    pub fn holds(&self, value: Option<&Datum<'_>>) -> bool {
        value.is_some_and(|value| {
            self.tests.is_empty() || self.tests.iter().any(|test| test.passes(value))
        })
    }
}

impl Test {
    /// A test for one value.
    pub fn is(value: Datum<'static>) -> Self {
        let number = value.number();
        Test::Is(value, number)
    }

    fn passes(&self, value: &Datum<'_>) -> bool {
        match self {
            Test::Is(own, number) => is_same(own, *number, value),
            Test::Between(interval) => value.number().is_some_and(|value| interval.contains(value)),
            Test::Matches(regex) => value.as_text().is_some_and(|text| regex.is_match(text)),
        }
    }
}

fn is_same(own: &Datum<'_>, number: Option<Decimal>, value: &Datum<'_>) -> bool {
    match (own, value) {
        (Datum::Text(own), Datum::Text(value)) if own == value => true,
        (Datum::Truth(own), Datum::Truth(value)) => own == value,
        (Datum::Truth(truth), Datum::Text(text)) | (Datum::Text(text), Datum::Truth(truth)) => {
            text.eq_ignore_ascii_case(if *truth { "true" } else { "false" })
        }
        // Telephone numbers are texts: 030 is not 30.
        (Datum::Text(_), Datum::Text(_)) => false,
        _ => number.is_some() && value.number() == number,
    }
}

impl Interval {
    /// True for a number in the range.
    pub fn contains(&self, value: Decimal) -> bool {
        let above = self.from.is_none_or(|from| match value.cmp(&from) {
            Ordering::Less => false,
            Ordering::Equal => self.bottom,
            Ordering::Greater => true,
        });
        let below = self.to.is_none_or(|to| match value.cmp(&to) {
            Ordering::Less => true,
            Ordering::Equal => self.top,
            Ordering::Greater => false,
        });
        above && below
    }
}
