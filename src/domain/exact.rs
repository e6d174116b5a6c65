//! Exact amounts as fractions of 128-bit integers, the one division at their end, and splitting a
//! rounded total so that its parts sum to it.
//!
//! All operations say `None` where 128 bits are not enough; nothing wraps and nothing is a float.

use std::cmp::Ordering;

use rust_decimal::Decimal;

/// How a number between two steps is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// To the nearer one; the middle goes away from zero.
    #[default]
    HalfUp,
    /// To the nearer one; the middle goes to the even one.
    HalfEven,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
}

impl Mode {
    /// The names that prices use.
    pub const NAMES: &'static [(&'static str, Mode)] = &[
        ("halfUp", Mode::HalfUp),
        ("halfEven", Mode::HalfEven),
        ("up", Mode::Up),
        ("down", Mode::Down),
    ];
}

/// A fraction. The denominator is positive; it need not be in lowest terms.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Default for Ratio {
    fn default() -> Self {
        Ratio::ZERO
    }
}

impl Ratio {
    /// Nothing.
    pub const ZERO: Ratio = Ratio {
        numerator: 0,
        denominator: 1,
    };

    /// A fraction; `None` unless the denominator is positive.
    pub const fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator <= 0 {
            return None;
        }
        Some(Ratio {
            numerator,
            denominator,
        })
    }

    /// The exact value of a decimal.
    pub fn of(value: Decimal) -> Option<Self> {
        let exact = value.normalize();
        Ratio::new(exact.mantissa(), power_of_ten(exact.scale())?)
    }

    /// Above the line.
    pub const fn numerator(self) -> i128 {
        self.numerator
    }

    /// Below the line.
    pub const fn denominator(self) -> i128 {
        self.denominator
    }

    /// The sum.
    pub fn plus(self, other: Ratio) -> Option<Ratio> {
        if self.denominator == other.denominator {
            let numerator = self.numerator.checked_add(other.numerator)?;
            return Ratio::new(numerator, self.denominator);
        }
        let common = least_common_multiple(self.denominator, other.denominator)?;
        let own = self.numerator.checked_mul(common / self.denominator)?;
        let others = other.numerator.checked_mul(common / other.denominator)?;
        Ratio::new(own.checked_add(others)?, common)
    }

    /// The difference.
    pub fn minus(self, other: Ratio) -> Option<Ratio> {
        let numerator = other.numerator.checked_neg()?;
        self.plus(Ratio { numerator, ..other })
    }

    /// The product.
    pub fn times(self, other: Ratio) -> Option<Ratio> {
        // Cross factors go first: percentages would outgrow 128 bits otherwise.
        let (a, d) = lowest(self.numerator, other.denominator);
        let (b, c) = lowest(other.numerator, self.denominator);
        Ratio::new(a.checked_mul(b)?, c.checked_mul(d)?)
    }

    /// The number of `10^-scale` that this is, rounded.
    pub fn rounded(self, scale: u32, mode: Mode) -> Option<i128> {
        let numerator = self.numerator.checked_mul(power_of_ten(scale)?)?;
        Some(divided(numerator, self.denominator, mode))
    }

    /// Order by value; `None` where that cannot be told within 128 bits.
    pub fn compare(self, other: Ratio) -> Option<Ordering> {
        if self.denominator == other.denominator {
            return Some(self.numerator.cmp(&other.numerator));
        }
        let difference = self.minus(other)?;
        Some(difference.numerator.cmp(&0))
    }

    /// In lowest terms.
    #[must_use]
    pub fn reduced(self) -> Ratio {
        let (numerator, denominator) = lowest(self.numerator, self.denominator);
        Ratio {
            numerator,
            denominator,
        }
    }

    /// The value as text: all digits of a decimal, `0.122`, or a fraction in lowest terms where
    /// there is no end to them, `1/3`.
    pub fn exact_text(self) -> String {
        let own = self.reduced();
        own.decimal_text()
            .unwrap_or_else(|| format!("{}/{}", own.numerator, own.denominator))
    }

    /// A decimal, for a denominator of twos and fives.
    fn decimal_text(self) -> Option<String> {
        let twos = self.denominator.trailing_zeros();
        let (mut rest, mut fives) = (self.denominator >> twos, 0);
        while let (fifth, 0) = quotient(rest, 5) {
            rest = fifth;
            fives += 1;
        }
        if rest != 1 {
            return None;
        }
        let digits = twos.max(fives);
        let factor = quotient(power_of_ten(digits)?, self.denominator).0;
        let units = self.numerator.checked_mul(factor)?;
        let width = usize::try_from(digits).ok()? + 1;
        let all = format!("{:0>width$}", units.unsigned_abs());
        let (whole, fraction) = all.split_at_checked(all.len().checked_sub(width - 1)?)?;
        let sign = if units < 0 { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        Some(format!("{sign}{whole}{point}{fraction}"))
    }

    /// True for nothing.
    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// True below nothing.
    pub const fn is_negative(self) -> bool {
        self.numerator < 0
    }
}

/// Ten to a power; `None` beyond 38.
pub fn power_of_ten(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}

