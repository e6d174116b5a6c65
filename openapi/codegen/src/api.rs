//! The assembler of OpenAPI documents, compiled from the server's own files.

#[path = "../../../src/api/openapi/mod.rs"]
pub mod openapi;
