//! The API over HTTP, on both databases and in both versions.

mod accounts;
mod bulk;
mod crud;
mod customers;
mod customers_view;
mod documents;
mod etags;
mod events;
mod fields;
mod filters;
mod idempotency;
mod inventory;
mod operations;
mod orders;
mod own_resources;
mod paging;
mod parties;
mod patching;
mod privacy;
mod routing;
mod rules;
mod services;
mod sorting;
mod state_machines;
mod two_versions;
mod versions;
