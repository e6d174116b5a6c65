//! Rating through HTTP.

mod balances;
mod books;
mod crash;
mod plan;
mod pool;
mod prices;
mod quote;
mod rerate;
mod shared;
mod tables;
