//! Values by type: what a text or a JSON value is as a date, number, boolean or string, and the
//! order-preserving text of it that the store indexes.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Timelike};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::domain::clock::Micros;
use crate::domain::descriptor::Scalar;
use crate::domain::json::number::Decimal;

/// Longer strings are cut in index keys: both databases limit or slow down on wide keys.
const MAX_KEY_BYTES: usize = 200;
/// What is kept of a string that is cut; the mark and the hash fill the rest.
const CUT_BYTES: usize = 160;

/// The four ways to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    Instant,
    Boolean,
}

pub(super) fn family(scalar: Scalar) -> Family {
    match scalar {
        Scalar::String | Scalar::Uri | Scalar::Base64 => Family::Text,
        Scalar::DateTime | Scalar::Date => Family::Instant,
        Scalar::Integer | Scalar::Int32 | Scalar::Number | Scalar::Float => Family::Number,
        Scalar::Boolean => Family::Boolean,
    }
}

/// The text form of a scalar JSON value; `None` for null, objects and arrays.
pub(super) fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.as_str()),
        Value::Bool(true) => Some("true"),
        Value::Bool(false) => Some("false"),
        _ => None,
    }
}

/// Reads RFC 3339 with any offset; a date alone is its midnight, and what has no offset is UTC.
pub(super) fn instant(text: &str) -> Option<Micros> {
    if !looks_like_date(text) {
        return None;
    }
    if let Some(instant) = Micros::parse(text) {
        return Some(instant);
    }
    let local = if text.len() == 10 {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)?
    } else if let Ok(local) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
        local
    } else {
        let time = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").ok()?;
        return Some(Micros(time.timestamp_micros()));
    };
    Some(Micros(local.and_utc().timestamp_micros()))
}

/// Four digits, `-`, two digits, `-`: cheap enough to ask of every string.
fn looks_like_date(text: &str) -> bool {
    matches!(
        text.as_bytes(),
        [a, b, c, d, b'-', e, f, b'-', _, _, ..]
            if [a, b, c, d, e, f].iter().all(|digit| digit.is_ascii_digit())
    )
}

/// Reads a date as a query holds it: the `+` of an offset has become a blank.
pub(super) fn query_instant(text: &str) -> Option<Micros> {
    instant(text).or_else(|| {
        let (time, offset) = text.rsplit_once(' ')?;
        instant(&format!("{time}+{offset}"))
    })
}

/// Reads `true` or `false` in any case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Reads a number within the range that documents may hold.
pub(super) fn number(text: &str) -> Option<Decimal<'_>> {
    Decimal::parse(text).filter(|d| d.is_bounded() && text.len() <= 128)
}

/// The text under which the store indexes a value: equal values have equal keys, and keys sort by
/// bytes as the values do (the columns need byte order: `BINARY`, `COLLATE "C"`).
///
/// - strings as they are; long ones and those with NUL are cut and get a hash, so that equality
///   stays exact while order beyond the cut is lost
/// - dates in UTC with microseconds, fixed width
/// - booleans `false`, `true`
/// - numbers as [`Decimal::key`]
///
/// `None` for what is not a value of the type: null, objects, arrays, a date that is none.
pub fn index_key(scalar: Scalar, value: &Value) -> Option<String> {
    match (family(scalar), value) {
        (Family::Text, _) => text_of(value).map(text_key),
        (Family::Instant, Value::String(text)) => instant(text).map(instant_key),
        (Family::Number, Value::Number(number)) => Decimal::parse(number.as_str()).map(|d| d.key()),
        (Family::Boolean, Value::Bool(_)) => text_of(value).map(str::to_owned),
        _ => None,
    }
}

pub(super) fn text_key(text: &str) -> String {
    if text.len() <= MAX_KEY_BYTES && !text.contains('\0') {
        return text.to_owned();
    }
    let mut key = text.replace('\0', "");
    key.truncate(key.floor_char_boundary(CUT_BYTES));
    key.push('\u{1}');
    for byte in Sha256::digest(text.as_bytes()).iter().take(16) {
        key.push_str(&format!("{byte:02x}"));
    }
    key
}

/// `2024-05-01T08:00:00.000000Z`. An offset can push a year of four digits past both ends; the
/// signs used there sort before and after all digits.
pub(super) fn instant_key(instant: Micros) -> String {
    let time = DateTime::from_timestamp_micros(instant.0).unwrap_or_default();
    let sign = match time.year() {
        ..0 => "-",
        0..=9_999 => "",
        _ => "~",
    };
    format!(
        "{sign}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
        time.year().unsigned_abs(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.timestamp_subsec_micros()
    )
}
