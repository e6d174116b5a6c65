//! Rating through HTTP.

mod books;
mod command;
mod crash;
mod plan;
mod pool;
mod prices;
mod quote;
mod rerate;
mod shared;
mod tables;
mod workers;
