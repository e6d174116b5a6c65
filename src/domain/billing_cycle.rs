//! When bills are made: what the free texts of a billing cycle mean, and on which day a period is
//! billed.
//!
//! TMF666 leaves `frequency` and `billingPeriod` open. The usual words are understood whatever
//! their case and separators, as well as a number of units (`6 months`) and ISO 8601 (`P3M`). What
//! could mean two things, such as `bimonthly`, is not understood.

use chrono::{Days, Months, NaiveDate};
use chrono_tz::Tz;
use serde_json::Value;

/// The time that one bill covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cycle {
    /// One bill and no more.
    Once,
    /// Whole days; a week has seven.
    Days(u32),
    /// Calendar months; a quarter has three, a year twelve.
    Months(u32),
}

/// Days from the start of the longest period that a bill run may be moved by.
const SHIFT_MAX: u32 = 365;

/// Names without separators and in small letters.
const NAMES: &[(&str, Cycle)] = &[
    ("once", Cycle::Once),
    ("onetime", Cycle::Once),
    ("oneoff", Cycle::Once),
    ("daily", Cycle::Days(1)),
    ("weekly", Cycle::Days(7)),
    ("fortnightly", Cycle::Days(14)),
    ("monthly", Cycle::Months(1)),
    ("quarterly", Cycle::Months(3)),
    ("semiannual", Cycle::Months(6)),
    ("semiannually", Cycle::Months(6)),
    ("semiyearly", Cycle::Months(6)),
    ("halfyearly", Cycle::Months(6)),
    ("annual", Cycle::Months(12)),
    ("annually", Cycle::Months(12)),
    ("yearly", Cycle::Months(12)),
];

/// Units, with the letter of ISO 8601 where it has one.
const UNITS: &[(&str, Option<&str>, Cycle)] = &[
    ("day", Some("d"), Cycle::Days(1)),
    ("week", Some("w"), Cycle::Days(7)),
    ("fortnight", None, Cycle::Days(14)),
    ("month", Some("m"), Cycle::Months(1)),
    ("quarter", None, Cycle::Months(3)),
    ("quarterofyear", None, Cycle::Months(3)),
    ("halfyear", None, Cycle::Months(6)),
    ("semester", None, Cycle::Months(6)),
    ("year", Some("y"), Cycle::Months(12)),
];

impl Cycle {
    /// Reads a frequency or a period: `Monthly`, `month`, `every 2 weeks`, `P1Y`.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '_'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if let Some((_, cycle)) = NAMES.iter().find(|(name, _)| *name == plain) {
            return Some(*cycle);
        }
        let counted = plain.strip_prefix("every").unwrap_or(&plain);
        let (counted, iso) = match counted.strip_prefix('p') {
            Some(rest) => (rest, true),
            None => (counted, false),
        };
        let end = counted
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(counted.len());
        let (digits, unit) = counted.split_at_checked(end)?;
        let count = match digits {
            "" if !iso => 1,
            digits => digits
                .parse::<u32>()
                .ok()
                .filter(|count| (1..=366).contains(count))?,
        };
        let is_unit = |(name, letter, _): &&(&str, Option<&str>, Cycle)| match iso {
            true => *letter == Some(unit),
            false => *name == unit || unit.strip_suffix('s') == Some(name),
        };
        UNITS
            .iter()
            .find(is_unit)
            .map(|(_, _, cycle)| cycle.times(count))
    }

    fn times(self, count: u32) -> Self {
        match self {
            Cycle::Once => Cycle::Once,
            Cycle::Days(days) => Cycle::Days(days.saturating_mul(count)),
            Cycle::Months(months) => Cycle::Months(months.saturating_mul(count)),
        }
    }

    /// Days by which the bill run may follow the start of a period (`billingDateShift`) at most: it
    /// falls into the period. In a month these are 0 to 30, which stand for day 1 to 31.
    pub fn shift_max(self) -> u32 {
        match self {
            Cycle::Once => SHIFT_MAX,
            Cycle::Days(days) => days.saturating_sub(1).min(SHIFT_MAX),
            // The most days that so many months can have.
            Cycle::Months(1) => 30,
            Cycle::Months(2) => 61,
            Cycle::Months(3) => 91,
            Cycle::Months(6) => 183,
            Cycle::Months(months) => months.saturating_mul(31).saturating_sub(1).min(SHIFT_MAX),
        }
    }

    /// The day of the bill run in the period that starts on a day: so many days later, but never
    /// beyond the last day of the period. So day 31 is the last day of every month, and a short
    /// month has its bill as well. `None` beyond the calendar.
    pub fn billing_date(self, start: NaiveDate, shift: u32) -> Option<NaiveDate> {
        let day = start.checked_add_days(Days::new(u64::from(shift)))?;
        let next = match self {
            Cycle::Once => return Some(day),
            Cycle::Days(days) => start.checked_add_days(Days::new(u64::from(days)))?,
            Cycle::Months(months) => start.checked_add_months(Months::new(months))?,
        };
        Some(day.min(next.pred_opt()?))
    }
}

