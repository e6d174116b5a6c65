//! Reads the API model (`openapi/model/`) and writes what follows from it: the descriptor tables in
//! `src/api/generated/`, the JSON Schemas in `schemas/` and the OpenAPI documents in `openapi/`.
//!
//! The steps: [`source`] reads the files, [`resolve`] merges shared types and inheritance into a
//! complete [`model`] and reports everything that is wrong, [`emit`] turns the model into texts,
//! and [`output`] writes them or says which are stale.

#![allow(
    clippy::indexing_slicing,
    reason = "a tool for developers: the model is checked before anything is looked up in it"
)]

pub mod api;
pub mod attribute_text;
pub mod domain;
pub mod emit;
pub mod model;
pub mod ordered;
pub mod output;
pub mod problem;
pub mod resolve;
pub mod source;
