//! The descriptor types of the server, compiled from the server's own file, so that the two
//! programs agree and shared sources find them under the same path.

#[path = "../../../src/domain/descriptor.rs"]
pub mod descriptor;
