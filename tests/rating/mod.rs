//! Rating through HTTP.

mod books;
mod crash;
mod plan;
mod pool;
mod prices;
mod quote;
mod rerate;
mod shared;
mod tables;
