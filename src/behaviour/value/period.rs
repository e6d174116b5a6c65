//! Periods of time end after they begin.

use super::{Object, Report};
use crate::behaviour::trail::Trail;
pub use crate::domain::value::Period;

/// `endDateTime` is later than `startDateTime`.
pub fn check(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    if let Period {
        start: Some(start),
        end: Some(end),
    } = Period::of(object)
        && end <= start
    {
        out.push(
            trail
                .member("endDateTime")
                .violation("must be later than startDateTime"),
        );
    }
}
