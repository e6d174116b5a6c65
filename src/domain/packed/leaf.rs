//! One value in a few bytes: a head, which says what it is and how long, and what it holds.
//!
//! The head is a varint; its lowest three bits are the kind.

use super::instant::{self, Digits, Previous};
use crate::domain::ids;

const RAW: u64 = 0;
/// Digits, two in a byte.
const DIGITS: u64 = 1;
/// The same behind a plus sign.
const PLUS_DIGITS: u64 = 2;
/// 32 hexadecimal digits and four hyphens.
const UUID: u64 = 3;
/// An instant: the head holds the distance from the one before, in seconds.
const SECONDS: u64 = 4;
const MILLIS: u64 = 5;
const MICROS: u64 = 6;

const NUMBER_RAW: u64 = 0;
const NUMBER_WHOLE: u64 = 1;
/// A decimal; the head holds its scale.
const NUMBER_DECIMAL: u64 = 2;
/// A number below zero that ends in so many digits behind the point.
const NUMBER_BELOW: u64 = 3;

/// Longest run of digits that is read as one number: it fits 63 bits.
const DIGITS_MAX: usize = 18;

pub(super) fn put_text(text: &str, previous: &mut Previous, out: &mut Vec<u8>) {
    if let Some((micros, digits)) = instant::read(text) {
        let step = digits.step();
        // Both are whole steps, or the distance could not be one.
        if let Some(distance) = micros.checked_sub(previous.0 - previous.0.rem_euclid(step)) {
            let kind = match digits {
                Digits::None => SECONDS,
                Digits::Three => MILLIS,
                Digits::Six => MICROS,
            };
            let zigzag = zigzag(distance / step);
            if let Some(head) = zigzag.checked_mul(8) {
                previous.0 = micros;
                return put(head + kind, out);
            }
        }
    }
    let bytes = text.as_bytes();
    let (kind, digits) = match bytes.split_first() {
        Some((b'+', rest)) => (PLUS_DIGITS, rest),
        _ => (DIGITS, bytes),
    };
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        put(head(kind, digits.len()), out);
        for pair in digits.chunks(2) {
            let (first, second) = (pair.first(), pair.get(1));
            let digit = |byte: Option<&u8>| byte.map_or(0, |byte| byte - b'0');
            out.push(digit(first) << 4 | digit(second));
        }
        return;
    }
    if let Some(id) = as_uuid(text) {
        put(UUID, out);
        out.extend_from_slice(&id);
        return;
    }
    put(head(RAW, bytes.len()), out);
    out.extend_from_slice(bytes);
}

pub(super) fn put_number(text: &str, out: &mut Vec<u8>) {
    let Some((below, whole, scale)) = as_decimal(text) else {
        put(head(NUMBER_RAW, text.len()), out);
        return out.extend_from_slice(text.as_bytes());
    };
    let kind = match (below, scale) {
        (true, _) => NUMBER_BELOW,
        (false, 0) => NUMBER_WHOLE,
        (false, _) => NUMBER_DECIMAL,
    };
    put(head(kind, scale), out);
    put(whole, out);
}

/// A number written without an exponent, and as one would write it again.
fn as_decimal(text: &str) -> Option<(bool, u64, usize)> {
    let (below, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let has_point = digits.len() > whole.len();
    if whole.is_empty()
        || whole.len() + fraction.len() > DIGITS_MAX
        || (has_point && fraction.is_empty())
    {
        return None;
    }
    let all = whole.bytes().chain(fraction.bytes());
    let value = all.into_iter().try_fold(0_u64, |sum, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        Some(sum * 10 + u64::from(digit))
    })?;
    Some((below, value, fraction.len()))
}

fn as_uuid(text: &str) -> Option<[u8; 16]> {
    if text.len() != 36 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    ids::uuid_bytes(text)
}

/// Leaves that are read one after the other.
pub(super) struct Leaves<'l> {
    rest: &'l [u8],
    previous: Previous,
}

impl<'l> Leaves<'l> {
    pub fn new(leaves: &'l [u8]) -> Self {
        Leaves {
            rest: leaves,
            previous: Previous::default(),
        }
    }

    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Writes the next leaf as a JSON text.
    pub fn text(&mut self, out: &mut String) -> Option<()> {
        out.push('"');
        let head = self.varint()?;
        let (kind, length) = (head % 8, usize::try_from(head / 8).ok()?);
        match kind {
            RAW => escape(std::str::from_utf8(self.take(length)?).ok()?, out),
            DIGITS => self.digits(length, out)?,
            PLUS_DIGITS => {
                out.push('+');
                self.digits(length, out)?;
            }
            UUID => {
                let id: [u8; 16] = self.take(16)?.try_into().ok()?;
                out.push_str(&ids::uuid_text(id));
            }
            SECONDS => self.instant(head / 8, Digits::None, out)?,
            MILLIS => self.instant(head / 8, Digits::Three, out)?,
            MICROS => self.instant(head / 8, Digits::Six, out)?,
            _ => return None,
        }
        out.push('"');
        Some(())
    }

    /// Writes the next leaf as a JSON number.
    pub fn number(&mut self, out: &mut String) -> Option<()> {
        let head = self.varint()?;
        let length = usize::try_from(head / 8).ok()?;
        match head % 8 {
            NUMBER_RAW => out.push_str(std::str::from_utf8(self.take(length)?).ok()?),
            _ if length > DIGITS_MAX => return None,
            NUMBER_WHOLE | NUMBER_DECIMAL => decimal(self.varint()?, length, out),
            NUMBER_BELOW => {
                out.push('-');
                decimal(self.varint()?, length, out);
            }
            _ => return None,
        }
        Some(())
    }

    fn digits(&mut self, length: usize, out: &mut String) -> Option<()> {
        let pairs = self.take(length.div_ceil(2))?;
        let each = pairs.iter().flat_map(|pair| [pair >> 4, pair & 15]);
        each.take(length)
            .for_each(|digit| out.push(char::from(b'0' + digit % 10)));
        Some(())
    }

    fn instant(&mut self, distance: u64, digits: Digits, out: &mut String) -> Option<()> {
        let step = digits.step();
        let from = self
            .previous
            .0
            .checked_sub(self.previous.0.rem_euclid(step))?;
        let micros = from.checked_add(unzigzag(distance).checked_mul(step)?)?;
        self.previous.0 = micros;
        instant::write(micros, digits, out)
    }

    fn take(&mut self, length: usize) -> Option<&'l [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(byte & 127).checked_shl(shift)?;
            if *byte < 128 {
                return Some(value);
            }
        }
        None
    }
}

/// Writes digits with a point before the last `scale` of them.
fn decimal(value: u64, scale: usize, out: &mut String) {
    let text = value.to_string();
    if scale == 0 {
        return out.push_str(&text);
    }
    let zeros = (scale + 1).saturating_sub(text.len());
    let padded = "0".repeat(zeros) + &text;
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    out.push_str(whole);
    out.push('.');
    out.push_str(fraction);
}

/// Writes a text as it stands between the quotes of JSON.
pub(super) fn escape(text: &str, out: &mut String) {
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        return out.push_str(text);
    }
    let quoted = serde_json::Value::from(text).to_string();
    out.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default());
}

fn head(kind: u64, length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX / 8) * 8 + kind
}

fn put(mut value: u64, out: &mut Vec<u8>) {
    while value >= 128 {
        out.push(value.to_le_bytes()[0] | 128);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
