//! Decimal numbers as text: exact comparison and an order-preserving key, without floats and
//! without a bound on digits.

use std::cmp::Ordering;

/// Exponents that keys can tell apart; documents are held far below by [`Decimal::is_bounded`].
const KEY_EXPONENT: i64 = 4_999;
/// The largest power of ten accepted in documents and filters, as in IEEE 754 double precision, so
/// that every client library can hold the number.
const MAX_EXPONENT: i64 = 308;

/// A number read from JSON number text: `±0.DIGITS × 10^point`, digits without outer zeros.
///
/// Borrows the text, so that comparing costs no allocation.
#[derive(Clone, Copy, Debug)]
pub struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    point: i64,
}

impl<'a> Decimal<'a> {
    /// Reads `-12.50e+3`; leading zeros are allowed. `None` when the text is not a number.
    pub fn parse(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes.strip_prefix(b"-") {
            Some(rest) => (true, rest),
            None => (false, bytes),
        };
        let (whole, rest) = digits(bytes)?;
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => digits(rest)?,
            None => (&[][..], rest),
        };
        let exponent = exponent(rest)?;
        Some(Self::normal(negative, whole, fraction, exponent))
    }

    fn normal(negative: bool, whole: &'a [u8], fraction: &'a [u8], exponent: i64) -> Self {
        let mut whole = without_leading(whole);
        let mut fraction = without_trailing(fraction);
        let mut point = i64::try_from(whole.len()).unwrap_or(i64::MAX);
        if whole.is_empty() {
            let significant = without_leading(fraction);
            point = -i64::try_from(fraction.len() - significant.len()).unwrap_or(i64::MAX);
            fraction = significant;
        }
        if fraction.is_empty() {
            whole = without_trailing(whole);
        }
        let zero = whole.is_empty() && fraction.is_empty();
        Decimal {
            negative: negative && !zero,
            whole,
            fraction,
            point: if zero {
                0
            } else {
                point.saturating_add(exponent)
            },
        }
    }

    /// True for 0, -0, 0.00 and 0e9.
    pub fn is_zero(&self) -> bool {
        self.whole.is_empty() && self.fraction.is_empty()
    }

    /// True when the magnitude is 0 or between 10^-308 and 10^308.
    pub fn is_bounded(&self) -> bool {
        (self.point.saturating_sub(1)).abs() <= MAX_EXPONENT
    }

    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.whole.iter().chain(self.fraction).copied()
    }

    /// Compares by value: 2.50 equals 2.5 and 25e-1.
    pub fn compare(&self, other: &Decimal<'_>) -> Ordering {
        let signs = self.sign().cmp(&other.sign());
        if signs != Ordering::Equal || self.is_zero() {
            return signs;
        }
        let magnitudes = self
            .point
            .cmp(&other.point)
            .then_with(|| self.digits().cmp(other.digits()));
        if self.negative {
            magnitudes.reverse()
        } else {
            magnitudes
        }
    }

    fn sign(&self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Text that sorts by bytes as the numbers sort, equal for equal numbers: sign, exponent,
    /// digits; the complement of both for negative numbers, closed by a sign above all digits so
    /// that -12.5 comes before -12.
    pub fn key(&self) -> String {
        if self.is_zero() {
            return "1".to_owned();
        }
        let exponent = self.point.clamp(-KEY_EXPONENT, KEY_EXPONENT) + KEY_EXPONENT + 1;
        let mut key = String::with_capacity(8 + self.whole.len() + self.fraction.len());
        if self.negative {
            key.push('0');
            key.push_str(&format!("{:04}", 9_999 - exponent));
            key.extend(self.digits().map(|d| char::from(b'0' + (b'9' - d))));
            key.push('~');
        } else {
            key.push('2');
            key.push_str(&format!("{exponent:04}"));
            key.extend(self.digits().map(char::from));
        }
        key
    }
}

/// One or more leading digits and what follows them.
fn digits(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes
        .iter()
        .position(|b| !b.is_ascii_digit())
        .unwrap_or(bytes.len());
    if end == 0 {
        return None;
    }
    bytes.split_at_checked(end)
}

/// `e+12` to 12, nothing to 0; far exponents saturate.
fn exponent(bytes: &[u8]) -> Option<i64> {
    let Some((first, rest)) = bytes.split_first() else {
        return Some(0);
    };
    if !matches!(first, b'e' | b'E') {
        return None;
    }
    let (negative, rest) = match rest.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, rest),
    };
    let (digits, rest) = digits(rest)?;
    if !rest.is_empty() {
        return None;
    }
    let value = digits.iter().fold(0_i64, |sum, digit| {
        (sum * 10 + i64::from(digit - b'0')).min(1_000_000_000)
    });
    Some(if negative { -value } else { value })
}

fn without_leading(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|b| **b == b'0').count();
    digits.get(zeros..).unwrap_or_default()
}

fn without_trailing(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().rev().take_while(|b| **b == b'0').count();
    digits.get(..digits.len() - zeros).unwrap_or_default()
}
