//! Periods that follow each other: of allowances, of tiers, of commitments.
//!
//! A period begins at local midnight of a day and ends where the next begins, so that a month has the
//! hours that it really has. Periods of months are counted from the anchor: one that began on the 31st
//! begins on the last day of a short month, and on the 31st again in a long one.

use chrono::{Days, LocalResult, Months, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::value::Period;

/// Longest way from the anchor to a period, in periods: ten thousand years of days.
const STEPS_MAX: i64 = 3_652_500;

/// Which periods there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recurrence {
    pub cycle: Cycle,
    /// The first day of one of the periods.
    pub anchor: NaiveDate,
    /// Whose midnight counts.
    pub zone: Tz,
}

/// One of the periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first day.
    pub first: NaiveDate,
    /// The first day of the next.
    pub next: NaiveDate,
    zone: Tz,
}

impl Recurrence {
    /// The period in which an instant lies. `None` for [`Cycle::Once`], and beyond the calendar.
    pub fn at(&self, instant: Micros) -> Option<Span> {
        self.span(self.steps(instant)?)
    }

    /// How many periods the one of an instant comes after that of the anchor.
    pub fn steps(&self, instant: Micros) -> Option<i64> {
        let day = local_day(self.zone, instant)?;
        let mut steps = self.estimate(day)?;
        // The estimate is at most one period away, for months differ in length.
        while self.start(steps)? > day {
            steps -= 1;
        }
        while self.start(steps + 1)? <= day {
            steps += 1;
        }
        Some(steps)
    }

    /// The period that follows.
    pub fn after(&self, span: &Span) -> Option<Span> {
        self.at(midnight(self.zone, span.next)?)
    }

    fn span(&self, steps: i64) -> Option<Span> {
        Some(Span {
            first: self.start(steps)?,
            next: self.start(steps + 1)?,
            zone: self.zone,
        })
    }

    /// Periods from the anchor to a day, about.
    fn estimate(&self, day: NaiveDate) -> Option<i64> {
        let days = day.signed_duration_since(self.anchor).num_days();
        match self.cycle {
            Cycle::Once => None,
            Cycle::Days(0) | Cycle::Months(0) => None,
            Cycle::Days(length) => Some(days.div_euclid(i64::from(length))),
            Cycle::Months(length) => Some(days.div_euclid(31 * i64::from(length))),
        }
    }

    /// The first day of the period so many periods after that of the anchor.
    pub fn start(&self, steps: i64) -> Option<NaiveDate> {
        if steps.abs() > STEPS_MAX {
            return None;
        }
        let count = |length: u32| {
            let count = steps.unsigned_abs().checked_mul(u64::from(length))?;
            Some(count)
        };
        match self.cycle {
            Cycle::Once => None,
            Cycle::Days(length) => {
                let days = Days::new(count(length)?);
                match steps < 0 {
                    true => self.anchor.checked_sub_days(days),
                    false => self.anchor.checked_add_days(days),
                }
            }
            Cycle::Months(length) => {
                let months = Months::new(u32::try_from(count(length)?).ok()?);
                match steps < 0 {
                    true => self.anchor.checked_sub_months(months),
                    false => self.anchor.checked_add_months(months),
                }
            }
        }
    }
}

impl Span {
    /// Its instants. `None` beyond the calendar.
    pub fn period(&self) -> Option<Period> {
        Some(Period {
            start: Some(midnight(self.zone, self.first)?),
            end: Some(midnight(self.zone, self.next)?),
        })
    }

    /// Its days.
    pub fn days(&self) -> u64 {
        days(self.first, self.next)
    }

    /// Its days from that of an instant on, which counts as a whole; all of them from an earlier one.
    pub fn days_from(&self, instant: Micros) -> u64 {
        match local_day(self.zone, instant) {
            Some(day) => days(day.max(self.first), self.next),
            None => 0,
        }
    }
}

fn days(first: NaiveDate, next: NaiveDate) -> u64 {
    let days = next.signed_duration_since(first).num_days();
    u64::try_from(days).unwrap_or(0)
}

/// The day on which an instant lies. `None` beyond the calendar.
pub fn local_day(zone: Tz, instant: Micros) -> Option<NaiveDate> {
    let time = chrono::DateTime::from_timestamp_micros(instant.0)?;
    Some(time.with_timezone(&zone).date_naive())
}

