//! Rating through HTTP.

mod books;
mod prices;
mod quote;
mod tables;
