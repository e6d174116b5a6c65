//! Periods of time end after they begin.

use super::{Object, Report, text};
use crate::behaviour::trail::Trail;
use crate::domain::clock::Micros;

/// A period as instants; an open side is `None`.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    pub start: Option<Micros>,
    pub end: Option<Micros>,
}

impl Period {
    /// Without beginning and end.
    pub const ALWAYS: Period = Period {
        start: None,
        end: None,
    };

    /// Reads a `TimePeriod`; times that cannot be read count as open, their form is not judged here.
    pub fn of(object: &Object) -> Self {
        let instant = |name| text(object, name).and_then(Micros::parse);
        Period {
            start: instant("startDateTime"),
            end: instant("endDateTime"),
        }
    }

    /// True when there is an instant that belongs to both. The end is not part of a period.
    pub fn overlaps(&self, other: &Period) -> bool {
        let begins_before = |a: &Period, b: &Period| match (a.start, b.end) {
            (Some(start), Some(end)) => start < end,
            _ => true,
        };
        begins_before(self, other) && begins_before(other, self)
    }
}

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
