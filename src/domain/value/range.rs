//! Ranges of values: `valueFrom`, `valueTo`, and which ends belong to them.

use std::cmp::Ordering;
use std::fmt;

use serde_json::Value;

use super::{Object, text, typed};
use crate::domain::json::number::Decimal;

/// Attribute with the lower end.
pub const FROM: &str = "valueFrom";
/// Attribute with the upper end.
pub const TO: &str = "valueTo";
/// Attribute that says which ends belong to a range.
pub const INTERVAL: &str = "rangeInterval";

/// Which ends belong to a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// True when the interval beside a range is missing or has a name of the standard.
pub fn is_interval_known(object: &Object) -> bool {
    Ends::parse(text(object, INTERVAL)).is_some()
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

    /// True when nothing lies in the range.
    pub fn is_empty(&self) -> bool {
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

/// A range that does not borrow the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedRange {
    from: Option<Box<str>>,
    to: Option<Box<str>>,
    ends: Ends,
}

impl OwnedRange {
    /// Reads the range beside a value, as [`Range::of`] does.
    pub fn of(object: &Object) -> Option<Self> {
        let ends = Range::of(object)?.ends;
        let end = |name: &str| {
            let text = match object.get(name)? {
                Value::Number(number) => number.as_str(),
                Value::String(text) => text.trim(),
                _ => return None,
            };
            Decimal::parse(text).map(|_| Box::from(text))
        };
        Some(OwnedRange {
            from: end(FROM),
            to: end(TO),
            ends,
        })
    }

    /// True for a number in the range.
    pub fn contains(&self, number: &Decimal<'_>) -> bool {
        let range = Range {
            from: self.from.as_deref().and_then(Decimal::parse),
            to: self.to.as_deref().and_then(Decimal::parse),
            ends: self.ends,
        };
        range.contains(number)
    }
}

impl fmt::Display for OwnedRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from.as_deref(), self.to.as_deref()) {
            (Some(from), Some(to)) => write!(f, "{from} to {to}"),
            (Some(from), None) => write!(f, "from {from}"),
            (None, Some(to)) => write!(f, "up to {to}"),
            (None, None) => f.write_str("any number"),
        }
    }
}
