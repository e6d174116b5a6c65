//! The scale of a bar chart: round steps, and how high bars are in parts of the whole.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Bars are measured in so many parts of the chart's height.
pub const HEIGHT: i32 = 10_000;

/// The scale from zero to a round number at or above the highest bar.
pub struct Scale {
    step: Decimal,
    steps: i32,
}

impl Scale {
    /// A scale of at most five steps of 1, 2 or 5 times a power of ten.
    pub fn of(highest: Decimal) -> Scale {
        if highest <= Decimal::ZERO {
            return Scale {
                step: Decimal::ONE,
                steps: 1,
            };
        }
        let steps = steps_from(highest);
        let step = steps
            .into_iter()
            .find(|step| Decimal::from(5) * step >= highest)
            .unwrap_or(highest);
        let steps = (highest / step).ceil().to_i32().unwrap_or(1);
        Scale { step, steps }
    }

    /// Digits behind the point of its steps.
    pub fn digits(&self) -> u32 {
        self.step.normalize().scale()
    }

    /// The lines across the chart, from zero up: value and height.
    pub fn lines(&self) -> impl Iterator<Item = (Decimal, i32)> + '_ {
        (0..=self.steps).map(|n| {
            let value = (self.step * Decimal::from(n)).normalize();
            (value, HEIGHT * n / self.steps)
        })
    }

    /// How high a bar is.
    pub fn height(&self, value: Decimal) -> i32 {
        let top = self.step * Decimal::from(self.steps);
        let part = value.checked_div(top).unwrap_or_default();
        let height = part * Decimal::from(HEIGHT);
        height.round().to_i32().unwrap_or(HEIGHT).clamp(0, HEIGHT)
    }
}

/// Candidates from the power of ten below a hundredth of the value upwards.
fn steps_from(highest: Decimal) -> Vec<Decimal> {
    let ten = Decimal::TEN;
    let mut power = Decimal::ONE;
    while power * ten < highest {
        match power.checked_mul(ten) {
            Some(next) if next <= Decimal::from(i64::MAX) => power = next,
            _ => break,
        }
    }
    while power > highest && power.scale() < 12 {
        power /= ten;
    }
    power /= ten;
    let factors = [1, 2, 5, 10, 20, 50, 100];
    factors.map(|factor| power * Decimal::from(factor)).to_vec()
}

#[cfg(test)]
mod tests {
    use super::{HEIGHT, Scale};

    fn top(highest: &str) -> (String, usize) {
        let scale = Scale::of(highest.parse().unwrap());
        let lines: Vec<_> = scale.lines().collect();
        (lines.last().unwrap().0.to_string(), lines.len() - 1)
    }

    #[test]
    fn scales_are_round() {
        let cases = [
            ("0", "1", 1),
            ("1", "1", 5),
            ("3.2", "4", 4),
            ("7", "8", 4),
            ("9.99", "10", 5),
            ("10", "10", 5),
            ("11", "15", 3),
            ("0.037", "0.04", 4),
            ("43", "50", 5),
            ("1234", "1500", 3),
            ("99999999", "100000000", 5),
        ];
        for (highest, end, steps) in cases {
            assert_eq!(top(highest), (end.to_owned(), steps), "{highest}");
        }
    }

    #[test]
    fn bars_keep_to_the_scale() {
        let scale = Scale::of("8".parse().unwrap());
        assert_eq!(scale.height("8".parse().unwrap()), HEIGHT);
        assert_eq!(scale.height("2".parse().unwrap()), HEIGHT / 4);
        assert_eq!(scale.height("0".parse().unwrap()), 0);
        let huge = "79228162514264337593543950335".parse().unwrap();
        let scale = Scale::of(huge);
        assert!(scale.height(huge) > 0);
    }
}
