//! Compiling a calendar from its document.

use chrono::{Datelike, NaiveDate};
use serde_json::Value;

use super::{Calendar, DAY, EPOCH, Hours, zone::Zone};
use crate::rating::card::Hasher;
use crate::rating::fault::Fault;
use crate::rating::read::Reader;

const WEEKDAYS: &[(&str, usize)] = &[
    ("monday", 0),
    ("tuesday", 1),
    ("wednesday", 2),
    ("thursday", 3),
    ("friday", 4),
    ("saturday", 5),
    ("sunday", 6),
];
const WEEK: usize = 7;
/// Kinds of holidays with hours of their own at most; each adds a table to each other kind.
const OWN_HOURS_MAX: usize = 20;
const DATES_MAX: usize = 2_000;

/// Hours of one kind of day: band, from, to in seconds since its midnight. What wraps goes beyond
/// the end of the day.
type Spans = Vec<(u16, i64, i64)>;

/// What has been read.
struct Build {
    bands: Vec<Box<str>>,
    kinds: Vec<Spans>,
    /// Dates with priority and kind.
    dates: Vec<(i64, u64, u8)>,
    yearly: Vec<(u32, u64, u8)>,
}

impl Calendar {
    /// Compiles `{"id", "timeZone": "Europe/Berlin", "default": "offPeak", "hours": [{"band": "peak",
    /// "day": ["monday"], "from": "08:00", "to": "18:00"}], "holiday": [{"date": "2026-12-25" or
    /// "12-25", "as": "sunday" or "hours": [...], "priority": 1}]}`.
    ///
    /// Hours without `day` are those of all days. A holiday on one date comes before one of every
    /// year, and of several on the same date the one with the smallest priority holds.
    ///
    /// # Errors
    /// What is wrong, with pointers into the document.
    pub fn compile(document: &Value) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let calendar = Reader::new(document, String::new(), &mut faults)
            .and_then(|mut reader| compiled(&mut reader, document));
        match calendar {
            Some(calendar) if faults.is_empty() => Ok(calendar),
            _ => Err(faults),
        }
    }
}

fn compiled(reader: &mut Reader<'_, '_>, document: &Value) -> Option<Calendar> {
    reader.only(&[
        "id", "href", "name", "version", "timeZone", "default", "hours", "holiday",
    ]);
    let zone = reader.required_text("timeZone").map(Zone::of);
    if let Some(None) = zone {
        reader.fault("timeZone", "is not the name of an IANA time zone");
    }
    let default = reader.required_text("default");
    let mut build = Build {
        bands: default.into_iter().map(Box::from).collect(),
        kinds: vec![Spans::new(); WEEK],
        dates: Vec::new(),
        yearly: Vec::new(),
    };
    let hours = reader.list("hours");
    for (place, value) in hours.iter().enumerate() {
        if let Some(mut reader) = reader.child(&format!("hours/{place}"), value) {
            week_hours(&mut reader, &mut build);
        }
    }
    holidays(reader, &mut build);
    let id = reader.required_text("id")?;
    Some(Calendar {
        id: id.into(),
        hash: Hasher::document("calendar", document),
        zone: zone??,
        kinds: build.kinds.len(),
        hours: combined(&build.kinds),
        bands: build.bands.into_boxed_slice(),
        dates: first_of_each(build.dates),
        yearly: first_of_each(build.yearly),
    })
}

fn week_hours(reader: &mut Reader<'_, '_>, build: &mut Build) {
    reader.only(&["band", "day", "from", "to"]);
    let days = days(reader);
    let Some(span) = span(reader, build) else {
        return;
    };
    for day in days {
        add(reader, build, day, span);
    }
}

fn days(reader: &mut Reader<'_, '_>) -> Vec<usize> {
    if !reader.has("day") {
        return (0..WEEK).collect();
    }
    let mut days = Vec::new();
    for (place, text) in reader.texts("day").iter().enumerate() {
        match WEEKDAYS.iter().find(|(name, _)| *name == &**text) {
            Some((_, day)) if !days.contains(day) => days.push(*day),
            Some(_) => reader.fault(&format!("day/{place}"), "is there twice"),
            None => reader.fault(&format!("day/{place}"), "must be a weekday such as monday"),
        }
    }
    days
}

/// Band, from and to.
fn span(reader: &mut Reader<'_, '_>, build: &mut Build) -> Option<(u16, i64, i64)> {
    let band = reader.required_text("band");
    let (from, to) = (clock(reader, "from"), clock(reader, "to"));
    let (band, from, to) = (band?, from?, to?);
    if from == to {
        reader.fault("to", "must be another time than from; 24:00 ends a day");
        return None;
    }
    if from == DAY {
        reader.fault("from", "must be before 24:00");
        return None;
    }
    let to = if to < from { to + DAY } else { to };
    Some((place(reader, build, band)?, from, to))
}

fn place(reader: &mut Reader<'_, '_>, build: &mut Build, band: &str) -> Option<u16> {
    let known = build.bands.iter().position(|own| **own == *band);
    let place = known.unwrap_or(build.bands.len());
    if known.is_none() {
        build.bands.push(band.into());
    }
    let place = u16::try_from(place).ok();
    if place.is_none() {
        reader.fault("band", "is one band too many");
    }
    place
}

