//! Bills, payments and disputes through HTTP.

mod api;
mod documents;
mod run;
mod year;
