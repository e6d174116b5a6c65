//! Usage files: what switches and gateways write, read as usage of TMF635.
//!
//! A mapping (TOML) says how a file is built, which of its rows are usage, and where each attribute of the
//! usage stands in a row. Mappings for common switches are part of the program, see [`mapping::builtin`].
//! A [`Reader`] goes through a file row by row, however long it is, and counts what control totals are
//! compared with. Nothing is calculated in floating point, and what cannot be read is told with its line and
//! column and never guessed.
//!
//! `docs/usage-files.md` describes mappings for those who write them.

mod fault;
mod input;
pub mod mapping;
mod reader;
mod record;
mod row;
mod rows;
#[cfg(test)]
mod tests;
mod totals;
mod value;

pub use fault::{Fault, FileFault, RowFault};
pub use mapping::{Mapping, MappingError, Mistake};
pub use reader::Reader;
pub use record::Record;
pub use totals::{Amounts, Control, Difference, Totals};
pub use value::Cell;
