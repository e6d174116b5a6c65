//! A span of time with both ends.

use crate::domain::clock::Micros;
use crate::domain::value::Period;

/// From an instant to another, which does not belong to it. Both are the same for what happens at
/// once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub from: Micros,
    pub to: Micros,
}

impl Span {
    /// A span; `None` where the end comes before the beginning.
    pub fn new(from: Micros, to: Micros) -> Option<Self> {
        (from <= to).then_some(Span { from, to })
    }

    /// What belongs to both; `None` where that is nothing.
    pub fn common(&self, other: &Span) -> Option<Span> {
        let both = Span {
            from: self.from.max(other.from),
            to: self.to.min(other.to),
        };
        (both.from < both.to).then_some(both)
    }

    /// True where another one lies in it.
    pub fn covers(&self, other: &Span) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// True for an instant in it.
    pub fn contains(&self, at: Micros) -> bool {
        self.from <= at && at < self.to
    }

    /// Its last instant; the only one of what happens at once.
    pub fn last(&self) -> Micros {
        Micros(self.to.0.saturating_sub(1)).max(self.from)
    }

    /// The same as a period.
    pub const fn period(&self) -> Period {
        Period {
            start: Some(self.from),
            end: Some(self.to),
        }
    }
}
