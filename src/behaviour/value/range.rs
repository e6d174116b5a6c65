//! Ranges of values: `valueFrom`, `valueTo`, and which ends belong to them.

use std::cmp::Ordering;

use super::typed::{self, ValueType};
use super::{Object, Report, text};
use crate::behaviour::trail::Trail;
use crate::domain::json::number::Decimal;

const FROM: &str = "valueFrom";
const TO: &str = "valueTo";
const INTERVAL: &str = "rangeInterval";

/// Which ends belong to a range.
#[derive(Clone, Copy)]
struct Ends {
    bottom: bool,
    top: bool,
}

impl Ends {
    /// The names of the standard; both ends when nothing is said.
    fn parse(name: Option<&str>) -> Option<Self> {
        let (bottom, top) = match name {
            None | Some("closed") => (true, true),
            Some("open") => (false, false),
            Some("closedBottom") => (true, false),
            Some("closedTop") => (false, true),
            Some(_) => return None,
        };
        Some(Ends { bottom, top })
    }
}

/// A range of numbers; a missing end is open to infinity.
pub struct Range<'o> {
    from: Option<Decimal<'o>>,
    to: Option<Decimal<'o>>,
    ends: Ends,
}

impl<'o> Range<'o> {
    /// Reads the range beside a value. None when there is none: some clients send every attribute
    /// they know, so from 0 to 0 counts as none.
    pub fn of(object: &'o Object) -> Option<Self> {
        let end = |name: &str| object.get(name).and_then(typed::number_of);
        let (from, to) = (end(FROM), end(TO));
        let some = [from, to].iter().flatten().any(|end| !end.is_zero());
        let half = from.is_some() != to.is_some();
        if !some && !half {
            return None;
        }
        let ends = Ends::parse(text(object, INTERVAL))?;
        Some(Range { from, to, ends })
    }

    /// True for a number in the range.
    pub fn contains(&self, number: &Decimal<'_>) -> bool {
        let from = self.from.map(|from| number.compare(&from));
        let to = self.to.map(|to| number.compare(&to));
        let above = match from {
            Some(Ordering::Equal) => self.ends.bottom,
            order => order != Some(Ordering::Less),
        };
        let below = match to {
            Some(Ordering::Equal) => self.ends.top,
            order => order != Some(Ordering::Greater),
        };
        above && below
    }

    fn is_empty(&self) -> bool {
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            return false;
        };
        match from.compare(to) {
            Ordering::Less => false,
            Ordering::Equal => !(self.ends.bottom && self.ends.top),
            Ordering::Greater => true,
        }
    }
}

/// The interval has a known name, and something lies in the range.
pub fn check(value_type: ValueType, object: &Object, trail: &Trail<'_>, out: &mut Report) {
    if Ends::parse(text(object, INTERVAL)).is_none() {
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
