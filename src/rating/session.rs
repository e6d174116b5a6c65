//! Sessions that are recorded in parts.
//!
//! With each part the session is rated anew as a whole, from its start to the end of the part, and
//! what was charged before is taken off. So it does not matter into how many parts the network cuts
//! a session: setup fee, steps, tiers, minimum, cap and rounding happen once. A session counts in
//! buckets and tiers where its latest part stands.

use super::rated::LineKey;
use super::tax::TaxRate;
use crate::domain::clock::Micros;
use crate::domain::money::Amount;

/// What has been rated of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Start of the first part: its prices hold for the whole session.
    pub start: Micros,
    /// Sequence of the latest part.
    pub sequence: u32,
    /// The last part has come.
    pub closed: bool,
    /// Measured base units of all parts, in the unit of the card.
    pub measured: u64,
    /// What was charged, by line.
    pub charged: Vec<Carried>,
    /// What was taken, by id of the bucket.
    pub taken: Vec<(Box<str>, TakenSoFar)>,
    /// What it has moved the tiers of its price by.
    pub tier: i64,
}

/// Of one bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenSoFar {
    pub taken: i64,
    pub covered: i64,
}

/// What one line has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    pub key: LineKey,
    /// Id of the bucket, where the line is about one: places change as buckets come and go.
    pub bucket: Option<Box<str>>,
    pub quantity: i64,
    pub net: Amount,
    pub gross: Amount,
    pub list: Amount,
    pub tax: TaxRate,
}
