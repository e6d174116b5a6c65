//! Rules through the engine, on a real SQLite file.

mod bundles;
mod categories;
mod characteristics;
mod fixture;
mod guard;
mod lifecycles;
mod parties;
mod plans;
mod prices;
mod references;
mod words;