/// A division with rounding. The divisor is positive.
pub fn divided(numerator: i128, divisor: i128, mode: Mode) -> i128 {
    debug_assert!(divisor > 0);
    let (quotient, rest) = quotient(numerator, divisor);
    if rest == 0 {
        return quotient;
    }
    let away = match mode {
        Mode::Up => true,
        Mode::Down => false,
        // Twice the rest could be too large; what is left of the divisor cannot.
        Mode::HalfUp => rest.abs() >= divisor - rest.abs(),
        Mode::HalfEven => match rest.abs().cmp(&(divisor - rest.abs())) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => quotient % 2 != 0,
        },
    };
    if away {
        quotient + rest.signum()
    } else {
        quotient
    }
}

/// Quotient towards zero and rest. Most numbers fit 64 bits, where division is several times faster.
fn quotient(numerator: i128, divisor: i128) -> (i128, i128) {
    match (i64::try_from(numerator), i64::try_from(divisor)) {
        (Ok(n), Ok(d)) if n != i64::MIN => (i128::from(n / d), i128::from(n % d)),
        _ => (numerator / divisor, numerator % divisor),
    }
}

/// The greatest common divisor; of zero and a number it is that number.
pub fn greatest_common_divisor(a: i128, b: i128) -> u128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        if let (Ok(small), Ok(smaller)) = (u64::try_from(a), u64::try_from(b)) {
            return u128::from(common_divisor(small, smaller));
        }
        (a, b) = (b, a % b);
    }
    a
}

/// The same where 64 bits are enough, which is several times faster.
const fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The least common multiple of two positive numbers.
pub fn least_common_multiple(a: i128, b: i128) -> Option<i128> {
    let common = i128::try_from(greatest_common_divisor(a, b)).ok()?;
    a.checked_div(common)?.checked_mul(b)
}

fn lowest(numerator: i128, denominator: i128) -> (i128, i128) {
    match i128::try_from(greatest_common_divisor(numerator, denominator)) {
        Ok(common) if common > 1 => (
            quotient(numerator, common).0,
            quotient(denominator, common).0,
        ),
        _ => (numerator, denominator),
    }
}

/// Splits a total in proportion to weights, which become the parts and sum to it: each part is
/// rounded down, and what is left goes by ones to those with the largest remainder, the first among
/// equals.
///
/// Weights may be of either sign as long as their sum is not zero; `None` if it is, or where 128 bits
/// are not enough.
pub fn allotted_into(total: i128, weights: &mut [i128]) -> Option<()> {
    let mut sum = 0_i128;
    for weight in weights.iter() {
        sum = sum.checked_add(*weight)?;
    }
    if sum == 0 {
        return None;
    }
    // Large weights are made smaller by what they have in common, for the products to fit.
    let common = weights.iter().fold(0, |common, weight| {
        greatest_common_divisor(common, *weight).cast_signed()
    });
    let common = common.max(1) * sum.signum();
    let sum = sum / common;
    for weight in weights.iter_mut() {
        *weight = (*weight / common).checked_mul(total)?;
    }
    settled_into(total, weights, sum);
    Some(())
}

/// Rounds fractions of one denominator so that they sum to a total that is less than their number
/// away from their exact sum, by largest remainder as [`allotted_into`]. The numerators become the
/// parts.
pub fn settled_into(total: i128, numerators: &mut [i128], denominator: i128) {
    let floors: i128 = numerators.iter().map(|n| n.div_euclid(denominator)).sum();
    let mut left = total - floors;
    // The few parts of a charge: looking for the next largest remainder is cheaper than sorting.
    let mut bound: Option<(i128, usize)> = None;
    let mut raised = 0_usize;
    while left > 0 && raised < numerators.len() {
        let next = next_largest(numerators, denominator, bound);
        bound = next;
        left -= 1;
        raised += 1;
        if next.is_none() {
            break;
        }
    }
    for (place, numerator) in numerators.iter_mut().enumerate() {
        let rest = numerator.rem_euclid(denominator);
        let is_raised = raised > 0
            && bound.is_some_and(|(last, at)| rest > last || (rest == last && place <= at));
        *numerator = numerator.div_euclid(denominator) + i128::from(is_raised);
    }
    // Rounding away from zero can leave more than one for each; rounding down less than none.
    if let Some(first) = numerators.first_mut() {
        *first += left;
    }
}

/// The remainder and place that come after those before, the largest first and then by place.
fn next_largest(
    numerators: &[i128],
    denominator: i128,
    before: Option<(i128, usize)>,
) -> Option<(i128, usize)> {
    let mut best: Option<(i128, usize)> = None;
    for (place, numerator) in numerators.iter().enumerate() {
        let rest = numerator.rem_euclid(denominator);
        let is_done = before.is_some_and(|(last, at)| rest > last || (rest == last && place <= at));
        if !is_done && best.is_none_or(|(largest, _)| rest > largest) {
            best = Some((rest, place));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::Ratio;

    #[test]
    fn all_digits_of_a_value_are_shown() {
        for (numerator, denominator, text) in [
            (0, 7, "0"),
            (122, 1_000, "0.122"),
            (-5, 1_000, "-0.005"),
            (3, 8, "0.375"),
            (120, 60, "2"),
            (2, 6, "1/3"),
            (-10, 7, "-10/7"),
            (1, 1_i128 << 100, "1/1267650600228229401496703205376"),
        ] {
            let shown = Ratio::new(numerator, denominator).unwrap().exact_text();
            assert_eq!(shown, text);
        }
    }
}
