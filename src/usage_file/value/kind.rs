//! Reading a text as what it is. Numbers are exact; where one is to be whole and is not, the mapping says how
//! it is rounded, or it is a fault.

use std::borrow::Cow;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::instant::Instant;
use super::{Cell, Row, Slot, Wrong};
use crate::domain::money::Currency;

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind {
    Text,
    Whole(Whole),
    Decimal {
        multiply: Decimal,
    },
    /// A whole number written in hexadecimal digits, with `0x` in front or without.
    Hex,
    Truth(Truth),
    Instant(Instant),
    /// Whole seconds.
    Duration {
        span: Span,
        round: Option<Round>,
    },
    Money(&'static Currency),
}

/// A whole number: what stands there times something.
#[derive(Clone, Copy, Debug)]
pub struct Whole {
    pub multiply: Decimal,
    pub round: Option<Round>,
}

/// How a number is made whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    Up,
    Down,
    HalfUp,
}

impl Round {
    pub const NAMES: [(&'static str, Round); 3] = [
        ("up", Round::Up),
        ("down", Round::Down),
        ("halfUp", Round::HalfUp),
    ];
}

/// How a duration is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    #[default]
    Seconds,
    Millis,
    Micros,
    Minutes,
    Hours,
    /// `h:mm:ss` or `mm:ss`, perhaps with digits behind the second.
    Clock,
}

impl Span {
    pub const NAMES: [(&'static str, Span); 6] = [
        ("s", Span::Seconds),
        ("ms", Span::Millis),
        ("us", Span::Micros),
        ("min", Span::Minutes),
        ("h", Span::Hours),
        ("clock", Span::Clock),
    ];
}

/// Which texts are true and which are false.
#[derive(Clone, Debug)]
pub struct Truth {
    pub yes: Vec<String>,
    pub no: Vec<String>,
}

type Fault = Cow<'static, str>;

const NO_NUMBER: &str = "is not a number";
const TOO_LARGE: &str = "is a number with too many digits";
/// Digits behind the point, and before it, at most: few enough for products and sums to stay exact.
const SCALE_MAX: u32 = 12;
const WHOLE_MAX: i64 = 1_000_000_000_000_000;

impl Kind {
    /// Reads a text that is not empty.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read<'r>(&self, text: Cow<'r, str>) -> Result<Cell<'r>, Wrong> {
        Ok(match self {
            Kind::Text => Cell::Text(text),
            Kind::Whole(whole) => Cell::Whole(whole.read(&text)?),
            Kind::Decimal { multiply } => Cell::Decimal(times(number(&text)?, *multiply)?),
            Kind::Hex => Cell::Whole(hex(&text)?),
            Kind::Truth(truth) => Cell::Truth(truth.read(&text)?),
            Kind::Instant(instant) => Cell::Instant(instant.read(&text)?),
            Kind::Duration { span, round } => Cell::Whole(span.seconds(&text, *round)?),
            Kind::Money(currency) => Cell::Money(number(&text)?, currency),
        })
    }

    /// The sum of the numbers at some places; none where all of them are empty.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn sum<'r>(&self, slots: &[Slot], row: &Row<'r>) -> Result<Option<Cell<'r>>, Wrong> {
        let mut sum = None;
        for slot in slots {
            let at = |message: Fault| Wrong::at(*slot, message);
            let text = row.text(*slot).map_err(|message| at(message.into()))?;
            if text.is_empty() {
                continue;
            }
            let next = number(text).map_err(at)?;
            let before: Decimal = sum.unwrap_or_default();
            sum = Some(
                before
                    .checked_add(next)
                    .ok_or_else(|| at(TOO_LARGE.into()))?,
            );
        }
        let Some(sum) = sum else { return Ok(None) };
        Ok(Some(match self {
            Kind::Whole(Whole { multiply, round }) => {
                Cell::Whole(whole(times(sum, *multiply)?, *round)?)
            }
            Kind::Duration { span, round } => Cell::Whole(whole(span.scaled(sum)?, *round)?),
            Kind::Decimal { multiply } => Cell::Decimal(times(sum, *multiply)?),
            Kind::Money(currency) => Cell::Money(sum, currency),
            _ => return Err("is a sum and can only be a number".into()),
        }))
    }

    /// The seconds between two instants; none where one of them is empty.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn between<'r>(
        &self,
        start: Slot,
        end: Slot,
        format: &Instant,
        row: &Row<'r>,
    ) -> Result<Option<Cell<'r>>, Wrong> {
        let read = |slot: Slot| {
            let at = |message: Fault| Wrong::at(slot, message);
            let text = row.text(slot).map_err(|message| at(message.into()))?;
            match text {
                "" => Ok(None),
                _ => format.read(text).map(Some).map_err(at),
            }
        };
        let (Some(start), Some(end)) = (read(start)?, read(end)?) else {
            return Ok(None);
        };
        let micros = end.0.checked_sub(start.0).filter(|micros| *micros >= 0);
        let micros = micros.ok_or("is before the start")?;
        let Kind::Duration { round, .. } = self else {
            return Err("is a time between instants and can only be a duration".into());
        };
        let seconds = Span::Micros.scaled(Decimal::from(micros))?;
        Ok(Some(Cell::Whole(whole(seconds, *round)?)))
    }
}