/// When an account is billed (TMF666 `BillingCycleSpecification`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub cycle: Cycle,
    /// Days from the first day of a period to the day on which bills are made; a bill covers the time from
    /// one such day to the next.
    pub shift: u32,
    pub offsets: Offsets,
    /// Where the days begin; none where that is left to the server.
    pub zone: Option<Tz>,
}

/// Days from the first day of a period to other dates of its bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offsets {
    /// Up to which day charges are taken (`chargeDateOffset`); the day of the bill run without it.
    pub charge: Option<i32>,
    /// Up to which day payments and credits are (`creditDateOffset`); as for charges without it.
    pub credit: Option<i32>,
    /// When the bill is sent (`mailingDateOffset`); on the day of the run without it.
    pub mailing: Option<i32>,
    /// When it is due (`paymentDueDateOffset`); nobody says without it.
    pub payment_due: Option<i32>,
}

impl Schedule {
    /// Reads a specification. None where it says no period that comes again.
    pub fn read(doc: &Value) -> Option<Self> {
        let text = |name: &str| doc.get(name).and_then(Value::as_str);
        let mut cycles = ["billingPeriod", "frequency"].into_iter();
        let cycle = cycles.find_map(|name| Cycle::parse(text(name)?))?;
        if cycle == Cycle::Once {
            return None;
        }
        let shift = doc.get("billingDateShift").and_then(Value::as_u64);
        let offset = |name: &str| i32::try_from(doc.get(name)?.as_i64()?).ok();
        Some(Schedule {
            cycle,
            shift: u32::try_from(shift.unwrap_or(0))
                .ok()?
                .min(cycle.shift_max()),
            offsets: Offsets {
                charge: offset("chargeDateOffset"),
                credit: offset("creditDateOffset"),
                mailing: offset("mailingDateOffset"),
                payment_due: offset("paymentDueDateOffset"),
            },
            zone: text("timeZone").and_then(|name| name.parse().ok()),
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::Cycle;

    #[test]
    fn words_numbers_and_durations_are_understood() {
        for (texts, cycle) in [
            (&["once", "One-Time"][..], Cycle::Once),
            (
                &["Daily", "day", "every day", "P1D", "1 day"],
                Cycle::Days(1),
            ),
            (&["WEEKLY", "week", "7 days", "P1W"], Cycle::Days(7)),
            (&["every 2 weeks", "fortnightly", "P2W"], Cycle::Days(14)),
            (
                &["monthly", "Month", "1 MONTH", "P1M", "every month"],
                Cycle::Months(1),
            ),
            (
                &["quarterly", "quarter of year", "3 months", "P3M"],
                Cycle::Months(3),
            ),
            (
                &["semi-annual", "Half Yearly", "6 months", "half_year"],
                Cycle::Months(6),
            ),
            (
                &["annual", "yearly", "year", "12 months", "P1Y"],
                Cycle::Months(12),
            ),
        ] {
            for text in texts {
                assert_eq!(Cycle::parse(text), Some(cycle), "{text}");
            }
        }
        for text in [
            "",
            "string",
            "bimonthly",
            "biweekly",
            "0 months",
            "P",
            "PM",
            "P0M",
            "1.5 months",
            "often",
            "99999999999 days",
            "p",
            "every",
            "monthly monthly",
            "s",
            "mois",
            "P1Month",
            "-1 day",
        ] {
            assert_eq!(Cycle::parse(text), None, "{text}");
        }
    }

    fn billed(cycle: Cycle, start: &str, shift: u32) -> String {
        let start: NaiveDate = start.parse().unwrap();
        cycle.billing_date(start, shift).unwrap().to_string()
    }

    #[test]
    fn a_month_without_the_day_is_billed_on_its_last() {
        let monthly = Cycle::Months(1);
        assert_eq!(billed(monthly, "2026-01-01", 0), "2026-01-01");
        assert_eq!(billed(monthly, "2026-01-01", 30), "2026-01-31");
        assert_eq!(billed(monthly, "2026-02-01", 30), "2026-02-28");
        assert_eq!(billed(monthly, "2028-02-01", 30), "2028-02-29");
        assert_eq!(billed(monthly, "2026-02-01", 28), "2026-02-28");
        assert_eq!(billed(monthly, "2026-04-01", 30), "2026-04-30");
        assert_eq!(billed(Cycle::Days(7), "2026-02-23", 6), "2026-03-01");
        assert_eq!(billed(Cycle::Months(12), "2026-01-01", 365), "2026-12-31");
        assert_eq!(billed(Cycle::Once, "2026-01-01", 40), "2026-02-10");
        assert_eq!(monthly.billing_date(NaiveDate::MAX, 1), None);
    }

    #[test]
    fn the_bill_run_falls_into_its_period() {
        assert_eq!(Cycle::Months(1).shift_max(), 30);
        assert_eq!(Cycle::Days(7).shift_max(), 6);
        assert_eq!(Cycle::Months(3).shift_max(), 91);
        assert_eq!(Cycle::Months(12).shift_max(), 365);
        assert_eq!(Cycle::Once.shift_max(), 365);
    }
}
