//! Bills, payments and disputes through HTTP.

mod api;
mod currencies;
mod documents;
mod overview;
mod run;
mod sums;
mod year;
