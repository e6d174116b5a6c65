//! The command line: arguments, configuration, the log.

pub mod args;
pub mod config;
pub mod logging;
