//! Tollgate: a telecom business support system behind the TM Forum Open APIs.
//!
//! A request goes one way: `api` finds the resource by its path, `engine` does what TMF630 says of
//! every resource, `behaviour` adds the rules of the kind, `store` writes it all in one
//! transaction, and the answer is built after the commit.
//!
//! - `domain` pure rules and values: API descriptors, queries, patches, version adapters, problems;
//! - `store` one Diesel store for SQLite and PostgreSQL, with group commit;
//! - `outbound` the guarded HTTP client for calls to others;
//! - `event` the outbox and its delivery to subscribers; `job` durable background work;
//! - `ordering` plans of fulfilment work and how they run: the pure core;
//! - `rating` what a usage costs: one pure function over compiled prices;
//! - `billing` what an account owes: the pure core of bills and of payments;
//! - `usage_file` reads the files that switches write, by mappings, as usage;
//! - `engine` the resource engine, driven by descriptors;
//! - `behaviour` what kinds do beyond being stored: life cycles, references, bundles, transfers;
//! - `charging` from usage to charges: the rating pool;
//! - `invoicing` from charges to bills: bill runs;
//! - `api` HTTP: routes, handlers, documents; `api::generated` is written by the code generator;
//! - `oss_sim` a simulated OSS with a server of its own, for demo, tests and benchmarks;
//! - `server` puts these together; `cli` is the command line; `sample` the sample operator's data.

pub mod api;
pub mod behaviour;
pub mod billing;
pub mod charging;
pub mod cli;
pub mod domain;
pub mod engine;
pub mod event;
pub mod invoicing;
pub mod job;
pub mod ordering;
pub mod oss_sim;
pub mod outbound;
pub mod rating;
pub mod sample;
pub mod server;
pub mod store;
pub mod usage_file;
