//! When customers are told: shares of an allowance, and amounts that a period has come to.
//!
//! Each threshold is told once. So whoever keeps what was used keeps with it up to which threshold was
//! told: what is given back, or rated again, tells nothing a second time.

use super::bucket::Bucket;
use crate::domain::money::Amount;

/// Shares of an allowance that does not name its own, in per cent.
pub const SHARES: [u8; 3] = [50, 80, 100];

/// An amount of a period at which the customer is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    pub amount: Amount,
    /// What share of the price's amount it is, in per cent, where the price says it so.
    pub share: Option<u16>,
}

impl Bucket {
    /// Shares that are reached once so many base units are used, and that are beyond the last one told.
    /// Only what was given for a period has thresholds, not what was carried over.
    pub fn shares_due(&self, told: u8, used: u64) -> impl Iterator<Item = u8> {
        let granted = self.granted;
        let shares: &[u8] = match self.carried {
            0 => &self.allowance.thresholds,
            _ => &[],
        };
        let shares = shares.iter().copied();
        shares.filter(move |share| *share > told && is_share_reached(*share, granted, used))
    }
}

/// True where what is used is a share of a grant or more.
pub fn is_share_reached(share: u8, granted: u64, used: u64) -> bool {
    let at = u128::from(granted) * u128::from(share);
    granted > 0 && at <= u128::from(used) * 100
}

/// Notices that are due once a period has come to an amount, and that are beyond the last one told.
/// They are in ascending order, as the notices are.
pub fn notices_due(
    notices: &[Notice],
    told: Amount,
    spent: Amount,
) -> impl Iterator<Item = &Notice> {
    let notices = notices.iter();
    notices.filter(move |notice| told < notice.amount && notice.amount <= spent)
}

#[cfg(test)]
mod tests {
    use super::{Notice, is_share_reached, notices_due};
    use crate::domain::money::Amount;

    #[test]
    fn a_share_is_reached_exactly() {
        // 80 % of 10 is 8; of 7 it is 5.6, which 6 reaches.
        for (granted, used, is_reached) in [
            (10, 7, false),
            (10, 8, true),
            (7, 5, false),
            (7, 6, true),
            (0, 0, false),
            (u64::MAX, u64::MAX / 10 * 8, false),
            (u64::MAX, u64::MAX, true),
        ] {
            assert_eq!(
                is_share_reached(80, granted, used),
                is_reached,
                "{granted} {used}"
            );
        }
    }

    #[test]
    fn one_charge_can_reach_several_amounts() {
        let units = |units: i64| Amount::from_millionths(units * 1_000_000);
        let notices = [50, 100, 200].map(|amount| Notice {
            amount: units(amount),
            share: None,
        });
        let due = |told, spent| -> Vec<Amount> {
            let due = notices_due(&notices, units(told), units(spent));
            due.map(|notice| notice.amount).collect()
        };
        assert_eq!(due(0, 49), []);
        assert_eq!(due(0, 100), [units(50), units(100)]);
        assert_eq!(due(50, 99), []);
        // What went down and up again tells nothing twice.
        assert_eq!(due(100, 100), []);
        assert_eq!(due(100, 10), []);
    }
}
