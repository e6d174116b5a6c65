//! Rating through HTTP.

mod balances;
mod books;
mod catch_up;
mod command;
mod common_option;
mod crash;
mod late;
mod options;
pub mod payers;
pub mod plan;
mod pool;
mod prices;
mod quote;
mod rerate;
mod selectors;
mod shared;
mod swap;
mod tables;
mod thresholds;
mod too_old;
mod workers;
