//! The OpenAPI document of an API version, assembled from its descriptor.
//!
//! Nothing here knows a particular API. The code generator compiles these same files to write the
//! published documents in `openapi/`, so they may use `crate::domain::descriptor`, each other,
//! utoipa and serde_json, and nothing else of the server.

mod additions;
mod assemble;
mod forms;
mod operations;
mod parameters;
mod responses;
mod schemas;

pub use assemble::{assemble, text};
