//! The terms of a recurring price.

use chrono::NaiveDate;

use super::{ANCHOR, Calendar};
use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::recurrence::{Recurrence, midnight};
use crate::domain::span::Span;

/// Which terms a price has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terms {
    /// The billing periods themselves.
    Periods(Calendar),
    /// Others, counted from a day.
    Counted(Recurrence),
}

impl Terms {
    /// Terms that go with the billing periods. Months go with the day of the month on which periods
    /// begin, also where they are longer or shorter than these; weeks in a monthly cycle begin on Monday.
    /// `None` beyond the calendar.
    pub fn with_calendar(every: Cycle, calendar: &Calendar) -> Option<Self> {
        if every == calendar.cycle {
            return Some(Terms::Periods(*calendar));
        }
        let is_alike = matches!(
            (every, calendar.cycle),
            (Cycle::Months(_), Cycle::Months(_)) | (Cycle::Days(_), Cycle::Days(_))
        );
        let anchor = match is_alike {
            true => calendar.charge_day(&calendar.natural()?, 0)?,
            false => ANCHOR?,
        };
        Some(Terms::from_day(every, anchor, calendar))
    }

    /// Terms that are counted from a day.
    pub const fn from_day(every: Cycle, day: NaiveDate, calendar: &Calendar) -> Self {
        Terms::Counted(Recurrence {
            cycle: every,
            anchor: day,
            zone: calendar.zone,
        })
    }

    /// The term in which an instant lies. `None` where there are no terms, and beyond the calendar.
    pub fn at(&self, at: Micros) -> Option<Span> {
        match self {
            Terms::Periods(calendar) => calendar.span_at(at),
            Terms::Counted(recurrence) => {
                let steps = recurrence.steps(at)?;
                let day = |steps| midnight(recurrence.zone, recurrence.start(steps)?);
                Some(Span {
                    from: day(steps)?,
                    to: day(steps + 1)?,
                })
            }
        }
    }

    /// The end of so many terms, the first of which is that of an instant.
    pub fn end_of(&self, at: Micros, terms: u32) -> Option<Micros> {
        match self {
            Terms::Periods(calendar) => calendar.end_of(at, terms),
            Terms::Counted(recurrence) => {
                let steps = recurrence.steps(at)?.checked_add(i64::from(terms))?;
                midnight(recurrence.zone, recurrence.start(steps)?)
            }
        }
    }
}
