//! Taxes: dated rates by category and place, and the step between net and gross.

use rust_decimal::Decimal;

use crate::domain::clock::Micros;
use crate::domain::exact::{Mode, Ratio, power_of_ten};
use crate::domain::money::Amount;
use crate::domain::value::Period;

/// Whether the amounts of a price hold the tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TaxMode {
    /// The tax comes on top.
    #[default]
    Net,
    /// The tax is inside.
    Gross,
}

impl TaxMode {
    /// The names that prices use.
    pub const NAMES: &'static [(&'static str, TaxMode)] = &[
        (TaxMode::Net.name(), TaxMode::Net),
        (TaxMode::Gross.name(), TaxMode::Gross),
    ];

    /// The name that prices use.
    pub const fn name(self) -> &'static str {
        match self {
            TaxMode::Net => "net",
            TaxMode::Gross => "gross",
        }
    }
}

/// A rate, with the factor from net to gross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxRate {
    /// In per cent.
    pub percent: Decimal,
    numerator: i64,
    denominator: i64,
}

impl TaxRate {
    /// No tax.
    pub const NONE: TaxRate = TaxRate {
        percent: Decimal::ZERO,
        numerator: 1,
        denominator: 1,
    };

    /// A rate in per cent; `None` for one below 0, or with more digits than any tax has.
    pub fn of(percent: Decimal) -> Option<Self> {
        if percent.is_sign_negative() && !percent.is_zero() {
            return None;
        }
        let exact = percent.normalize();
        let whole = power_of_ten(exact.scale())?.checked_mul(100)?;
        Some(TaxRate {
            percent,
            numerator: i64::try_from(whole.checked_add(exact.mantissa())?).ok()?,
            denominator: i64::try_from(whole).ok()?,
        })
    }

    /// The tax as a fraction of the net amount.
    pub fn share(&self) -> Option<Ratio> {
        let (all, own) = (i128::from(self.numerator), i128::from(self.denominator));
        Ratio::new(all - own, own)
    }

    /// What a charge is without the tax, if it holds it.
    pub fn without(&self, charge: Ratio, mode: TaxMode) -> Option<Ratio> {
        match mode {
            TaxMode::Net => Some(charge),
            TaxMode::Gross => {
                let (own, all) = (i128::from(self.denominator), i128::from(self.numerator));
                charge.times(Ratio::new(own, all)?)
            }
        }
    }

    /// `net * (1 + rate)`, rounded.
    pub fn gross(&self, net: Amount, rounding: Rounded) -> Option<Amount> {
        let Rounded { scale, mode } = rounding;
        if self.numerator == self.denominator {
            return Some(net);
        }
        let product = i128::from(net.millionths()).checked_mul(i128::from(self.numerator))?;
        let divisor = i128::from(self.denominator).checked_mul(power_of_ten(Amount::SCALE)?)?;
        rescaled(Ratio::new(product, divisor)?, scale, mode)
    }

    /// `gross / (1 + rate)`, rounded.
    pub fn net(&self, gross: Amount, rounding: Rounded) -> Option<Amount> {
        let Rounded { scale, mode } = rounding;
        if self.numerator == self.denominator {
            return Some(gross);
        }
        let product = i128::from(gross.millionths()).checked_mul(i128::from(self.denominator))?;
        let divisor = i128::from(self.numerator).checked_mul(power_of_ten(Amount::SCALE)?)?;
        rescaled(Ratio::new(product, divisor)?, scale, mode)
    }
}

/// Digits behind the point, and how the rest is rounded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rounded {
    /// At most [`Amount::SCALE`].
    pub scale: u32,
    pub mode: Mode,
}

impl Default for Rounded {
    /// What the books can hold.
    fn default() -> Self {
        Rounded {
            scale: Amount::SCALE,
            mode: Mode::HalfUp,
        }
    }
}

/// A fraction rounded to a scale, as an amount.
pub fn rescaled(value: Ratio, scale: u32, mode: Mode) -> Option<Amount> {
    let digits = value.rounded(scale, mode)?;
    let factor = power_of_ten(Amount::SCALE.checked_sub(scale)?)?;
    let millionths = i64::try_from(digits.checked_mul(factor)?).ok()?;
    Some(Amount::from_millionths(millionths))
}

/// A rate of a category in a place and a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxRow {
    pub category: Box<str>,
    /// Country or region; none for everywhere.
    pub place: Option<Box<str>>,
    pub rate: TaxRate,
    pub valid: Period,
}

/// Dated tax rates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaxTable {
    /// By category, then place.
    rows: Vec<TaxRow>,
}

impl TaxTable {
    /// A table of rows in any order.
    ///
    /// # Errors
    /// The places, in the order given, of two rows that hold for the same category and place at the
    /// same time.
    pub fn new(rows: Vec<TaxRow>) -> Result<Self, (usize, usize)> {
        for (place, row) in rows.iter().enumerate() {
            let earlier = rows.iter().take(place).position(|other| {
                other.category == row.category
                    && other.place == row.place
                    && other.valid.overlaps(&row.valid)
            });
            if let Some(earlier) = earlier {
                return Err((earlier, place));
            }
        }
        let mut rows = rows;
        rows.sort_by(|a, b| (&a.category, &a.place).cmp(&(&b.category, &b.place)));
        Ok(TaxTable { rows })
    }

    /// The rate of a category at an instant: that of the place, else that of the country in which it lies
    /// (`DE` of `DE-BY`, ISO 3166-2), else that for everywhere.
    pub fn rate(&self, category: &str, place: Option<&str>, at: Micros) -> Option<TaxRate> {
        let of = |place| self.exact(category, Some(place), at);
        let country = || Some(place?.split_once('-')?.0);
        let of_place = place.and_then(of).or_else(|| country().and_then(of));
        of_place.or_else(|| self.exact(category, None, at))
    }

    fn exact(&self, category: &str, place: Option<&str>, at: Micros) -> Option<TaxRate> {
        let key = (category, place);
        let of = |row: &TaxRow| (&*row.category, row.place.as_deref()).cmp(&key);
        let first = self.rows.partition_point(|row| of(row).is_lt());
        let mut rows = self
            .rows
            .iter()
            .skip(first)
            .take_while(|row| of(row).is_eq());
        rows.find(|row| row.valid.contains(at)).map(|row| row.rate)
    }
}

/// A certificate that frees from taxes (TMF666 `taxExemption`, TMF632 `taxExemptionCertificate`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// What is taxed in it is free.
    pub valid: Period,
    /// Categories of the taxes; none for all taxes.
    pub categories: Option<Box<[Box<str>]>>,
}

impl Exemption {
    /// True where no tax of a category is due at an instant.
    pub fn frees(&self, category: Option<&str>, at: Micros) -> bool {
        if !self.valid.contains(at) {
            return false;
        }
        let Some(own) = &self.categories else {
            return true;
        };
        category.is_some_and(|category| own.iter().any(|own| own.eq_ignore_ascii_case(category)))
    }
}
