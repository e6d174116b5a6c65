//! Instants as files write them.

use std::borrow::Cow;

use chrono::format::{Item, Parsed, StrftimeItems, parse};
use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::kind::decimal;
use crate::domain::clock::Micros;

/// How instants are written.
#[derive(Clone, Debug)]
pub struct Instant {
    pub format: Format,
    /// Of times without an offset.
    pub zone: Tz,
    /// Which of the two is meant when a local time is there twice.
    pub fold: Fold,
}

#[derive(Clone, Debug)]
pub enum Format {
    Rfc3339,
    /// Since 1970 in units of so many microseconds, with digits behind the point or without.
    Epoch(i64),
    /// `TimeStamp` of 3GPP TS 32.298: `YYMMDDhhmmss`, the sign as two hexadecimal digits, `hhmm`.
    Charging,
    /// The usual `2026-11-22 10:00:00`, and any character between date and time.
    Plain,
    /// By conversion specifications, as `strftime` has them.
    Pattern(Vec<Item<'static>>),
}

/// Which instant is meant by a local time that is there twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    #[default]
    Earlier,
    Later,
    /// It is a fault.
    Refuse,
}

impl Fold {
    pub const NAMES: [(&'static str, Fold); 3] = [
        ("earlier", Fold::Earlier),
        ("later", Fold::Later),
        ("refuse", Fold::Refuse),
    ];
}

type Fault = Cow<'static, str>;

const NO_TIME: &str = "is not a time of the format that the mapping says";

impl Format {
    /// Reads a format: `rfc3339`, `epoch`, `epochMillis`, `epochMicros`, `ts32298`, or conversion
    /// specifications. None for what is none of these.
    pub fn of(text: &str) -> Option<Self> {
        Some(match text {
            "rfc3339" => Format::Rfc3339,
            "epoch" => Format::Epoch(1_000_000),
            "epochMillis" => Format::Epoch(1_000),
            "epochMicros" => Format::Epoch(1),
            "ts32298" => Format::Charging,
            "%Y-%m-%d %H:%M:%S" | "%Y-%m-%dT%H:%M:%S" | "%F %T" | "%FT%T" => Format::Plain,
            _ if !text.contains('%') => return None,
            _ => Format::Pattern(StrftimeItems::new(text).parse_to_owned().ok()?),
        })
    }
}

impl Instant {
    /// Reads an instant.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn read(&self, text: &str) -> Result<Micros, Fault> {
        let none = || Cow::Borrowed(NO_TIME);
        match &self.format {
            Format::Rfc3339 => Micros::parse(text).ok_or_else(none),
            Format::Epoch(micros) => epoch(text, *micros).ok_or_else(none),
            Format::Charging => charging(text).ok_or_else(none),
            Format::Plain => match plain(text) {
                Some(local) => self.local(local),
                None => Err(none()),
            },
            Format::Pattern(items) => self.pattern(items, text),
        }
    }

