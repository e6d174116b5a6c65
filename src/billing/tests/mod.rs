//! Tests of bills: worked examples and laws.

mod golden;
mod laws;
mod world;

use super::{Bill, bill};

/// A bill of one line: 30.00 and 5.70 of tax.
pub fn sample() -> Bill {
    let text = "{bill: 2026-01-05, products: [{start: 2026-01-01, \
        prices: [{amount: 30.00, every: month, timing: arrears}]}]}";
    let value = serde_yaml_ng::from_str(text).unwrap();
    bill(&world::given(&world::example(&value), Vec::new())).unwrap()
}
