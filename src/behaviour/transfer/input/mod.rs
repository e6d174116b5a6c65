//! Reading files: where the bytes come from (`source`), where one record ends (`frame`), what it
//! is (`record`,
//! `customer`).

pub mod customer;
pub mod frame;
pub mod record;
pub mod source;
