//! Rules through the engine, on a real SQLite file.

mod account_holders;
mod account_values;
mod accounts;
mod balances;
mod billing_cycles;
mod bundles;
mod categories;
mod characteristics;
mod customers;
mod embedded;
pub(crate) mod fixture;
mod guard;
mod lifecycles;
mod names;
mod organizations;
mod parties;
mod plans;
mod prices;
mod references;
mod relations;
mod roles;
mod services;
mod usage;
mod words;
