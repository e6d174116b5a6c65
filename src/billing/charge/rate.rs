//! What a whole term of a price costs: amount, quantity, alterations.

use rust_decimal::Decimal;

use crate::billing::line::Step;
use crate::billing::product::{Alteration, Change, Price};
use crate::domain::bill_calendar::Terms;
use crate::domain::clock::Micros;
use crate::domain::exact::{Ratio, power_of_ten};
use crate::domain::money::Amount;
use crate::domain::value::Period;

/// An alteration and when it applies.
pub type Window<'p> = (&'p Alteration, Period);

/// The alterations of a price in the order in which they apply: percentages by priority, then
/// amounts by priority. `start` is when the price begins.
pub fn windows<'p>(
    price: &'p Price,
    terms: Option<&Terms>,
    start: Micros,
) -> Option<Vec<Window<'p>>> {
    let mut windows = Vec::with_capacity(price.alterations.len());
    for own in &price.alterations {
        let mut valid = own.valid;
        if let (Some(count), Some(terms)) = (own.terms, terms) {
            let from = valid.start.map_or(start, |from| from.max(start));
            let end = terms.end_of(from, count)?;
            valid.end = Some(valid.end.map_or(end, |valid| valid.min(end)));
        }
        windows.push((own, valid));
    }
    windows.sort_by_key(|(own, _)| {
        let is_amount = matches!(own.change, Change::Amount(_));
        (is_amount, own.priority)
    });
    Some(windows)
}

/// What a term costs with so many products and what applies at an instant.
pub fn rate(price: &Price, windows: &[Window<'_>], quantity: Decimal, at: Micros) -> Option<Ratio> {
    let mut rate = exact(price.amount)?;
    if price.by_quantity && quantity != Decimal::ONE {
        rate = rate.times(Ratio::of(quantity)?)?;
    }
    for (own, valid) in windows {
        if !valid.contains(at) {
            continue;
        }
        rate = match own.change {
            Change::Percentage(percent) => rate.times(factor(percent)?)?,
            Change::Amount(amount) => rate.plus(exact(amount)?)?,
        };
        if rate.is_negative() && price.amount >= Amount::ZERO {
            return Some(Ratio::ZERO);
        }
    }
    Some(rate)
}

/// The arithmetic of [`rate`].
pub fn steps(price: &Price, windows: &[Window<'_>], quantity: Decimal, at: Micros) -> Vec<Step> {
    let mut steps = vec![Step::Price(price.amount)];
    if price.by_quantity && quantity != Decimal::ONE {
        steps.push(Step::Times(quantity));
    }
    for (own, valid) in windows {
        if valid.contains(at) {
            let name = own.name.clone();
            steps.push(match own.change {
                Change::Percentage(percent) => Step::Percentage { name, percent },
                Change::Amount(amount) => Step::Plus { name, amount },
            });
        }
    }
    steps
}

/// An amount as a fraction.
pub fn exact(amount: Amount) -> Option<Ratio> {
    Ratio::new(
        i128::from(amount.millionths()),
        power_of_ten(Amount::SCALE)?,
    )
}

fn factor(percent: Decimal) -> Option<Ratio> {
    let percent = percent.normalize();
    let whole = power_of_ten(percent.scale())?.checked_mul(100)?;
    Ratio::new(whole.checked_add(percent.mantissa())?, whole)
}
