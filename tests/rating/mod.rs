//! Rating through HTTP.

mod books;
mod pool;
mod prices;
mod quote;
mod tables;
