//! The life of allowances: what is granted when, what is carried over, what expires.
//!
//! A bucket ends with the period that it was granted for. What is left of it at the end becomes a
//! bucket of its own for the next period, as often as the rollover allows; so at any time all buckets
//! of an allowance end together, and which is used first is a matter of [`RolloverOrder`] alone.
//! Nothing is lost on the way: what a bucket was granted is used, carried over, expired or still there.
//!
//! [`RolloverOrder`]: super::RolloverOrder

use super::{Allowance, Sharing};
use crate::domain::clock::Micros;
use crate::domain::value::Period;
use crate::rating::bucket::Bucket;
use crate::rating::recurrence::{Recurrence, Span};

/// A bucket that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Base units.
    pub quantity: u64,
    pub valid: Period,
    /// How often it has been carried over; 0 for a grant of the period itself.
    pub carried: u32,
}

impl Grant {
    /// What tells it apart among all grants of an allowance to one owner: the start of its period,
    /// and how often it was carried over. An id made of it makes granting twice harmless.
    pub fn key(&self) -> String {
        let start = self.valid.start.map(Micros::to_rfc3339).unwrap_or_default();
        match self.carried {
            0 => start,
            carried => format!("{start}+{carried}"),
        }
    }
}

/// What happens to the buckets of an allowance when a period ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Buckets of the new period: the grant first, then what is carried over, the youngest first.
    pub grants: Vec<Grant>,
    /// For each of the buckets that end, in their order.
    pub ends: Vec<End>,
}

/// What became of a bucket that has ended. Both come out of what was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    pub carried: u64,
    pub expired: u64,
}

impl Allowance {
    /// The grant to a product that begins at an instant; for a group with so many members. `None`
    /// where the allowance is not granted then, or its period is not to be found.
    ///
    /// Without a period there is one grant, which does not expire by itself.
    pub fn first_grant(
        &self,
        recurrence: Option<&Recurrence>,
        start: Micros,
        members: u64,
    ) -> Option<Grant> {
        if !self.valid.contains(start) {
            return None;
        }
        let Some(recurrence) = recurrence.filter(|_| self.period.is_some()) else {
            return Some(Grant {
                quantity: self.pooled(self.grant, members),
                valid: Period {
                    start: Some(start),
                    end: None,
                },
                carried: 0,
            });
        };
        let span = recurrence.at(start)?;
        Some(Grant {
            quantity: self.pooled(self.first_quantity(&span, start)?, members),
            valid: Period {
                start: Some(start),
                ..span.period()?
            },
            carried: 0,
        })
    }

    /// What a member who joins a pooled group during a period adds to its bucket.
    pub fn joined(&self, recurrence: &Recurrence, at: Micros) -> Option<u64> {
        if self.sharing != Sharing::Pooled {
            return Some(0);
        }
        self.first_quantity(&recurrence.at(at)?, at)
    }

    /// Ends the buckets of a period and begins the next. `ending` are all buckets of this allowance
    /// with one owner that end with `span`, in any order.
    ///
    /// When several periods have gone by, this is to be done for one after the other.
    pub fn renew(
        &self,
        recurrence: &Recurrence,
        span: &Span,
        ending: &[&Bucket],
        members: u64,
    ) -> Option<Renewal> {
        let valid = recurrence.after(span)?.period()?;
        let mut renewal = Renewal {
            grants: Vec::new(),
            ends: vec![End::default(); ending.len()],
        };
        if valid.start.is_some_and(|start| self.valid.contains(start)) {
            renewal.grants.push(Grant {
                quantity: self.pooled(self.grant, members),
                valid,
                carried: 0,
            });
        }
        self.carry(ending, valid, &mut renewal);
        Some(renewal)
    }

    /// The youngest is carried over first: where a cap cuts, it cuts what would expire soonest.
    fn carry(&self, ending: &[&Bucket], valid: Period, renewal: &mut Renewal) {
        let mut room = self.rollover.map_or(0, |own| own.cap.unwrap_or(u64::MAX));
        let periods = self.rollover.map_or(0, |own| own.periods);
        let mut youngest_first: Vec<(usize, &&Bucket)> = ending.iter().enumerate().collect();
        youngest_first.sort_by(|(_, a), (_, b)| (a.carried, &a.id).cmp(&(b.carried, &b.id)));
        for (place, bucket) in youngest_first {
            let left = bucket.remaining();
            let carried = match bucket.carried < periods {
                true => left.min(room),
                false => 0,
            };
            room -= carried;
            if let Some(end) = renewal.ends.get_mut(place) {
                *end = End {
                    carried,
                    expired: left - carried,
                };
            }
            if carried > 0 {
                renewal.grants.push(Grant {
                    quantity: carried,
                    valid,
                    carried: bucket.carried + 1,
                });
            }
        }
    }

    /// In proportion to the days that are left, the first one whole; a started base unit is granted.
    fn first_quantity(&self, span: &Span, start: Micros) -> Option<u64> {
        if !self.prorate_first {
            return Some(self.grant);
        }
        let (days, of) = (span.days_from(start), span.days());
        let share = u128::from(self.grant) * u128::from(days);
        u64::try_from(share.checked_next_multiple_of(u128::from(of))? / u128::from(of)).ok()
    }

    fn pooled(&self, quantity: u64, members: u64) -> u64 {
        match self.sharing {
            Sharing::Shared => quantity,
            Sharing::Pooled => quantity.saturating_mul(members),
        }
    }
}
