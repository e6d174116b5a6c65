//! Rating around its pure core: what the price of a usage would be (`quote`), from what a request says
//! (`asked`) and what the catalog holds (`prices`); `names` tells which names are about usage.

mod asked;
mod names;
mod prices;
mod quote;

pub use names::UsageNames;
pub use quote::quote;
