//! Tests across modules and of the whole program, as one binary: one link instead of one for each.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests fail by panicking, as the tests do"
)]

mod adapter;
mod api;
mod balances;
mod batches;
mod billing;
mod conformance;
mod demo;
mod doctor;
mod drafts;
mod error_catalogue;
mod growth;
mod layers;
mod licences;
mod logs;
mod migrations;
mod ordering;
mod rating;
mod receivable;
mod robust;
mod support;
