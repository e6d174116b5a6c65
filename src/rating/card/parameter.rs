//! Names of the parameters of a price: `characteristic` of its `pricingLogicAlgorithm`.

/// List of `{from, step}` in base units.
pub const INCREMENT: &str = "increment";
/// `{amount, whenIncluded}`.
pub const SETUP_FEE: &str = "setupFee";
/// Amount for an event of quantity 0.
pub const ATTEMPT_FEE: &str = "attemptFee";
/// Least amount that an event costs.
pub const MINIMUM: &str = "minimum";
/// `{amount, then}`.
pub const CAP: &str = "cap";
/// `free` or `setupOnly`.
pub const ZERO_DURATION: &str = "zeroDuration";
/// Id of a calendar.
pub const CALENDAR: &str = "calendar";
/// `startOnly`, `split` or `beatRounding`.
pub const BAND_MODE: &str = "bandMode";
/// List of `{band, price}` or `{band, percentage}`.
pub const BAND_PRICE: &str = "bandPrice";
/// List of `{to, price, percentage, flat}`.
pub const TIER: &str = "tier";
/// `graduated`, `volume` or `stairstep`, where the algorithm does not say it.
pub const TIER_MODE: &str = "tierMode";
/// `event`, `product`, `account` or `group`.
pub const TIER_SCOPE: &str = "tierScope";
/// Period after which tiers count anew, such as `month`.
pub const TIER_PERIOD: &str = "tierPeriod";
/// Whether an event of quantity 0 costs the amount of the first tier.
pub const FLAT_AT_ZERO: &str = "flatAtZero";
/// `reject` or `lastTier`.
pub const BEYOND_LAST_TIER: &str = "beyondLastTier";
/// `{level, mode, scale}`.
pub const ROUNDING: &str = "rounding";
/// `net` or `gross`.
pub const TAX_MODE: &str = "taxMode";
/// `{least, most}` of a percentage.
pub const BOUNDS: &str = "bounds";
/// Code of the currency of all amounts, where neither the price nor the table says it.
pub const CURRENCY: &str = "currency";
/// `{dimension, row}`.
pub const MATRIX: &str = "matrix";

/// All of them.
pub const ALL: &[&str] = &[
    INCREMENT,
    SETUP_FEE,
    ATTEMPT_FEE,
    MINIMUM,
    CAP,
    ZERO_DURATION,
    CALENDAR,
    BAND_MODE,
    BAND_PRICE,
    TIER,
    TIER_MODE,
    TIER_SCOPE,
    TIER_PERIOD,
    FLAT_AT_ZERO,
    BEYOND_LAST_TIER,
    ROUNDING,
    TAX_MODE,
    BOUNDS,
    CURRENCY,
    MATRIX,
];