/// `HH:MM` or `HH:MM:SS`, up to 24:00, in seconds.
fn clock(reader: &mut Reader<'_, '_>, name: &str) -> Option<i64> {
    let text = reader.required_text(name)?;
    let mut parts = text.split(':').map(|part| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten()
    });
    let read = (parts.next(), parts.next(), parts.next(), parts.next());
    let seconds = match read {
        (Some(Some(h)), Some(Some(m)), None, None) if m < 60 => Some(h * 3_600 + m * 60),
        (Some(Some(h)), Some(Some(m)), Some(Some(s)), None) if m < 60 && s < 60 => {
            Some(h * 3_600 + m * 60 + s)
        }
        _ => None,
    };
    let seconds = seconds.filter(|seconds| *seconds <= DAY);
    if seconds.is_none() {
        reader.fault(name, "must be a time of day such as 08:00");
    }
    seconds
}

/// Adds hours to a kind of day unless others are there already.
fn add(reader: &mut Reader<'_, '_>, build: &mut Build, kind: usize, span: (u16, i64, i64)) {
    let (_, from, to) = span;
    let Some(spans) = build.kinds.get_mut(kind) else {
        return;
    };
    if spans
        .iter()
        .any(|(_, start, end)| from < *end && *start < to)
    {
        return reader.fault("", "overlaps hours before it on the same day");
    }
    spans.push(span);
}

fn holidays(reader: &mut Reader<'_, '_>, build: &mut Build) {
    let list = reader.list("holiday");
    if list.len() > DATES_MAX {
        return reader.fault("holiday", "has too many elements");
    }
    for (place, value) in list.iter().enumerate() {
        if let Some(mut reader) = reader.child(&format!("holiday/{place}"), value) {
            holiday(&mut reader, build);
        }
    }
}

fn holiday(reader: &mut Reader<'_, '_>, build: &mut Build) {
    reader.only(&["name", "date", "as", "hours", "priority"]);
    let priority = reader.whole("priority").unwrap_or_default();
    let kind = holiday_kind(reader, build);
    let Some(text) = reader.required_text("date") else {
        return;
    };
    let Some(kind) = kind else {
        return;
    };
    if let Ok(date) = text.parse::<NaiveDate>() {
        let day = i64::from(date.num_days_from_ce() - EPOCH);
        return build.dates.push((day, priority, kind));
    }
    // A leap year, so that 29 February is a date.
    match format!("2000-{text}").parse::<NaiveDate>() {
        Ok(date) => {
            let day = 100 * date.month() + date.day();
            build.yearly.push((day, priority, kind));
        }
        Err(_) => reader.fault("date", "must be a date such as 2026-12-25 or 12-25"),
    }
}

/// The weekday that a holiday is like, or a kind of its own.
fn holiday_kind(reader: &mut Reader<'_, '_>, build: &mut Build) -> Option<u8> {
    if reader.has("as") == reader.has("hours") {
        reader.fault("", "must have either as or hours");
        return None;
    }
    if reader.has("as") {
        return u8::try_from(reader.one_of("as", WEEKDAYS)?).ok();
    }
    let kind = build.kinds.len();
    if kind >= WEEK + OWN_HOURS_MAX {
        reader.fault("hours", "are hours of one holiday too many");
        return None;
    }
    build.kinds.push(Spans::new());
    let hours = reader.list("hours");
    for (place, value) in hours.iter().enumerate() {
        if let Some(mut reader) = reader.child(&format!("hours/{place}"), value) {
            reader.only(&["band", "from", "to"]);
            if let Some(span) = span(&mut reader, build) {
                add(&mut reader, build, kind, span);
            }
        }
    }
    // Holidays that are alike share a kind.
    let own = build.kinds.get(kind).cloned().unwrap_or_default();
    let same = build
        .kinds
        .iter()
        .skip(WEEK)
        .position(|other| *other == own);
    match same.map(|same| same + WEEK) {
        Some(same) if same < kind => {
            build.kinds.pop();
            u8::try_from(same).ok()
        }
        _ => u8::try_from(kind).ok(),
    }
}

/// The kind with the smallest priority for each day.
fn first_of_each<D: Ord + Copy>(mut days: Vec<(D, u64, u8)>) -> Box<[(D, u8)]> {
    days.sort();
    days.dedup_by_key(|(day, _, _)| *day);
    days.into_iter().map(|(day, _, kind)| (day, kind)).collect()
}

/// The hours of each kind of day after each kind of day.
fn combined(kinds: &[Spans]) -> Box<[Hours]> {
    let mut all = Vec::with_capacity(kinds.len() * kinds.len());
    for before in kinds {
        for (kind, own) in kinds.iter().enumerate() {
            all.push(partition(before, own, kind >= WEEK));
        }
    }
    all.into_boxed_slice()
}

/// The bands of one day: its own hours, then what the day before lends, then the default.
fn partition(before: &Spans, own: &Spans, is_holiday: bool) -> Hours {
    let mut cuts: Vec<i64> = vec![DAY];
    for (_, from, to) in own {
        cuts.extend([*from, (*to).min(DAY)]);
    }
    let lent: Vec<(u16, i64, i64)> = match is_holiday {
        true => Vec::new(),
        false => before
            .iter()
            .filter(|(_, _, to)| *to > DAY)
            .map(|(band, _, to)| (*band, 0, to - DAY))
            .collect(),
    };
    cuts.extend(lent.iter().map(|(_, _, to)| *to));
    cuts.sort_unstable();
    cuts.dedup();
    let band_at = |clock: i64| {
        let mut spans = own.iter().chain(&lent);
        let found = spans.find(|(_, from, to)| (*from..*to).contains(&clock));
        found.map_or(0, |(band, _, _)| *band)
    };
    let mut hours: Vec<(i64, u16)> = Vec::new();
    let mut start = 0;
    for end in cuts.into_iter().filter(|end| *end > 0) {
        let band = band_at(start);
        match hours.last_mut() {
            Some(last) if last.1 == band => last.0 = end,
            _ => hours.push((end, band)),
        }
        start = end;
    }
    hours.into_boxed_slice()
}
