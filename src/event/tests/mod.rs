//! Events from commit to callback, on a real database and real HTTP.

mod api;
pub(crate) mod database;
mod delivery;
mod fixture;
mod hub;
mod payload;
mod several;
mod upkeep;