impl Whole {
    fn read(self, text: &str) -> Result<i64, Fault> {
        // Nearly all of them are plain digits.
        if self.multiply == Decimal::ONE
            && let Ok(whole) = text.parse::<i64>()
        {
            return Ok(whole);
        }
        whole(times(number(text)?, self.multiply)?, self.round)
    }
}

impl Span {
    fn seconds(self, text: &str, round: Option<Round>) -> Result<i64, Fault> {
        if self == Span::Seconds
            && let Ok(seconds) = text.parse::<u32>()
        {
            return Ok(i64::from(seconds));
        }
        let seconds = match self {
            Span::Clock => clock(text).ok_or("is not a duration in the form h:mm:ss")?,
            _ => self.scaled(number(text)?)?,
        };
        if seconds.is_sign_negative() && !seconds.is_zero() {
            return Err("is negative".into());
        }
        whole(seconds, round)
    }

    fn scaled(self, number: Decimal) -> Result<Decimal, Fault> {
        let factor = match self {
            Span::Seconds | Span::Clock => Decimal::ONE,
            Span::Millis => Decimal::new(1, 3),
            Span::Micros => Decimal::new(1, 6),
            Span::Minutes => Decimal::from(60),
            Span::Hours => Decimal::from(3600),
        };
        times(number, factor)
    }
}

impl Truth {
    fn read(&self, text: &str) -> Result<bool, Fault> {
        let is_in = |list: &[String]| list.iter().any(|word| word.eq_ignore_ascii_case(text));
        match (is_in(&self.yes), is_in(&self.no)) {
            (true, _) => Ok(true),
            (false, true) => Ok(false),
            (false, false) => Err("is neither true nor false".into()),
        }
    }
}

/// The number in a text of digits with a sign and a point, exactly.
pub fn decimal(text: &str) -> Option<Decimal> {
    let may = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
    if !text.bytes().all(may) {
        return None;
    }
    Decimal::from_str_exact(text).ok()
}

/// A number that products and sums can be made of without rounding.
pub fn number(text: &str) -> Result<Decimal, Fault> {
    let number = decimal(text).ok_or(NO_NUMBER)?.normalize();
    let fits = number.scale() <= SCALE_MAX && number.abs() < Decimal::from(WHOLE_MAX);
    fits.then_some(number).ok_or(Cow::Borrowed(TOO_LARGE))
}

fn times(number: Decimal, factor: Decimal) -> Result<Decimal, Fault> {
    if factor == Decimal::ONE {
        return Ok(number);
    }
    let product = number
        .checked_mul(factor)
        .map(|product| product.normalize());
    product.ok_or(Cow::Borrowed(TOO_LARGE))
}

fn whole(number: Decimal, round: Option<Round>) -> Result<i64, Fault> {
    let rounded = match round {
        None if !number.is_integer() => return Err("is not a whole number".into()),
        None => number,
        Some(Round::Up) => number.ceil(),
        Some(Round::Down) => number.floor(),
        Some(Round::HalfUp) => {
            number.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero)
        }
    };
    rounded.to_i64().ok_or(Cow::Borrowed(TOO_LARGE))
}

