//! Billing cycles: which periods they have, and the dates of the bill of each.
//!
//! A cycle of TMF666 counts days from the first day of a week, month, quarter or year
//! (docs/accounts.md). What a bill covers ends on its charge date and begins on that of the bill before
//! it: billed on the 15th, it covers the 15th to the 14th. Days begin at local midnight.

mod terms;
#[cfg(test)]
mod tests;

pub use crate::domain::billing_cycle::Offsets;
pub use terms::Terms;

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;

use crate::domain::billing_cycle::{Cycle, Schedule};
use crate::domain::clock::Micros;
use crate::domain::recurrence::{Recurrence, local_day, midnight};
use crate::domain::span::Span;

/// A Monday and the first of a year: weeks, months, quarters and years are counted from it.
const ANCHOR: Option<NaiveDate> = NaiveDate::from_ymd_opt(2024, 1, 1);

/// When an account is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// How long a period is.
    pub cycle: Cycle,
    /// Days from the first day of the week, month or year to the bill run (`billingDateShift`). In months
    /// 0 to 30 stand for day 1 to 31; a month without that day is billed on its last.
    pub shift: u32,
    pub offsets: Offsets,
    /// Where days begin.
    pub zone: Tz,
}

/// What one bill covers, and its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillPeriod {
    /// The instants that are billed.
    pub span: Span,
    /// Its first day.
    pub first: NaiveDate,
    /// The first day of the next.
    pub next: NaiveDate,
    pub dates: Dates,
}

/// The dates of a bill (TMF678 `BillCycle`). Each is the beginning of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// When the bill is made.
    pub billing: Micros,
    /// Up to when charges are taken.
    pub charge: Micros,
    /// Up to when payments and credits are.
    pub credit: Micros,
    /// When it is sent.
    pub mailing: Micros,
    /// When it is to be paid.
    pub payment_due: Option<Micros>,
}

impl Calendar {
    /// Every month, from a day of the month on: 1 to 31, which also stands for the last.
    pub fn monthly(day: u32, zone: Tz) -> Self {
        Calendar {
            cycle: Cycle::Months(1),
            shift: day.saturating_sub(1).min(30),
            offsets: Offsets::default(),
            zone,
        }
    }

    /// As a cycle says, whose days begin in a zone unless it names one; without a cycle every month, from the
    /// first on.
    pub fn of(schedule: Option<&Schedule>, zone: Tz) -> Self {
        let Some(schedule) = schedule else {
            return Calendar::monthly(1, zone);
        };
        Calendar {
            cycle: schedule.cycle,
            shift: schedule.shift,
            offsets: schedule.offsets,
            zone: schedule.zone.unwrap_or(zone),
        }
    }

    /// The period in which an instant is billed. `None` for a cycle without periods, and beyond the
    /// calendar.
    pub fn period_at(&self, at: Micros) -> Option<BillPeriod> {
        let natural = self.natural()?;
        self.period(&natural, self.steps(&natural, at)?)
    }

    /// The period that follows.
    pub fn next(&self, period: &BillPeriod) -> Option<BillPeriod> {
        self.period_at(period.span.to)
    }

    /// The first period of an account that began at an instant: cut short by it.
    pub fn first(&self, since: Micros) -> Option<BillPeriod> {
        let mut period = self.period_at(since)?;
        period.span.from = since;
        period.first = local_day(self.zone, since)?;
        Some(period)
    }

    /// The period whose bill is the last that is to be made by an instant.
    pub fn due(&self, at: Micros) -> Option<BillPeriod> {
        let natural = self.natural()?;
        let day = local_day(self.zone, at)?;
        let mut steps = natural.steps(at)?;
        while self.day(natural.start(steps)?, i64::from(self.shift))? > day {
            steps -= 1;
        }
        self.period(&natural, steps)
    }

    /// The place of the period in which an instant is billed.
    fn steps(&self, natural: &Recurrence, at: Micros) -> Option<i64> {
        let day = local_day(self.zone, at)?;
        let mut steps = natural.steps(at)?;
        while self.charge_day(natural, steps)? <= day {
            steps += 1;
        }
        while self.charge_day(natural, steps - 1)? > day {
            steps -= 1;
        }
        Some(steps)
    }

    /// The instants of the period in which an instant is billed.
    fn span_at(&self, at: Micros) -> Option<Span> {
        let natural = self.natural()?;
        let steps = self.steps(&natural, at)?;
        Some(Span {
            from: midnight(self.zone, self.charge_day(&natural, steps - 1)?)?,
            to: midnight(self.zone, self.charge_day(&natural, steps)?)?,
        })
    }

    /// The end of so many periods, the first of which is that of an instant.
    fn end_of(&self, at: Micros, periods: u32) -> Option<Micros> {
        let natural = self.natural()?;
        let steps = self
            .steps(&natural, at)?
            .checked_add(i64::from(periods) - 1)?;
        midnight(self.zone, self.charge_day(&natural, steps)?)
    }

    /// Weeks, months or years as they stand in the calendar.
    fn natural(&self) -> Option<Recurrence> {
        Some(Recurrence {
            cycle: self.cycle,
            anchor: ANCHOR?,
            zone: self.zone,
        })
    }

    fn period(&self, natural: &Recurrence, steps: i64) -> Option<BillPeriod> {
        let start = natural.start(steps)?;
        let first = self.charge_day(natural, steps - 1)?;
        let next = self.charge_day(natural, steps)?;
        let instant = |day| midnight(self.zone, day);
        let of = |days: i32| instant(self.day(start, i64::from(days))?);
        let billing = instant(self.day(start, i64::from(self.shift))?)?;
        let charge = instant(next)?;
        Some(BillPeriod {
            span: Span {
                from: instant(first)?,
                to: charge,
            },
            first,
            next,
            dates: Dates {
                billing,
                charge,
                credit: self.offsets.credit.map_or(Some(charge), of)?,
                mailing: self.offsets.mailing.map_or(Some(billing), of)?,
                payment_due: match self.offsets.payment_due {
                    Some(days) => Some(of(days)?),
                    None => None,
                },
            },
        })
    }

    /// The first day that the bill of a week, month or year does not cover any more.
    fn charge_day(&self, natural: &Recurrence, steps: i64) -> Option<NaiveDate> {
        let days = self.offsets.charge.map_or(i64::from(self.shift), i64::from);
        self.day(natural.start(steps)?, days)
    }

    /// A day so many days from the first of a week, month or year. One that is meant to lie in it never
    /// leaves it, as with the bill run.
    fn day(&self, start: NaiveDate, days: i64) -> Option<NaiveDate> {
        match u32::try_from(days) {
            Ok(shift) if shift <= self.cycle.shift_max() => self.cycle.billing_date(start, shift),
            Ok(later) => start.checked_add_days(Days::new(u64::from(later))),
            Err(_) => start.checked_sub_days(Days::new(days.unsigned_abs())),
        }
    }
}
