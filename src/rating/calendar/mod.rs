//! Calendars: in which band of a price an instant lies, by local wall time.
//!
//! Bands are half-open, from an hour on and up to another, and may wrap midnight: 22:00 to 06:00 of
//! Friday ends on Saturday morning. A day's own hours come before those that the day before lends it.
//! A holiday has its own hours for the whole of its date. What no hours cover is in the default band.
//!
//! Instants are UTC and become wall time only to be looked up, so that durations stay in real seconds:
//! the day on which summer time ends has 25 hours, and the hour that is there twice is twice in its
//! band.

mod build;
mod zone;

use crate::domain::clock::Micros;
use crate::rating::card::Hash;
use zone::Zone;

/// Seconds of a day on the wall.
const DAY: i64 = 86_400;
/// Microseconds of a second.
const SECOND: i64 = 1_000_000;

/// A compiled calendar.
#[derive(Debug)]
pub struct Calendar {
    pub id: Box<str>,
    /// Of everything that matters to prices.
    pub hash: Hash,
    zone: Zone,
    bands: Box<[Box<str>]>,
    /// Number of kinds of days: seven weekdays, from Monday, and the kinds of holidays.
    kinds: usize,
    /// For each kind of the day before and each kind of day the hours of the day.
    hours: Box<[Hours]>,
    /// Dates with their kinds, ascending.
    dates: Box<[(i64, u8)]>,
    /// Days of every year, as 100 * month + day, with their kinds, ascending.
    yearly: Box<[(u32, u8)]>,
}

/// Bands of a day with the second at which each ends; the last ends with the day.
type Hours = Box<[(i64, u16)]>;

/// The band of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Place in the bands.
    pub band: u16,
    /// Until when it holds at least; the next one may be of the same band.
    pub until: Micros,
}

impl Calendar {
    /// The band of an instant.
    pub fn at(&self, instant: Micros) -> Slot {
        let second = instant.0.div_euclid(SECOND);
        let (offset, change) = self.zone.offset(second);
        let local = second.saturating_add(offset);
        let day = local.div_euclid(DAY);
        let clock = local.rem_euclid(DAY);
        let hours = self.kind(day - 1) * self.kinds + self.kind(day);
        let mut bands = self.hours.get(hours).into_iter().flatten();
        let (end, band) = bands
            .find(|(end, _)| clock < *end)
            .copied()
            .unwrap_or((DAY, 0));
        let until = second.saturating_add(end - clock).min(change);
        Slot {
            band,
            until: Micros(until.saturating_mul(SECOND)),
        }
    }

    /// The kind of a day, counted from 1970-01-01: of its date, else of its day in the year, else of
    /// the week.
    fn kind(&self, day: i64) -> usize {
        if let Ok(found) = self.dates.binary_search_by_key(&day, |(date, _)| *date) {
            return self
                .dates
                .get(found)
                .map_or(0, |(_, kind)| usize::from(*kind));
        }
        if !self.yearly.is_empty()
            && let Ok(found) = self.yearly.binary_search_by_key(&in_year(day), |(d, _)| *d)
        {
            return self
                .yearly
                .get(found)
                .map_or(0, |(_, kind)| usize::from(*kind));
        }
        // 1970-01-01 was a Thursday.
        usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default()
    }

    /// Labels of the bands.
    pub fn bands(&self) -> &[Box<str>] {
        &self.bands
    }

    /// The label of a band.
    pub fn band(&self, band: u16) -> Option<&str> {
        let band = self.bands.get(usize::from(band))?;
        Some(band)
    }

    /// The place of a label.
    pub fn place(&self, label: &str) -> Option<u16> {
        let place = self.bands.iter().position(|band| **band == *label)?;
        u16::try_from(place).ok()
    }

    /// Name of the time zone.
    pub fn time_zone(&self) -> &'static str {
        self.zone.name()
    }
}

/// 100 * month + day of a day counted from 1970-01-01.
fn in_year(day: i64) -> u32 {
    use chrono::Datelike;
    let date = i32::try_from(day + i64::from(EPOCH)).ok();
    let date = date.and_then(chrono::NaiveDate::from_num_days_from_ce_opt);
    date.map_or(0, |date| 100 * date.month() + date.day())
}

/// Days from the beginning of the common era to 1970-01-01.
const EPOCH: i32 = 719_163;
