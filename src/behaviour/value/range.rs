//! Ranges of values have an interval with a known name and are not empty.

use super::typed::ValueType;
use super::{Object, Report};
use crate::behaviour::trail::Trail;
pub use crate::domain::value::range::Range;
use crate::domain::value::range::{self, FROM, INTERVAL, TO};

/// The interval has a known name, and something lies in the range.
pub fn check(value_type: ValueType, object: &Object, trail: &Trail<'_>, out: &mut Report) {
    if !range::is_interval_known(object) {
        let message = "must be one of: open, closed, closedBottom, closedTop";
        out.push(trail.member(INTERVAL).violation(message));
        return;
    }
    let Some(range) = Range::of(object) else {
        return;
    };
    if value_type.has_no_ranges() {
        let message = format!(
            "there are no ranges where a value is {}",
            value_type.shown()
        );
        out.push(trail.member(FROM).violation(message));
    } else if range.is_empty() {
        out.push(
            trail
                .member(TO)
                .violation("nothing lies in the range that starts at valueFrom"),
        );
    }
}
