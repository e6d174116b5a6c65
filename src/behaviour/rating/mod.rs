//! Rating around its pure core: what the price of a usage would be (`quote`), from what a request says
//! (`asked`) and what the catalog holds (`prices`).

mod asked;
mod prices;
mod quote;

pub use quote::quote;