fn hex(text: &str) -> Result<i64, Fault> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = digits.unwrap_or(text);
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = is_hex
        .then(|| i64::from_str_radix(digits, 16).ok())
        .flatten();
    number.ok_or(Cow::Borrowed(
        "is not a hexadecimal number of 63 bits at most",
    ))
}

/// `h:mm:ss`, `mm:ss`.
fn clock(text: &str) -> Option<Decimal> {
    let mut parts = text.rsplitn(3, ':');
    let seconds = decimal(parts.next()?)?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let hours: u32 = parts.next().map_or(Ok(0), str::parse).ok()?;
    let is_sexagesimal = seconds < Decimal::from(60) && !seconds.is_sign_negative();
    if !is_sexagesimal || (minutes >= 60 && hours > 0) {
        return None;
    }
    Some(Decimal::from(u64::from(hours) * 3600 + u64::from(minutes) * 60) + seconds)
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use rust_decimal::Decimal;

    use super::{Kind, Round, Span, Truth, Whole};
    use crate::domain::money::Currency;

    fn read(kind: &Kind, text: &str) -> Option<String> {
        let cell = kind.read(Cow::Borrowed(text)).ok()?;
        Some(cell.to_value().to_string())
    }

    fn whole(multiply: i64, round: Option<Round>) -> Kind {
        let multiply = Decimal::from(multiply);
        Kind::Whole(Whole { multiply, round })
    }

    fn duration(span: Span, round: Option<Round>) -> Kind {
        Kind::Duration { span, round }
    }

    #[test]
    fn texts_are_read_exactly() {
        let truth = Kind::Truth(Truth {
            yes: vec!["Y".to_owned()],
            no: vec!["N".to_owned()],
        });
        let exact = Kind::Decimal {
            multiply: Decimal::ONE,
        };
        let euro = Kind::Money(Currency::of("EUR").expect("a currency"));
        for (kind, text, expected) in [
            (&whole(1, None), "0042", Some("42")),
            (&whole(1, None), "-3", Some("-3")),
            (&whole(1, None), "3.0", Some("3")),
            (&whole(1, None), "3.5", None),
            (&whole(1024, None), "1.5", Some("1536")),
            (&whole(1, Some(Round::Up)), "3.1", Some("4")),
            (&whole(1, Some(Round::Down)), "3.9", Some("3")),
            (&whole(1, Some(Round::HalfUp)), "3.5", Some("4")),
            (&whole(1, None), "9223372036854775808", None),
            (&whole(1, None), "1_000", None),
            (&whole(1, None), "1e3", None),
            (&exact, "0.10", Some("0.1")),
            (&exact, "0.1234567890123", None),
            (&Kind::Hex, "0x00FF", Some("255")),
            (&Kind::Hex, "ff", Some("255")),
            (&Kind::Hex, "-ff", None),
            (&Kind::Hex, "fffffffffffffffff", None),
            (&truth, "y", Some("true")),
            (&truth, "N", Some("false")),
            (&truth, "maybe", None),
            (&euro, "2.50", Some(r#"{"unit":"EUR","value":2.5}"#)),
            (&duration(Span::Seconds, None), "61", Some("61")),
            (&duration(Span::Seconds, None), "-61", None),
            (&duration(Span::Seconds, None), "61.25", None),
            (
                &duration(Span::Seconds, Some(Round::Up)),
                "61.25",
                Some("62"),
            ),
            (
                &duration(Span::Millis, Some(Round::Up)),
                "61001",
                Some("62"),
            ),
            (
                &duration(Span::Micros, Some(Round::Down)),
                "61999999",
                Some("61"),
            ),
            (&duration(Span::Minutes, None), "1.5", Some("90")),
            (&duration(Span::Clock, None), "1:02:03", Some("3723")),
            (&duration(Span::Clock, None), "90:00", Some("5400")),
            (&duration(Span::Clock, None), "1:60:00", None),
            (&duration(Span::Clock, None), "0:61", None),
            (&duration(Span::Clock, None), "12", None),
        ] {
            assert_eq!(read(kind, text).as_deref(), expected, "{kind:?}: {text}");
        }
    }
}
