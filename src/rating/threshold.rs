//! When customers are told: shares of an allowance, and amounts that a period has come to.
//!
//! A threshold is crossed once, by the usage that reaches it. What is given back crosses nothing.

use super::bucket::{BucketMove, Buckets};
use crate::domain::money::Amount;

/// Shares of an allowance that does not name its own, in per cent.
pub const SHARES: [u8; 3] = [50, 80, 100];

/// A share of a bucket's grant that usage has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Its place in [`Buckets`].
    pub bucket: u32,
    /// In per cent.
    pub share: u8,
}

impl Buckets {
    /// Thresholds that moves reach; to be asked before they are booked. Only grants of a period have
    /// thresholds, not what was carried over.
    pub fn reached(&self, moves: &[BucketMove]) -> Vec<Reached> {
        let mut all = Vec::new();
        for one in moves {
            let bucket = self.get(one.bucket).filter(|bucket| bucket.carried == 0);
            let Some(bucket) = bucket else { continue };
            let Some(after) = bucket.used.checked_add_signed(one.taken) else {
                continue;
            };
            let shares = bucket.allowance.thresholds.iter();
            let shares = shares
                .filter(|share| is_share_reached(**share, bucket.granted, bucket.used, after));
            all.extend(shares.map(|share| Reached {
                bucket: one.bucket,
                share: *share,
            }));
        }
        all
    }
}

/// True where usage that goes from one quantity to another reaches a share of a grant.
pub fn is_share_reached(share: u8, granted: u64, before: u64, after: u64) -> bool {
    let at = u128::from(granted) * u128::from(share);
    let part = |used: u64| u128::from(used) * 100;
    granted > 0 && part(before) < at && at <= part(after)
}

/// Bill-shock amounts that a charge reaches: `before` and `after` are what the period has come to.
pub fn reached_amounts(
    limits: &[Amount],
    before: Amount,
    after: Amount,
) -> impl Iterator<Item = Amount> {
    let limits = limits.iter().copied();
    limits.filter(move |limit| before < *limit && *limit <= after)
}

#[cfg(test)]
mod tests {
    use super::{is_share_reached, reached_amounts};
    use crate::domain::money::Amount;

    #[test]
    fn a_share_is_reached_once() {
        // 80 % of 10 is 8; of 7 it is 5.6, which 6 reaches.
        for (granted, before, after, is_reached) in [
            (10, 0, 7, false),
            (10, 7, 8, true),
            (10, 8, 9, false),
            (10, 9, 7, false),
            (7, 0, 5, false),
            (7, 5, 6, true),
            (0, 0, 0, false),
            (u64::MAX, 0, u64::MAX, true),
        ] {
            assert_eq!(
                is_share_reached(80, granted, before, after),
                is_reached,
                "{granted} {before} {after}"
            );
        }
    }

    #[test]
    fn one_charge_can_reach_several_amounts() {
        let units = |units: i64| Amount::from_millionths(units * 1_000_000);
        let limits = [units(50), units(100), units(200)];
        let reached = |before, after| -> Vec<Amount> {
            reached_amounts(&limits, units(before), units(after)).collect()
        };
        assert_eq!(reached(49, 100), [units(50), units(100)]);
        assert_eq!(reached(50, 99), []);
        assert_eq!(reached(300, 10), []);
    }
}
