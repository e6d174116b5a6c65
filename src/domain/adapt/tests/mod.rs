//! The adapter and the addresses, on a fixture of hand-written descriptors.

pub mod fixture;
mod generate;
mod links;
mod properties;
mod table;
