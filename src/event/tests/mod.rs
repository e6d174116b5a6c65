//! Events from commit to callback, on a real SQLite file and real HTTP.

mod api;
mod delivery;
mod fixture;
mod hub;
mod payload;
mod several;
mod upkeep;
