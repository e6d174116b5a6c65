//! Names of characteristics that usage has (TMF635), as prices (TMF620 `prodSpecCharValueUse`) put conditions
//! on them. Conditions on these names, and on those that usage specifications declare, are about the usage;
//! all others are about the product.

/// Names that usage records usually have, whether a specification declares them or not.
const USUAL: [&str; 10] = [
    "eventType",
    "calledNumber",
    "callingNumber",
    "servingNetwork",
    "direction",
    "roaming",
    "chargingKey",
    "source",
    "locationTimeZone",
    "causeForTermination",
];

/// True for a name that usage records usually have.
pub fn is_usual(name: &str) -> bool {
    USUAL.contains(&name)
}
