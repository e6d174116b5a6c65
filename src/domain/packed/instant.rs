//! Instants in the forms that are written most: UTC with no, three or six digits behind the second.

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};

/// The instant before, in microseconds: from one to the next it is seldom far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Previous(pub i64);

/// How many digits of a second are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    None,
    Three,
    Six,
}

impl Digits {
    /// Microseconds of the smallest step.
    pub const fn step(self) -> i64 {
        match self {
            Digits::None => 1_000_000,
            Digits::Three => 1_000,
            Digits::Six => 1,
        }
    }

    const fn format(self) -> SecondsFormat {
        match self {
            Digits::None => SecondsFormat::Secs,
            Digits::Three => SecondsFormat::Millis,
            Digits::Six => SecondsFormat::Micros,
        }
    }
}

/// Reads a text that is exactly one of the forms.
pub(super) fn read(text: &str) -> Option<(i64, Digits)> {
    let bytes = text.as_bytes();
    let digits = match bytes.len() {
        20 => Digits::None,
        24 => Digits::Three,
        27 => Digits::Six,
        _ => return None,
    };
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    let formed = is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':');
    if !formed || !is(bytes.len() - 1, b'Z') || (bytes.len() > 20 && !is(19, b'.')) {
        return None;
    }
    let number = |from: usize, to: usize| -> Option<u32> {
        bytes.get(from..to)?.iter().try_fold(0_u32, |sum, byte| {
            let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
            Some(sum * 10 + u32::from(digit))
        })
    };
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(number(0, 4)?).ok()?,
        number(5, 7)?,
        number(8, 10)?,
    )?;
    let time = NaiveTime::from_hms_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?)?;
    let micros = match digits {
        Digits::None => 0,
        Digits::Three => number(20, 23)? * 1_000,
        Digits::Six => number(20, 26)?,
    };
    let seconds = date.and_time(time).and_utc().timestamp();
    Some((seconds * 1_000_000 + i64::from(micros), digits))
}

/// Writes what [`read`] has read.
pub(super) fn write(micros: i64, digits: Digits, out: &mut String) -> Option<()> {
    let time = DateTime::<Utc>::from_timestamp_micros(micros)?;
    out.push_str(&time.to_rfc3339_opts(digits.format(), true));
    Some(())
}
