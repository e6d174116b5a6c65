//! What share of a term a part of it is.

use chrono::{Days, Months, NaiveDate};
use chrono_tz::Tz;

use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::recurrence::{local_day, midnight};
use crate::domain::span::Span;

/// How a price is charged for a part of a term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proration {
    pub basis: Basis,
    /// For the term in which the product begins.
    pub start: Share,
    /// For the term in which the price or the quantity changes.
    pub change: Share,
    /// For the term in which the product ends.
    pub end: Share,
    /// For a term in which the product is suspended for some time.
    pub suspension: Share,
    /// The day on which a product ends is not charged. Without it, each day on which there was the
    /// product at any time is.
    pub exclusive_end: bool,
}

/// How parts of a term are measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Basis {
    /// In days of all days of the term. A day on which something changes has the new state.
    #[default]
    CalendarDays,
    /// Every month has 30 days: day 31 costs nothing, and the last day of February as much as is missing
    /// to 30. Terms of days are measured in days.
    Month30,
    /// To the microsecond.
    Second,
}

/// What is charged for a part of a term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// Its share.
    #[default]
    Proportional,
    /// What was there for a part of the term is charged for all of it.
    Full,
    /// Only what was there for all of the term is charged.
    Nothing,
}

/// Measures parts of a term.
pub struct Measure {
    basis: Basis,
    zone: Tz,
    term: Span,
    first: NaiveDate,
    /// The first day of the next term.
    next: NaiveDate,
    /// Months of the term, where these are measured.
    months: u32,
}

impl Measure {
    /// A term, and how long terms are.
    pub fn of(term: Span, every: Cycle, basis: Basis, zone: Tz) -> Option<Self> {
        let months = match every {
            Cycle::Months(months) if basis == Basis::Month30 => months,
            _ => 0,
        };
        Some(Measure {
            basis,
            zone,
            term,
            first: local_day(zone, term.from)?,
            next: local_day(zone, term.to)?,
            months,
        })
    }

    /// The whole term.
    pub fn whole(&self) -> Option<i128> {
        self.position(self.term.to)
    }

    /// How far into the term an instant is.
    pub fn position(&self, at: Micros) -> Option<i128> {
        let span = self.term;
        let at = at.clamp(span.from, span.to);
        if self.basis == Basis::Second {
            return Some(i128::from(at.0) - i128::from(span.from.0));
        }
        let day = local_day(self.zone, at)?;
        match self.months {
            0 => Some(days(self.first, day)),
            months => self.thirtieths(day, months),
        }
    }

    fn thirtieths(&self, day: NaiveDate, months: u32) -> Option<i128> {
        let mut position = 0;
        let mut first = self.first;
        for month in 1..=months {
            let next = match month == months {
                true => self.next,
                false => self.first.checked_add_months(Months::new(month))?,
            };
            if day < next {
                return Some(position + days(first, day).min(30));
            }
            position += 30;
            first = next;
        }
        Some(position)
    }
}

impl Basis {
    /// The instant from which something new is charged: the beginning of the day, where days are.
    pub fn beginning(self, at: Micros, zone: Tz) -> Option<Micros> {
        match self {
            Basis::Second => Some(at),
            Basis::CalendarDays | Basis::Month30 => midnight(zone, local_day(zone, at)?),
        }
    }

    /// The instant up to which something is charged that ends with its day.
    pub fn ending(self, at: Micros, zone: Tz) -> Option<Micros> {
        let beginning = self.beginning(at, zone)?;
        if beginning == at {
            return Some(at);
        }
        midnight(zone, local_day(zone, at)?.checked_add_days(Days::new(1))?)
    }
}

fn days(first: NaiveDate, day: NaiveDate) -> i128 {
    i128::from(day.signed_duration_since(first).num_days()).max(0)
}
