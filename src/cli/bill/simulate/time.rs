//! Days and instants, and the cycles by which bills are made.

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveTime, TimeZone as _};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::domain::clock::Micros;

pub const HOUR: i64 = 3_600_000_000;
pub const DAY: i64 = 24 * HOUR;

/// A billing cycle.
#[derive(Clone, Copy, Debug)]
pub struct Cycle {
    pub id: &'static str,
    /// The day of the month, as far as months have it; none for every Monday.
    pub day: Option<u32>,
    pub zone: Tz,
}

/// All of them.
pub const CYCLES: [Cycle; 4] = [
    Cycle {
        id: "first",
        day: Some(1),
        zone: Tz::UTC,
    },
    Cycle {
        id: "fifteenth",
        day: Some(15),
        zone: Tz::Europe__Berlin,
    },
    Cycle {
        id: "last",
        day: Some(31),
        zone: Tz::America__New_York,
    },
    Cycle {
        id: "monday",
        day: None,
        zone: Tz::Asia__Kolkata,
    },
];

impl Cycle {
    /// As TMF666 has it.
    pub fn json(&self) -> Value {
        json!({
            "@type": "BillingCycleSpecification", "id": self.id, "name": self.id,
            "frequency": if self.day.is_some() { "monthly" } else { "weekly" },
            "billingDateShift": self.day.map_or(0, |day| day.saturating_sub(1)),
            "timeZone": self.zone.name(),
        })
    }

    /// The day on which a month is billed.
    fn in_month(&self, first: NaiveDate, day: u32) -> NaiveDate {
        (1..=day)
            .rev()
            .find_map(|day| first.with_day(day))
            .unwrap_or(first)
    }

    /// True where bills are made on a day.
    pub fn is_due(&self, day: NaiveDate) -> bool {
        match (self.day, day.with_day(1)) {
            (Some(own), Some(first)) => self.in_month(first, own) == day,
            _ => day.weekday() == chrono::Weekday::Mon,
        }
    }

    /// The first day of the period in which a day lies, which is a day of bills.
    pub fn begin(&self, day: NaiveDate) -> NaiveDate {
        let mut day = day;
        while !self.is_due(day) {
            day = before(day);
        }
        day
    }

    /// The next day of bills.
    pub fn next(&self, day: NaiveDate) -> NaiveDate {
        let mut day = after(day);
        while !self.is_due(day) {
            day = after(day);
        }
        day
    }

    /// The instant at which a day begins.
    pub fn midnight(&self, day: NaiveDate) -> Micros {
        let local = self.zone.from_local_datetime(&day.and_time(NaiveTime::MIN));
        Micros(local.earliest().map_or(0, |at| at.timestamp_micros()))
    }

    /// The day on which an instant lies.
    pub fn day_of(&self, at: Micros) -> NaiveDate {
        let utc = chrono::DateTime::from_timestamp_micros(at.0).unwrap_or_default();
        utc.with_timezone(&self.zone).date_naive()
    }
}

/// The day before.
pub fn before(day: NaiveDate) -> NaiveDate {
    day.checked_sub_days(Days::new(1)).unwrap_or(day)
}

/// The day after.
pub fn after(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

/// So many months later, on the last day where there is no such day.
pub fn months_after(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(day)
}

/// An hour of a day by UTC.
pub fn at(day: NaiveDate, hour: i64) -> Micros {
    let midnight = day.and_time(NaiveTime::MIN).and_utc().timestamp_micros();
    Micros(midnight.saturating_add(hour.saturating_mul(HOUR)))
}

/// The day on which everything begins, before the first bills of January of a leap year.
pub fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, 12, 16).unwrap_or_default()
}

/// The first day of the first whole month.
pub fn first_month() -> NaiveDate {
    NaiveDate::from_ymd_opt(2028, 1, 1).unwrap_or_default()
}
