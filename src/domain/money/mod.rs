//! Exact amounts of money: a decimal and a currency. Nothing here rounds; what cannot be held
//! exactly is refused.

mod amount;
mod currency;

pub use amount::{Amount, AmountError};
pub use currency::Currency;

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde_json::{Number, Value};

/// Digits behind the point that [`Decimal`] can hold.
const MAX_SCALE: i64 = 28;

/// An amount in units of its currency, not in cents. The number of digits is kept as it was
/// written: 2.50 stays 2.50.
#[derive(Clone, Copy, Debug)]
pub struct Money {
    pub value: Decimal,
    pub currency: &'static Currency,
}

/// Why a JSON value is not an amount of money; names the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// Neither an object nor anything else that could be read.
    NotAnObject,
    /// `unit` is missing or no string.
    NoUnit,
    /// `unit` is not an active ISO 4217 code.
    UnknownCurrency,
    /// `value` is missing or no number.
    NoValue,
    /// `value` has more digits than can be calculated with exactly.
    TooPrecise,
}

impl MoneyError {
    /// The attribute at fault, as the end of a JSON pointer.
    pub const fn attribute(self) -> &'static str {
        match self {
            MoneyError::NotAnObject => "",
            MoneyError::NoUnit | MoneyError::UnknownCurrency => "/unit",
            MoneyError::NoValue | MoneyError::TooPrecise => "/value",
        }
    }
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MoneyError::NotAnObject => "must be an object with unit and value",
            MoneyError::NoUnit => "must be a currency code",
            MoneyError::UnknownCurrency => "is not an ISO 4217 currency code",
            MoneyError::NoValue => "must be a number",
            MoneyError::TooPrecise => "has more digits than can be calculated with exactly",
        })
    }
}

impl std::error::Error for MoneyError {}

impl Money {
    /// Reads the `Money` of the standard, `{"unit": "EUR", "value": 9.90}`. Attributes besides
    /// these two do not matter.
    ///
    /// # Errors
    /// What is wrong with which attribute.
    pub fn read(json: &Value) -> Result<Self, MoneyError> {
        let object = json.as_object().ok_or(MoneyError::NotAnObject)?;
        let unit = object.get("unit").and_then(Value::as_str);
        let currency = Currency::of(unit.ok_or(MoneyError::NoUnit)?);
        let value = match object.get("value") {
            Some(Value::Number(number)) => decimal_of(number).ok_or(MoneyError::TooPrecise)?,
            _ => return Err(MoneyError::NoValue),
        };
        Ok(Money {
            value,
            currency: currency.ok_or(MoneyError::UnknownCurrency)?,
        })
    }

    /// The form of the standard.
    pub fn to_json(&self) -> Value {
        let mut object = serde_json::Map::new();
        object.insert("unit".to_owned(), Value::from(self.currency.code));
        object.insert("value".to_owned(), Value::Number(number_of(self.value)));
        Value::Object(object)
    }

    /// The sum, when both are in the same currency and the sum can be held.
    pub fn plus(&self, other: &Money) -> Option<Money> {
        let same = self.currency == other.currency;
        let value = exact_sum(self.value, other.value)?;
        same.then_some(Money { value, ..*self })
    }

    /// Whether the amount can be paid: it has no digit below the smallest unit of the currency.
    pub fn is_payable(&self) -> bool {
        self.minor_units().is_some()
    }

    /// The amount in the smallest units of its currency, for sums in the database: 9.90 EUR is 990.
    /// `None` when it has digits below that, for a currency without such a unit (gold), or beyond
    /// 64 bits.
    pub fn minor_units(&self) -> Option<i64> {
        let digits = self.currency.digits?;
        let exact = self.value.normalize();
        if exact.scale() > digits {
            return None;
        }
        let factor = 10_i128.checked_pow(digits - exact.scale())?;
        i64::try_from(exact.mantissa().checked_mul(factor)?).ok()
    }
}

/// Equal when currency and amount are: 2.50 EUR is 2.5 EUR.
impl PartialEq for Money {
    fn eq(&self, other: &Self) -> bool {
        self.currency == other.currency && self.value == other.value
    }
}

impl Eq for Money {}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.currency.code)
    }
}

/// The exact value of a JSON number, with the digits it was written with. `None` when it needs more
/// than 28 digits behind the point or more than 96 bits; it is never rounded.
pub fn decimal_of(number: &Number) -> Option<Decimal> {
    decimal_of_digits(number.as_str())
}

/// [`decimal_of`] for a number in the digits of JSON.
pub fn decimal_of_digits(text: &str) -> Option<Decimal> {
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else {
        return Decimal::from_str_exact(text).ok();
    };
    let mut value = Decimal::from_str_exact(mantissa).ok()?;
    let exponent = i64::from_str(exponent).ok()?;
    if value.is_zero() {
        return Some(Decimal::ZERO);
    }
    let scale = i64::from(value.scale()).checked_sub(exponent)?;
    if (0..=MAX_SCALE).contains(&scale) {
        value.set_scale(u32::try_from(scale).ok()?).ok()?;
        return Some(value);
    }
    if scale > MAX_SCALE {
        return shortened(value, scale);
    }
    let factor = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
    Decimal::try_from_i128_with_scale(value.mantissa().checked_mul(factor)?, 0).ok()
}

/// A value that would need a larger scale, when its last digits are zeros that can go.
fn shortened(value: Decimal, scale: i64) -> Option<Decimal> {
    let exact = value.normalize();
    let dropped = i64::from(value.scale()) - i64::from(exact.scale());
    // What `normalize` leaves has a scale of zero at least; zeros before the point can go too.
    let (mut mantissa, mut scale) = (exact.mantissa(), scale - dropped);
    while scale > MAX_SCALE && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, u32::try_from(scale).ok()?).ok()
}

/// The JSON number of a decimal, with all its digits.
#[allow(
    clippy::expect_used,
    reason = "what a decimal looks like does not depend on any input"
)]
pub fn number_of(value: Decimal) -> Number {
    Number::from_str(&value.to_string()).expect("a decimal is written as JSON writes numbers")
}

/// The sum without rounding: the library rounds when digits do not fit.
fn exact_sum(a: Decimal, b: Decimal) -> Option<Decimal> {
    let scale = a.scale().max(b.scale());
    let at = |x: Decimal| {
        let factor = 10_i128.checked_pow(scale - x.scale())?;
        x.mantissa().checked_mul(factor)
    };
    Decimal::try_from_i128_with_scale(at(a)?.checked_add(at(b)?)?, scale).ok()
}

#[cfg(test)]
mod tests;
