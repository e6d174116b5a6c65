//! Prices whose parts fit together. `priceType` is free text in the standard; what is known is
//! judged, whatever its spelling, and everything else is left alone.

use super::{Object, Report, bundle, number, text};
use crate::behaviour::trail::Trail;
use crate::ordering::catalog::PriceKind;

const PERIOD_TYPE: &str = "recurringChargePeriodType";
const PERIOD_LENGTH: &str = "recurringChargePeriodLength";

fn kind(object: &Object) -> PriceKind {
    PriceKind::parse(text(object, "priceType").unwrap_or_default())
}

/// Period, unit, percentage and members of a price.
pub fn check(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    bundle::check(object, &["bundledPopRelationship"], trail, out);
    check_period(object, trail, out);
    check_percentage(object, trail, out);
    if let Some(unit) = object
        .get("unitOfMeasure")
        .and_then(|unit| unit.as_object())
        && number::of(unit, "amount").is_some_and(|amount| !number::above(&amount, 0))
    {
        let at = trail.member("unitOfMeasure");
        out.push(
            at.member("amount")
                .violation("a price is for more than nothing"),
        );
    }
}

/// A period lasts at least one unit, and what is paid once has none.
fn check_period(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let length = number::of(object, PERIOD_LENGTH);
    if kind(object) == PriceKind::OneTime {
        // Some clients send every attribute they know, with 0 for "none".
        let has_length = length.is_some_and(|length| !length.is_zero());
        for (name, given) in [
            (PERIOD_TYPE, text(object, PERIOD_TYPE).is_some()),
            (PERIOD_LENGTH, has_length),
        ] {
            if given {
                out.push(
                    trail
                        .member(name)
                        .violation("a one-time price has no period"),
                );
            }
        }
        return;
    }
    if length.is_some_and(|length| !number::above(&length, 0)) {
        out.push(trail.member(PERIOD_LENGTH).violation("must be more than 0"));
    }
}

/// More than everything cannot be taken off.
fn check_percentage(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let Some(percentage) = number::of(object, "percentage") else {
        return;
    };
    let too_much = kind(object) == PriceKind::Discount && number::above(&percentage, 100);
    if too_much || number::below(&percentage, -100) {
        out.push(
            trail
                .member("percentage")
                .violation("takes off more than 100 per cent"),
        );
    }
}

/// A tax rate is a percentage.
pub fn check_tax(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let Some(rate) = number::of(object, "taxRate") else {
        return;
    };
    if number::below(&rate, 0) || number::above(&rate, 100) {
        out.push(
            trail
                .member("taxRate")
                .violation("must be between 0 and 100 per cent"),
        );
    }
}
