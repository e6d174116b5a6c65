//! Sums of many amounts.

use rust_decimal::Decimal;

use crate::domain::money::{Amount, Currency, Money};

/// A sum of amounts of one currency, in millionths. It cannot overflow: 128 bits hold the sum of more
/// amounts than there can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Total(i128);

impl Total {
    pub const ZERO: Total = Total(0);

    /// Adds an amount.
    pub fn add(&mut self, amount: Amount) {
        self.0 = self.0.saturating_add(i128::from(amount.millionths()));
    }

    /// Takes an amount off.
    pub fn take(&mut self, amount: Amount) {
        self.0 = self.0.saturating_sub(i128::from(amount.millionths()));
    }

    /// Adds another sum.
    pub fn join(&mut self, other: Total) {
        self.0 = self.0.saturating_add(other.0);
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// As an amount, when it is not larger than one can be.
    pub fn amount(self) -> Option<Amount> {
        i64::try_from(self.0).ok().map(Amount::from_millionths)
    }

    /// With the digits that people expect of the currency; `None` beyond 96 bits.
    pub fn money(self, currency: &'static Currency) -> Option<Money> {
        let exact = Decimal::try_from_i128_with_scale(self.0, Amount::SCALE).ok()?;
        let mut value = exact.normalize();
        let digits = currency.digits.unwrap_or_default();
        if value.scale() < digits {
            value.rescale(digits);
        }
        Some(Money { value, currency })
    }
}

impl FromIterator<Amount> for Total {
    fn from_iter<I: IntoIterator<Item = Amount>>(amounts: I) -> Self {
        let mut total = Total::ZERO;
        for amount in amounts {
            total.add(amount);
        }
        total
    }
}
