//! Tollgate (map to be drawn when the rooms exist).

pub mod domain;
pub mod store;
