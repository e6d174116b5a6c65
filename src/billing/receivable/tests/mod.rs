//! Laws of receivables, and worked examples.

mod aging;
mod allocation;
mod credit_note;
mod journal;
mod reversal;

use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};

pub(crate) fn eur() -> &'static Currency {
    Currency::of("EUR").unwrap()
}

/// So many cents.
pub(crate) fn cents(cents: i64) -> Amount {
    Amount::from_millionths(cents * 10_000)
}

pub(crate) fn at(text: &str) -> Micros {
    Micros::parse(text).unwrap()
}

/// Noon of a day of May 2026.
pub(crate) fn may(day: u32) -> Micros {
    at(&format!("2026-05-{day:02}T12:00:00Z"))
}
