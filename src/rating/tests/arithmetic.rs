//! The arithmetic that golden cases write out, worked out with fractions of any size: `+ - * /`,
//! parentheses, decimals, and `up(a)` for the next whole number.

use num_bigint::BigInt;
use num_rational::BigRational;

/// The value of an expression.
pub fn value(text: &str) -> BigRational {
    let mut parser = Parser {
        rest: text.trim_start(),
    };
    let value = parser.sum();
    assert!(parser.rest.is_empty(), "{text}: left over: {}", parser.rest);
    value
}

/// The value rounded to a scale, half away from zero, as decimal text without needless zeros.
pub fn rounded(value: &BigRational, scale: u32) -> String {
    let ten = BigRational::from_integer(BigInt::from(10).pow(scale));
    // `round` of the library goes half away from zero too.
    shown(&((value * &ten).round().to_integer()), scale)
}

fn shown(units: &BigInt, scale: u32) -> String {
    let digits = units.magnitude().to_string();
    let width = usize::try_from(scale).unwrap() + 1;
    let padded = format!("{digits:0>width$}");
    let (whole, fraction) = padded.split_at(padded.len() - usize::try_from(scale).unwrap());
    let fraction = fraction.trim_end_matches('0');
    let sign = if units.sign() == num_bigint::Sign::Minus {
        "-"
    } else {
        ""
    };
    match fraction {
        "" => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    fn take(&mut self, sign: char) -> bool {
        let Some(rest) = self.rest.strip_prefix(sign) else {
            return false;
        };
        self.rest = rest.trim_start();
        true
    }

    fn sum(&mut self) -> BigRational {
        let mut value = self.product();
        loop {
            if self.take('+') {
                value += self.product();
            } else if self.take('-') {
                value -= self.product();
            } else {
                return value;
            }
        }
    }

    fn product(&mut self) -> BigRational {
        let mut value = self.single();
        loop {
            if self.take('*') {
                value *= self.single();
            } else if self.take('/') {
                value /= self.single();
            } else {
                return value;
            }
        }
    }

    fn single(&mut self) -> BigRational {
        if self.take('-') {
            return -self.single();
        }
        if let Some(rest) = self.rest.strip_prefix("up") {
            self.rest = rest;
            return self.single().ceil();
        }
        if self.take('(') {
            let value = self.sum();
            assert!(
                self.take(')'),
                "a parenthesis is missing before {}",
                self.rest
            );
            return value;
        }
        let is_digit = |c: char| c.is_ascii_digit() || c == '.';
        let end = self.rest.find(|c| !is_digit(c)).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        assert!(!digits.is_empty(), "a number is missing before {rest}");
        self.rest = rest.trim_start();
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let number: BigInt = format!("{whole}{fraction}").parse().unwrap();
        let scale = u32::try_from(fraction.len()).unwrap();
        BigRational::new(number, BigInt::from(10).pow(scale))
    }
}

#[test]
fn arithmetic_is_worked_out_exactly() {
    assert_eq!(rounded(&value("61 / 60 * 0.12"), 6), "0.122");
    assert_eq!(rounded(&value("up(61 / 60) * 60 / 3"), 6), "40");
    assert_eq!(rounded(&value("2 / 3 - (1 + 1)"), 6), "-1.333333");
    assert_eq!(rounded(&value("0.0000005"), 6), "0.000001");
}