    fn pattern(&self, items: &[Item<'static>], text: &str) -> Result<Micros, Fault> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, items.iter()).map_err(|_| NO_TIME)?;
        if parsed.offset().is_some() {
            let time = parsed.to_datetime().map_err(|_| NO_TIME)?;
            return Ok(Micros(time.timestamp_micros()));
        }
        let local = parsed.to_naive_datetime_with_offset(0);
        self.local(local.map_err(|_| NO_TIME)?)
    }

    fn local(&self, local: NaiveDateTime) -> Result<Micros, Fault> {
        if self.zone == Tz::UTC {
            return Ok(Micros(local.and_utc().timestamp_micros()));
        }
        let time = match (self.zone.from_local_datetime(&local), self.fold) {
            (LocalResult::Single(time), _) | (LocalResult::Ambiguous(time, _), Fold::Earlier) => {
                time
            }
            (LocalResult::Ambiguous(_, time), Fold::Later) => time,
            (LocalResult::Ambiguous(..), Fold::Refuse) => {
                return Err("is a local time that is there twice".into());
            }
            (LocalResult::None, _) => {
                return Err(
                    "is a local time that is not there: the clocks were put forward".into(),
                );
            }
        };
        Ok(Micros(time.timestamp_micros()))
    }
}

fn epoch(text: &str, micros: i64) -> Option<Micros> {
    let whole = match text.parse::<i64>() {
        Ok(whole) => whole.checked_mul(micros)?,
        // Digits behind the point, exactly; what is finer than a microsecond is cut off.
        Err(_) => decimal(text)?
            .checked_mul(Decimal::from(micros))?
            .trunc()
            .to_i64()?,
    };
    DateTime::<Utc>::from_timestamp_micros(whole)?;
    Some(Micros(whole))
}

/// The number in so many digits from a place on.
fn digits<T: TryFrom<u32>>(text: &[u8], from: usize, count: usize) -> Option<T> {
    let mut number = 0_u32;
    for byte in text.get(from..from + count)? {
        number = number * 10 + char::from(*byte).to_digit(10)?;
    }
    T::try_from(number).ok()
}

/// `YYYY-MM-DD hh:mm:ss`, perhaps with digits behind the second.
fn plain(text: &str) -> Option<NaiveDateTime> {
    let bytes = text.as_bytes();
    let separated = bytes.get(4) == Some(&b'-')
        && bytes.get(7) == Some(&b'-')
        && bytes.get(13) == Some(&b':')
        && bytes.get(16) == Some(&b':');
    if !separated {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(
        digits(bytes, 0, 4)?,
        digits(bytes, 5, 2)?,
        digits(bytes, 8, 2)?,
    )?;
    let (hour, minute) = (digits(bytes, 11, 2)?, digits(bytes, 14, 2)?);
    let micros = match bytes.get(19..).unwrap_or_default() {
        [] => 0,
        [b'.', fraction @ ..] if (1..=6).contains(&fraction.len()) => {
            let missing = u32::try_from(6 - fraction.len()).ok()?;
            digits::<u32>(fraction, 0, fraction.len())? * 10_u32.pow(missing)
        }
        _ => return None,
    };
    let time = NaiveTime::from_hms_micro_opt(hour, minute, digits(bytes, 17, 2)?, micros)?;
    Some(date.and_time(time))
}

/// The sign is the character `+` or `-`, mostly as the two digits of its code.
fn charging(text: &str) -> Option<Micros> {
    let bytes = text.as_bytes();
    let (sign, offset_at) = match bytes.get(12..)? {
        [b'2', b'B' | b'b', ..] => (1, 14),
        [b'2', b'D' | b'd', ..] => (-1, 14),
        [b'+', ..] => (1, 13),
        [b'-', ..] => (-1, 13),
        _ => return None,
    };
    if bytes.len() != offset_at + 4 {
        return None;
    }
    let pair = |from: usize| digits::<u32>(bytes, from, 2);
    let year = 2000 + i32::try_from(pair(0)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, pair(2)?, pair(4)?)?;
    let local = date.and_hms_opt(pair(6)?, pair(8)?, pair(10)?)?;
    let offset = i64::from(pair(offset_at)?) * 3600 + i64::from(pair(offset_at + 2)?) * 60;
    let second = local.and_utc().timestamp() - sign * offset;
    Some(Micros(second * 1_000_000))
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::{Fold, Format, Instant};

    fn read(format: &str, zone: &str, fold: Fold, text: &str) -> Result<String, String> {
        let instant = Instant {
            format: Format::of(format).expect("a format"),
            zone: zone.parse::<Tz>().expect("a zone"),
            fold,
        };
        let read = instant.read(text).map(|micros| micros.to_rfc3339());
        read.map_err(|fault| fault.into_owned())
    }

    #[test]
    fn formats() {
        let utc = |format, text| read(format, "UTC", Fold::Earlier, text).expect(text);
        for (format, text, expected) in [
            (
                "%Y-%m-%d %H:%M:%S",
                "2026-11-22 10:00:01",
                "2026-11-22T10:00:01.000Z",
            ),
            (
                "%Y-%m-%d %H:%M:%S",
                "2026-11-22 10:00:01.25",
                "2026-11-22T10:00:01.250Z",
            ),
            (
                "%d.%m.%y %H:%M",
                "22.11.26 10:00",
                "2026-11-22T10:00:00.000Z",
            ),
            (
                "%d/%b/%Y:%H:%M:%S %z",
                "22/Nov/2026:10:00:00 +0100",
                "2026-11-22T09:00:00.000Z",
            ),
            ("%Y%m%d%H%M%S", "20261122100000", "2026-11-22T10:00:00.000Z"),
            (
                "rfc3339",
                "2026-11-22T10:00:00+05:30",
                "2026-11-22T04:30:00.000Z",
            ),
            ("epoch", "1763805600", "2025-11-22T10:00:00.000Z"),
            ("epoch", "1763805600.123456", "2025-11-22T10:00:00.123456Z"),
            ("epochMillis", "1763805600123", "2025-11-22T10:00:00.123Z"),
            (
                "epochMicros",
                "1763805600123456",
                "2025-11-22T10:00:00.123456Z",
            ),
            ("ts32298", "2611221000002B0100", "2026-11-22T09:00:00.000Z"),
            ("ts32298", "261122100000-0330", "2026-11-22T13:30:00.000Z"),
        ] {
            assert_eq!(utc(format, text), expected, "{format}: {text}");
        }
        for (format, text) in [
            ("%Y-%m-%d %H:%M:%S", "2026-13-22 10:00:01"),
            ("%Y-%m-%d %H:%M:%S", "2026-11-22"),
            ("%Y-%m-%d %H:%M:%S", "2026-11-22 10:00:01 and more"),
            ("%Y-%m-%d %H:%M:%S", "ÄÖÜÄÖÜÄÖÜÄÖ"),
            ("epoch", "99999999999999999"),
            ("epoch", "soon"),
            ("ts32298", "2611221000002C0100"),
        ] {
            assert!(
                read(format, "UTC", Fold::Earlier, text).is_err(),
                "{format}: {text}"
            );
        }
        assert!(Format::of("RFC").is_none() && Format::of("%Q").is_none());
    }

    #[test]
    fn local_times() {
        let at = |fold, text| read("%F %T", "Europe/Berlin", fold, text);
        let is = |text: &str| Ok::<_, String>(text.to_owned());
        assert_eq!(
            at(Fold::Earlier, "2026-07-01 12:00:00"),
            is("2026-07-01T10:00:00.000Z")
        );
        // The clocks go back on 25 October at 03:00.
        assert_eq!(
            at(Fold::Earlier, "2026-10-25 02:30:00"),
            is("2026-10-25T00:30:00.000Z")
        );
        assert_eq!(
            at(Fold::Later, "2026-10-25 02:30:00"),
            is("2026-10-25T01:30:00.000Z")
        );
        assert!(at(Fold::Refuse, "2026-10-25 02:30:00").is_err());
        assert!(at(Fold::Earlier, "2026-03-29 02:30:00").is_err());
    }
}
