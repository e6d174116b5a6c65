//! Amounts as the database keeps them: whole millionths of the unit of a currency, in 64 bits.
//!
//! Why one scale for all currencies: a sum in the database is then one addition, whatever the
//! currency. Why six digits: rated usage is rounded to six, the smallest unit of any currency of
//! ISO 4217 has four at most, so everything that is ever booked fits without rounding. What is left
//! of 64 bits holds 9.2 million million units, more than any account of one party.

use std::fmt;

use rust_decimal::Decimal;

use super::{Currency, Money};
use crate::domain::document::Object;

/// A whole number of millionths. There is no rounding and no wrapping: what does not fit is an
/// error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

/// Why an amount cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountError {
    /// It has more digits behind the point than [`Amount::SCALE`].
    TooFine,
    /// It is beyond 64 bits.
    TooLarge,
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AmountError::TooFine => "has more than six digits behind the point",
            AmountError::TooLarge => "is larger than can be booked",
        })
    }
}

impl std::error::Error for AmountError {}

impl Amount {
    /// Nothing.
    pub const ZERO: Amount = Amount(0);
    /// Digits behind the point.
    pub const SCALE: u32 = 6;

    /// An amount of so many millionths, as it stands in the database.
    pub const fn from_millionths(millionths: i64) -> Self {
        Amount(millionths)
    }

    /// Millionths, for the database.
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The exact amount of a decimal.
    ///
    /// # Errors
    /// Digits beyond the sixth, or an amount beyond 64 bits.
    pub fn of(value: Decimal) -> Result<Self, AmountError> {
        let exact = value.normalize();
        let missing = Amount::SCALE
            .checked_sub(exact.scale())
            .ok_or(AmountError::TooFine)?;
        10_i128
            .checked_pow(missing)
            .and_then(|factor| exact.mantissa().checked_mul(factor))
            .and_then(|millionths| i64::try_from(millionths).ok())
            .map(Amount)
            .ok_or(AmountError::TooLarge)
    }

    /// The sum.
    pub fn plus(self, other: Amount) -> Option<Amount> {
        self.0.checked_add(other.0).map(Amount)
    }

    /// True for nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The amount as money, with the digits that people expect of the currency and further ones
    /// only where they are not zero.
    pub fn in_currency(self, currency: &'static Currency) -> Money {
        Money {
            value: self.decimal(currency.digits.unwrap_or_default()),
            currency,
        }
    }

    /// Writes it as a member that is `Money` ([`Amount::in_currency`]).
    pub fn write(self, name: &'static str, currency: &'static Currency, into: &mut impl Object) {
        let digits = self.digits(currency.digits.unwrap_or_default());
        into.object(name, |money| {
            money.text("unit", currency.code);
            money.number("value", &digits);
        });
    }

    /// [`Amount::decimal`] as text.
    fn digits(self, least: u32) -> String {
        let millionths = self.0.unsigned_abs();
        let (whole, mut fraction) = (millionths / 1_000_000, millionths % 1_000_000);
        let mut scale = Amount::SCALE;
        while scale > least && fraction % 10 == 0 {
            fraction /= 10;
            scale -= 1;
        }
        let sign = if self.0 < 0 { "-" } else { "" };
        match (scale, usize::try_from(scale)) {
            (1.., Ok(width)) if least <= Amount::SCALE => {
                format!("{sign}{whole}.{fraction:0width$}")
            }
            (0, _) => format!("{sign}{whole}"),
            _ => self.decimal(least).to_string(),
        }
    }

    /// The exact decimal, with so many digits behind the point at least.
    pub fn decimal(self, digits: u32) -> Decimal {
        let exact = Decimal::from_i128_with_scale(i128::from(self.0), Amount::SCALE).normalize();
        let mut value = exact;
        if value.scale() < digits {
            value.rescale(digits);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Result<i64, AmountError> {
        Amount::of(Decimal::from_str(text).unwrap()).map(Amount::millionths)
    }

    fn shown(millionths: i64, code: &str) -> String {
        let currency = Currency::of(code).unwrap();
        Amount::from_millionths(millionths)
            .in_currency(currency)
            .to_string()
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        assert_eq!(of("9.90"), Ok(9_900_000));
        assert_eq!(of("-0.000001"), Ok(-1));
        assert_eq!(of("1.0000000"), Ok(1_000_000));
        assert_eq!(of("0.0000001"), Err(AmountError::TooFine));
        assert_eq!(of("9223372036854.775807"), Ok(i64::MAX));
        assert_eq!(of("-9223372036854.775808"), Ok(i64::MIN));
        assert_eq!(of("9223372036854.775808"), Err(AmountError::TooLarge));
        assert_eq!(
            of("79228162514264337593543950335"),
            Err(AmountError::TooLarge)
        );
    }

    #[test]
    fn amounts_are_shown_with_the_digits_of_their_currency() {
        assert_eq!(shown(9_900_000, "EUR"), "9.90 EUR");
        assert_eq!(shown(0, "EUR"), "0.00 EUR");
        assert_eq!(shown(9_900_000, "JPY"), "9.9 JPY");
        assert_eq!(shown(5_000_000, "JPY"), "5 JPY");
        assert_eq!(shown(1, "KWD"), "0.000001 KWD");
        assert_eq!(shown(i64::MIN, "EUR"), "-9223372036854.775808 EUR");
        assert_eq!(shown(2_000_000, "XAU"), "2 XAU");
    }

    #[test]
    fn a_sum_beyond_64_bits_is_none() {
        let most = Amount::from_millionths(i64::MAX);
        assert_eq!(most.plus(Amount::from_millionths(1)), None);
        assert_eq!(
            most.plus(Amount::from_millionths(-1))
                .map(Amount::millionths),
            Some(i64::MAX - 1)
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_is_what_is_kept(millionths: i64) {
            let amount = Amount::from_millionths(millionths);
            let money = amount.in_currency(Currency::of("EUR").unwrap());
            prop_assert_eq!(Amount::of(money.value), Ok(amount));
        }
    }
}
