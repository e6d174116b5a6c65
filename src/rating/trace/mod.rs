//! Why a usage costs what it costs, in steps that are cheap to note. [`render`] shows them.

mod render;

pub use render::{Trace, render};

use super::exact::Ratio;
use crate::domain::money::Amount;

/// One step of rating. Amounts are in the price's tax mode. Places are those of the card's table,
/// calendar, tiers and matrix, and of the buckets and discounts that were asked with.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The row of the table, and its zone.
    Row {
        row: u32,
        zone: Option<u32>,
    },
    /// The row of the matrix.
    Cell {
        row: u32,
    },
    /// Base units as measured, and with the last step whole. Of a session those of all parts.
    Stepped {
        measured: u64,
        charged: u64,
    },
    /// Part of the quantity in a band.
    Band {
        band: u16,
        from: u64,
        to: u64,
    },
    /// What a bucket covers.
    Bucket {
        bucket: u32,
        covered: u64,
        taken: u64,
    },
    /// What is slowed down or blocked, and not charged.
    Uncharged {
        bucket: u32,
        quantity: u64,
    },
    /// Part of the quantity in a tier, from a position on.
    Tier {
        tier: u16,
        position: u64,
        quantity: u64,
        charge: Ratio,
    },
    /// Part of the quantity that is not in tiers.
    Charge {
        quantity: u64,
        charge: Ratio,
    },
    /// The amount that a tier costs once.
    TierFlat {
        tier: u16,
        charge: Ratio,
    },
    SetupFee {
        charge: Ratio,
    },
    AttemptFee {
        charge: Ratio,
    },
    /// Raised to the least amount.
    Minimum {
        from: Ratio,
        to: Ratio,
    },
    /// Lowered to the most.
    Cap {
        from: Ratio,
        to: Ratio,
    },
    /// A discount of the card set.
    Discount {
        discount: u32,
        from: Ratio,
        to: Ratio,
    },
    /// The charge before rounding and after.
    Rounded {
        exact: Ratio,
        to: Amount,
    },
    /// What was charged for earlier parts of the session.
    Before {
        net: Amount,
        gross: Amount,
    },
}
