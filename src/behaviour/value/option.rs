//! How often the members of a bundle may be taken.

use super::{Object, Report, items, number};
use crate::behaviour::trail::Trail;

const LOWER: &str = "numberRelOfferLowerLimit";
const UPPER: &str = "numberRelOfferUpperLimit";
const DEFAULT: &str = "numberRelOfferDefault";
const OPTION: &str = "bundledProductOfferingOption";
const GROUP_OPTION: &str = "bundledGroupProductOfferingOption";

/// 0 <= lower <= default <= upper, and something can be taken at all.
pub fn check(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let (lower, upper) = (number::of(object, LOWER), number::of(object, UPPER));
    if lower.is_some_and(|lower| number::below(&lower, 0)) {
        out.push(trail.member(LOWER).violation("must not be negative"));
    }
    if upper.is_some_and(|upper| number::below(&upper, 1)) {
        out.push(trail.member(UPPER).violation("must be at least 1"));
    }
    if let (Some(lower), Some(upper)) = (&lower, &upper)
        && number::less(upper, lower)
    {
        out.push(
            trail
                .member(UPPER)
                .violation(format!("must not be less than {LOWER}")),
        );
    }
    let Some(default) = number::of(object, DEFAULT) else {
        return;
    };
    if lower.is_some_and(|lower| number::less(&default, &lower)) {
        out.push(
            trail
                .member(DEFAULT)
                .violation(format!("must not be less than {LOWER}")),
        );
    }
    if upper.is_some_and(|upper| number::less(&upper, &default)) {
        out.push(
            trail
                .member(DEFAULT)
                .violation(format!("must not be more than {UPPER}")),
        );
    }
}

/// The limits of a group against each other and against what its members allow.
pub fn check_group(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let Some(option) = object
        .get(GROUP_OPTION)
        .and_then(|option| option.as_object())
    else {
        return;
    };
    let at = trail.member(GROUP_OPTION);
    check(option, &at, out);
    let members = Takes::of_members(object);
    // A group without members is unfinished rather than wrong.
    if members.count == 0 {
        return;
    }
    let lower = number::count(option, LOWER);
    let upper = number::count(option, UPPER);
    if let (Some(lower), Some(most)) = (lower, members.most)
        && lower > most
    {
        let message = format!("the members allow {most} at most");
        out.push(at.member(LOWER).violation(message));
    }
    if upper.is_some_and(|upper| upper < members.least) {
        let message = format!("the members require {} at least", members.least);
        out.push(at.member(UPPER).violation(message));
    }
}

/// How many offerings a buyer can take.
#[derive(Default)]
struct Takes {
    count: usize,
    least: u64,
    /// Without a bound when `None`.
    most: Option<u64>,
}

impl Takes {
    /// Of all members of a group together. Where a member says nothing it can be left out or taken
    /// once; an option without an upper limit sets no bound; a group counts with its own limits.
    fn of_members(group: &Object) -> Self {
        let mut all = Takes {
            most: Some(0),
            ..Takes::default()
        };
        for (list, option) in [
            ("bundledProductOffering", OPTION),
            ("bundledGroupProductOffering", GROUP_OPTION),
        ] {
            for member in items(group, list)
                .iter()
                .filter_map(|member| member.as_object())
            {
                let option = member.get(option).and_then(|option| option.as_object());
                let (least, most) = match option {
                    Some(option) => (
                        number::count(option, LOWER).unwrap_or(0),
                        number::count(option, UPPER),
                    ),
                    None if list == "bundledProductOffering" => (0, Some(1)),
                    None => (0, None),
                };
                all.count += 1;
                all.least = all.least.saturating_add(least);
                all.most = all
                    .most
                    .zip(most)
                    .map(|(sum, most)| sum.saturating_add(most));
            }
        }
        all
    }
}
