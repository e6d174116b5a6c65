//! Jobs through engine and worker, on real SQLite files and over real HTTP.

mod crash;
mod exports;
mod fixture;
mod frames;
mod imports;
mod refusals;
mod usage;
mod versions;
mod web;
