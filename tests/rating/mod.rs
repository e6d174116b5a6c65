//! Rating through HTTP.

mod quote;
