//! Names of the parameters of an allowance: `characteristic` of its `pricingLogicAlgorithm`, whose
//! `plaSpecId` is `allowance`.

/// `product` (as it is without), `account` or `group`.
pub const SCOPE: &str = "scope";
/// Of a group: `shared`, one grant for all, or `pooled`, the sum of the members' grants.
pub const SHARING: &str = "sharing";
/// `{zone, band}`: lists of labels.
pub const COVERS: &str = "covers";
/// Place among allowances with the same expiry; 0 is first.
pub const PRIORITY: &str = "priority";
/// `{periods, cap, order}`.
pub const ROLLOVER: &str = "rollover";
/// Whether the first period grants in proportion to its days.
pub const PRORATE_FIRST: &str = "prorateFirst";
/// Base units of which each started one is taken whole.
pub const ROUND_USE: &str = "roundUse";
/// `price` (as it is without), `block` or `throttle`.
pub const OVERAGE: &str = "overage";
/// Shares of the grant in per cent, ascending.
pub const THRESHOLD: &str = "threshold";

/// All of them.
pub const ALL: &[&str] = &[
    SCOPE,
    SHARING,
    COVERS,
    PRIORITY,
    ROLLOVER,
    PRORATE_FIRST,
    ROUND_USE,
    OVERAGE,
    THRESHOLD,
];
