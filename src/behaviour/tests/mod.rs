//! Rules through the engine, on a real SQLite file.

mod accounts;
mod bundles;
mod categories;
mod characteristics;
mod customers;
mod embedded;
mod fixture;
mod guard;
mod lifecycles;
mod names;
mod organizations;
mod parties;
mod plans;
mod prices;
mod references;
mod roles;
mod words;
