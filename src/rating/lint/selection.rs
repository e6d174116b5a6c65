//! Which card is for which usage: versions of a price that leave a gap or overlap, and prices that
//! could both be for a usage, with nothing to say which.

use std::sync::Arc;

use super::{Finding, Kind, find};
use crate::rating::card::{Card, Conditions};
use crate::rating::condition::{Condition, Interval, Test};
use crate::rating::unit::Unit;

/// Looks at all pairs; offerings have few prices.
pub(super) fn look(cards: &[Arc<Card>], findings: &mut Vec<Finding>) {
    for (place, one) in cards.iter().enumerate() {
        for other in cards.iter().skip(place + 1) {
            if one.price != other.price && is_rival(one, other) {
                let message = format!(
                    "is for the same usage as the price {}: such usage is rejected as ambiguous",
                    one.price
                );
                let pointer = "/prodSpecCharValueUse";
                findings.push(find(&other.price, pointer, Kind::Overlap, message));
            }
        }
    }
    versions(cards, findings);
}

/// Versions of one price, one after the other.
fn versions(cards: &[Arc<Card>], findings: &mut Vec<Finding>) {
    let mut sorted: Vec<&Arc<Card>> = cards.iter().collect();
    sorted.sort_by(|a, b| (&a.price, a.valid.start).cmp(&(&b.price, b.valid.start)));
    for pair in sorted.windows(2) {
        let [one, next] = pair else { continue };
        if one.price != next.price {
            continue;
        }
        let (Some(end), Some(start)) = (one.valid.end, next.valid.start) else {
            if one.valid.start == next.valid.start {
                let message = "two versions begin at the same time".to_owned();
                findings.push(find(&next.price, "/validFor", Kind::Overlap, message));
            }
            continue;
        };
        let (kind, message) = match end.cmp(&start) {
            std::cmp::Ordering::Equal => continue,
            std::cmp::Ordering::Less => {
                let (end, start) = (end.to_rfc3339(), start.to_rfc3339());
                let message = format!("no version is valid from {end} to {start}");
                (Kind::Gap, message)
            }
            std::cmp::Ordering::Greater => {
                let message = format!(
                    "is valid from {}, before the version before it ends",
                    start.to_rfc3339()
                );
                (Kind::Overlap, message)
            }
        };
        findings.push(find(&next.price, "/validFor", kind, message));
    }
}

/// True where some usage may find both, and neither is more special.
fn is_rival(one: &Card, other: &Card) -> bool {
    one.conditions.count() == other.conditions.count()
        && has_both_units(one.unit, other.unit)
        && one.valid.overlaps(&other.valid)
        && !excludes(&one.conditions, &other.conditions)
}

/// Records of voice have no octets; those of data sessions may last some time and have some.
fn has_both_units(one: Unit, other: Unit) -> bool {
    let timed = |one, other| one == Unit::Second && other == Unit::Byte;
    one == other
        || one == Unit::Event
        || other == Unit::Event
        || timed(one, other)
        || timed(other, one)
}

/// True where no usage can fulfil both.
fn excludes(one: &Conditions, other: &Conditions) -> bool {
    let apart = |ones: &[Condition], others: &[Condition]| {
        ones.iter().any(|own| {
            let mut same = others.iter().filter(|other| other.name == own.name);
            same.any(|other| is_apart(own, other))
        })
    };
    apart(&one.event, &other.event) || apart(&one.product, &other.product)
}

/// True where no value passes both. What cannot be told counts as a value that might.
fn is_apart(one: &Condition, other: &Condition) -> bool {
    let pairs = |own: &Test| other.tests.iter().all(|test| excludes_test(own, test));
    !one.tests.is_empty() && !other.tests.is_empty() && one.tests.iter().all(pairs)
}

fn excludes_test(one: &Test, other: &Test) -> bool {
    match (one, other) {
        (Test::Is(value, _), _) => !other.passes(value),
        (_, Test::Is(value, _)) => !one.passes(value),
        (Test::Between(one), Test::Between(other)) => {
            ends_before(one, other) || ends_before(other, one)
        }
        _ => false,
    }
}

fn ends_before(one: &Interval, other: &Interval) -> bool {
    match (one.to, other.from) {
        (Some(to), Some(from)) => to < from || (to == from && !(one.top && other.bottom)),
        _ => false,
    }
}
