//! What can be wrong with a file of usage.

use std::fmt;

/// A row that cannot be read as usage. The others are not concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// In which the row begins, counted from 1. Empty lines before a row of CSV belong to it.
    pub line: u64,
    /// The column, or the path, where one is at fault.
    pub column: Option<String>,
    /// What is wrong. Never holds what stands in the file: that can be personal.
    pub message: String,
}

/// Why a file cannot be read any further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFault {
    pub line: u64,
    pub message: String,
}

/// A row, or all that follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Row(RowFault),
    /// Nothing comes after it.
    File(FileFault),
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, `{column}` {}", self.line, self.message),
            None => write!(f, "line {}: {}", self.line, self.message),
        }
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Row(fault) => fault.fmt(f),
            Fault::File(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for RowFault {}
impl std::error::Error for FileFault {}
impl std::error::Error for Fault {}
