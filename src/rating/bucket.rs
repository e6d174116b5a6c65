//! Buckets: what is left of an allowance in a period.

use std::sync::Arc;

use super::allowance::Allowance;
use crate::domain::clock::Micros;
use crate::domain::value::Period;

/// One grant of an allowance.
#[derive(Clone, Debug)]
pub struct Bucket {
    pub id: Box<str>,
    pub allowance: Arc<Allowance>,
    /// Base units that were given for the period, by grant, rollover, transfer or as a gift.
    pub granted: u64,
    /// Base units that are used up. Never more than granted.
    pub used: u64,
    /// When usage may draw from it; the end is its expiry.
    pub valid: Period,
    /// How often it has been carried over into a new period.
    pub carried: u32,
}

impl Bucket {
    /// What is left.
    pub const fn remaining(&self) -> u64 {
        self.granted.saturating_sub(self.used)
    }
}

/// The buckets that a product can draw from: its own, its account's, its group's. In the order in
/// which they are drawn from: earliest expiry, then priority (0 first), then id.
#[derive(Clone, Debug, Default)]
pub struct Buckets(Vec<Bucket>);

impl Buckets {
    /// Brings buckets into order.
    pub fn new(mut buckets: Vec<Bucket>) -> Self {
        let expiry = |bucket: &Bucket| bucket.valid.end.unwrap_or(Micros(i64::MAX));
        buckets.sort_by(|a, b| {
            (expiry(a), a.allowance.priority, &a.id).cmp(&(expiry(b), b.allowance.priority, &b.id))
        });
        Buckets(buckets)
    }

    /// In order.
    pub fn list(&self) -> &[Bucket] {
        &self.0
    }

    /// The bucket at a place.
    pub fn get(&self, place: u32) -> Option<&Bucket> {
        self.0.get(usize::try_from(place).ok()?)
    }

    /// Books moves. Nothing is booked unless all can be.
    ///
    /// # Errors
    /// The place of the bucket that is not there or would be overdrawn, or refilled beyond its grant.
    pub fn apply(&mut self, moves: &[BucketMove]) -> Result<(), u32> {
        let used = |buckets: &Buckets, one: &BucketMove| {
            let bucket = buckets.get(one.bucket)?;
            let used = bucket.used.checked_add_signed(one.taken)?;
            (used <= bucket.granted).then_some(used)
        };
        for one in moves {
            used(self, one).ok_or(one.bucket)?;
        }
        for one in moves {
            let used = used(self, one).ok_or(one.bucket)?;
            let place = usize::try_from(one.bucket).unwrap_or(usize::MAX);
            if let Some(bucket) = self.0.get_mut(place) {
                bucket.used = used;
            }
        }
        Ok(())
    }
}

/// What usage takes out of a bucket. Each bucket has one move at most for each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketMove {
    /// Its place in [`Buckets`].
    pub bucket: u32,
    /// Base units that are used up; negative where something is given back.
    pub taken: i64,
    /// Base units of usage that this covers; less than taken where use is rounded up.
    pub covered: i64,
}
