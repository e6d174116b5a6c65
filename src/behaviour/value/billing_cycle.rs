//! Billing cycles that a bill run can follow.
//!
//! `timeZone` is an attribute of our own: where the days of the cycle begin (docs/accounts.md).

use serde_json::Value;

use super::{Object, Report, number, text};
use crate::behaviour::trail::Trail;
use crate::domain::billing_cycle::Cycle;
use crate::domain::json::number::Decimal;

/// Days before or after the start of a period that a date can sensibly be away.
const OFFSETS: (i32, i32) = (-366, 1_096);

/// Frequency, period, days and time zone.
pub fn check(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let frequency = cycle(object, "frequency", trail, out);
    let period = cycle(object, "billingPeriod", trail, out);
    if let (Some(frequency), Some(period)) = (frequency, period)
        && frequency != period
        && frequency != Cycle::Once
    {
        let message =
            "a bill covers the time since the one before it, so this says the same as frequency";
        out.push(trail.member("billingPeriod").violation(message));
    }
    check_days(object, period.or(frequency), trail, out);
    check_zone(object, trail, out);
}

fn cycle(
    object: &Object,
    name: &'static str,
    trail: &Trail<'_>,
    out: &mut Report,
) -> Option<Cycle> {
    let given = text(object, name)?;
    let cycle = Cycle::parse(given);
    if cycle.is_none() {
        let message = "must be once, daily, weekly, monthly, quarterly, semiannual or annual, or a number of days, weeks, months or years";
        out.push(trail.member(name).violation(message));
    }
    cycle
}

/// The bill run falls into its period; a bill is sent after it is made and due after it is sent.
fn check_days(object: &Object, cycle: Option<Cycle>, trail: &Trail<'_>, out: &mut Report) {
    let shift = number::of(object, "billingDateShift");
    let most = cycle.unwrap_or(Cycle::Once).shift_max();
    let most = i32::try_from(most).unwrap_or(i32::MAX);
    if let Some(shift) = &shift
        && (number::below(shift, 0) || number::above(shift, most))
    {
        let message = format!("must be from 0, the first day of the period, to {most}, its last");
        out.push(trail.member("billingDateShift").violation(message));
        return;
    }
    let mut offset = |name: &'static str| {
        let days = number::of(object, name)?;
        if number::below(&days, OFFSETS.0) || number::above(&days, OFFSETS.1) {
            let message = format!("must be from {} to {} days", OFFSETS.0, OFFSETS.1);
            out.push(trail.member(name).violation(message));
            return None;
        }
        Some(days)
    };
    offset("chargeDateOffset");
    offset("creditDateOffset");
    let mailing = offset("mailingDateOffset");
    let due = offset("paymentDueDateOffset");
    let earlier = |a: &Option<Decimal<'_>>, b: &Option<Decimal<'_>>| match (a, b) {
        (Some(a), Some(b)) => number::less(a, b),
        _ => false,
    };
    if earlier(&mailing, &shift) {
        let message = "a bill is not sent before it is made (billingDateShift)";
        out.push(trail.member("mailingDateOffset").violation(message));
    }
    if earlier(&due, &mailing) || (mailing.is_none() && earlier(&due, &shift)) {
        let message = "a bill is not due before it is sent (mailingDateOffset)";
        out.push(trail.member("paymentDueDateOffset").violation(message));
    }
}

/// A time zone of the IANA database, by which local midnight is found.
fn check_zone(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let zone = match object.get("timeZone") {
        None | Some(Value::Null) => return,
        Some(zone) => zone,
    };
    let known = zone
        .as_str()
        .and_then(|name| name.parse::<chrono_tz::Tz>().ok());
    if known.is_none() {
        let message = "must be a time zone of the IANA database, such as 'Europe/Berlin'";
        out.push(trail.member("timeZone").violation(message));
    }
}
