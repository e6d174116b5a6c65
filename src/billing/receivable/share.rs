//! Shares of amounts: the only place where something is rounded.

use crate::domain::money::{Amount, Currency};

/// The smallest amount that can be paid, in millionths. Metals and baskets have none: theirs is the
/// smallest that can be kept.
pub fn unit(currency: &Currency) -> i64 {
    let missing = currency.digits.and_then(|d| Amount::SCALE.checked_sub(d));
    missing.and_then(|m| 10_i64.checked_pow(m)).unwrap_or(1)
}

/// Whether an amount can be paid.
pub fn is_payable(amount: Amount, currency: &Currency) -> bool {
    amount.millionths() % unit(currency) == 0
}

/// `whole * part / of`, rounded half up (away from nothing) to what can be paid, for a part of `of`
/// that has the same sign and is not larger. Then the share is not larger than the whole, either.
/// A whole that cannot be paid itself is shared to its last digit.
pub fn share(whole: Amount, part: Amount, of: Amount, currency: &Currency) -> Amount {
    let step = if is_payable(whole, currency) {
        i128::from(unit(currency))
    } else {
        1
    };
    let magnitude = |a: Amount| i128::from(a.millionths().unsigned_abs());
    let divisor = magnitude(of) * step;
    if divisor == 0 {
        return Amount::ZERO;
    }
    // Each factor has 63 bits.
    let product = magnitude(whole) * magnitude(part);
    let (steps, rest) = (product / divisor, product % divisor);
    let rounded = (steps + i128::from(rest * 2 >= divisor)) * step;
    let rounded = rounded.min(magnitude(whole));
    let signed = if whole.millionths() < 0 {
        -rounded
    } else {
        rounded
    };
    // Not larger than `whole`, so it fits.
    Amount::from_millionths(i64::try_from(signed).unwrap_or_default())
}

/// Splits an amount over wholes of its own sign by their size, with largest remainder: the parts add
/// up to it, and none is larger than its whole while the amount is not larger than their sum.
pub fn split(amount: Amount, wholes: &[Amount], currency: &Currency) -> Vec<Amount> {
    let magnitude = |a: Amount| i128::from(a.millionths().unsigned_abs());
    let all: i128 = wholes.iter().map(|whole| magnitude(*whole)).sum();
    let payable = is_payable(amount, currency) && wholes.iter().all(|w| is_payable(*w, currency));
    let step = if payable {
        i128::from(unit(currency))
    } else {
        1
    };
    if all == 0 {
        return vec![Amount::ZERO; wholes.len()];
    }
    let mut parts: Vec<(i128, i128)> = wholes
        .iter()
        .map(|whole| {
            let product = magnitude(amount) * magnitude(*whole);
            (product / (all * step) * step, product % (all * step))
        })
        .collect();
    let mut missing = (magnitude(amount) - parts.iter().map(|(part, _)| part).sum::<i128>()) / step;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| {
        std::cmp::Reverse(parts.get(*at).map(|(_, rest)| *rest).unwrap_or_default())
    });
    for at in order {
        if missing == 0 {
            break;
        }
        if let Some((part, _)) = parts.get_mut(at) {
            *part += step;
            missing -= 1;
        }
    }
    let sign = if amount.millionths() < 0 { -1 } else { 1 };
    parts
        .into_iter()
        .map(|(part, _)| Amount::from_millionths(i64::try_from(part * sign).unwrap_or_default()))
        .collect()
}
