//! Bills, payments and disputes through HTTP.

mod api;
mod run;
mod year;
