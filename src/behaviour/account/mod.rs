//! Accounts (TMF666).

pub mod relation;
