//! Black-box conformance tests of servers that offer TM Forum Open APIs.
//!
//! [`run`] tests a server over HTTP: what it needs to know about an API stands in a YAML profile
//! ([`profile`]), the checks ([`suite`]) are the same for all APIs, and each cites its rule.
//! [`facts::check`] compares a published OpenAPI document with the facts of the standard.
//!
//! ```no_run
//! # async fn example() -> Result<(), conformance::RunError> {
//! let report = conformance::run(&conformance::Options::new("http://127.0.0.1:8080")).await?;
//! assert!(report.conforms(false), "{}", report.text());
//! # Ok(())
//! # }
//! ```

pub mod check;
mod clock;
mod expect;
pub mod facts;
pub mod http;
mod json;
mod listener;
pub mod profile;
pub mod report;
mod run;
pub mod suite;
mod template;

pub use check::Level;
pub use report::Report;
pub use run::{Options, RunError, run};
