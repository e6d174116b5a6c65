//! Reading files: where the bytes come from (`source`) and what a record is (`record`, `customer`).

pub mod customer;
pub mod record;
pub mod source;