/// The first instant of a day: where clocks skip midnight, the first hour that there is.
pub fn midnight(zone: Tz, day: NaiveDate) -> Option<Micros> {
    (0..24).find_map(|hour| {
        let time = day.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
        match zone.from_local_datetime(&time) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => {
                Some(Micros(time.timestamp_micros()))
            }
            LocalResult::None => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{Cycle, Micros, Recurrence};

    fn recurrence(cycle: Cycle, anchor: &str, zone: &str) -> Recurrence {
        Recurrence {
            cycle,
            anchor: anchor.parse().unwrap(),
            zone: zone.parse().unwrap(),
        }
    }

    fn at(recurrence: &Recurrence, instant: &str) -> (String, String) {
        let span = recurrence.at(Micros::parse(instant).unwrap()).unwrap();
        let period = span.period().unwrap();
        let shown = |end: Option<Micros>| end.unwrap().to_rfc3339();
        (shown(period.start), shown(period.end))
    }

    #[test]
    fn periods_begin_at_local_midnight() {
        let monthly = recurrence(Cycle::Months(1), "2026-01-01", "Europe/Berlin");
        let march = ("2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z");
        for instant in ["2026-02-28T23:00:00Z", "2026-03-31T21:59:59Z"] {
            let (start, end) = at(&monthly, instant);
            assert_eq!((start.as_str(), end.as_str()), march);
        }
        let (start, _) = at(&monthly, "2026-03-31T22:00:00Z");
        assert_eq!(start, march.1);
        // Long before the anchor too.
        let (start, _) = at(&monthly, "1999-12-31T22:30:00Z");
        assert_eq!(start, "1999-11-30T23:00:00.000Z");
    }

    #[test]
    fn a_short_month_does_not_move_those_after_it() {
        let monthly = recurrence(Cycle::Months(1), "2026-01-31", "Etc/UTC");
        let mut span = monthly
            .at(Micros::parse("2026-01-31T00:00:00Z").unwrap())
            .unwrap();
        let mut starts = Vec::new();
        for _ in 0..5 {
            starts.push(span.first.to_string());
            span = monthly.after(&span).unwrap();
        }
        let expected = [
            "2026-01-31",
            "2026-02-28",
            "2026-03-31",
            "2026-04-30",
            "2026-05-31",
        ];
        assert_eq!(starts, expected);
    }

    #[test]
    fn days_and_weeks_are_counted_from_the_anchor() {
        let weekly = recurrence(Cycle::Days(7), "2026-03-02", "Etc/UTC");
        let (start, end) = at(&weekly, "2026-03-01T12:00:00Z");
        assert_eq!(
            (start.as_str(), end.as_str()),
            ("2026-02-23T00:00:00.000Z", "2026-03-02T00:00:00.000Z")
        );
        let once = recurrence(Cycle::Once, "2026-03-02", "Etc/UTC");
        assert_eq!(once.at(Micros(0)), None);
    }

    #[test]
    fn a_day_without_midnight_begins_with_its_first_hour() {
        // Clocks of Santiago go from 24:00 of 5 September 2026 to 01:00.
        let daily = recurrence(Cycle::Days(1), "2026-01-01", "America/Santiago");
        let (start, end) = at(&daily, "2026-09-06T12:00:00Z");
        assert_eq!(
            (start.as_str(), end.as_str()),
            ("2026-09-06T04:00:00.000Z", "2026-09-07T03:00:00.000Z")
        );
        let (_, before) = at(&daily, "2026-09-05T12:00:00Z");
        assert_eq!(before, start);
    }

    #[test]
    fn every_instant_is_in_one_period() {
        for (cycle, anchor) in [
            (Cycle::Months(1), "2024-01-31"),
            (Cycle::Months(3), "2026-11-30"),
            (Cycle::Days(14), "2030-05-05"),
        ] {
            let recurrence = recurrence(cycle, anchor, "Europe/Berlin");
            let mut span = recurrence
                .at(Micros::parse("2019-06-15T00:00:00Z").unwrap())
                .unwrap();
            for _ in 0..120 {
                let next = recurrence.after(&span).unwrap();
                assert_eq!(span.next, next.first);
                let period = span.period().unwrap();
                for instant in [period.start.unwrap(), Micros(period.end.unwrap().0 - 1)] {
                    assert_eq!(recurrence.at(instant), Some(span));
                }
                assert_eq!(span.days_from(period.start.unwrap()), span.days());
                span = next;
            }
        }
    }
}
