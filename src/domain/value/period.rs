//! Periods of time (`TimePeriod`).

use super::{Object, text};
use crate::domain::clock::Micros;

/// A period as instants; an open side is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// True for an instant in the period: the start belongs to it, the end does not.
    pub fn contains(&self, at: Micros) -> bool {
        self.start.is_none_or(|start| start <= at) && self.end.is_none_or(|end| at < end)
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
